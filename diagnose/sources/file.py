"""Files and standard input, unbuffered: windows do the buffering."""

from __future__ import annotations

import os
import stat
from typing import IO

from diagnose.errors import InputError
from diagnose.sources import STDIN, dup_stdin, no_log


class FileOpener:
    """Opens paths and `-`."""

    name = "file"

    def accepts(self, location: str) -> bool:
        """Any location: this opener is asked last."""
        return True

    def open(self, location: str) -> IO[bytes]:
        """A raw stream. Raises InputError for what is no readable log: folders, compressed and binary files."""
        if location == STDIN:
            return os.fdopen(dup_stdin(), "rb", buffering=0)
        try:
            stream = open(location, "rb", buffering=0)  # noqa: SIM115 the caller closes it
            mode = os.fstat(stream.fileno()).st_mode
        except OSError as error:
            raise InputError(location, error.strerror or str(error)) from error
        if stat.S_ISREG(mode):
            reason = no_log(stream.read(16))
            if reason:
                stream.close()
                raise InputError(location, reason)
            stream.seek(0)
        return stream

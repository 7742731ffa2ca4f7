"""Files and standard input, unbuffered: windows do the buffering."""

from __future__ import annotations

import os
import stat
import sys
from typing import IO

from diagnose.errors import InputError
from diagnose.sources import STDIN, compression


class FileOpener:
    """Opens paths and `-`."""

    name = "file"

    def accepts(self, location: str) -> bool:
        """Any location: this opener is asked last."""
        return True

    def open(self, location: str) -> IO[bytes]:
        """A raw stream. Raises InputError for what is no readable log: folders, devices, compressed files."""
        if location == STDIN:
            return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
        try:
            stream = open(location, "rb", buffering=0)
            mode = os.fstat(stream.fileno()).st_mode
        except OSError as error:
            raise InputError(location, error.strerror or str(error)) from error
        if stat.S_ISREG(mode):
            kind = compression(stream.read(8))
            if kind:
                stream.close()
                raise InputError(location, f"this is a {kind} file: decompress it into `diagnose scan -`")
            stream.seek(0)
        return stream

"""Files and standard input, unbuffered: windows do the buffering."""

from __future__ import annotations

import os
from typing import IO

from diagnose.errors import InputError
from diagnose.sources import STDIN, dup_stdin


class FileOpener:
    """Opens paths and `-`."""

    name = "file"

    def accepts(self, location: str) -> bool:
        """Any location: this opener is asked last."""
        return True

    def open(self, location: str) -> IO[bytes]:
        """A raw stream. Raises InputError for what cannot be read."""
        if location == STDIN:
            return os.fdopen(dup_stdin(), "rb", buffering=0)
        try:
            return open(location, "rb", buffering=0)  # the caller closes it
        except OSError as error:
            raise InputError(location, error.strerror or str(error)) from error

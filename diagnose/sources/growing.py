"""A file that grows, or a pipe that is quiet for a while: a stream that says "nothing yet" instead of waiting."""

from __future__ import annotations

import os
import select
import stat
import time

from diagnose.errors import InputError
from diagnose.model import SECOND
from diagnose.sources import STDIN, dup_stdin

PAUSE = 0.25
"""Seconds to wait for more before a pause is reported."""


class GrowingStream:
    """Reads what is there; `readinto` gives None after a PAUSE without news, 0 only where nothing can follow.

    A regular file never ends: `stop()` ends it. A pipe ends with its writer. Rotation is not noticed here.
    """

    def __init__(self, location: str, *, from_start: bool) -> None:
        try:
            self._descriptor = dup_stdin() if location == STDIN else os.open(location, os.O_RDONLY)
            state = os.fstat(self._descriptor)
        except OSError as error:
            raise InputError(location, error.strerror or str(error)) from error
        if stat.S_ISDIR(state.st_mode):
            os.close(self._descriptor)
            raise InputError(location, "this is a folder: name one file")
        self._regular = stat.S_ISREG(state.st_mode)
        self._arrived: int | None = None
        self._location = location
        self._stopped = False
        self.start = 0
        if self._regular and not from_start:
            self.start = _line_start(self._descriptor, os.lseek(self._descriptor, 0, os.SEEK_END))
            os.lseek(self._descriptor, self.start, os.SEEK_SET)

    @property
    def modified(self) -> int | None:
        """When it was last written to, in µs: the file's own time, or when a pipe last gave something; None: not known yet."""
        return int(os.fstat(self._descriptor).st_mtime * SECOND) if self._regular else self._arrived

    def readinto(self, buffer: memoryview, /) -> int | None:
        """See class. Raises InputError."""
        try:
            return self._read(buffer)
        except OSError as error:
            raise InputError(self._location, error.strerror or str(error)) from error

    def _read(self, buffer: memoryview) -> int | None:
        if not self._regular:
            ready, _, _ = select.select([self._descriptor], [], [], PAUSE)
            if not ready:
                return 0 if self._stopped else None
            self._arrived = int(time.time() * SECOND)
            return os.readv(self._descriptor, [buffer])
        count = os.readv(self._descriptor, [buffer])
        if count or self._stopped:
            return count
        select.select([], [], [], PAUSE)
        return os.readv(self._descriptor, [buffer]) or (0 if self._stopped else None)

    def stop(self) -> None:
        """What is there is still read, then the stream ends."""
        self._stopped = True

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)


def _line_start(descriptor: int, end: int) -> int:
    """The start of the line that the file's end stands in, looked for in the last 64 KiB."""
    size = min(end, 65_536)
    tail = os.pread(descriptor, size, end - size)
    newline = tail.rfind(b"\n")
    return end - size + newline + 1 if newline >= 0 else end

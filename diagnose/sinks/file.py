"""A file that gets one JSON object a line."""

from __future__ import annotations

import os

import msgspec

from diagnose.sinks import Notice, Undelivered


class File:
    """Opened for each notice, so that it may be rotated; on the disk when `send` returns."""

    def __init__(self, path: str) -> None:
        self.name = f"file:{path}"
        self._path = path

    def send(self, notice: Notice) -> None:
        """See `Sink`."""
        data = msgspec.json.encode(notice) + b"\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
            try:
                start = os.fstat(descriptor).st_size
                if os.write(descriptor, data) != len(data):
                    os.ftruncate(descriptor, start)  # a full disk took a part of it
                    raise Undelivered(f"{self._path}: no space left")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Undelivered(f"{self._path}: {error.strerror or error}") from error

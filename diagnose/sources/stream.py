"""Bytes on their way from an opened source to the search: one kind of stream, whatever lies beneath.

A stream never raises while it is read. What goes wrong ends it, and `trouble` says why: what came before counts.
"""

from __future__ import annotations

from typing import Protocol

CHUNK = 128 * 1024
"""Bytes that are asked of a layer beneath at once."""


class Raw(Protocol):
    """What openers give: files, pipes, bodies of answers."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Bytes put into the buffer; 0 at the end; None where nothing came yet."""

    def close(self) -> None:
        """Give back what it holds."""


class Stream:
    """A stream with a little foresight. Variants fill; everybody else reads.

    `position`: bytes that were handed out. `trouble`: why it ended before its end; empty: it has not. `whole`: bytes up to which all was in order,
    where more was handed out before that showed.
    """

    def __init__(self) -> None:
        self.position = 0
        self.trouble = ""
        self.whole: int | None = None
        self._ahead = b""
        self._ended = False

    def fill(self, buffer: memoryview) -> int:
        """Bytes put into the buffer, 0 at the end. Variants set `trouble` where that comes too early."""
        raise NotImplementedError

    def readinto(self, buffer: memoryview, /) -> int:
        """Bytes put into the buffer: as many as are there, 0 at the end."""
        if self._ahead:
            count = min(len(self._ahead), len(buffer))
            buffer[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
        elif self._ended or not len(buffer):
            return 0
        else:
            count = self._fill(buffer)
        self.position += count
        return count

    def peek(self, size: int) -> bytes:
        """The next bytes, without taking them: fewer than `size` at the end only."""
        while len(self._ahead) < size and not self._ended:
            room = bytearray(max(size - len(self._ahead), 4_096))
            self._ahead += room[: self._fill(memoryview(room))]
        return self._ahead[:size]

    def take(self, size: int) -> bytes:
        """The next bytes: fewer than `size` at the end only. For what is small."""
        data = self.peek(size)
        self._ahead = self._ahead[len(data) :]
        self.position += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Put bytes back that were taken last."""
        self._ahead = data + self._ahead
        self.position -= len(data)

    def skip(self, size: int) -> int:
        """Pass over bytes; how many there were."""
        room, left = memoryview(bytearray(min(size, CHUNK))), size
        while left:
            count = self.readinto(room[: min(left, len(room))])
            if not count:
                break
            left -= count
        return size - left

    def _fill(self, buffer: memoryview) -> int:
        count = self.fill(buffer)
        self._ended = count == 0
        return count


class Opened(Stream):
    """What an opener gave, with its errors caught. `taken` counts what came from there; `failed`: an error ended it."""

    def __init__(self, raw: Raw) -> None:
        super().__init__()
        self._raw = raw
        self.taken = 0
        self.failed = False

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        try:
            count = self._raw.readinto(buffer) or 0
        except (OSError, ValueError) as error:
            self.trouble = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self.failed = True
            return 0
        self.taken += count
        return count


class Part(Stream):
    """The next `size` bytes of another stream: a member of an archive."""

    def __init__(self, outer: Stream, size: int) -> None:
        super().__init__()
        self._outer = outer
        self.left = size

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        count = self._outer.readinto(buffer[: min(self.left, len(buffer))])
        self.left -= count
        if not count and self.left:
            self.trouble = self._outer.trouble or f"it ends {self.left:,} bytes too early"
        return count

    def finish(self) -> None:
        """Pass over what nobody read."""
        self.left -= self._outer.skip(self.left)
        self._ended, self._ahead = True, b""

"""A pipe, or anything else that is read once: `-`, a subprocess' output. Its last bytes are kept, so that reading may begin anew."""

from __future__ import annotations

import os
import select
import time

from diagnose.errors import InputError
from diagnose.sources import Begin
from diagnose.sources.follow import lines
from diagnose.sources.follow.file import PAST


class Pipe:
    """A live source over a descriptor, which it closes. It ends with its writer."""

    truncated = False
    primed = True
    is_gone = False

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.taken, self.open, self.number = 0, False, 1
        self.grown = time.monotonic()
        self._descriptor = descriptor
        self._arrived: int | None = None
        self._past = bytearray()
        self._start = 0
        """The offset of the first byte of `_past`."""
        self._replayed = 0
        """The offset up to which the past was given to whoever reads now."""
        self._may = self._over = self._ended = self._halted = False

    @property
    def modified(self) -> int | None:
        """When it last gave something, in µs; None: not yet."""
        return self._arrived

    @property
    def is_ending(self) -> bool:
        """Whether nothing more will come."""
        return self._over or self._ended

    @property
    def location(self) -> str:
        """Its name as a person knows it."""
        return self.name

    @property
    def lag(self) -> int:
        """Bytes that came and were not taken."""
        return self._stop - self.taken

    @property
    def is_ready(self) -> bool:
        """Whether a read would tell something."""
        return self.is_ending or self._replayed < self._stop or not self.primed or self._has_more()

    @property
    def descriptor(self) -> int:
        """What to wait for."""
        return self._descriptor

    @property
    def _stop(self) -> int:
        return self._start + len(self._past)

    def begin(self) -> Begin | None:
        """See `Feed`."""
        base = max(self._start, lines.start(self._read_past, self.taken - PAST, self.taken))
        before = self._past[base - self._start : self.taken - self._start].count(b"\n")
        self._replayed = base
        self.primed = True
        return Begin(base, max(1, self.number - before), self.taken, self.open)

    def _read_past(self, size: int, offset: int) -> bytes:
        at = max(0, offset - self._start)
        return bytes(self._past[at : max(0, offset + size - self._start)]).rjust(size if offset < self._start else 0, b"x")

    def last_line(self) -> bytes:
        """The last whole line that was taken; empty where there was none."""
        return bytes(self._past[: self.taken - self._start]).rstrip(b"\n").rpartition(b"\n")[2]

    def turn(self) -> None:
        """See `Feed`."""
        self._may = True

    def take(self, taken: int, number: int, before: bytes, *, open: bool) -> None:
        """See `Feed`."""
        self.taken, self.number, self.open = taken, number, open

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Bytes that came, at most one read a turn; None: nothing for now; 0: nothing any more. Raises InputError."""
        if not self._may:
            return None
        self._may = False
        if self._replayed < self._stop:
            stop = self.taken if self._replayed < self.taken else self._stop
            part = self._past[self._replayed - self._start : min(stop, self._replayed + len(buffer)) - self._start]
            buffer[: len(part)] = part
            self._replayed += len(part)
            return len(part)
        if self._halted or (self._over and not self._has_more()):
            return 0
        count = self._receive(buffer)
        if count:
            self._keep(buffer, count)
        elif count == 0:
            self._ended = True
        return count

    def _has_more(self) -> bool:
        return bool(select.select([self._descriptor], [], [], 0)[0])

    def _receive(self, buffer: memoryview) -> int | None:
        """What comes next; None: nothing for now; 0: nothing any more. Raises InputError."""
        try:
            return os.readv(self._descriptor, [buffer])
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == 5:  # the other end of a pseudo-terminal was closed
                return 0
            raise InputError(self.name, error.strerror or str(error)) from error

    def _keep(self, buffer: memoryview, count: int) -> None:
        now = time.time()
        self.grown, self._arrived = time.monotonic(), int(now * 1_000_000)
        self._past += buffer[:count]
        if len(self._past) > 2 * PAST + count:
            cut = min(len(self._past) - PAST, max(0, self.taken - PAST - self._start))
            cut = max(cut, len(self._past) - 4 * PAST)
            del self._past[:cut]
            self._start += cut
        self._replayed = self._stop

    def end(self) -> None:
        """What is there is still read, then it ends."""
        self._over = True

    def halt(self) -> None:
        """See `Feed`."""
        self._halted = True

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

"""One followed file: a stream that gives what is there, and None where there is nothing more for now.

A file that is truncated becomes another file (the next generation); what was not yet read of this one may still be in a copy
that `copytruncate` made, which is then read in its place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections import deque
from typing import IO

from diagnose.blocks import REACH
from diagnose.errors import InputError
from diagnose.origins import GENERATION
from diagnose.sources import Begin
from diagnose.sources.follow import lines
from diagnose.sources.follow.identity import (
    HEAD,
    NOTHING,
    TAIL,
    Mark,
    Print,
    Read,
    ends_with,
    head_of,
    is_alike,
    print_of,
    tail_of,
)
from diagnose.sources.follow.opening import Copy, open_regular, read_packed
from diagnose.sources.follow.row import COPY, LIVE, Row

PAST = 6 * REACH
"""Bytes that are read again before a place is gone on from: a record that is open there began at most REACH before, and framing
it looks back 4 REACH from there."""

COUNTED = 256 << 20
"""Up to this size the lines that are not read are counted, so that line numbers are a file's own."""

PLACES = 8
"""Places that are remembered of a file besides where it was read to."""

FAR = 4 * HEAD
"""Bytes after which two files that begin alike are not alike any more, if the same bytes stand there."""

SETTLED = 5.0
"""Seconds without growth after which a copy is finished."""


class Followed:
    """One file in one generation. `name` is its path and a number that no other file ever had.

    `offset`: of the byte that is read next. `taken`: whole lines were taken up to there; never further than that goes a checkpoint.
    """

    def __init__(self, row: Row, descriptor: int | None = None) -> None:
        self.name, self.path, self.state = row.name, row.path, row.state
        self.key = row.mark.key
        self.head, self.tail = row.mark.head, row.mark.tail
        self.taken, self.number, self.open = row.mark.offset, row.number, row.open
        self.offset = self.taken
        self.size = 0
        self.truncated = False
        self.primed = not self.open
        """Whether a record that was open at `taken` when another run ended is known to this one."""
        self.grown = self.left = time.monotonic()
        """When it last grew, and when its path was found to name another file."""
        self._descriptor = descriptor
        self._packed: IO[bytes] | None = None
        self.written = 0
        """When it was last written to as what it is, in ns."""
        self._last = b""
        self._begun, self._links = row.mark.offset > 0, 1
        self._places: deque[tuple[int, Print]] = deque(maxlen=PLACES)
        self._over = self._may = self._halted = False
        self.turned = 0.0
        """When it had its last turn."""

    # ------------------------------------------------------------ what it is

    @property
    def location(self) -> str:
        """Its name as a person knows it."""
        return self.name.partition(GENERATION)[0]

    @property
    def modified(self) -> int | None:
        """When it was last written to, in µs."""
        return self.written // 1_000 if self.written else None

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._descriptor is not None

    @property
    def is_packed(self) -> bool:
        """Whether it is read out of a compressed file."""
        return self._packed is not None

    @property
    def is_ending(self) -> bool:
        """Whether the next read may say that nothing more will come."""
        return self._over

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted and taken wholly: who is killed now finds nothing of it any more."""
        return self._links == 0 and self.size == self.taken == self.offset

    @property
    def lag(self) -> int:
        """Bytes that are there and were not taken."""
        return max(0, self.size - self.taken) if self._packed is None and self.state != COPY else 0

    @property
    def behind(self) -> int:
        """Bytes that are there and not yet read."""
        return max(0, self.size - self.offset) if not self._over else 0

    def row(self) -> Row:
        """What is to be kept of it."""
        return Row(self.name, self.path, self.state, Mark(*self.key, self.head, self.taken, self.tail), self.number, self.open)

    def reached(self) -> Mark:
        """The place up to which it was read, be it within a line."""
        if self.offset <= self.taken or not self._last:
            return self.row().mark
        return Mark(*self.key, self.head, self.offset, print_of(self._last))

    def earlier(self) -> list[Mark]:
        """Some places before: a copy is shorter than what was read where its writer went on after it was made."""
        return [Mark(*self.key, self.head, offset, tail) for offset, tail in self._places]

    def take(self, taken: int, number: int, before: bytes, *, open: bool) -> None:
        """Whole lines up to an offset were taken; `before`: the bytes before it."""
        if taken > self.taken and self.taken >= FAR:
            self._places.append((self.taken, self.tail))
        self.taken, self.number, self.open = taken, number, open
        self.tail = print_of(before[-TAIL:])

    def look(self, state: os.stat_result) -> None:
        """Learn from a stat of it. Sets `truncated` where it is shorter than what was read, or other bytes stand there."""
        if self.is_packed or self.truncated:
            return
        now = time.monotonic()
        grew, quiet = state.st_size > self.size, now - self.grown
        self.grown = now if grew else self.grown
        before, self.written = self.written, state.st_mtime_ns
        self.size, self._links = state.st_size, state.st_nlink
        if self.state == COPY and grew and quiet > SETTLED:
            self.state = LIVE  # no copy after all, or somebody goes on with it
        elif self.state == COPY:
            self.pass_over()
        elif self.size < max(self.offset, self.taken) or (before != self.written and not self._is_as_read()):
            self.truncated = True
            self.written = before

    def peek(self) -> None:
        """Look at what the descriptor holds, whatever its path says. Raises OSError."""
        if self._descriptor is not None:
            self.look(os.fstat(self._descriptor))

    # ------------------------------------------------------------ descriptors

    def descriptor(self) -> int:
        """Opened where it is not. Raises OSError; FileNotFoundError where the path names another file."""
        if self._descriptor is None:
            opened = open_regular(self.path)
            state = os.fstat(opened)
            if (state.st_dev, state.st_ino) != self.key:
                os.close(opened)
                raise FileNotFoundError(errno.ENOENT, "another file has its name")
            self._descriptor = opened
        return self._descriptor

    def rest(self) -> None:
        """Give the descriptor back; it is opened again when needed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def adopt(self, copy: Copy) -> None:
        """Go on reading in a copy, which may be compressed."""
        self.rest()
        self._descriptor, self._packed, self.path = copy.descriptor, copy.packed, copy.path
        state = os.fstat(copy.descriptor)
        self.truncated = False
        self.key = (state.st_dev, state.st_ino)
        self.size = state.st_size if copy.packed is None else 1 << 62
        self.written, self._links = state.st_mtime_ns, 1

    def pass_over(self) -> None:
        """It is a copy of what was read: nothing of it is to be."""
        if self.taken != self.size or self.tail == NOTHING:
            self.offset = self.taken = self.size
            with contextlib.suppress(OSError):
                self.tail = tail_of(self.read_at, self.size)

    def end(self) -> None:
        """Nothing more will come: the next read says so."""
        self._over = True

    def halt(self) -> None:
        """What was not taken is not to be read."""
        self._halted = True

    def close(self) -> None:
        """Give all back."""
        self.rest()
        if self._packed is not None:
            self._packed.close()
            self._packed = None

    # ------------------------------------------------------------ reading

    def begin(self) -> Begin | None:
        """Where reading starts, so that what is open at `taken` is framed as it was; None: there is nothing to read yet, or it was
        truncated while it was cold. Raises OSError.
        """
        if self._packed is None and not ends_with(self.read_at, self.taken, self.tail):
            self.truncated = True
            return None
        self.head = head_of(self.read_at, self.head if self.taken else NOTHING)
        if not self._begun and self.taken == 0:
            start = lines.first_byte(self.descriptor(), self.read_at)
            if start is None:
                return None
            self.taken = self.offset = start
            self._begun = True
            return Begin(start, 1, start)
        base = lines.start(self.read_at, self.taken - PAST, self.taken)
        before = lines.count(self.read_at, base, self.taken)
        self.offset, self._last = base, b""
        self.primed = True
        return Begin(base, max(1, self.number - before), self.taken, self.open)

    def read_at(self, size: int, offset: int) -> bytes:
        """Bytes of the file, unpacked. Raises OSError."""
        if self._packed is None:
            return os.pread(self.descriptor(), size, offset)
        return read_packed(self._packed, size, offset)

    def is_same(self, read: Read) -> bool:
        """Whether another file holds the very same bytes, and this one is open, so that they will be read. Raises OSError."""
        if self._descriptor is None or self.is_packed:
            return False
        size = os.fstat(self._descriptor).st_size
        return size > 0 and not read(1, size) and is_alike(self.read_at, read, size)

    def turn(self) -> None:
        """Allow one more read: files take turns."""
        self._may, self.turned = True, time.monotonic()

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Bytes of the file, at most one read a turn; None: nothing for now; 0: nothing any more. Raises InputError."""
        if not self._may or self.truncated or (self._halted and self.offset >= self.taken):
            return 0 if self._over else None
        self._may = False
        try:
            count = self._read(buffer)
        except OSError as error:
            if self._over and isinstance(error, FileNotFoundError):
                return 0  # it was closed, and is gone: what was read is all there is of it
            raise InputError(self.location, error.strerror or str(error)) from error
        if count:
            self.offset += count
            self._last = (self._last + bytes(buffer[max(0, count - TAIL) : count]))[-TAIL:]
            return count
        return 0 if self._over else None

    def _read(self, buffer: memoryview) -> int:
        size = min(len(buffer), self.taken - self.offset) if self.offset < self.taken else len(buffer)
        if self._packed is not None:
            data = self.read_at(size, self.offset)
            buffer[: len(data)] = data
            self.size = self.offset + len(data) if not data else self.size
            return len(data)
        known = bytearray(len(self._last))
        count = os.preadv(self.descriptor(), [known, buffer[:size]], self.offset - len(known)) - len(known)
        if count < 0 or known != self._last:
            self.truncated = True
            return 0
        if count and (self.head.size < HEAD or not known):
            self.head = head_of(self.read_at)
        return count

    def _is_as_read(self) -> bool:
        """Whether the bytes before the offset are those that were read; True where it cannot be looked at."""
        was_open = self.is_open
        try:
            if self._last:
                return self.read_at(len(self._last), self.offset - len(self._last)) == self._last
            return self.offset != self.taken or ends_with(self.read_at, self.offset, self.tail)
        except OSError:
            return True
        finally:
            if not was_open:
                self.rest()


def fresh(name: str, path: str, descriptor: int, *, at_end: bool) -> Followed:
    """A file that was never read, from its start or from the line that its end stands in. Raises OSError."""

    def read(size: int, offset: int) -> bytes:
        return os.pread(descriptor, size, offset)

    state = os.fstat(descriptor)
    taken = lines.last_start(read, state.st_size) if at_end else 0
    number = 1
    if taken <= COUNTED:
        number += lines.count(read, 0, taken)
    mark = Mark(state.st_dev, state.st_ino, head_of(read), taken, tail_of(read, taken))
    file = Followed(Row(name, path, LIVE, mark, number), descriptor)
    file.look(state)
    return file

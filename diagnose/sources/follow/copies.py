"""Whether a file that is new is a copy of one that was read: `copytruncate` makes one before it truncates the original.

Two live files may begin alike; a copy is told by its name, which looks like the original's rotated, and by its content up to where the original
was read. While it is still being made, it is waited for.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.identity import SURE, Mark, Read, is_alike, print_of, proves
from diagnose.sources.follow.opening import Copy, is_unfinished
from diagnose.sources.follow.row import COPY, Row
from diagnose.sources.follow.search import is_relative

PATIENCE = 10.0
"""Seconds that a file which may be an unfinished copy is left alone while it does not grow."""

ENDED = 1_024
"""Places in files that ended which a copy may be of."""


class Copies:
    """Remembers what ended, and what may be a copy in the making."""

    def __init__(self) -> None:
        self._ended: deque[tuple[str, Mark, bool]] = deque(maxlen=ENDED)
        self._waiting: dict[tuple[int, int], tuple[int, float]] = {}

    def ended(self, path: str, mark: Mark, *, is_there: bool = False) -> None:
        """A file was read up to its mark. Unless it `is_there` it holds something else now, or is gone: who copied it has done so."""
        if mark.offset:
            self._ended.append((path, mark, is_there))

    def original(self, path: str, descriptor: int, files: Iterable[Followed], was_followed: Callable[[str], bool]) -> bool | None:
        """True for a copy, False for a file of its own, None where it cannot be told yet. Raises OSError.

        Whose path `was_followed` before this look, and that is hardly read, may have been copied and be truncated before it is read: what
        holds the same is waited for until one of both happened.
        """

        def read(size: int, offset: int) -> bytes:
            return os.pread(descriptor, size, offset)

        state = os.fstat(descriptor)
        key, size = (state.st_dev, state.st_ino), state.st_size
        doubtful = part = False
        for other, mark, original, is_there in self._marks(files):
            if mark.key == key or not is_relative(path, other):
                continue
            if size and original is not None and _is_part(read, size, original):
                if not _is_intact(original, mark) or (mark.offset < SURE and was_followed(other)):
                    return None
                if size >= mark.offset >= SURE:
                    self._waiting.pop(key, None)
                    return True
                part |= size < mark.offset
            elif size >= mark.offset >= SURE:
                if proves(read, mark):
                    self._waiting.pop(key, None)
                    return True
            elif not is_there:
                continue
            elif not size:
                doubtful |= mark.offset > 0 or was_followed(other)
            elif original is None:
                head = print_of(read(mark.head.size, 0))
                doubtful |= head == mark.head or head.size < mark.head.size
        if (doubtful or part) and self._waits(key, size):
            return None
        self._waiting.pop(key, None)
        return part

    def packed(self, copy: Copy, files: Iterable[Followed], resting: Iterable[Row]) -> bool | None:
        """The same of a compressed file: True where it was made of one that is known. Raises OSError."""
        state = os.fstat(copy.descriptor)
        key = state.st_dev, state.st_ino
        files = list(files)
        few = (file for file in files if file.taken < SURE and file.state != COPY and is_relative(copy.path, file.location))
        if (is_unfinished(copy.path) or any(file.is_same(copy.read) for file in few)) and self._waits(key, state.st_size):
            return None
        self._waiting.pop(key, None)
        return self.is_known(copy, files, resting)

    def is_known(self, copy: Copy, files: Iterable[Followed], resting: Iterable[Row]) -> bool:
        """Whether it was made of a file that was read, or is. Raises OSError."""
        rows = (*(file.row() for file in files), *resting)
        known = (*((path, mark) for path, mark, _ in self._ended), *((row.location, row.mark) for row in rows))
        return any(mark.offset >= SURE and is_relative(copy.path, path) and proves(copy.read, mark) for path, mark in known)

    def _marks(self, files: Iterable[Followed]) -> Iterator[tuple[str, Mark, Followed | None, bool]]:
        """(path, mark, the file where it still is what it was, whether a copy of it may be in the making)"""
        yield from ((path, mark, None, is_there) for path, mark, is_there in self._ended)
        yield from ((file.location, file.row().mark, file, True) for file in files if file.state != COPY)

    def _waits(self, key: tuple[int, int], size: int) -> bool:
        """Whether it may still grow into a copy."""
        now = time.monotonic()
        known = self._waiting.get(key)
        if known is None or known[0] != size:
            self._waiting[key] = known = size, now
        return now - known[1] < PATIENCE


def _is_intact(original: Followed, mark: Mark) -> bool:
    """Whether it still is what was read: it may have been truncated since anybody looked."""
    try:
        return proves(original.read_at, mark)
    except OSError:
        return False


def _is_part(read: Read, size: int, original: Followed) -> bool:
    """Whether the original holds the same bytes so far. False where one of both cannot be read."""
    try:
        return is_alike(original.read_at, read, size)
    except OSError:
        return False

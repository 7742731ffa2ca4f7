"""Where lines start in a file that is read by offsets, and how many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator

from diagnose.blocks import REACH
from diagnose.sources.follow.identity import Read


def start(read: Read, floor: int, stop: int) -> int:
    """The first start of a line at or after `floor`; `stop` where there is none before it. Raises OSError."""
    if floor <= 0:
        return 0
    newline = read(stop - floor + 1, floor - 1).find(b"\n")
    return floor + newline if newline >= 0 else stop


def last_start(read: Read, end: int) -> int:
    """The start of the line that a file's end stands in; the end where that line is longer than REACH. Raises OSError."""
    floor = max(0, end - REACH)
    newline = read(end - floor, floor).rfind(b"\n")
    if newline >= 0:
        return floor + newline + 1
    return 0 if floor == 0 else end


def first_byte(descriptor: int, read: Read) -> int | None:
    """The first byte that is no NUL: a writer that keeps its place after a truncation leaves a hole before it."""
    try:
        at = os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError:  # empty, all hole, or a file system without the question
        at = 0
    while part := read(1 << 16, at):
        rest = part.lstrip(b"\0")
        if rest:
            return at + len(part) - len(rest)
        at += len(part)
    return None


def count(read: Read, begin: int, stop: int) -> int:
    """The lines that end in a stretch. Raises OSError."""
    return sum(part.count(b"\n") for part in _parts(read, begin, stop))


def _parts(read: Read, begin: int, stop: int) -> Iterator[bytes]:
    """A stretch of a file, a mebibyte at a time."""
    while begin < stop:
        part = read(min(1 << 20, stop - begin), begin)
        if not part:
            return
        begin += len(part)
        yield part

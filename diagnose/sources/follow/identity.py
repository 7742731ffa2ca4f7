"""What makes a file the same file: device, inode and a fingerprint of its first bytes; and a place in it the same place.

An inode alone proves nothing: ext4 gives the number of a deleted file to the next one that is created. A fingerprint grows
with its file up to HEAD bytes, so a file of ten bytes has an identity too, and growing changes none. Before an offset
is gone on from, the bytes just before it must be those that were read: a file that was truncated and has grown past the
offset since, with the very same head, is told by that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

HEAD = 1024
"""Bytes that a fingerprint covers at most."""

TAIL = 256
"""Bytes before an offset that prove it."""

SURE = 48
"""Bytes that must be the same in a copy: two files may well begin with the same few. Rather read twice than not at all."""

Read = Callable[[int, int], bytes]
"""Gives so many bytes from an offset on, as `os.pread` does; fewer at the end. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Print:
    """A check sum over `size` bytes."""

    size: int = 0
    digest: bytes = b""


NOTHING = Print()
"""Of no bytes: every file begins with it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read, and how to know that it is still the same: `tail` covers the bytes before `offset`."""

    device: int
    inode: int
    head: Print
    offset: int
    tail: Print

    @property
    def key(self) -> tuple[int, int]:
        """What the file system calls the file."""
        return self.device, self.inode


def print_of(data: bytes) -> Print:
    """The check sum of some bytes."""
    return Print(len(data), blake2b(data, digest_size=16).digest()) if data else NOTHING


def head_of(read: Read, known: Print = NOTHING) -> Print:
    """The fingerprint of a file as it stands; `known` where that is complete already. Raises OSError."""
    return known if known.size >= HEAD else print_of(read(HEAD, 0))


def tail_of(read: Read, offset: int) -> Print:
    """The check sum of the bytes before an offset. Raises OSError."""
    size = min(TAIL, offset)
    return print_of(read(size, offset - size))


def begins_with(read: Read, head: Print) -> bool:
    """Whether the file begins with what the fingerprint was made of. Raises OSError."""
    return head.size == 0 or print_of(read(head.size, 0)) == head


def ends_with(read: Read, offset: int, tail: Print) -> bool:
    """Whether these bytes stand before the offset. Raises OSError."""
    return tail.size == 0 or print_of(read(tail.size, offset - tail.size)) == tail


def proves(read: Read, mark: Mark) -> bool:
    """Whether the mark's place is in this file: the same head, and the same bytes before the offset. Raises OSError."""
    return begins_with(read, mark.head) and ends_with(read, mark.offset, mark.tail)


def is_alike(one: Read, other: Read, size: int) -> bool:
    """Whether two files hold the same in their first `size` bytes, by the first and the last of these. Raises OSError."""
    first, last = min(HEAD, size), min(TAIL, size)
    return one(first, 0) == other(first, 0) and one(last, size - last) == other(last, size - last)

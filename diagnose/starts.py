"""Which of many patterns matches where a line begins, the first in order: asked by the line's first byte.

A union of all patterns tries one after the other. Most bytes begin matches of a few of them, many of none, so each byte
has a list of its own, made when a line first begins with it. Where many lines begin with a byte its list becomes one pattern, which
asks the same in the same order and takes half the time; to compile that is too dear for a few lines.
"""

from __future__ import annotations

import re
import re._constants as op
import re._parser as sre
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol

NONE = -1

_ALL = frozenset(range(256))
_DIGITS = frozenset(b"0123456789")
_SPACES = frozenset(b" \t\n\r\f\v")
_WORDS = frozenset(byte for byte in range(128) if chr(byte).isalnum() or byte == 0x5F)
_CATEGORIES = {
    op.CATEGORY_DIGIT: _DIGITS,
    op.CATEGORY_NOT_DIGIT: _ALL - _DIGITS,
    op.CATEGORY_SPACE: _SPACES,
    op.CATEGORY_NOT_SPACE: _ALL - _SPACES,
    op.CATEGORY_WORD: _WORDS,
    op.CATEGORY_NOT_WORD: _ALL - _WORDS,
}

_Match = Callable[[bytes | bytearray, int, int], "re.Match[bytes] | None"]
_Entry = tuple[tuple[_Match, int], ...]
"""The patterns that may match behind a first byte, with their numbers, in order."""

_Joined = tuple[_Match, dict[int, int]]
"""The same as one pattern, and the number that belongs to the group which matched last."""

_MANY = 500
"""Lines after which it pays to join a list."""

_OWN = re.compile(rb"\\[1-9]|\(\?P[=<]|\(\?\(|\(\?[aiLmsux]+\)")
"""What does not mean the same within a larger pattern: references to groups, names, flags for the whole."""


class Starts:
    """Patterns over bytes, as `hooks.Format.start` describes them, the most important first."""

    def __init__(self, patterns: Sequence[str], store: Store | None = None) -> None:
        self._patterns = [pattern.encode("latin-1") for pattern in patterns]
        self._first = _kept(self._patterns, store)
        self._table: list[_Entry | None] = [None] * 257
        """By the first byte; the last is for an empty line. None: not asked for yet."""
        self._joined: list[_Joined | None] = [None] * 257
        self._left = [_MANY] * 257

    def at(self, data: bytes | bytearray, start: int, stop: int) -> int:
        """The number of the first pattern that matches `data[start:stop]` from its beginning on, or NONE."""
        first = data[start] if start < stop else 256
        joined = self._joined[first]
        if joined is not None:
            match = joined[0](data, start, stop)
            return NONE if match is None else joined[1][match.lastindex]  # type: ignore[index]
        return self._one_by_one(first, data, start, stop)

    def _one_by_one(self, first: int, data: bytes | bytearray, start: int, stop: int) -> int:
        entry = self._table[first]
        if entry is None:
            entry = self._table[first] = self._entry(first)
        self._left[first] -= 1
        if self._left[first] == 0:
            self._joined[first] = _join([(self._patterns[number], number) for _, number in entry])
        for match, number in entry:
            if match(data, start, stop) is not None:
                return number
        return NONE

    def _entry(self, first: int) -> _Entry:
        bit = 1 << first
        return tuple((_compiled(self._patterns[number]).match, number) for number, bits in enumerate(self._first) if bits & bit)


def _join(patterns: Sequence[tuple[bytes, int]]) -> _Joined | None:
    """Patterns as alternatives, each with an empty group at its end; None where one of them cannot be a part."""
    if not patterns or any(_OWN.search(pattern) for pattern, _ in patterns):
        return None
    numbers: dict[int, int] = {}
    groups = 0
    for pattern, number in patterns:
        groups += _compiled(pattern).groups + 1
        numbers[groups] = number
    return _compiled(b"|".join(b"(?:" + pattern + b")()" for pattern, _ in patterns)).match, numbers


class Store(Protocol):
    """Where what was worked out is kept between runs."""

    def get(self, name: str) -> bytes | None:
        """What was put under this name, or None."""

    def put(self, name: str, data: bytes) -> None:
        """Keep; failing to is no error."""


def _kept(patterns: Sequence[bytes], store: Store | None) -> list[int]:
    """Of each pattern its first bytes, as bits. Reading dozens of patterns takes a tenth of a second, reading an entry nothing."""
    name = f"starts-{sha256(repr(patterns).encode()).hexdigest()[:24]}"
    kept = store.get(name) if store is not None else None
    if kept is not None:
        try:
            found = [int(bits, 16) for bits in kept.split()]
        except ValueError:
            found = []
        if len(found) == len(patterns):
            return found
    found = [sum(1 << byte for byte in first_bytes(pattern)) for pattern in patterns]
    if store is not None:
        store.put(name, " ".join(f"{bits:x}" for bits in found).encode())
    return found


@lru_cache(maxsize=1024)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compiled once, however many bytes its matches may begin with."""
    return re.compile(pattern)


@lru_cache(maxsize=1024)
def first_bytes(pattern: bytes) -> frozenset[int]:
    """The bytes that a match may begin with; 256 among them where it may be empty, or its first byte be any.

    A superset where the pattern cannot be followed.
    """
    found, may_be_empty = _first(sre.parse(pattern), 0)
    return found | {256} | _ALL if may_be_empty else found


def _first(nodes: Iterable[Any], flags: int) -> tuple[frozenset[int], bool]:
    """(first bytes, whether the whole may match nothing) of a sequence."""
    found: frozenset[int] = frozenset()
    for code, value in nodes:
        some, empty = _node(code, value, flags)
        found |= some
        if not empty:
            return found, False
    return found, True


def _node(code: Any, value: Any, flags: int) -> tuple[frozenset[int], bool]:
    if code is op.LITERAL:
        return _cased(frozenset({value}), flags), False
    if code is op.NOT_LITERAL:
        return _ALL - {value} if not flags & re.IGNORECASE else _ALL, False
    if code is op.IN:
        return _cased(_class(value), flags), False
    if code is op.ANY:
        return _ALL, False
    if code is op.SUBPATTERN:
        return _first(value[-1], (flags | value[1]) & ~value[2])
    if code is op.ATOMIC_GROUP:
        return _first(value, flags)
    if code is op.BRANCH:
        sides = [_first(side, flags) for side in value[1]]
        return frozenset().union(*(found for found, _ in sides)), any(empty for _, empty in sides)
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        found, empty = _first(value[2], flags)
        return found, empty or value[0] == 0
    if code in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return frozenset(), True
    return _ALL, True


def _class(items: Iterable[Any]) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    negated = False
    for code, value in items:
        if code is op.NEGATE:
            negated = True
        elif code is op.LITERAL:
            found |= {value}
        elif code is op.RANGE:
            found |= frozenset(range(value[0], value[1] + 1))
        else:
            found |= _CATEGORIES.get(value, _ALL) if code is op.CATEGORY else _ALL
    return _ALL - found if negated else found


def _cased(found: frozenset[int], flags: int) -> frozenset[int]:
    if not flags & re.IGNORECASE:
        return found
    return found | frozenset(ord(other) for byte in found for other in (chr(byte).lower(), chr(byte).upper()) if ord(other) < 256)

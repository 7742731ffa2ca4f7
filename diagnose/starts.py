"""Which of many patterns matches where a line begins, the first in order: asked by the line's first byte.

A union of all patterns tries one after the other. Most bytes begin matches of one or two of them, many of none, so each byte
has a union of its own, made when a line first begins with it.
"""

from __future__ import annotations

import re
import re._constants as op
import re._parser as sre
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

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

_Entry = tuple[re.Pattern[bytes], dict[int, int]] | None
"""The union of a byte's patterns, and which pattern each of its groups is; None: no pattern begins so."""


class Starts:
    """Patterns over bytes, as `hooks.Format.start` describes them, the most important first."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [pattern.encode("latin-1") for pattern in patterns]
        self._table: list[_Entry | bool] = [False] * 257
        """By the first byte; the last is for an empty line. False: not asked for yet."""

    def at(self, data: bytes | bytearray, start: int, stop: int) -> int:
        """The number of the first pattern that matches `data[start:stop]` from its beginning on, or NONE."""
        first = data[start] if start < stop else 256
        entry = self._table[first]
        if entry is False:
            entry = self._table[first] = self._entry(first)
        if not entry:
            return NONE
        match = entry[0].match(data, start, stop)  # type: ignore[index]
        return entry[1][match.lastindex] if match else NONE  # type: ignore[index]

    def _entry(self, first: int) -> _Entry:
        chosen = [number for number, pattern in enumerate(self._patterns) if first in first_bytes(pattern)]
        if not chosen:
            return None
        union = re.compile(b"|".join(b"(?P<p%d>%b)" % (number, self._patterns[number]) for number in chosen))
        return union, {union.groupindex[f"p{number}"]: number for number in chosen}


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

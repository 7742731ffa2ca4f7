"""Comparing what captures hold: numbers as numbers, all else as text, None as unknown.

A test answers True, False or None (not known). An aggregate is a Range, since unknown values may be anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from diagnose.condition.nodes import Const
from diagnose.lazy import lazy
from diagnose.model import Value

INFINITE = float("inf")
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_NUMBER = lazy(r"[+-]?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Range:
    """Between what bounds a number lies. `loose_*`: also if sightings of unknown key or time counted."""

    low: float
    high: float
    loose_low: float
    loose_high: float

    @property
    def vague(self) -> bool:
        """True where sightings of unknown key or time could change the number."""
        return (self.low, self.high) != (self.loose_low, self.loose_high)


def exactly(number: float) -> Range:
    """The range that is one number."""
    return Range(number, number, number, number)


def number(value: Value) -> float | None:
    """The value as a number; None where it is none."""
    if isinstance(value, str):
        return _read(value)
    return value


@lru_cache(maxsize=4096)
def _read(text: str) -> float | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return int(text) if value.is_integer() and text.lstrip("+-").isdigit() else value


def holds(left: Value, op: str, right: Value | tuple[Const, ...], *, textual: bool = False) -> bool | None:
    """Whether `left op right`; `textual`: one side is a constant in quotes, so that digits are letters too."""
    if left is None or right is None:
        return None
    if isinstance(right, tuple):
        return any(holds(left, "==", const.value, textual=isinstance(const.value, str)) for const in right)
    if not textual:
        a, b = number(left), number(right)
        if a is not None and b is not None:
            return OPERATORS[op](a, b)
    if op in ("==", "!="):
        return OPERATORS[op](str(left), str(right))
    return None


def holds_range(left: Range, op: str, right: Range, *, loose: bool) -> bool | None:
    """Whether it holds wherever in their ranges the two numbers lie; None where that depends."""
    a, b = _bounds(left, loose), _bounds(right, loose)
    if op in ("<", "<="):
        a, b, op = b, a, {"<": ">", "<=": ">="}[op]
    if op in (">", ">="):
        compare = OPERATORS[op]
        return True if compare(a[0], b[1]) else None if compare(a[1], b[0]) else False
    if a[1] < b[0] or b[1] < a[0]:
        return op == "!="
    return (op == "==") if a == b and a[0] == a[1] else None


def _bounds(value: Range, loose: bool) -> tuple[float, float]:
    return (value.loose_low, value.loose_high) if loose else (value.low, value.high)

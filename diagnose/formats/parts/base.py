"""What record formats share: their defaults, and the raw patterns that tests on fields lead to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

QUOTES = (r"\x22", r"\\\x22", r"\\\\\\\x22", "u0022")
"""How a double quote stands in a file: bare, in a JSON string, in one within one, or as the strictest encoders write it."""

QUOTE = f"(?:{'|'.join(QUOTES)})"

COLOUR = r"(?:(?:\x1b|\\u001[bB])\[[\d;]*m)*"
"""Colour codes as they stand in a file, or nothing."""

_LONGEST = 8_000
"""Characters of one alternation; Hyperscan takes 16,000."""

_TEST = lazy(r"\s*(>=|<=|==|!=|>|<)?\s*(.+?)\s*")


class BaseFormat:
    """A format with no fields to search for but the logger. Variants set the attributes and write `parse`."""

    name: str = ""
    priority: int = 50
    start: str = ""
    later: tuple[str, ...] = ()
    continues: bool = True
    errors: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    plain: str = ""

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; None where it is not of this format after all."""
        raise NotImplementedError

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Raw patterns of which each record shows one whose field passes the test: here, the name of a logger."""
        sign, operand = split_test(test)
        return (re.escape(operand),) if name == "logger" and sign == "==" and len(operand) >= 3 else ()


def split_test(test: str) -> tuple[str, str]:
    """(operator, operand) of a test on a field: `>= 500`, `!= x`, or a bare value, which means `==`."""
    match = _TEST.fullmatch(test)
    return (match[1] or "==", match[2].strip('"')) if match else ("==", test)


def statuses(test: str) -> tuple[str, ...]:
    """Patterns of the three-digit statuses that may pass a test, each with a digit at its head. There are five classes (RFC 9110, 15)."""
    sign, operand = split_test(test)
    low, high = 1, 5
    if re.fullmatch(r"[1-9]\d\d", operand):
        if sign == "==":
            return (operand,)
        low = int(operand[0]) if sign in (">", ">=") else low
        high = int(operand[0]) if sign in ("<", "<=") else high
    return tuple(rf"{digit}\d\d" for digit in range(low, high + 1))


def spelled(*choices: Sequence[str]) -> tuple[str, ...]:
    """All that the choices, one after the other, can make, as alternations of a length that native searches take.

    A native search finds literals for next to nothing. A frequent word before a choice it finds on each healthy line, and
    stops there to look on.
    """
    every = list(map("".join, product(*choices)))
    size = max(1, _LONGEST // max(map(len, every)))
    return tuple(f"(?:{'|'.join(every[at : at + size])})" for at in range(0, len(every), size))

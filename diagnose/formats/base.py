"""What record formats share: their defaults, and the raw patterns that tests on fields lead to."""

from __future__ import annotations

import re

from diagnose.hooks import Sample
from diagnose.model import Header
from diagnose.times import Clock

QUOTE = r'(?:\\*"|\\+u0022)'
"""A double quote as it stands in a file: bare, or escaped by the JSON around it."""

COLOUR = r"(?:(?:\x1b|\\u001[bB])\[[\d;]*m)*"
"""Colour codes as they stand in a file, or nothing."""

_TEST = re.compile(r"\s*(>=|<=|==|!=|>|<)?\s*(.+?)\s*")


class BaseFormat:
    """A format with no fields to search for but the logger. Variants set the attributes and write `parse`."""

    name: str = ""
    priority: int = 50
    start: str = ""
    later: str = ""
    continues: bool = True
    errors: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()

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


def status_digits(test: str) -> str:
    """A pattern of the three-digit statuses that may pass a test."""
    sign, operand = split_test(test)
    if not re.fullmatch(r"[1-9]\d\d", operand):
        return r"[1-9]\d\d"
    if sign == "==":
        return operand
    if sign in (">", ">="):
        return rf"[{operand[0]}-9]\d\d"
    return rf"[1-{operand[0]}]\d\d" if sign in ("<", "<=") else r"[1-9]\d\d"

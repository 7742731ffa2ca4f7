"""A record inside another one: what a program wrote, behind the prefix that a carrier put before it."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.hooks import Format
from diagnose.model import Header
from diagnose.starts import NONE, Starts
from diagnose.times import Clock


class Inner:
    """Reads messages that are records of other formats."""

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = sorted(formats, key=lambda form: form.priority)
        self._starts: Starts | None = None

    def parse(self, text: str, clock: Clock) -> Header | None:
        """The header of a text that starts a record of one of the formats; None where it starts none."""
        line = text.split("\n", 1)[0].encode("utf-8", "replace")
        if self._starts is None:  # most runs meet no carrier, and reading dozens of patterns takes 20 ms
            self._starts = Starts([form.start for form in self._formats])
        found = self._starts.at(line, 0, len(line))
        return self._formats[found].parse(text, clock) if found != NONE else None

    def within(self, outer: Header, clock: Clock) -> Header:
        """The record in the outer one's message, with the outer time, level and scope where it has none; else the outer one."""
        header = self.parse(outer.message, clock)
        if header is None:
            return outer
        if header.time is None:
            header.time, header.resolution = outer.time, outer.resolution
        if header.level is None:
            header.level = outer.level
        for name, value in outer.scope.items():
            header.scope.setdefault(name, value)
        for name, value in outer.fields.items():
            header.fields.setdefault(name, value)
        return header

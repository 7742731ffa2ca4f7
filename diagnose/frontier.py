"""How far back was looked, so that no line is looked at twice."""

from __future__ import annotations

from collections.abc import Callable

from diagnose.blocks import REACH
from diagnose.lines import Line


class Frontier:
    """The nearest header before a place, remembered: hits come in order, so each line is looked at once.

    Between `_bottom` and `_top` no line but perhaps `_bottom` itself, `_found` then, is a header.
    """

    __slots__ = ("_bottom", "_found", "_top")

    def __init__(self) -> None:
        self._top = -1
        self._bottom: Line | None = None
        self._found = False

    def find(self, line: Line, before: Callable[[Line], Line | None], is_header: Callable[[Line], bool]) -> Line | None:
        """The nearest line that passes `is_header` at or before a line, less than REACH before it."""
        floor = line.start - REACH
        here: Line | None = line
        lowest, found, joined = line, False, False
        while here is not None and here.start > floor:
            bottom = self._bottom
            if not joined and bottom is not None and bottom.start <= here.start <= self._top:
                joined, lowest, found = True, bottom, self._found
                if found:
                    break
                here = before(bottom)
                continue
            lowest = here
            if is_header(here):
                found = True
                break
            here = before(here)
        if joined or line.start >= self._top:
            self._top, self._bottom, self._found = max(line.start, self._top), lowest, found
        return lowest if found and lowest.start > floor else None

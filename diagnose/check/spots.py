"""What finders look at and what they give: a file of configuration, and places in it with what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from diagnose.check.detector import Detector
from diagnose.check.match import Match
from diagnose.lazy import lazy

_NAMED = lazy(r"\$([A-Z_]+)")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, to the end of its line. `values` fill in `$NAME` in the detector's message."""

    line: int
    column: int
    end_column: int
    offset: int
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file by its path and its text."""

    path: str
    text: str

    @cached_property
    def name(self) -> str:
        """The last part of its path, in small letters."""
        return PurePosixPath(self.path).name.lower()

    @cached_property
    def lines(self) -> list[str]:
        """Its lines without their ends."""
        return [line.rstrip("\r") for line in self.text.split("\n")]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def spot(self, line: int, column: int = 1, **values: str) -> Spot:
        """A place by line and column, both from 1."""
        number = min(line, len(self.lines))
        end = max(column + 1, len(self.lines[number - 1]) + 1)
        return Spot(number, column, end, self._starts[number - 1] + column - 1, values)


def match_of(detector: Detector, file: File, spot: Spot) -> Match:
    """A finder's spot as a match of its detector."""
    message = _NAMED.sub(lambda match: spot.values.get(match[1], match[0]), detector.message)
    end = spot.offset + spot.end_column - spot.column
    return Match(
        detector.rule.id, detector.number, spot.line, spot.column, spot.line, spot.end_column, spot.offset, end, message,
    )  # fmt: skip

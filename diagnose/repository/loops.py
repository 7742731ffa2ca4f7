"""Where no frame is blamed: the constructs of a finding's own class that speak of the table which its statements read.

Logs of statements show no stack, so an N+1 in a log is met with the loops in code that send one statement a turn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from diagnose.check.detector import Detector
from diagnose.check.look import look
from diagnose.check.match import Match
from diagnose.lazy import lazy
from diagnose.model import Finding
from diagnose.repository.files import Files

PATIENCE = 5.0
"""Seconds for all files of one class of failure."""

ABOVE, BELOW = 2, 1
"""Lines around a construct that may name the table: the loop's head stands above the statement."""

_APART = lazy(r"[^a-z0-9]+")


def matches(files: Files, some: Sequence[Detector]) -> list[tuple[str, Match]]:
    """What the detectors find in the whole repository, within their time."""
    until = time.monotonic() + PATIENCE
    return [(path, match) for path in _until(files.all(), until) for match in look(path, files.root / path, some).matches]


def speaking_of(finding: Finding, found: Sequence[tuple[str, Match]], files: Files) -> list[tuple[str, Match]]:
    """Those of the matches around which the code names the finding's table; [] where the finding has none."""
    table = finding.captures.get("table")
    stem = _stem(str(table).rpartition(".")[2]) if table else ""
    if len(stem) < 3:
        return []
    return [
        (path, match)
        for path, match in found
        if stem in _plain(" ".join(files.lines(path)[max(0, match.line - 1 - ABOVE) : match.end_line + BELOW]))
    ]


def _until(paths: Sequence[str], until: float) -> Iterator[str]:
    for path in paths:
        if time.monotonic() > until:
            return
        yield path


def _plain(text: str) -> str:
    """A text as `orderItems`, `order_items` and `OrderItem` have in common."""
    return _APART.sub("", text.lower())


def _stem(table: str) -> str:
    name = _plain(table)
    for ending, instead in (("ies", "y"), ("ses", "s"), ("s", "")):
        if name.endswith(ending) and not name.endswith("ss"):
            return name[: -len(ending)] + instead
    return name

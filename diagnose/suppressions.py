"""Findings that a team decided not to mind: `[[suppress]]` in the settings, each with a reason and maybe an end.

What is suppressed does not fail a run and is left out, unless an incident that is told needs it. One whose end has come counts
no more and is told; so is one that nothing of the run needed.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from diagnose.errors import Fault
from diagnose.model import Finding, Report

KEYS = ("rule", "reason", "path", "fingerprint", "until")
TABLE = "suppress"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One of them. `rule` and `path` are globs, empty: any. `until` is the last day that it counts."""

    rule: str
    reason: str
    path: str = ""
    fingerprint: str = ""
    until: date | None = None
    file: str = ""
    line: int = 0

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding, whatever the day."""
        if self.fingerprint and self.fingerprint != finding.fingerprint:
            return False
        if self.rule and not fnmatch.fnmatchcase(finding.rule, self.rule):
            return False
        return not self.path or any(_under(name, self.path) for name in _places(finding))

    def __str__(self) -> str:
        what = ", ".join(filter(None, (self.rule, self.path, self.fingerprint)))
        return f"{self.file}:{self.line}: the suppression of {what} ({self.reason})"


class Suppressions:
    """All of a settings file, on one day."""

    def __init__(self, items: Sequence[Suppression], today: date) -> None:
        self._items = items
        self._today = today
        self._used: set[int] = set()

    def mark(self, report: Report) -> Report:
        """The report, with the reason at each finding that is suppressed."""
        if not self._items:
            return report
        return replace(report, findings=tuple(map(self._marked, report.findings)))

    def notes(self) -> Iterator[str]:
        """What is to be told of them once the report is marked: those that ended one by one, those without use together."""
        idle = []
        for number, item in enumerate(self._items):
            if item.until is not None and item.until < self._today:
                counts = "what it covered counts again" if number in self._used else "nothing needs it any more"
                yield f"{item} ended on {item.until}: {counts}"
            elif number not in self._used:
                idle.append(item)
        if idle:
            lines = ", ".join(str(item.line) for item in idle)
            yield f"{idle[0].file}: {len(idle)} of {len(self._items)} suppressions were not needed by this run: line {lines}"

    def _marked(self, finding: Finding) -> Finding:
        for number, item in enumerate(self._items):
            if item.covers(finding):
                self._used.add(number)
                if item.until is None or item.until >= self._today:
                    return replace(finding, suppressed=item.reason)
        return finding


def read_suppressions(tables: object, file: str, text: str) -> tuple[list[Suppression], list[Fault]]:
    """The suppressions of a settings file's text, and what is wrong with them."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        start = _line(text, rf"\s*\[*(?:tool\.diagnose\.)?\"?{TABLE}")
        return [], [_fault(f"{TABLE!r} is a list of tables: [[{TABLE}]]", file, text, start, "", "")]
    read: list[Suppression] = []
    faults: list[Fault] = []
    starts = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    for index, table in enumerate(tables):
        start = starts[index] if index < len(starts) else _line(text, rf"\s*{TABLE}\s*=")
        if reasons := list(_faults(table)):
            faults += [_fault(reason, file, text, start, key, help) for key, reason, help in reasons]
        else:
            read.append(Suppression(**{"rule": "", **table}, file=file, line=start))
    return read, faults


_HEAD = re.compile(rf"\s*\[\[\s*(?:tool\s*\.\s*diagnose\s*\.\s*)?\"?{TABLE}\"?\s*\]\]")


def _faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, reason and help of each fault."""
    for key, value in table.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            yield key, f"unknown key {key!r}", f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(KEYS)}"
        elif key == "until" and (not isinstance(value, date) or isinstance(value, datetime)):
            yield key, "'until' takes a date, without quotes", "as in until = 2027-01-31"
        elif key != "until" and (not isinstance(value, str) or not value.strip()):
            yield key, f"{key!r} takes a string that is not empty", ""
    if "reason" not in table:
        yield "", "a suppression needs a reason", 'as in reason = "known until the new driver is in: SHOP-12"'
    if not {"rule", "fingerprint"} & table.keys():
        yield "", "a suppression names a rule or a fingerprint", 'as in rule = "mysql/duplicate-key", or "mysql/*"'


def _fault(reason: str, file: str, text: str, start: int, key: str, help: str) -> Fault:
    """A fault at the line of a key behind the table's start, else at that start."""
    lines = text.splitlines()
    line = start
    for number in range(start, len(lines)) if key and start else ():
        if _HEAD.match(lines[number]):
            break
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.]", lines[number]):
            line = number + 1
            break
    excerpt = lines[line - 1] if line else ""
    return Fault(reason, file, line, excerpt.find(key) + 1 if key and key in excerpt else 1, excerpt, help)


def _line(text: str, pattern: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)), 1)


def _places(finding: Finding) -> Iterator[str]:
    """The files that a finding stands in: logs, code, and the blamed one as the log names it."""
    yield from (proof.source for proof in finding.evidence)
    yield from finding.sources
    if finding.blame:
        yield re.sub(r"(?::\d+)*(?: in .*)?$", "", finding.blame)


def _under(name: str, glob: str) -> bool:
    """Whether a path, or its end from some folder on, matches."""
    parts = name.replace("\\", "/").split("/")
    return any(fnmatch.fnmatchcase("/".join(parts[index:]), glob) for index in range(len(parts)))

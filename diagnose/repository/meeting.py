"""A report with the code that its frames blame: lines around, last commit, and what `diagnose check` says of the place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from diagnose.check.detector import Detector, detectors
from diagnose.check.files import told
from diagnose.check.look import look
from diagnose.check.match import Match
from diagnose.model import Finding, Report, Rule, Spot, Suspect
from diagnose.redact import redact
from diagnose.repository.files import Files
from diagnose.repository.frames import Found, Frames
from diagnose.repository.history import History
from diagnose.repository.loops import matches, speaking_of

AROUND = 3
"""Lines that are shown before and behind."""

SPOTS = 3
"""Places of one finding."""

NEAR = 10
"""Lines from the blamed one within which a construct is a suspect."""

WIDTH = 200
_REACH = 65_536


def with_code(report: Report, folder: Path, rules: Iterable[Rule] = ()) -> Report:
    """The report, its findings with the places in the repository at `folder` that they blame.

    Of the rules, those that look at code say what they find there, where they are of the finding's own class.
    """
    if not report.findings:
        return report
    meeting = _Meeting(folder, tuple(rule for rule in rules if rule.source))
    return replace(report, findings=tuple(map(meeting.met, report.findings)))


class _Meeting:
    def __init__(self, folder: Path, rules: Sequence[Rule]) -> None:
        self._folder = folder
        self._files = Files(folder)
        self._frames = Frames(self._files)
        self._history = History(self._files.root)
        self._rules = rules
        self._everywhere: dict[str, list[tuple[str, Match]]] = {}

    def met(self, finding: Finding) -> Finding:
        """A finding with its spots, each once: the blamed frame first, then those of its evidence; without any, what fits its table."""
        blames = dict.fromkeys((finding.blame, *(proof.blame for proof in finding.evidence)))
        spots: dict[tuple[str, int], Spot] = {}
        for blame in filter(None, blames):
            found = self._frames.find(blame, self._column(finding, blame))
            if found is not None and len(spots) < SPOTS:
                spots.setdefault((found.path, found.line), self._spot(found, blame, self._suspects(finding, found)))
        if not spots and finding.captures.get("table"):
            for path, match in speaking_of(finding, self._of_class(finding.of_class), self._files)[:SPOTS]:
                found = Found(path, match.line, exact=False)
                spots.setdefault((path, match.line), self._spot(found, "", (_suspect(match),)))
        return replace(finding, spots=tuple(spots.values())) if spots else finding

    def _spot(self, found: Found, blame: str, suspects: tuple[Suspect, ...]) -> Spot:
        lines, line = self._files.lines(found.path), found.line
        first = max(1, line - AROUND)
        shown = tuple(redact(text)[:WIDTH] for text in lines[first - 1 : line + AROUND]) if line else ()
        return Spot(
            file=told(self._folder / found.path),
            line=line,
            frame=blame,
            exact=found.exact,
            first=first if shown else 0,
            lines=shown,
            commit=self._history.commit(found.path, line, lines[line - 1]) if shown else None,
            suspects=suspects,
        )

    def _suspects(self, finding: Finding, found: Found) -> tuple[Suspect, ...]:
        """What the rules of the finding's class find near its blamed line."""
        detectors = self._detectors(finding.of_class)
        seen = look(found.path, self._files.root / found.path, detectors).matches if detectors else ()
        line = found.line
        return tuple(_suspect(match) for match in seen if not line or match.line - NEAR <= line <= match.end_line + NEAR)

    def _of_class(self, of_class: str) -> list[tuple[str, Match]]:
        """What the rules of a class find in the whole repository."""
        if of_class not in self._everywhere:
            detectors = self._detectors(of_class)
            self._everywhere[of_class] = matches(self._files, detectors) if detectors else []
        return self._everywhere[of_class]

    def _detectors(self, of_class: str) -> tuple[Detector, ...]:
        return detectors(rule for rule in self._rules if rule.of_class == of_class)

    def _column(self, finding: Finding, blame: str) -> int:
        """The column of a blamed frame, which a compiled file of one line needs: read again from the log; 0 where it is not there."""
        match = re.fullmatch(r"(.*\.[cm]?jsx?:\d+)(?: in .*)?", blame)
        if match is None:
            return 0
        for proof in finding.evidence:
            if proof.blame != blame:
                continue
            try:
                with open(proof.source, "rb") as stream:
                    stream.seek(proof.offset)
                    text = stream.read(_REACH).decode("utf-8", "replace")
            except (OSError, ValueError):
                continue
            column = re.search(re.escape(match[1]) + r":(\d+)", text)
            if column and len(column[1]) < 9:
                return int(column[1])
        return 0


def _suspect(match: Match) -> Suspect:
    return Suspect(match.rule, match.line, match.end_line, redact(match.message))

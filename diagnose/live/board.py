"""What a live view shows: incidents with how often they are seen now, their newest evidence, and whether they go on.

The tail's thread tells of changes; whoever draws asks for rows. Nothing here knows a terminal.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from diagnose.engine.texts import without, words_of
from diagnose.live.changes import RESOLVED, Change
from diagnose.live.watching import LiveRun
from diagnose.model import Finding, Incident, Proof, Report, Rule, Severity, Sighting
from diagnose.origins import location
from diagnose.redact import redact, token

STEP = 2.0
"""Seconds that one bar of a rate stands for."""

STEPS = 30
"""Bars that are kept: a minute."""

SHOWN = 60.0
"""Seconds that a message is shown."""

ROWS = 500
"""Incidents that are shown at most: those that go on, then those that ended last."""


@dataclass(frozen=True, slots=True)
class Row:
    """One incident. `rate`: sightings in each step, the latest last."""

    report: Report
    """What it is a part of."""
    incident: Incident
    root: Finding
    members: tuple[Finding, ...]
    severity: Severity
    count: int
    is_open: bool
    rate: tuple[int, ...]
    proof: Proof | None

    @property
    def key(self) -> str:
        """What it is known by as long as its root stays the same."""
        return self.root.fingerprint

    @property
    def services(self) -> list[str]:
        """Where it was seen."""
        return list(dict.fromkeys(service for member in self.members for service in member.services))

    def holds(self, text: str) -> bool:
        """Whether a person who looks for this text means it."""
        proof = f"{self.proof.source} {self.proof.text}" if self.proof else ""
        told = (f"{member.title} {member.rule} {member.of_class} {' '.join(member.sources)}" for member in self.members)
        return text.casefold() in " ".join((*told, *self.services, proof)).casefold()


@dataclass(slots=True)
class _Rate:
    """Of one finding: its count at the last step, and what came in each step."""

    count: int
    steps: deque[int] = field(default_factory=lambda: deque(maxlen=STEPS))


class Board:
    """`report` and `run` give what is known by now; `going`: the findings that earlier runs told, and whether they went on."""

    def __init__(
        self,
        report: Callable[[], Report],
        run: Callable[[], LiveRun],
        going: Mapping[str, bool],
        least: Severity = Severity.INFO,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._run, self._least, self._now = report, run, least, now
        self._lock = threading.Lock()
        self._going = dict(going)
        self._known: tuple[LiveRun | None, Mapping[str, Rule]] = None, {}
        self._rates = {finding.fingerprint: _Rate(finding.count) for finding in report().findings}
        self._due = now() + STEP
        self._messages: deque[tuple[float, str]] = deque(maxlen=1_000)

    def take(self, changes: Sequence[Change]) -> None:
        """What opened, changed, or is over."""
        with self._lock:
            for change in changes:
                self._going[change.finding.fingerprint] = change.event != RESOLVED and change.finding.resolved is None

    def warn(self, text: str) -> None:
        """Something beside the findings."""
        self._messages.append((self._now(), text))

    @property
    def messages(self) -> list[str]:
        """What was said beside the findings, the latest last."""
        return [text for _, text in list(self._messages)]

    @property
    def message(self) -> str:
        """What was said last, for as long as a person may want to read it."""
        said, text = self._messages[-1] if self._messages else (0.0, "")
        return text if self._now() - said < SHOWN else ""

    def rows(self) -> list[Row]:
        """The incidents that go on, the one to act on first before the others; then those that are over, the latest first."""
        report = self._report()
        self._step(report)
        run = self._run()
        recent = (*run.recent, *run.pending)
        by_fingerprint = {finding.fingerprint: finding for finding in report.findings}
        with self._lock:
            rows = [self._row(report, incident, by_fingerprint, recent) for incident in report.incidents[: 2 * ROWS]]
            self._going = {name: going for name, going in self._going.items() if name in by_fingerprint}
        rows = [row for row in rows if row.severity >= self._least]
        over = sorted((row for row in rows if not row.is_open), key=lambda row: row.incident.last_seen or 0, reverse=True)
        return [*(row for row in rows if row.is_open), *over][:ROWS]

    def _step(self, report: Report) -> None:
        """Close the step that is over, for every finding."""
        now = self._now()
        over = 0
        while now >= self._due and over < STEPS:
            over, self._due = over + 1, self._due + STEP
        self._due = max(self._due, now)
        if not over:
            return
        rates = {}
        for finding in report.findings:
            rate = rates[finding.fingerprint] = self._rates.get(finding.fingerprint) or _Rate(0)
            rate.steps.extend([0] * (over - 1))
            rate.steps.append(max(0, finding.count - rate.count))
            rate.count = finding.count
        self._rates = rates

    def _row(self, report: Report, incident: Incident, findings: Mapping[str, Finding], recent: Sequence[Sighting]) -> Row:
        members = tuple(findings[name] for name in incident.findings)
        root = findings[incident.root]
        rates = [rate.steps for member in members if (rate := self._rates.get(member.fingerprint)) is not None]
        bars = [0] * STEPS
        for steps in rates:
            for place, count in enumerate(reversed(steps), 1):
                bars[-place] += count
        return Row(
            report=report,
            incident=incident,
            root=root,
            members=members,
            severity=max(member.severity for member in members),
            count=sum(member.count for member in members),
            is_open=any(self._going.get(member.fingerprint, member.resolved is None) for member in members),
            rate=tuple(bars),
            proof=self._newest(members, recent),
        )

    def _newest(self, members: Sequence[Finding], recent: Sequence[Sighting]) -> Proof | None:
        """The line that was seen last; where that is long ago, the last that is kept as evidence."""
        by_rule: dict[str, list[Finding]] = {}
        for member in members:
            by_rule.setdefault(member.rule, []).append(member)
        for sighting in reversed(recent):
            rule = self._rules.get(sighting.rule)
            if rule is not None and any(_is_of(sighting, rule, finding) for finding in by_rule.get(rule.id, ())):
                text = without(sighting.text, _secrets(sighting, rule))
                return Proof(location(sighting.source), sighting.line, sighting.offset, text, sighting.time)
        return max(
            (member.evidence[-1] for member in members if member.evidence), key=lambda proof: proof.time or 0, default=None
        )

    @property
    def _rules(self) -> Mapping[str, Rule]:
        """By id; a reload brings others."""
        run = self._run()
        if self._known[0] is not run:
            self._known = run, {one.rule.id: one.rule for one in run.rulebook.compiled}
        return self._known[1]


def _is_of(sighting: Sighting, rule: Rule, finding: Finding) -> bool:
    """Whether a sighting of the rule is one of the finding's, as far as its keys tell."""
    told = _secrets(sighting, rule)
    captures = sighting.captures
    return all(
        finding.captures.get(key) in (captures[key], told.get(str(captures[key])), redact(str(captures[key])))
        for key in rule.keys
        if key in captures
    )


def _secrets(sighting: Sighting, rule: Rule) -> dict[str, str]:
    """What it captured that must not be told, with what stands for each."""
    values = (sighting.captures.get(name) for name in words_of(rule)[0])
    return {str(value): token(str(value)) for value in values if value is not None}

"""One outage is one incident, told once with updates, whatever number of findings it makes.

An incident keeps its id while any of its findings is open, though its root may turn out to be another: a symptom is often seen before its cause.
Notices are what sinks deliver.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from diagnose.live.changes import RESOLVED, Change
from diagnose.model import Finding, Report, Severity
from diagnose.printers.json import finding_data
from diagnose.visible import iso

COOL = 60.0
"""Seconds between two notices of one incident, unless it becomes graver or another root is found."""

KEPT = 1_000
"""Incidents that are remembered at most, the latest."""


class Outage(msgspec.Struct, array_like=True):
    """One incident as it was told last. `opened` in µs by the wall clock."""

    id: str
    opened: int
    findings: set[str]
    open: set[str]
    severity: int = -1
    root: str = ""
    count: int = 0
    number: int = 0
    """Of its notices so far."""
    told: float = 0.0
    """When, by the wall clock."""
    is_open: bool = True
    changed: bool = False


class Outages:
    """Turns changes of findings into notices. `now` is the wall clock, in seconds."""

    def __init__(self, now: Callable[[], float] = time.time, least: Severity = Severity.INFO) -> None:
        self._now, self._least = now, least
        self._outages: dict[str, Outage] = {}
        self._host = platform.node()

    def look(self, changes: Sequence[Change], report: Report) -> list[dict[str, Any]]:
        """What is to be told of incidents now."""
        findings = {finding.fingerprint: finding for finding in report.findings}
        findings.update(
            (change.finding.fingerprint, change.finding) for change in changes if change.finding.fingerprint not in findings
        )
        for change in changes:
            self._apply(change, report)
        notices = [notice for outage in self._outages.values() if (notice := self._notice(outage, findings)) is not None]
        while len(self._outages) > KEPT:
            del self._outages[next(iter(self._outages))]
        return notices

    def kept(self) -> bytes:
        """What must outlive a restart."""
        return msgspec.msgpack.encode(list(self._outages.values()))

    def remember(self, data: bytes) -> None:
        """Go on from what was kept. Raises msgspec.MsgspecError."""
        self._outages = {outage.id: outage for outage in msgspec.msgpack.decode(data, type=list[Outage])}

    def _apply(self, change: Change, report: Report) -> None:
        fingerprint = change.finding.fingerprint
        outage = self._of(fingerprint, report)
        outage.findings.add(fingerprint)
        if change.event == RESOLVED:
            outage.open.discard(fingerprint)
        elif change.finding.resolved is None:
            outage.open.add(fingerprint)
        outage.changed = True

    def _of(self, fingerprint: str, report: Report) -> Outage:
        """The outage of a finding: one that is open and has it or one of its incident, or a new one."""
        members = next(
            (set(incident.findings) for incident in report.incidents if fingerprint in incident.findings), {fingerprint}
        )
        for mine in ({fingerprint}, members):
            for outage in self._outages.values():
                if outage.is_open and outage.findings & mine:
                    return outage
        for outage in self._outages.values():
            if fingerprint in outage.findings and self._now() - outage.told < COOL:
                return outage  # over for a moment only
        opened = int(self._now() * 1e6)
        before = sum(fingerprint in outage.findings for outage in self._outages.values())
        id = sha256(f"{fingerprint} {before}".encode()).hexdigest()[:16]
        outage = self._outages[id] = Outage(id, opened, {fingerprint}, set())
        return outage

    def _notice(self, outage: Outage, findings: Mapping[str, Finding]) -> dict[str, Any] | None:
        if not outage.changed:
            return None
        members = [findings[name] for name in findings if name in outage.findings]
        if not members:
            return None
        root = _root(members)
        severity = max(member.severity for member in members)
        if severity < self._least:
            return None
        over = not outage.open
        first = outage.number == 0
        if over and not outage.is_open:
            return None
        now = self._now()
        news = first or over or severity > outage.severity or root.fingerprint != outage.root or not outage.is_open
        if not news and now - outage.told < COOL:
            return None
        event = "resolved" if over and not first else "opened" if first else "updated"
        outage.number += 1
        outage.is_open, outage.severity, outage.root, outage.told = not over, int(severity), root.fingerprint, now
        outage.count = sum(member.count for member in members)
        outage.changed = over and first  # seen when it was over already: opened now, resolved at the next look
        if outage.changed:
            outage.is_open = True
        return self._made(event, outage, root, members)

    def _made(self, event: str, outage: Outage, root: Finding, members: Sequence[Finding]) -> dict[str, Any]:
        state = outage.number if event != "updated" else outage.count
        first = [member.first_seen for member in members if member.first_seen is not None]
        last = [member.last_seen for member in members if member.last_seen is not None]
        return {
            "event": event,
            "id": sha256(f"{outage.id} {event} {state}".encode()).hexdigest()[:16],
            "incident": outage.id,
            "severity": Severity(outage.severity).name.lower(),
            "rule": root.rule,
            "host": self._host,
            "opened": _offset(iso(outage.opened)),
            "sent": _offset(iso(int(self._now() * 1e6))),
            "first_seen": iso(min(first, default=None)),
            "last_seen": iso(max(last, default=None)),
            "count": outage.count,
            "root": finding_data(root),
            "findings": list(_short(members)),
        }


def _root(members: Sequence[Finding]) -> Finding:
    """The finding that the others are explained by; the report's order says which comes first."""
    return next((member for member in members if not member.explained_by), members[0])


def _short(members: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    for member in members:
        yield {
            "fingerprint": member.fingerprint,
            "rule": member.rule,
            "class": member.of_class,
            "title": member.title,
            "severity": member.severity.name.lower(),
            "count": member.count,
            "first_seen": iso(member.first_seen),
            "last_seen": iso(member.last_seen),
        }


def _offset(text: str | None) -> str:
    return (text or "").replace("Z", "+00:00")

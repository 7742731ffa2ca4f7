"""Findings told while a source is still being read: what opened, changed or was resolved since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.model import Finding, Report
from diagnose.pipeline import Run, Step

OPENED, UPDATED, RESOLVED = "opened", "updated", "resolved"


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that is new, or that changed since it was told last."""

    event: str
    finding: Finding


class Watch:
    """Remembers what was told, and tells the difference."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._told: dict[str, Finding] = {}

    def look(self, step: Step) -> Iterator[Change]:
        """What changed by now. Where the source pauses, its open records count as they stand, without being closed."""
        pending = step.reading.pending() if step.idle else []
        also = [sighting for _, sightings in pending for sighting in sightings]
        yield from self._changes(self._run.report(self._run.latest, also))

    def last(self) -> tuple[list[Change], Report]:
        """What changed by the end of the input, and the whole report: equal to a scan's of the same bytes."""
        report = self._run.report()
        return list(self._changes(report)), report

    def _changes(self, report: Report) -> Iterator[Change]:
        for finding in report.findings:
            before = self._told.get(finding.fingerprint)
            if before is not None and _told_already(before, finding):
                continue
            self._told[finding.fingerprint] = finding
            if finding.resolved is not None and (before is None or before.resolved is None):
                yield Change(RESOLVED, finding)
            else:
                yield Change(OPENED if before is None else UPDATED, finding)


def _told_already(before: Finding, after: Finding) -> bool:
    return (before.count, before.last_seen, before.cause_id, before.severity, before.resolved) == (
        after.count, after.last_seen, after.cause_id, after.severity, after.resolved,
    )  # fmt: skip

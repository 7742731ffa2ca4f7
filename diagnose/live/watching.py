"""A run that is watched while it goes on: it remembers what is not kept yet, and how far each source's time has come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from diagnose.model import SECOND, Event, Finding, Report, Sighting
from diagnose.origins import location
from diagnose.pipeline import Run

LATE = 600 * SECOND
"""How much older than the slowest source's latest event a line may come and still count for conditions."""

ACTIVE = 600.0
"""Seconds of silence after which a source is not waited for."""

FRESH = 500_000
"""Sightings that wait to be kept at most; beyond it the next commit writes a snapshot."""


RECENT = 300
"""Sightings that are remembered as the latest."""


class LiveRun(Run):
    """A Run for months. `fresh`: sightings since they were kept last; `overflow`: there were too many of them; `recent`: the latest."""

    fresh: list[Sighting]
    overflow: bool
    recent: deque[Sighting]
    pending: Sequence[Sighting] = ()
    """Of records that were open at the last look."""
    observers: list[Callable[[Event], None]]

    def watched(self) -> LiveRun:
        """Begin to watch it."""
        self.fresh, self.overflow, self.observers = [], False, []
        self.recent = deque(maxlen=RECENT)
        self._latest: dict[str, tuple[int, float]] = {}
        return self

    def admit(self, event: Event, sightings: Sequence[Sighting]) -> None:
        """See `Run`."""
        before = self.tally.events
        super().admit(event, sightings)
        if self.tally.events == before:
            return
        for observe in self.observers:
            observe(event)
        if event.time is not None and event.own_time:
            known = self._latest.get(event.source)
            self._latest[event.source] = (max(event.time, known[0]) if known else event.time, time.monotonic())
        self.recent.extend(sightings)
        if len(self.fresh) + len(sightings) > FRESH:
            self.fresh, self.overflow = [], True
        if not self.overflow:
            self.fresh.extend(sightings)

    def go_on(self, other: LiveRun) -> None:
        """Take over what another run counted and who watched it."""
        self.observers, self._latest, self.recent = other.observers, other._latest, other.recent
        self.latest, self.seen, self.tally, self.clusters, self.clocks = (
            other.latest,
            other.seen,
            other.tally,
            other.clusters,
            other.clocks,
        )

    def kept(self) -> None:
        """All that was fresh is kept now."""
        self.fresh, self.overflow = [], False

    def latest_of(self, finding: Finding) -> int | None:
        """The latest event time of a finding's sources; None where none of them spoke lately."""
        sources = set(finding.sources)
        return max((latest for source, (latest, _) in self._latest.items() if location(source) in sources), default=None)

    def now(self, pending: Sequence[Sighting]) -> Report:
        """All that is known by now, open records as they stand."""
        self.pending = tuple(pending)
        return self.report(self.latest, pending)

    def settle(self) -> None:
        """Let go of what no line that comes in time can change. Only where no source has a backlog."""
        now = time.monotonic()
        for source in [source for source, (_, heard) in self._latest.items() if now - heard > ACTIVE]:
            del self._latest[source]
        if self._latest:
            slowest = min(latest for latest, _ in self._latest.values())
            self.engine.findings(slowest - LATE, settle=True)

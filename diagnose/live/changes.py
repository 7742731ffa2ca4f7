"""What opened, changed or was resolved since the last look.

A finding opens once. Updates are told at most every few seconds, and once at the end, so that the last one carries the final count. It is resolved
by a recovery that its rule names, or by silence; one that comes back soon after goes on instead of opening again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from diagnose.model import SECOND, Finding

OPENED, UPDATED, RESOLVED = "opened", "updated", "resolved"

EVERY = 5.0
"""Seconds between two updates of one finding."""

QUIET = 600.0
"""Seconds of silence that resolve a finding; one that comes back sooner than this after a recovery goes on."""


Latest = Callable[[Finding], int | None]
"""The latest event time of a finding's own sources: clocks differ from source to source."""


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that is new, or that changed since it was told last. `id` is the same for the same change told again."""

    event: str
    finding: Finding
    id: str
    reason: str = ""
    """Of a resolved one: recovered, silence, or withdrawn (what came later showed that it was none)."""
    number: int = 1
    """How often it opened."""


@dataclass(slots=True)
class Told:
    """What was told of a finding last."""

    finding: Finding | None
    """None: another run told it, and it was not looked at since."""
    state: tuple[object, ...]
    """count, last seen, cause, severity, resolved."""
    number: int = 1
    open: bool = True
    heard: float = field(default_factory=time.monotonic)
    """When it last changed, monotonic."""
    due: float = 0.0
    """When it may be told again."""
    held: bool = False
    """Whether an update is held back until then."""


class Changes:
    """Remembers what was told, and tells the difference. `now` is a monotonic clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.told: dict[str, Told] = {}

    def look(
        self, findings: Iterable[Finding], latest: Latest = lambda finding: None, *, final: bool = False
    ) -> Iterator[Change]:
        """What changed by now. `final`: nothing more will come, so all is told."""
        now = self._now()
        there = set()
        for finding in findings:
            there.add(finding.fingerprint)
            change = self._change(finding, now, final)
            if change is not None:
                yield change
        for fingerprint, told in list(self.told.items()):
            if fingerprint not in there:
                del self.told[fingerprint]
                if told.open and told.finding is not None:
                    yield _made(RESOLVED, told.finding, told, "withdrawn")
            elif told.open and not final and told.finding is not None and _is_silent(told, told.finding, latest, now):
                told.open = False
                yield _made(RESOLVED, told.finding, told, "silence")

    def due(self) -> float | None:
        """When something may have to be told though nothing was read: silence, or an update that was held back; None: never."""
        return min(
            (told.due if told.held else told.heard + QUIET for told in self.told.values() if told.open or told.held), default=None
        )

    def _change(self, finding: Finding, now: float, final: bool) -> Change | None:
        told = self.told.get(finding.fingerprint)
        state = _state(finding)
        if told is None:
            told = self.told[finding.fingerprint] = Told(finding, state, heard=now, due=now + EVERY)
            if finding.resolved is None:
                return _made(OPENED, finding, told)
            told.open = False
            return _made(RESOLVED, finding, told, "recovered")
        if told.state == state:
            told.finding = finding
            return None
        count, _, cause, severity, resolved = told.state
        back = finding.count > count and not told.open and finding.resolved is None  # type: ignore[operator]
        if finding.count < count and not final:  # type: ignore[operator]
            return None  # a record that was told while it was open
        graver = finding.severity > severity or finding.cause_id != cause  # type: ignore[operator]
        if back and now - told.heard >= QUIET:
            told.number += 1
            event = OPENED
        elif finding.resolved is not None and (told.open or resolved is None):
            event = RESOLVED
        elif back or final or now >= told.due or graver:
            event = UPDATED
        else:
            told.heard, told.held = now, True
            return None
        told.finding, told.state, told.heard, told.due, told.held = finding, state, now, now + EVERY, False
        told.open = event == OPENED or (event == UPDATED and finding.resolved is None and (told.open or back))
        return _made(event, finding, told, "recovered" if event == RESOLVED else "")


def _is_silent(told: Told, finding: Finding, latest: Latest, now: float) -> bool:
    """By the clock, or by the times of events: a log that is read after the fact was silent then."""
    if now - told.heard >= QUIET:
        return True
    last, heard = finding.last_seen, latest(finding)
    return not told.held and heard is not None and last is not None and heard - last >= QUIET * SECOND


def _made(event: str, finding: Finding, told: Told, reason: str = "") -> Change:
    mark = f"{finding.fingerprint} {event} {told.number} {finding.count if event != OPENED else ''}"
    return Change(event, finding, sha256(mark.encode()).hexdigest()[:16], reason, told.number)


def _state(finding: Finding) -> tuple[object, ...]:
    return finding.count, finding.last_seen, finding.cause_id, int(finding.severity), finding.resolved

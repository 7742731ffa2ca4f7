"""What a run tells besides its findings, and all of it as one report."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.model.finding import Finding, Incident, Proof
from diagnose.model.log import Level


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule whose signals were seen but whose condition could not be decided, and why."""

    rule: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Error events that no rule explains, by template: `<*>` stands for what varies."""

    template: str
    count: int
    first_seen: int | None
    last_seen: int | None
    example: Proof
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Triage:
    """One line of the triage checklist. `state`: problem, clear, or no evidence."""

    number: int
    name: str
    state: str
    detail: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """An input that could not be read, or not to its end. `outside`: not for what it holds, so that another try may read it."""

    source: str
    reason: str
    offset: int = 0
    outside: bool = False


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far the clock of `other` is ahead of that of `source`, in µs, learnt from requests that both tell of.

    `spread`: nine of ten requests agree to within this. `requests`: how many told it.
    """

    source: str
    other: str
    offset: int
    spread: int
    requests: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What was read. `explained` is the share of error events that a finding explains (1.0 where there are none)."""

    bytes: int = 0
    lines: int = 0
    events: int = 0
    """Events that some hit led to (events that nothing matched are not counted)."""
    error_events: int = 0
    explained_events: int = 0
    explained: float = 1.0
    orphans: int = 0
    """Lines beyond the reach of a record."""
    evicted: int = 0
    """Sightings and clusters given up for lack of room, the stalest first."""
    seconds: float = 0.0
    sources: int = 0
    unread: tuple[Unread, ...] = ()
    clocks: tuple[ClockOffset, ...] = ()
    """Sources whose clocks could be compared."""
    skipped: tuple[Unread, ...] = ()
    """Files of code that were left out on purpose (generated, vendored, minified, binary, too large), and why."""
    suppressed: int = 0
    """Findings that are left out since the settings say so."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run tells."""

    summary: Summary
    incidents: tuple[Incident, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[Cluster, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    checklist: tuple[Triage, ...]

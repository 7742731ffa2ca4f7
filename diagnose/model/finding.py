"""What the engine eats and gives: sightings in, findings and their incidents out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnose.model.log import Value
from diagnose.model.rule import Check, Endpoint, Fix, Severity
from diagnose.units import SECOND

GAP = 600 * SECOND
"""Sightings of one failure that are less than this apart are one episode of its case, and one occasion in a history."""


@dataclass(slots=True)
class Sighting:
    """A signal seen in an event: all that the engine needs to know of it, and serialisable.

    Like Event, not frozen only because freezing costs 2 µs for each; nothing changes it.

    `count` and `last` let one sighting stand for several equal ones (same rule, signal, captures, scope and
    blame): `time` is the first, `last` the last. `text` is the line that the signal matched, not yet redacted.
    """

    rule: str
    signal: str
    source: str
    offset: int
    line: int
    time: int | None
    resolution: int = 1_000
    captures: Mapping[str, Value] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    blame: str = ""
    text: str = ""
    technologies: tuple[str, ...] = ()
    endpoint: tuple[str, str] | None = None
    """Method and path of the request, where the event tells them."""
    count: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of a finding's evidence, redacted."""

    source: str
    line: int
    offset: int
    text: str
    time: int | None = None
    blame: str = ""
    column: int = 0
    """Evidence in code: where in the line it begins, in characters from 1. 0 in logs; so are `end_line` and `end_column` (behind its end)."""
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """What last touched a line. `time` is the author's."""

    id: str
    author: str
    time: int
    summary: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A construct in code that causes what a log showed: what `diagnose check` says there."""

    rule: str
    line: int
    end_line: int
    message: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a blamed frame stands in the reader's own repository.

    `file` is a path as sources are named. `frame` is the blame as the log has it. `line` is 0 where only the file is known, and
    `exact` is False where it was found by the function's name. `lines` are the code around, from line `first` on, redacted.
    """

    file: str
    line: int
    frame: str
    exact: bool = True
    first: int = 0
    lines: tuple[str, ...] = ()
    commit: Commit | None = None
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """A cause that was weighed and not chosen. `score` is weight plus the evidence seen for it."""

    id: str
    text: str
    score: int
    evidence_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What the history knows of a finding. `times`: occasions, this run's among them; `age`: µs from the first one to the run.

    `is_new`: no run before this one saw it.
    """

    first_seen: int
    last_seen: int
    times: int
    age: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that held. Field for field what `docs/report.schema.json` says."""

    rule: str
    of_class: str
    title: str
    severity: Severity
    confidence: float
    cause: str
    cause_id: str
    score: int
    alternatives: tuple[Alternative, ...]
    fix: tuple[Fix, ...]
    checklist: tuple[Check, ...]
    api_endpoints: tuple[Endpoint, ...]
    database_changes: tuple[str, ...]
    security_considerations: tuple[str, ...]
    blame: str
    evidence: tuple[Proof, ...]
    captures: Mapping[str, Value]
    count: int
    first_seen: int | None
    last_seen: int | None
    resolution: int
    technologies: tuple[str, ...]
    references: tuple[str, ...]
    fingerprint: str
    resolved: int | None = None
    """When a recovery was seen after the last anchor; None: not seen."""
    services: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    """Ids of requests and traces seen, at most 20: they join findings of several files."""
    sources: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    """The requests that failed, most frequent first, at most 10."""
    explains: tuple[str, ...] = ()
    explained_by: str = ""
    baseline: str = ""
    """`new` or `known`, where the run was compared with a baseline."""
    suppressed: str = ""
    """The reason that the settings give for not minding it."""
    spots: tuple[Spot, ...] = ()
    """The blamed lines in the reader's repository, where a run was told of it."""
    episodes: tuple[tuple[int, int], ...] = ()
    """When it happened: first and last time of each stretch that knows no GAP."""
    past: Past | None = None
    """What was seen of it before, where a run keeps a history."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A root finding and the findings that it explains, by fingerprint, in time order."""

    root: str
    findings: tuple[str, ...]
    first_seen: int | None
    last_seen: int | None
    after: tuple[str, ...] = ()
    """The deploys shortly before it, by fingerprint: what had changed."""

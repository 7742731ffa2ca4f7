"""The nouns of `diagnose`: plain data, standard library only, built once and never changed.

Times are integers: microseconds since 1970-01-01T00:00:00Z. Offsets are bytes from the start of a source.
Places order as (time, source, offset); that order, never the order of reading, decides what is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

SECOND = 1_000_000
"""One second in the unit of every time and duration here."""

Value = str | int | float | None
"""What a capture holds; None is *unknown* (Hibernate prints `?`), not empty."""


class Level(IntEnum):
    """How loud a record is; the numbers are those of pino and bunyan."""

    TRACE = 10
    DEBUG = 20
    INFO = 30
    WARNING = 40
    ERROR = 50
    FATAL = 60


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3


# ---------------------------------------------------------------- what a log holds


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a stack trace. `file` is as the log prints it; `in_app` is False for library and runtime code."""

    function: str
    file: str = ""
    line: int = 0
    column: int = 0
    in_app: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} in {self.function}" if self.function else place


@dataclass(frozen=True, slots=True)
class Trace:
    """A parsed stack trace, the outermost error first; `cause` leads towards the root.

    `frames` run from the innermost call (where it was thrown) outwards, whatever order the runtime prints.
    `others` are suppressed errors and members of a group (AggregateError, ExceptionGroup).
    `properties` is what the runtime prints behind the trace (Node's property block: code, errno, address, port).
    """

    runtime: str
    kind: str
    message: str = ""
    frames: tuple[Frame, ...] = ()
    cause: Trace | None = None
    others: tuple[Trace, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        """Whether `others` are what this error is made of, and not errors suppressed beside it."""
        return self.kind.endswith(("Group", "AggregateError", "AggregateException", "CompositeException"))

    @property
    def root(self) -> Trace:
        """The root-most cause; of a group, its first member's."""
        trace = self
        while True:
            if trace.cause is not None:
                trace = trace.cause
            elif trace.is_group and trace.others:
                trace = trace.others[0]
            else:
                return trace

    @property
    def blame(self) -> Frame | None:
        """The first in-app frame of the root-most cause that has one."""
        chain: list[Trace] = [self]
        while chain[-1].cause is not None:
            chain.append(chain[-1].cause)
        for trace in reversed(chain):
            members = trace.others if trace.is_group else ()
            blamed = next((frame for member in members if (frame := member.blame)), None)
            blamed = blamed or next((frame for frame in trace.frames if frame.in_app), None)
            if blamed is not None:
                return blamed
        return None


@dataclass(slots=True)
class Header:
    """What a format read from one record.

    `message` is the record's text without its prefix, continuation lines included. `fields` are flat: dots join
    nested keys. Besides a record's own names, formats set the canonical `status`, `method`, `path`,
    `duration_ms` (numbers as numbers). `scope` holds what ties records together, under the names of SCOPES.
    `stack` is the text of a stack trace that stands in a field of its own.
    """

    message: str
    time: int | None = None
    resolution: int = 1_000
    level: Level | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, str] = field(default_factory=dict)
    stack: str = ""
    technologies: tuple[str, ...] = ()
    """What the format itself proves: `nestjs`, `postgresql`, `nginx`, …"""
    text: str | None = None
    """What signals and traces are looked for in, where that is not message, stack and string fields; empty: the record says nothing."""


SCOPES = (
    *("request", "trace", "span", "session", "thread", "worker", "process", "container", "pod", "host", "service"),
    *("peer", "user", "database"),
)
"""Names a scope may carry. `request` is the narrowest id of one request (request id, else trace id); `peer` is what was
called, as `host:port`."""


@dataclass(slots=True)
class Event:
    """One log record, whole. Not frozen only because freezing costs 2 µs for each; nothing changes it."""

    source: str
    offset: int
    line: int
    format: str
    time: int | None
    """None where neither the record nor an earlier one of its stream within reach has a time."""
    own_time: bool
    """False where `time` was taken from the nearest earlier record of the stream."""
    resolution: int
    level: Level | None
    message: str
    text: str
    """All that signals look in: message, stack, and the string fields, one a line."""
    fields: Mapping[str, Any]
    scope: Mapping[str, str]
    traces: tuple[Trace, ...]
    technologies: tuple[str, ...]
    """Frameworks, drivers and runtimes that the record proves, narrowest first."""

    @property
    def blame(self) -> Frame | None:
        """The first in-app frame of the root-most cause of the first trace that has one."""
        for trace in self.traces:
            frame = trace.blame
            if frame is not None:
                return frame
        return None


# ---------------------------------------------------------------- what a rule says


@dataclass(frozen=True, slots=True)
class Capture:
    """How a named group of a signal's regex is read. `type`: str, int, float, or duration (to ms)."""

    type: str = "str"
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """A named thing that a rule looks for in one event. All parts that are given must hold.

    `literals`: any of them stands in the text. `regex`: the first that matches gives the captures.
    `level`: the event's level is at least this (beside text, an event without level, with a 5xx answer or a stack trace passes
    too). `fields`: name → test (`">= 500"`, `"== x"`, or a bare value).
    `look_in`: text (all), message, trace, or line (the first line of the message).
    `unless`: none of these literals stands in the whole event. `of_class`: a finding of another rule, by class.
    """

    name: str
    literals: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    ignore_case: bool = False
    captures: Mapping[str, Capture] = field(default_factory=dict)
    unless: tuple[str, ...] = ()
    level: Level | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    look_in: str = "text"
    of_class: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Adds weight to a cause where the condition holds at one of the case's first anchors."""

    condition: str
    add: int


@dataclass(frozen=True, slots=True)
class Fix:
    """One step of a repair. `applies_to` (`for:` in YAML) names frameworks and drivers; empty: always."""

    text: str = ""
    applies_to: tuple[str, ...] = ()
    language: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a checklist; `run` is a command to copy, `readonly` says that it changes nothing."""

    text: str
    run: str = ""
    readonly: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API endpoint that a fix adds or that failed."""

    method: str
    path: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible cause of a rule's failure. The one that the evidence supports best is told."""

    id: str
    text: str
    weight: int = 0
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[Fix, ...] = ()
    checklist: tuple[Check, ...] = ()
    api_endpoints: tuple[Endpoint, ...] = ()
    database_changes: tuple[str, ...] = ()
    security_considerations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explains:
    """A link to the class of findings that this rule's finding explains. `within` in µs."""

    of_class: str
    by: tuple[str, ...] = ()
    within: int = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Expected:
    """What a rule's own test expects to be found."""

    rule: str
    cause: str = ""
    captures: Mapping[str, Value] = field(default_factory=dict)
    count: int | None = None
    severity: str = ""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A log and what it must give; no expectation makes it a near-miss."""

    name: str
    log: str
    expect: tuple[Expected, ...] = ()
    not_evaluated: bool = False


@dataclass(frozen=True, slots=True)
class Took:
    """A capture that tells a time span. `unit`: µs."""

    capture: str
    unit: int = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One failure mode, as its YAML file says it. `id` is the path below `rules/`, without `.yaml`.

    Without `when` it is looked for in code alone.
    """

    id: str
    title: str
    of_class: str
    severity: Severity
    signals: Mapping[str, Signal]
    when: str
    causes: tuple[Cause, ...]
    technologies: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    checklist: tuple[Check, ...] = ()
    explains: tuple[Explains, ...] = ()
    references: tuple[str, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    generic: bool = False
    """True: yields to a nearer rule's finding in the same event (uncaught exception, 500)."""
    resolved_by: str = ""
    """A signal whose sighting after the last anchor says that the failure is over."""
    took: Took | None = None
    """How long the failure had lasted when it was logged."""
    source: tuple[Mapping[str, Any], ...] = ()
    """Detectors for `diagnose check`; kept as written, in the form of `rulebook.form.DETECTOR`."""
    file: str = ""


# ---------------------------------------------------------------- what the engine eats and gives


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
    """When it happened: first and last time of each stretch that knows no gap of ten minutes."""
    past: Past | None = None
    """What was seen of it before, where a run keeps a history."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A root finding and the findings that it explains, by fingerprint, in time order."""

    root: str
    findings: tuple[str, ...]
    first_seen: int | None
    last_seen: int | None


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
    """An input that could not be read, or not to its end."""

    source: str
    reason: str
    offset: int = 0


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

"""What a rule says: how its failure mode is told, what may have caused it, what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from diagnose.model.log import Level, Value
from diagnose.units import SECOND


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3


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
    `at`: signals of the rule in whose records alone this one is looked for; () for any record.
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
    at: tuple[str, ...] = ()


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

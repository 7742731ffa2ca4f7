"""What a log holds: records, told as events, and the stack traces in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

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

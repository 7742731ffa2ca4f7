"""Where variants dock: the pluggy hook specifications, and the protocols of what they return.

Built-in formats, traces, sources, printers, frameworks and rules come through these hooks too; a stranger's
package offers its own under the entry point group `diagnose`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

import pluggy

from diagnose.model import Header, Report, Trace
from diagnose.times import Clock

PROJECT = "diagnose"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class Sample:
    """A line of real output that a format must match when it loads, and what it must read from it."""

    text: str
    time: str = ""
    """ISO 8601 in UTC, or empty where the line has none."""
    level: str = ""
    message: str = ""
    """How the message must begin."""


@runtime_checkable
class Format(Protocol):
    """A record format. Whether a line starts a record is told from that line alone, by `start`.

    `start` is matched at the beginning of a line whose stream prefix and colours are gone. It is ASCII, uses no
    look-around, back-reference, possessive or lazy quantifier, and so runs both as `re` over bytes and natively.
    `continues` says that lines which start nothing belong to the record before them.
    `errors` are raw patterns (same restrictions, not anchored) of which each record at level error or above shows
    one on its first line: they are how unknown errors are noticed. Each holds a run of 3 characters that no encoder escapes.
    `priority`: where several formats match a line, the lowest number is asked first.
    A format may have a pattern `plain` too: what a record of no format begins with that it reads all the same. It starts no record.
    A format may also have `later`, patterns with the restrictions of `start`: lines that look like starts, of this format or
    another, but belong to the record before them (the body of a kernel's report, whose lines each have a prefix).
    """

    name: str
    priority: int
    start: str
    continues: bool
    errors: tuple[str, ...]
    samples: tuple[Sample, ...]

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record (decoded, colours and prefixes gone, no newline at its end); None: not this format after all."""

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Raw patterns of which each record shows one whose field `name` passes `test` (`>= 500`); () where it has no such field."""


@runtime_checkable
class Carrier(Protocol):
    """What a format offers besides whose records carry what other programs print, each line with a prefix of its own (syslog, journalctl).

    Its records go on where what is carried goes on.
    """

    def carried(self, line: bytes) -> tuple[bytes, bytes] | None:
        """(whose, what) of a line that starts a record; None where it carries no program's output."""


def later_of(form: Format) -> tuple[str, ...]:
    """A format's patterns of later lines; () where it has none."""
    later = getattr(form, "later", ())
    return (later,) if isinstance(later, str) else tuple(later)


Unwrapped = tuple[bytes, bytes, bool, str]
"""(stream, payload, goes on in the stream's next line, outer time or "")."""


@runtime_checkable
class Wrapper(Protocol):
    """A line-wise wrapping (Docker json-file, CRI, compose, kubectl) that multiplexes streams into one file.

    `marker` is a cheap test on the raw bytes of a line (restrictions as for `Format.start`).
    A wrapper may have `container = False`: what it wraps need not run in a container (a CI runner's prefix).
    """

    name: str
    marker: str
    partial: str
    """Raw pattern of lines that hold only a part of a logical line; empty: there are none."""
    names_service: bool
    """Whether the stream names a service, pod or container (compose, kubectl), and not only stdout or stderr."""
    samples: tuple[str, ...]

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """What a raw line without newline holds; None: it is not wrapped."""


@runtime_checkable
class Seekable(Protocol):
    """What a wrapper may offer besides, so that a stream's next line is found among those of others without reading them."""

    def needle(self, stream: bytes) -> bytes:
        """Bytes that each line of the stream holds; empty where none are known."""


@runtime_checkable
class TraceParser(Protocol):
    """A runtime's stack traces. `markers` are literals of which a text with such a trace holds one."""

    runtime: str
    markers: tuple[str, ...]
    samples: tuple[str, ...]

    def parse(self, text: str) -> list[Trace]:
        """All traces of this runtime in the text, in order; [] where there is none. Never raises on any text."""


@dataclass(frozen=True, slots=True)
class Framework:
    """How a framework, driver or library is recognised, so that a fix fits the reader's own.

    `frames`: substrings of a frame's file or function; `loggers`: prefixes of logger names; `words`: literals in the text.
    `implies`: what it brings along (`nestjs` → `express`).
    """

    name: str
    kind: str
    """framework, driver, orm, runtime, server, database or library."""
    language: str
    frames: tuple[str, ...] = ()
    loggers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()


@runtime_checkable
class Printer(Protocol):
    """Writes a report for a person or a machine."""

    name: str

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """Write the whole report; options: `color` (None: by the stream), `unknown` (clusters are wanted); any may be missing."""


@runtime_checkable
class Opener(Protocol):
    """Opens what a scheme or a kind of file names as a stream of bytes."""

    name: str

    def accepts(self, location: str) -> bool:
        """True where this opener is the one for the location."""

    def open(self, location: str) -> IO[bytes]:
        """A raw binary stream. Raises InputError."""


class Hooks:
    """The hook specifications. Each returns any number of variants."""

    @hookspec
    def diagnose_formats(self) -> Iterable[Format]:  # type: ignore[empty-body]
        """Record formats."""

    @hookspec
    def diagnose_wrappers(self) -> Iterable[Wrapper]:  # type: ignore[empty-body]
        """Line-wise wrappings."""

    @hookspec
    def diagnose_traces(self) -> Iterable[TraceParser]:  # type: ignore[empty-body]
        """Stack trace parsers."""

    @hookspec
    def diagnose_frameworks(self) -> Iterable[Framework]:  # type: ignore[empty-body]
        """Descriptions of frameworks, drivers and libraries."""

    @hookspec
    def diagnose_sources(self) -> Iterable[Opener]:  # type: ignore[empty-body]
        """Openers of sources."""

    @hookspec
    def diagnose_printers(self) -> Iterable[Printer]:  # type: ignore[empty-body]
        """Printers."""

    @hookspec
    def diagnose_rules(self) -> Iterable[Path]:  # type: ignore[empty-body]
        """Folders of rules; a rule's id is its path below the folder."""

"""Stack traces in text: one parser a runtime, each behind a cheap test for its markers."""

from __future__ import annotations

from functools import lru_cache

from diagnose.hooks import TraceParser
from diagnose.model import Trace
from diagnose.traces.dotnet import DotnetTraces
from diagnose.traces.escapes import unescape, unescape_values
from diagnose.traces.go import GoTraces
from diagnose.traces.java import JavaTraces
from diagnose.traces.jvm_fatal import JvmFatalTraces
from diagnose.traces.native import NativeTraces
from diagnose.traces.node import NodeTraces
from diagnose.traces.node_fatal import NodeFatalTraces
from diagnose.traces.php import PhpTraces
from diagnose.traces.python import PythonTraces
from diagnose.traces.ruby import RubyTraces
from diagnose.traces.rust import RustTraces
from diagnose.traces.sanitizers import SanitizerTraces
from diagnose.traces.shell import ShellTraces

__all__ = ["BUILT_IN", "parse_traces"]

BUILT_IN: tuple[TraceParser, ...] = (
    JavaTraces(),
    PythonTraces(),
    NodeTraces(),
    GoTraces(),
    PhpTraces(),
    RubyTraces(),
    RustTraces(),
    DotnetTraces(),
    NativeTraces(),
    SanitizerTraces(),
    NodeFatalTraces(),
    JvmFatalTraces(),
    ShellTraces(),
)

MAX_LAYERS = 2
"""Layers of escapes read off where no trace stands in the plain text: JSON, and JSON within JSON."""

_LEVEL = str.maketrans("123456789", "000000000")
_SHORT = 2_000
"""Characters of the texts whose markers are remembered: longer ones are rarer, and take room."""


@lru_cache(maxsize=256)
def parse_traces(text: str, parsers: tuple[TraceParser, ...] = BUILT_IN) -> tuple[Trace, ...]:
    """The traces in the text: those of one runtime in order, the runtime whose marker stands first before the others.

    Where the text holds none, its backslash escapes are read (a stack in one line of JSON or logfmt) and it is
    tried again. Equal texts are parsed once: a failing service logs the same stack over and over. Never raises.
    """
    traces = _parse(text, parsers)
    quoted = plain = text
    for _ in range(MAX_LAYERS):
        if traces or "\\n" not in plain:
            break
        quoted, plain = unescape_values(quoted), unescape(plain)
        traces = _parse(quoted, parsers) or _parse(plain, parsers)
    return traces


def _parse(text: str, parsers: tuple[TraceParser, ...]) -> tuple[Trace, ...]:
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    found = _led(text.translate(_LEVEL), parsers) if len(text) <= _SHORT else _marked(text, parsers)
    if len(found) > 1:
        found = tuple(sorted(found, key=lambda parser: _first(text, parser)))
    return tuple(trace for parser in found for trace in parser.parse(text))


@lru_cache(maxsize=2048)
def _led(shape: str, parsers: tuple[TraceParser, ...]) -> tuple[TraceParser, ...]:
    """The parsers that may find something in a text whose digits were made the same: most records differ in nothing else."""
    return tuple(parser for parser, markers in _levelled(parsers) if any(marker in shape for marker in markers))


@lru_cache(maxsize=8)
def _levelled(parsers: tuple[TraceParser, ...]) -> tuple[tuple[TraceParser, tuple[str, ...]], ...]:
    return tuple((parser, tuple(marker.translate(_LEVEL) for marker in parser.markers)) for parser in parsers)


def _marked(text: str, parsers: tuple[TraceParser, ...]) -> tuple[TraceParser, ...]:
    return tuple(parser for parser in parsers if any(marker in text for marker in parser.markers))


def _first(text: str, parser: TraceParser) -> int:
    """Where the first marker of a parser stands; behind all others where there is none after all."""
    return min((at for marker in parser.markers if (at := text.find(marker)) >= 0), default=len(text))

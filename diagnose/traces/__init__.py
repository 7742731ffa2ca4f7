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
    found = []
    for parser in parsers:
        for marker in parser.markers:  # a loop: a generator would cost more than the searches
            if marker in text:
                found.append(parser)
                break
    if len(found) > 1:
        found.sort(key=lambda parser: min(at for marker in parser.markers if (at := text.find(marker)) >= 0))
    return tuple(trace for parser in found for trace in parser.parse(text))

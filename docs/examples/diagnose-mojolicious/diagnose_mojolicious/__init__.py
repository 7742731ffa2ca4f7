"""Mojolicious, Perl's web framework, for diagnose: its log format, Perl's stack traces, and rules for both."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from diagnose import Format, Framework, TraceParser, hookimpl
from diagnose_mojolicious.record import MojoliciousLog
from diagnose_mojolicious.traces import PerlTraces


@hookimpl
def diagnose_formats() -> Iterable[Format]:
    return [MojoliciousLog()]


@hookimpl
def diagnose_traces() -> Iterable[TraceParser]:
    return [PerlTraces()]


@hookimpl
def diagnose_frameworks() -> Iterable[Framework]:
    return [
        Framework("mojolicious", "framework", "perl", frames=("Mojolicious::",), implies=("perl",)),
        Framework("perl", "runtime", "perl"),
    ]


@hookimpl
def diagnose_rules() -> Iterable[Path]:
    return [Path(__file__).parent / "rules"]

"""`diagnose` reads the logs and stack traces of backend services and says what went wrong.

This is the face of the library, for its users and for plugins; everything else may move. Names load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Run": "diagnose.pipeline",
    "Options": "diagnose.pipeline",
    "Engine": "diagnose.engine",
    "load_rules": "diagnose.rulebook",
    "scan": "diagnose.api",
    "Job": "diagnose.workers.job",
    "scan_object": "diagnose.workers.job",
    "Event": "diagnose.model",
    "Finding": "diagnose.model",
    "Frame": "diagnose.model",
    "Header": "diagnose.model",
    "Level": "diagnose.model",
    "Report": "diagnose.model",
    "Rule": "diagnose.model",
    "Severity": "diagnose.model",
    "Sighting": "diagnose.model",
    "Trace": "diagnose.model",
    "Clock": "diagnose.times",
    "Format": "diagnose.hooks",
    "Framework": "diagnose.hooks",
    "InputError": "diagnose.errors",
    "Opener": "diagnose.hooks",
    "Printer": "diagnose.hooks",
    "Sample": "diagnose.hooks",
    "TraceParser": "diagnose.hooks",
    "Wrapper": "diagnose.hooks",
    "hookimpl": "diagnose.hooks",
    "iso": "diagnose.visible",
    "one_line": "diagnose.visible",
}

__all__ = ["__version__", *sorted(_HOMES)]

if TYPE_CHECKING:
    from diagnose.api import scan
    from diagnose.engine import Engine
    from diagnose.errors import InputError
    from diagnose.hooks import Format, Framework, Opener, Printer, Sample, TraceParser, Wrapper, hookimpl
    from diagnose.model import Event, Finding, Frame, Header, Level, Report, Rule, Severity, Sighting, Trace
    from diagnose.pipeline import Options, Run
    from diagnose.rulebook import load_rules
    from diagnose.times import Clock
    from diagnose.visible import iso, one_line
    from diagnose.workers.job import Job, scan_object


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'diagnose' has no attribute {name!r}")
    return getattr(import_module(home), name)

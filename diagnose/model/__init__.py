"""The nouns of `diagnose`: plain data, standard library only, built once and never changed.

Times are integers: microseconds since 1970-01-01T00:00:00Z. Offsets are bytes from the start of a source.
Places order as (time, source, offset); that order, never the order of reading, decides what is told.
"""

from __future__ import annotations

from diagnose.model.finding import GAP, Alternative, Commit, Finding, Incident, Past, Proof, Sighting, Spot, Suspect
from diagnose.model.log import SCOPES, Event, Frame, Header, Level, Trace, Value
from diagnose.model.report import ClockOffset, Cluster, NotEvaluated, Report, Summary, Triage, Unread
from diagnose.model.rule import (
    Capture,
    Cause,
    Check,
    Endpoint,
    Evidence,
    Expected,
    Explains,
    Fix,
    Rule,
    RuleTest,
    Severity,
    Signal,
    Took,
)
from diagnose.units import SECOND

__all__ = [
    "GAP",
    "SCOPES",
    "SECOND",
    "Alternative",
    "Capture",
    "Cause",
    "Check",
    "ClockOffset",
    "Cluster",
    "Commit",
    "Endpoint",
    "Event",
    "Evidence",
    "Expected",
    "Explains",
    "Finding",
    "Fix",
    "Frame",
    "Header",
    "Incident",
    "Level",
    "NotEvaluated",
    "Past",
    "Proof",
    "Report",
    "Rule",
    "RuleTest",
    "Severity",
    "Sighting",
    "Signal",
    "Spot",
    "Summary",
    "Suspect",
    "Took",
    "Trace",
    "Triage",
    "Unread",
    "Value",
]

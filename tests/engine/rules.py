"""Small rules for engine tests."""

from __future__ import annotations

from diagnose.condition import CompiledRule, parse, signals
from diagnose.model import Capture, Cause, Rule, Severity, Sighting, Signal

SECOND = 1_000_000


def compiled(id, when, *, causes=(), classes=None, redact=(), title="It broke", **fields):
    """A rule whose signals are those that its conditions name; `classes`: signal → class that it refers to."""
    causes = causes or (Cause("only", "The only cause"),)
    condition = when if not isinstance(when, str) else parse(when)
    evidence = tuple(tuple(parse(e.condition, anchored=False) for e in cause.evidence) for cause in causes)
    names = {*signals(condition), *(name for some in evidence for one in some for name in signals(one))}
    names |= {fields["resolved_by"]} if fields.get("resolved_by") else set()
    groups = {"peer": Capture(), "key": Capture(), "value": Capture()} | {name: Capture(redact=True) for name in redact}
    made = {
        name: Signal(name, literals=(name,), captures=groups, of_class=(classes or {}).get(name, "")) for name in sorted(names)
    }
    rule = Rule(
        id,
        title,
        fields.pop("of_class", f"class-{id}"),
        fields.pop("severity", Severity.ERROR),
        made,
        str(condition),
        causes,
        **fields,
    )
    return CompiledRule(rule, condition, evidence)


def sighting(rule, signal, seconds, offset, source="app.log", *, text="", captures=None, scope=None, **fields):
    """A sighting at so many seconds; None: without time."""
    time = None if seconds is None else int(seconds * SECOND)
    line = text or f"{signal} at {seconds}"
    return Sighting(rule, signal, source, offset, offset + 1, time, 1_000, captures or {}, scope or {}, text=line, **fields)

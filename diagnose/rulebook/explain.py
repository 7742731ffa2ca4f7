"""Why a rule did not hold in a log: for each signal the part that failed, then the condition's own answer.

Parts are told apart by asking the very code that decides, with one part of the signal at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from diagnose.condition import CompiledRule, anchors
from diagnose.condition.evaluate import why
from diagnose.condition.timeline import Timeline
from diagnose.model import Event, Sighting, Signal
from diagnose.signals import CompiledSignal, Prepared, prepare

_SHOWN = 3
"""Lines of a log that are named for one signal."""


def why_not(
    compiled: CompiledRule,
    signals: Sequence[CompiledSignal],
    log: str,
    events: Sequence[Event],
    sightings: Sequence[Sighting],
) -> list[str]:
    """What the rule's signals saw in the log, a few lines of text each, and what the condition made of it.

    `signals` are the rule's, `events` those that some hit led to, `sightings` what was seen in them.
    """
    own = [sighting for sighting in sightings if sighting.rule == compiled.rule.id]
    lines: list[str] = []
    for name, signal in compiled.rule.signals.items():
        seen = [sighting for sighting in own if sighting.signal == name]
        if signal.of_class:
            lines.append(f"signal {name}: waits for a finding of class {signal.of_class}")
        elif seen:
            lines.extend(f"signal {name}: seen on line {one.line}{_captures(one)}" for one in seen[:_SHOWN])
            if len(seen) > _SHOWN:
                lines.append(f"signal {name}: seen on {len(seen) - _SHOWN} more")
        else:
            ready = next(one for one in signals if one.signal.name == name)
            lines.extend(f"signal {name}: {told}" for told in _unseen(ready, log, events))
    return lines + list(_condition(compiled, own))


def _condition(compiled: CompiledRule, own: Sequence[Sighting]) -> Iterator[str]:
    """What the condition answers at its first anchors, part by part."""
    yield f"when {' '.join(compiled.rule.when.split())}"
    signals = compiled.rule.signals
    names = anchors(compiled.when)
    asked = sorted((one for one in own if one.signal in names), key=lambda one: (one.line, one.signal))
    if not asked:
        yield f"  never asked: no sighting of {' or '.join(names)}"
    timeline = Timeline(signals)
    for sighting in own:
        timeline.add(sighting)
    for sighting in asked[:_SHOWN]:
        yield f"  at {sighting.signal} on line {sighting.line}"
        yield from (f"    {row}" for row in why(compiled.when, sighting, timeline).split("\n"))
    if any(signal.of_class for signal in signals.values()):
        yield "  (findings that signals with `class` wait for are not taken into account here)"


def _unseen(ready: CompiledSignal, log: str, events: Sequence[Event]) -> Iterator[str]:
    """Why no event showed the signal."""
    if ready.signal.at:
        yield f"not in a record that shows {' or '.join(ready.signal.at)}"
        return
    hits = _gate_lines(ready, log)
    if not hits:
        gates = " or ".join(f"/{gate.pattern()}/" for gate in ready.gates[:_SHOWN])
        yield f"no line of the log holds {gates}{' or …' if len(ready.gates) > _SHOWN else ''}"
    for number in hits[:_SHOWN]:
        event = next((one for one in sorted(events, key=lambda one: -one.line) if one.line <= number), None)
        if event is None:
            yield f"line {number} passes the search, but belongs to no event"
        else:
            yield f"line {number} passes the search, but in its event {_failed(ready.signal, event)}"


def _gate_lines(ready: CompiledSignal, log: str) -> list[int]:
    """The lines, from 1, that the native search would hit."""
    patterns = [re.compile(gate.pattern().encode("latin-1"), re.IGNORECASE if gate.ignore_case else 0) for gate in ready.gates]
    lines = log.encode("utf-8", "replace").split(b"\n")
    return [number for number, line in enumerate(lines, 1) if any(pattern.search(line) for pattern in patterns)]


def _failed(signal: Signal, event: Event) -> str:
    """The first part of the signal that the event does not show, in words."""
    if signal.level is not None and not _shows(Signal(signal.name, level=signal.level), event):
        level = event.level.name.lower() if event.level is not None else "unknown"
        return f"the level is {level}, not {signal.level.name.lower()} or above (format {event.format})"
    for name, test in signal.fields.items():
        if not _shows(Signal(signal.name, fields={name: test}), event):
            value = repr(event.fields[name]) if name in event.fields else "absent"
            return f"the field {name} is {value}, the test is {test} (format {event.format})"
    looked = replace(signal, level=None, fields={}, unless=())
    where = "" if signal.look_in == "text" else f" in the {signal.look_in}"
    if signal.literals and not _shows(replace(looked, regex=()), event):
        return f"none of the literals stands{where}"
    # A regex beside literals need not hold any that a search could use.
    if signal.regex and not _shows(replace(looked, literals=()), event, replace(prepare(signal), literals=())):
        return f"no regex matches{where}"
    for literal in signal.unless:
        if literal in event.text:
            return f"`unless` {literal!r} stands there too"
    return "every part holds by itself: this is a fault of the search, please report it"


def _shows(part: Signal, event: Event, prepared: Prepared | None = None) -> bool:
    """Whether the event shows this part of a signal. What formats supply to a search plays no role here."""
    alone = CompiledSignal("", part, 0, lambda level: ("any",), lambda name, test: ("any",), prepared)
    return alone.confirm(event) is not None


def _captures(sighting: Sighting) -> str:
    told = ", ".join(f"{name}={value!r}" for name, value in sighting.captures.items())
    return f" ({told})" if told else ""

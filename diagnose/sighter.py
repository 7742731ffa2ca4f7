"""What the rules' signals see in an event.

An error storm, and a log of queries, is one record told a thousand times with another time and other ids. What signals look at is the same in each
then, so what they see is remembered: it hangs on nothing but what `sightings` asks its memory for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diagnose.lazy import lazy
from diagnose.model import Event, Sighting, Trace, Value
from diagnose.plan import Plan
from diagnose.signals import CompiledSignal

_PLACES = 1_024
"""Sets of patterns of which it is remembered where they lead to."""

_SEEN = 512
"""Events of which it is remembered what is seen in them."""

_LONG = 16_384
"""Characters of a text that is not remembered: with `_SEEN` the bound of the memory, 8 MB of text."""

_TRACES = 256
"""Traces whose blame is remembered; holding them keeps their identity theirs."""


class _Place(NamedTuple):
    """Where a record's patterns lead to: the signals to ask, and the fields that they, or those beside them, test."""

    candidates: tuple[CompiledSignal, ...]
    fields: tuple[str, ...]


class _Seen(NamedTuple):
    """What is seen in equal events. The traces are held, for their identity is part of what is asked."""

    shown: tuple[tuple[str, str, Mapping[str, Value], str], ...]
    """Rule, signal, captures and the line that shows it, in the rulebook's order."""
    blame: str
    traces: tuple[Trace, ...]


class Sighter:
    """Asks the signals of one plan. What it gives depends on nothing but the event and its patterns."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._places: dict[frozenset[int], _Place] = {}
        self._seen: dict[tuple[object, ...], _Seen] = {}
        self._blames: dict[int, tuple[Trace, str]] = {}

    def sightings(self, event: Event, patterns: frozenset[int]) -> list[Sighting]:
        """What is seen in the event; `patterns` are those that its lines match."""
        candidates, fields = self._places.get(patterns) or self._place(patterns)
        if not candidates:
            return []
        values = event.fields
        asked = (
            patterns, event.level, event.text, event.message, *map(id, event.traces),
            *[value if (value := values.get(name)) is None or type(value) is str else (type(value), str(value)) for name in fields],
        )  # fmt: skip
        seen = self._seen.get(asked)
        if seen is None:
            seen = self.look(event, candidates, patterns)
            if len(event.text) + len(event.message) < _LONG:
                if len(self._seen) >= _SEEN:
                    self._seen.clear()
                self._seen[asked] = seen
        return sightings_of(event, seen)

    def _place(self, patterns: frozenset[int]) -> _Place:
        leads, beside = self._plan.leads, self._plan.beside
        found = {signal.number: signal for pattern in patterns for signal in leads[pattern]}
        candidates = tuple(found[number] for number in sorted(found))
        asked = [*candidates, *(other for number in found for other in beside.get(number, ()))]
        names = dict.fromkeys(name for one in asked for name in one.signal.fields)
        place = _Place(candidates, tuple(dict.fromkeys(("status", *names))))
        if len(self._places) >= _PLACES:
            self._places.clear()
        self._places[patterns] = place
        return place

    def look(self, event: Event, candidates: Sequence[CompiledSignal], patterns: frozenset[int]) -> _Seen:
        """What the candidates show in the event, and what stands beside them: nothing is remembered."""
        literals, beside = self._plan.literals, self._plan.beside
        shown: dict[int, tuple[str, str, Mapping[str, Value], str]] = {}
        for signal in candidates:
            number = signal.number
            confirmed = signal.confirm(event, [text for pattern, text in literals[number] if pattern in patterns])
            if confirmed is None:
                continue
            shown[number] = signal.rule, signal.signal.name, *confirmed
            for other in beside.get(number, ()):
                if other.number not in shown and (also := other.confirm(event)) is not None:
                    shown[other.number] = other.rule, other.signal.name, *also
        if not shown:
            return _Seen((), "", event.traces)
        return _Seen(tuple(shown[number] for number in sorted(shown)), self._blame(event.traces), event.traces)

    def _blame(self, traces: tuple[Trace, ...]) -> str:
        """As `Event.blame`, remembered for each trace: the same object comes again for equal texts."""
        for trace in traces:
            known = self._blames.get(id(trace))
            if known is None:
                if len(self._blames) >= _TRACES:
                    self._blames.clear()
                known = self._blames[id(trace)] = trace, str(trace.blame or "")
            if known[1]:
                return known[1]
        return ""


def sightings_of(event: Event, seen: _Seen) -> list[Sighting]:
    """The sightings of an event in which that is seen."""
    shown, blame, _ = seen
    if not shown:
        return []
    place = endpoint(event)
    source, offset, line, time = event.source, event.offset, event.line, event.time
    resolution, scope, technologies = event.resolution, event.scope, event.technologies
    return [
        Sighting(rule, signal, source, offset, line, time, resolution, captures, scope, blame, text, technologies, place)
        for rule, signal, captures, text in shown
    ]


_VARIABLE = lazy(r"(?<=/)(?:\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64})(?=/|$)")


def endpoint(event: Event) -> tuple[str, str] | None:
    """Method and path of the request that an event tells of, without query and with `{id}` for what numbers one thing."""
    method, path = event.fields.get("method"), event.fields.get("path")
    if not method or not path:
        return None
    return str(method), _VARIABLE.sub("{id}", str(path).split("?", 1)[0])

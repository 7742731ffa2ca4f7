"""A log as the events that a scan makes of it, as plain data: what the tables in `tables/*.yaml` are compared with."""

from __future__ import annotations

from functools import cache
from typing import Any

from diagnose.events import EventReader
from diagnose.frameworks import Recogniser
from diagnose.framing import Record
from diagnose.lines import PLAIN, LineReader
from diagnose.model import Event
from diagnose.times import Clock
from diagnose.traces import parse_traces
from diagnose.visible import iso
from tests.kit import NOW, kit
from tests.reference import Framed, frame


def told(data: bytes, reference: int = NOW) -> list[dict[str, Any]]:
    """All events of a log in order, every line framed; `reference` (µs) is where times without a date take theirs from."""
    reader = LineReader(kit().formats, kit().wrappers)
    clock = Clock(reference=reference)
    events = EventReader("log", clock, reader.formats, reader.wrappers, parse_traces, _recogniser(), lambda line: frozenset())
    return [_row(events.event(_record(data, framed, reader)), len(framed.lines)) for framed in frame(data, reader)]


def _record(data: bytes, framed: Framed, reader: LineReader) -> Record:
    """Without the time of the stream: what a record does not say itself is left out here."""
    first = framed.lines[0]
    wrapper = reader.wrappers[first.wrapper] if first.wrapper >= 0 else None
    stream = first.stream.decode("utf-8", "replace") if wrapper is not None and wrapper.names_service else ""
    number = data.count(b"\n", 0, first.start) + 1
    form = first.form if framed.header else PLAIN
    name = wrapper.name if wrapper is not None else ""
    return Record(
        first.start, number, form, framed.text(), frozenset(), first.outer_time, lambda: None, stream, name, framed.orphan
    )


def _row(event: Event, lines: int) -> dict[str, Any]:
    """What is empty is left out; `cause` is the root-most error of the first trace, `blame` the frame to look at."""
    root = event.traces[0].root if event.traces else None
    row = {
        "line": event.line,
        "lines": lines,
        "format": event.format,
        "time": iso(event.time),
        "level": event.level.name.lower() if event.level is not None else None,
        "message": event.message,
        "cause": f"{root.kind}: {root.message}" if root is not None else None,
        "blame": str(event.blame or ""),
        "scope": dict(event.scope),
        "fields": dict(event.fields),
        "technologies": list(event.technologies),
    }
    return {name: value for name, value in row.items() if value}


def differs(wanted: dict[str, Any], row: dict[str, Any]) -> list[str]:
    """Where an event is not as a table wants it: `message` is how it begins, `fields` are some among others, the rest is whole.

    A field that must not be there is wanted as null, and so is any other part.
    """
    faults = []
    for name, want in wanted.items():
        have = row.get(name)
        if name == "message":
            right = str(have or "").startswith(want)
        elif name == "fields":
            have = {key: (have or {}).get(key) for key in want}
            right = have == want
        else:
            right = have == want
        if not right:
            faults.append(f"{name}: {have!r} instead of {want!r}")
    return faults


@cache
def _recogniser() -> Recogniser:
    return Recogniser(kit().frameworks)

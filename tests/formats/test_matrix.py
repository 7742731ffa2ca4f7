"""Every sample of every format in every wrapping gives the event that it gives bare.

Wrapped by whatever carries lines: the wrappers that docked, parts of lines, a syslog prefix, and a string field of a JSON
object. A format or wrapper that docks later is taken in by itself. What may differ is said once, with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from diagnose.events import EventReader
from diagnose.formats import BUILT_IN, WRAPPERS
from diagnose.formats.runners import RUNNERS
from diagnose.framing import Record
from diagnose.hooks import Format, Sample, Wrapper
from diagnose.lines import PLAIN, LineReader
from diagnose.model import Event
from diagnose.pipeline import Options, Run
from diagnose.sources import Input
from tests.kit import NOW, STORE, kit, rulebook
from tests.reference import Framed, frame

SAMPLES = [
    pytest.param(form, sample, id=f"{form.name}-{number}") for form in BUILT_IN for number, sample in enumerate(form.samples)
]
READER = LineReader(BUILT_IN, WRAPPERS)

Write = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Carrier:
    """Writes the lines of a record into a file. `timed`: it brings a time, which goes before the record's own."""

    name: str
    write: Callable[[Sequence[bytes]], bytes]
    timed: bool = False


# ---------------------------------------------------------------- what may differ

NOT_SHOWN = {"go-test-json": "changes the lines that it carries: each begins with a tab"}
"""Wrappers whose samples do not show how they write any line."""

CAUTIOUS = {
    "compose-named": "a table or a pipe looks the same, so only what looks like a record is believed to be wrapped",
    "timestamps": "loggers write such times themselves, with a level or a thread behind them",
    "github": ".NET's console writes such times itself",
}
"""Wrappers that leave some lines as they are. A record is compared where they take all of its lines."""

STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")
STAMPING = ("compose", "compose-named")
"""Wrappers that write such times themselves (`-t`): they are taken for theirs."""

IN_TEXT = ("syslog", "json message", "json log")
"""Carriers that hold a record as text within another format's."""

NOT_CARRIED = {
    **{form.name: "a test run's output goes to no log: within a program's message it is that program's text" for form in RUNNERS},
    "jenkins": "a build's console goes to no log: what has such times within a message is a logger's",
    **dict.fromkeys(
        ("levelled", "short-levelled"), "a level word alone is too little to tell a record within another one's message"
    ),
}
"""Formats that are read in files, but not in text that another format carries."""

# ---------------------------------------------------------------- wrappers, as their own samples show them


def writer(wrapper: Wrapper, *, partial: bool, stream: bytes | None = None) -> tuple[Write, bytes, bool] | None:
    """(how the wrapper writes a line, in which stream, whether with a time); None where no sample shows it.

    With `partial` the line goes on in the next one of its stream; `stream`: write into this one.
    """
    for sample in map(str.encode, wrapper.samples):
        opened = wrapper.unwrap(sample)
        if opened is not None and opened[1] and opened[2] == partial:
            example = sample if stream is None else sample.replace(opened[0], stream, 1)
            for write in _like(example, opened[1], b"" if partial else b"\n"):
                again = wrapper.unwrap(write(b"a line"))
                if again is not None and again[:3] == (stream or opened[0], b"a line", partial):
                    return write, again[0], bool(again[3])
    return None


def _like(example: bytes, payload: bytes, ending: bytes) -> Iterator[Write]:
    """Write lines as in an example: in the field of an object that holds the payload, or in the payload's place."""
    lead, fields, rest = _object_in(example.decode())
    for end in (ending, b""):
        for key in (name for name, value in fields.items() if value == (payload + end).decode()):
            yield _fills(lead, fields, key, end, rest)
    before, found, after = example.rpartition(payload)
    if found:
        yield lambda line: before + line + after


def _object_in(example: str) -> tuple[str, dict[str, Any], str]:
    """(what stands before it, the JSON object in a line, what stands behind it)."""
    at = example.find("{")
    try:
        fields, end = json.JSONDecoder().raw_decode(example, at) if at >= 0 else ({}, 0)
    except ValueError:
        return "", {}, ""
    return example[:at], fields, example[end:]


def _fills(lead: str, fields: dict[str, Any], key: str, ending: bytes, rest: str) -> Write:
    return lambda line: lead.encode() + _json({**fields, key: (line + ending).decode()}) + rest.encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _each(write: Write) -> Callable[[Sequence[bytes]], bytes]:
    return lambda lines: b"\n".join(map(write, lines))


def _cut(part: Write, whole: Write) -> Callable[[Sequence[bytes]], bytes]:
    """Each line in two parts. Runtimes cut behind 16 KiB, so what tells that a record starts is in the first."""

    def halves(line: bytes) -> bytes:
        form = READER.form_of(line)
        match = re.match(READER.formats[form].start.encode("latin-1"), line) if form != PLAIN else None
        at = max(match.end() if match else 0, len(line) * 2 // 3)
        while at < len(line) and line[at] & 0xC0 == 0x80:
            at += 1
        return part(line[:at]) + b"\n" + whole(line[at:]) if 0 < at < len(line) else whole(line)

    return _each(halves)


def carriers() -> list[Carrier]:
    found = [Carrier("bare", b"\n".join)]
    for wrapper in WRAPPERS:
        whole = writer(wrapper, partial=False)
        if whole is None:
            assert wrapper.name in NOT_SHOWN, f"no sample of {wrapper.name} shows how it writes a line"
            continue
        found.append(Carrier(wrapper.name, _each(whole[0]), whole[2]))
        part = writer(wrapper, partial=True)
        rest = writer(wrapper, partial=False, stream=part[1]) if part else None
        if part and rest:
            found.append(Carrier(f"{wrapper.name} in parts", _cut(part[0], rest[0]), whole[2]))
    found.append(Carrier("syslog", _each(lambda line: b"Nov 23 09:59:59 shop-1 api[773]: " + line)))
    return [*found, Carrier("json message", _in_field("message")), Carrier("json log", _in_field("log"))]


def _in_field(key: str) -> Callable[[Sequence[bytes]], bytes]:
    return lambda lines: _json({key: b"\n".join(lines).decode()})


CARRIERS = carriers()

# ---------------------------------------------------------------- events


@cache
def reader() -> EventReader:
    run = Run(rulebook(), kit(), Options(now=NOW), STORE)
    return run.events(Input("log", NOW))


def events(document: bytes) -> list[Event]:
    return [reader().event(_record(document, framed)) for framed in frame(document, READER)]


def _record(document: bytes, framed: Framed) -> Record:
    first = framed.lines[0]
    wrapper = WRAPPERS[first.wrapper] if first.wrapper >= 0 else None
    stream = first.name.decode() if wrapper is not None and wrapper.names_service else ""
    name = wrapper.name if wrapper is not None else ""
    form = PLAIN if framed.orphan else first.form
    number = document.count(b"\n", 0, first.start) + 1
    return Record(first.start, number, form, framed.text(), frozenset(), first.outer_time, lambda: None, stream, name)


def essence(event: Event) -> dict[str, Any]:
    """What an event says, without where it came from."""
    fields = {name: value for name, value in event.fields.items() if name != "wrapper"}
    return {
        "message": event.message,
        "level": event.level,
        "fields": fields,
        "traces": event.traces,
        "technologies": event.technologies,
    }


@pytest.mark.parametrize(("form", "sample"), SAMPLES)
def test_a_sample_gives_the_same_event_in_every_wrapping(form: Format, sample: Sample) -> None:
    differing = {}
    for carrier in CARRIERS:
        if carrier.name in IN_TEXT and form.name in NOT_CARRIED:
            continue
        if carrier.name == form.name == "syslog" and "\n" in sample.text:
            continue  # Of a carrier's lines within another's each is a record.
        lines = sample.text.encode().split(b"\n")
        document = carrier.write(lines)
        if carrier.name in CAUTIOUS and not _takes(carrier.name, document):
            continue
        expected, wrapped = events(b"\n".join(lines)), events(document)
        told, wanted = essence(wrapped[0]), essence(expected[0])
        if not carrier.timed and expected[0].own_time:
            told["time"], wanted["time"] = wrapped[0].time, expected[0].time
        if len(wrapped) != len(expected):
            differing[carrier.name] = f"{len(wrapped)} events, not {len(expected)}"
        elif told != wanted:
            differing[carrier.name] = {name: (told[name], wanted[name]) for name in wanted if told[name] != wanted[name]}
    assert differing == {}


def _takes(wrapper: str, document: bytes) -> bool:
    """Whether the wrapper believes that every line of the document is one of its own."""
    found = [READER.read(line, 0).wrapper for line in document.split(b"\n")]
    return all(number >= 0 and WRAPPERS[number].name == wrapper for number in found)


def test_cautious_wrappers_take_most_records() -> None:
    for name in CAUTIOUS:
        carrier = next(carrier for carrier in CARRIERS if carrier.name == name)
        samples = [sample.values[1].text.encode().split(b"\n") for sample in SAMPLES]
        assert sum(_takes(name, carrier.write(lines)) for lines in samples) > len(samples) / 3, name


@pytest.mark.parametrize(("form", "sample"), SAMPLES)
def test_a_sample_is_claimed_by_its_own_format(form: Format, sample: Sample) -> None:
    """The union of all formats, and whatever wraps the line, leads to the format that the sample is of."""
    first = sample.text.encode().split(b"\n", 1)[0]
    assert READER.formats[READER.form_of(first)] is form
    for carrier in CARRIERS:
        line = READER.read(carrier.write([first]).split(b"\n")[0], 0)
        if carrier.name in STAMPING and STAMP.match(first):
            continue
        if line.wrapper >= 0 and WRAPPERS[line.wrapper].name == carrier.name.split(" ")[0]:
            assert READER.formats[line.form] is form, carrier.name

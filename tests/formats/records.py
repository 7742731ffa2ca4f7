"""Every record of a log, framed and read as a scan would, whether a rule looks at it or not."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from diagnose.blocks import Windows
from diagnose.framing import Framer
from diagnose.model import Event
from diagnose.pipeline import Options, Run
from diagnose.search import ID_BITS
from diagnose.sources import Input
from tests.kit import STORE, kit, rulebook

NOW = 1_795_824_000_000_000
"""2026-11-28T00:00:00Z: after all captures."""


def events_of(data: bytes) -> list[Event]:
    """The events of all records, in the order of their first lines."""
    item = Input("log", NOW)
    run = Run(rulebook(), kit(), Options(now=NOW), STORE)
    reader = run.events(item)
    framer = Framer(run.reader, reader.time_of)
    records = []
    for window in Windows(io.BytesIO(data)):
        hits, start = [], window.new
        while start < window.end:
            end = window.data.find(b"\n", start, window.end)
            end = window.end if end < 0 else end
            if end > start:
                hits.append((start + 1 - window.new) << ID_BITS)
            start = end + 1
        records += list(framer.records(window, hits))
    return [reader.event(record) for record in sorted(records, key=lambda record: record.offset)]


def iso(event: Event) -> str:
    """The event's own time in UTC, without trailing zeros; empty where it has none."""
    if event.time is None or not event.own_time:
        return ""
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event.time)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".")

"""Exports of log stores that hold many records in one JSON value, as lines of one record each.

Shapes: OpenTelemetry's OTLP/JSON (`resourceLogs`, as the Collector's file exporter writes it), CloudWatch Logs' subscription filters,
GetLogEvents and FilterLogEvents (`logEvents`, `events`), Loki's `/loki/api/v1/query_range` (`data.result`). Values may follow each other, on one
line each or printed over many. A record is held at a time; what the batch says of all its records must stand before them, as all
these programs write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from diagnose.sources.stream import Stream

CHUNK = 32 * 1024
"""Bytes that are parsed at once: each value in them becomes an object or two."""

LARGEST = 16 << 20
"""Bytes from one record's beginning to the next: more is no log."""

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of batch. Paths are ijson's: keys joined by dots, `item` for a list's.

    `records`: where they stand; `context`: what is kept for those that follow, until its `owner` begins anew; `alone` makes the value
    that holds one record alone.
    """

    head: re.Pattern[bytes]
    records: frozenset[str]
    context: frozenset[str]
    owner: str
    alone: Callable[[str, Any, Context], Any]


def _otlp(path: str, record: Any, context: Context) -> Any:
    scope = {"scope": context.get(_SCOPE, {}), "logRecords": [record]}
    return {"resourceLogs": [{"resource": context.get(_RESOURCE, {}), "scopeLogs": [scope]}]}


def _cloudwatch(path: str, record: Any, context: Context) -> Any:
    stream = {"logStream": record["logStreamName"]} if isinstance(record, dict) and "logStreamName" in record else {}
    return {**context, **stream, path.partition(".")[0]: [record]}


def _loki(path: str, record: Any, context: Context) -> Any:
    result = {"stream": context.get(_STREAM, {}), "values": [record]}
    return {"status": "success", "data": {"resultType": "streams", "result": [result]}}


_RESOURCE, _SCOPE, _STREAM = "resourceLogs.item.resource", "resourceLogs.item.scopeLogs.item.scope", "data.result.item.stream"
_SHAPES = (
    Shape(
        re.compile(rb'\s*\{\s*"resourceLogs"\s*:'),
        frozenset(("resourceLogs.item.scopeLogs.item.logRecords.item",)),
        frozenset((_RESOURCE, _SCOPE)),
        "resourceLogs.item",
        _otlp,
    ),
    Shape(
        re.compile(
            rb'\s*\{\s*"(?:messageType"\s*:\s*"DATA_MESSAGE|logEvents"\s*:\s*\[|nextForwardToken|nextBackwardToken|searchedLogStreams)"?'
            rb'|\s*\{\s*"events"\s*:\s*\[\s*\{\s*"(?:logStreamName|timestamp|ingestionTime|eventId)"\s*:'
        ),
        frozenset(("logEvents.item", "events.item")),
        frozenset(("logGroup", "logStream")),
        "",
        _cloudwatch,
    ),
    Shape(
        re.compile(rb'\s*\{\s*"status"\s*:\s*"success"\s*,\s*"data"\s*:\s*\{\s*"resultType"\s*:\s*"streams"'),
        frozenset(("data.result.item.values.item",)),
        frozenset((_STREAM,)),
        "data.result.item",
        _loki,
    ),
)


def shape_of(head: bytes) -> Shape | None:
    """The kind of batch that a stream begins with, by its first bytes; None: it holds lines, or something else."""
    return next((shape for shape in _SHAPES if shape.head.match(head)), None)


class Batches(Stream):
    """The records of batches, a line each, in the order in which they stand."""

    def __init__(self, packed: Stream, shape: Shape) -> None:
        super().__init__()
        self._packed = packed
        self._lines = _lines(packed, shape, self._fail)
        self._rest = b""

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        if not self._rest:
            self._rest = next(self._lines, b"")
        count = min(len(self._rest), len(buffer))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _fail(self, reason: str) -> None:
        self.trouble = self.trouble or reason


def _lines(packed: Stream, shape: Shape, fail: Callable[[str], None]) -> Iterator[bytes]:
    """The lines of all records; what ends them too early is told to `fail`."""
    import ijson  # 10 ms that most scans need not wait for

    events: Any = ijson.sendable_list()
    parser = ijson.parse_coro(events, multiple_values=True, use_float=True)
    reader = _Reader(shape)
    room = memoryview(bytearray(CHUNK))
    since = 0
    while True:
        count = packed.readinto(room)
        try:
            parser.send(bytes(room[:count])) if count else parser.close()
        except (ijson.JSONError, StopIteration, ValueError) as error:
            yield from reader.lines(events)
            fail(packed.trouble or f"the JSON is damaged ({str(error).splitlines()[0][:200] or 'it ends too early'})")
            return
        done = False
        for line in reader.lines(events):
            done = True
            yield line
        since = 0 if done else since + count
        if not count:
            if packed.trouble:
                fail(packed.trouble)
            return
        if since > LARGEST:
            fail(f"no record within {LARGEST >> 20} MiB")
            return


class _Reader:
    """Puts records together from a parser's events."""

    def __init__(self, shape: Shape) -> None:
        from ijson.common import ObjectBuilder

        self._shape = shape
        self._builder = ObjectBuilder
        self._context: dict[str, Any] = {}
        self._open: Any = None
        self._path = ""
        self._depth = 0

    def lines(self, events: list[tuple[str, str, Any]]) -> Iterator[bytes]:
        """The records that these events complete. The list is emptied."""
        shape = self._shape
        for path, event, value in events:
            if self._open is None:
                if path == shape.owner and event == "start_map":
                    self._context = {}
                if path not in shape.records and path not in shape.context:
                    continue
                if event in ("end_map", "end_array", "map_key"):
                    continue
                self._open, self._path, self._depth = self._builder(), path, 0
            self._open.event(event, value)
            self._depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
            if self._depth == 0:
                made, self._open = self._open.value, None
                if self._path in shape.context:
                    self._context[self._path] = made
                else:
                    yield msgspec.json.encode(shape.alone(self._path, made, self._context)) + b"\n"
        events.clear()

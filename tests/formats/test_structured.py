"""JSON lines and logfmt: what is read from the fields, whatever the logger calls them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.formats.json.lines import JsonLines
from diagnose.formats.loggers.logfmt import Logfmt
from diagnose.formats.loggers.monolog import Monolog
from diagnose.formats.parts.fields import duration_ms, flatten, path_of
from diagnose.model import Header, Level
from diagnose.times import Clock

CLOCK = Clock(reference=1_795_435_200_000_000)
TEN = 1_795_428_000_000_000
"""2026-11-23T10:00:00Z"""


def read(record: str | dict[str, Any]) -> Header:
    header = JsonLines().parse(record if isinstance(record, str) else json.dumps(record), CLOCK)
    assert header is not None
    return header


def test_pino_request() -> None:
    header = read(JsonLines.samples[0].text)
    assert (header.time, header.resolution, header.level) == (TEN + 123_000, 1_000, Level.ERROR)
    assert header.message == "request errored\nError: connect ECONNREFUSED 127.0.0.1:5432"
    assert header.stack.startswith("Error: connect ECONNREFUSED")
    assert header.scope == {"process": "773", "host": "shop-1", "request": "7@773"}
    assert {name: header.fields[name] for name in ("status", "method", "path", "duration_ms")} == {
        "status": 500,
        "method": "GET",
        "path": "/orders",
        "duration_ms": 12.0,
    }
    assert header.fields["err.type"] == "Error"
    assert "err.stack" not in header.fields


@pytest.mark.parametrize(
    ("record", "level"),
    [
        ({"level": 10}, Level.TRACE),
        ({"level": 20}, Level.DEBUG),
        ({"level": 30}, Level.INFO),
        ({"level": 35}, Level.INFO),
        ({"level": 40}, Level.WARNING),
        ({"level": 50}, Level.ERROR),
        ({"level": 60}, Level.FATAL),
        ({"level": "50"}, Level.ERROR),
        ({"level": 400, "level_name": "ERROR"}, Level.ERROR),
        ({"level": 550}, Level.FATAL),
        ({"level": 250}, Level.INFO),
        ({"level": "warn"}, Level.WARNING),
        ({"severity": "CRITICAL"}, Level.FATAL),
        ({"severity": "NOTICE"}, Level.INFO),
        ({"levelname": "WARNING"}, Level.WARNING),
        ({"log": {"level": "ERROR"}}, Level.ERROR),
        ({"@t": "x", "@l": "Fatal"}, Level.FATAL),
        ({"@t": "x", "@mt": "y"}, Level.INFO),
        ({"LogLevel": "Critical"}, Level.FATAL),
        ({"lvl": "eror"}, Level.ERROR),
        ({"short_message": "x", "level": 3}, Level.ERROR),
        ({"MESSAGE": "x", "PRIORITY": "4"}, Level.WARNING),
        ({"s": "E", "c": "NETWORK", "msg": "x"}, Level.ERROR),
        ({"level": "nonsense"}, None),
        ({"level": None}, None),
        ({"msg": "x"}, None),
        ({"level": True}, None),
        ({"level": "²"}, None),
        ({"level": 10**30}, None),
        ({"level": -5}, None),
        ({"level": 1e300}, None),
        ({"level": {"name": "error"}}, None),
    ],
)
def test_levels(record: dict[str, Any], level: Level | None) -> None:
    assert read(record).level == level


@pytest.mark.parametrize(
    ("record", "time", "resolution"),
    [
        ({"time": 1795428000123}, TEN + 123_000, 1_000),
        ({"ts": 1795428000.123}, TEN + 123_000, 1_000),
        ({"timestamp": "2026-11-23T10:00:00Z"}, TEN, 1_000_000),
        ({"@timestamp": "2026-11-23T11:00:00.123+01:00"}, TEN + 123_000, 1_000),
        ({"t": {"$date": "2026-11-23T10:00:00.123+00:00"}}, TEN + 123_000, 1_000),
        ({"asctime": "2026-11-23 10:00:00,123"}, TEN + 123_000, 1_000),
        ({"time": "soon"}, None, 1_000),
        ({"time": None}, None, 1_000),
        ({"time": []}, None, 1_000),
    ],
)
def test_times(record: dict[str, Any], time: int | None, resolution: int) -> None:
    header = read(record)
    assert header.time == time
    if time is not None:
        assert header.resolution == resolution


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"msg": "a", "err": {"type": "TypeError", "message": "b"}}, "a\nTypeError: b"),
        ({"msg": "b failed", "err": {"type": "TypeError", "message": "b"}}, "b failed"),
        ({"err": {"type": "TypeError", "message": "b"}}, "TypeError: b"),
        ({"msg": "a", "error": "pq: deadlock detected"}, "a\npq: deadlock detected"),
        ({"event": "job done", "n": 1}, "job done"),
        ({"@mt": "Order {OrderId:000} of {@User,10} {Gone}", "OrderId": 7, "User": "jo"}, "Order 7 of jo {Gone}"),
        ({"textPayload": "hello"}, "hello"),
        ({"fields": {"message": "from tracing"}, "target": "shop"}, "from tracing"),
        ({"stack": "Error: x\n    at y"}, "Error: x"),
    ],
)
def test_messages(record: dict[str, Any], message: str) -> None:
    assert read(record).message == message


def test_a_record_without_message_is_its_own() -> None:
    assert read('{"a": {"b": 1}}').message == '{"a": {"b": 1}}'


@pytest.mark.parametrize(
    ("record", "scope"),
    [
        ({"request_id": "abc-1"}, {"request": "abc-1"}),
        ({"correlationId": "c0ffee00-1111"}, {"request": "c0ffee00-1111"}),
        ({"trace_id": "4bf92f3577b34da6"}, {"trace": "4bf92f3577b34da6", "request": "4bf92f3577b34da6"}),
        ({"trace_id": "4bf92f3577b34da6", "requestId": "req-abcdefgh"}, {"trace": "4bf92f3577b34da6", "request": "req-abcdefgh"}),
        ({"reqId": "req-1", "pid": 12}, {"process": "12", "request": "req-1@12"}),
        ({"reqId": "req-1"}, {"request": "req-1"}),
        (
            {"service": {"name": "shop"}, "thread_name": "main", "host": {"name": "a"}},
            {"service": "shop", "thread": "main", "host": "a"},
        ),
        ({"host": "127.0.0.1", "port": 5432}, {}),
        ({"hostname": "web-1", "host": "127.0.0.1", "port": 5432}, {"host": "web-1"}),
        ({"name": "worker.jobs", "funcName": "run"}, {}),
    ],
)
def test_scopes(record: dict[str, Any], scope: dict[str, str]) -> None:
    assert read(record).scope == scope


def test_durations_of_zap_are_seconds_and_of_zerolog_milliseconds() -> None:
    assert read({"ts": 1795428000.1, "duration": 1.5}).fields["duration_ms"] == 1500.0
    assert read({"time": "2026-11-23T10:00:00Z", "duration": 1.5}).fields["duration_ms"] == 1.5


def test_messages_that_tell_of_a_request_fill_its_fields() -> None:
    header = read({"msg": '10.0.1.5:56663 - "GET /items/3?x=1 HTTP/1.1" 503'})
    assert (header.fields["method"], header.fields["path"], header.fields["status"]) == ("GET", "/items/3", 503)
    header = read({"msg": "POST /api/orders 201 17.5 ms"})
    assert (header.fields["method"], header.fields["status"], header.fields["duration_ms"]) == ("POST", 201, 17.5)
    header = read({"msg": "Internal Server Error", "request": "<WSGIRequest: POST '/products/'>", "status_code": 500})
    assert (header.fields["method"], header.fields["path"], header.fields["status"]) == ("POST", "/products/", 500)
    assert "method" not in read({"msg": "GET the best price"}).fields


def test_structlog_exceptions_become_a_python_traceback() -> None:
    frames = [{"filename": "/app/jobs.py", "lineno": 7, "name": "run"}]
    inner = {"exc_type": "KeyError", "exc_value": "'id'", "frames": frames}
    outer = {"exc_type": "JobError", "exc_value": "no job", "frames": frames}
    stack = read({"event": "failed", "exception": [outer, inner]}).stack
    assert (
        stack.index("KeyError: 'id'") < stack.index("The above exception was the direct cause") < stack.index("JobError: no job")
    )
    assert '  File "/app/jobs.py", line 7, in run' in stack


@pytest.mark.parametrize("record", ['{"a":', "{}x", '{"a":1}{"b":2}', '{"level":30,"msg":"cut of', "[1]", "{" * 5_000])
def test_what_is_no_object_is_not_read(record: str) -> None:
    assert JsonLines().parse(record, CLOCK) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KNOWN = st.sampled_from(
    [
        "level",
        "time",
        "msg",
        "err",
        "stack",
        "req",
        "res",
        "status",
        "duration",
        "pid",
        "hostname",
        "name",
        "exception",
        "@t",
        "@mt",
        "request",
        "trace_id",
        "url",
        "event",
        "host",
        "port",
        "ctx",
    ]
)


@given(st.dictionaries(KNOWN | st.text(max_size=6), VALUES, max_size=8))
def test_no_object_raises(record: dict[str, Any]) -> None:
    header = JsonLines().parse(json.dumps(record), CLOCK)
    assert header is None or all(isinstance(value, str) for value in (header.message, header.stack, *header.scope.values()))


def test_flatten() -> None:
    assert flatten({"a": {"b": {"c": 1}}, "d": [{"e": 2}, 3], "f": ["x", "y"], "g": {}, "h": []}) == {
        "a.b.c": 1,
        "d.0.e": 2,
        "d.1": 3,
        "f": "x\ny",
        "g": {},
        "h": [],
    }
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"k": deep}
    assert len(next(iter(flatten(deep))).split(".")) <= 10


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("responseTime", 12, 12.0),
        ("duration", "1.5s", 1500.0),
        ("latency", "835.4µs", 0.8354),
        ("duration", "250ms", 250.0),
        ("event.duration", 5_000_000, 5.0),
        ("duration", 2_500_000_000, 2500.0),
        ("request_time", 0.25, 250.0),
        ("request_time", "0.250", 250.0),
        ("duration", "soon", None),
        ("duration", None, None),
        ("duration", True, None),
        ("duration", "nan", None),
        ("duration", "1e999", None),
    ],
)
def test_durations(name: str, value: object, expected: float | None) -> None:
    assert duration_ms(name, value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/a/b?c=d", "/a/b"),
        ("http://h:1/a?b", "/a"),
        ("https://h", "https://h"),
        ("/a#b", "/a"),
        ("*", "*"),
        ("", ""),
        ("/login?next=http://x/y", "/login"),
    ],
)
def test_paths(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize(
    ("name", "test", "hit", "miss"),
    [
        ("status", ">= 500", '"res":{"statusCode":503}', '"res":{"statusCode":404}'),
        ("status", ">= 500", r"{\"status_code\": 500}", r"{\"status_code\": 200}"),
        ("status", "== 429", '"status":429,', '"status":428,'),
        ("err.code", "ECONNREFUSED", '"err":{"code":"ECONNREFUSED"', '"err":{"code":"EPIPE"'),
        ("duration_ms", "> 1000", '"responseTime":1200', '"responseTimes":[1200]'),
        ("ready", "false", '"ready":false', '"ready":true'),
        ("logger", "== worker", '"logger_name":"worker"', '"logger_name":"web"'),
    ],
)
def test_field_patterns_of_json(name: str, test: str, hit: str, miss: str) -> None:
    patterns = [re.compile(pattern) for pattern in JsonLines().field_patterns(name, test)]
    assert any(pattern.search(hit) for pattern in patterns)
    assert not any(pattern.search(miss) for pattern in patterns)


def test_logfmt() -> None:
    line = 'time=2026-11-23T10:00:00.123Z level=ERROR msg="query \\"a\\" failed" err="x" status=503 took=1.5s n=7 reqId=abcdefgh'
    header = Logfmt().parse(line, CLOCK)
    assert header is not None
    assert (header.time, header.level, header.message) == (TEN + 123_000, Level.ERROR, 'query "a" failed\nx')
    assert (header.fields["status"], header.fields["duration_ms"], header.fields["n"]) == (503, 1500.0, 7)
    assert header.scope == {"request": "abcdefgh"}


def test_monolog_context_becomes_fields_and_stays_in_the_message() -> None:
    context, extra = '{"userId":7,"exception":{"class":"E","message":"x"}}', '{"uid":"a1b2c3d4e5"}'
    line = f"[2026-11-23T10:00:00.123456+00:00] app.ERROR: no {{thing}} {context} {extra}"
    header = Monolog().parse(line, CLOCK)
    assert header is not None
    assert header.message.startswith('no {thing} {"userId":7')
    assert (header.level, header.fields["userId"], header.fields["exception.class"]) == (Level.ERROR, 7, "E")
    assert header.scope == {"user": "7", "request": "a1b2c3d4e5"}

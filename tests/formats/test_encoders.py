"""Encoders that keep the message, the time or the stack where no other logger does; requests and durations in texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.formats.json.lines import JsonLines
from diagnose.formats.loggers.dotnet_requests import read_request, read_scopes
from diagnose.formats.loggers.jvm_layouts import ids_of
from diagnose.formats.loggers.monolog import Monolog
from diagnose.formats.parts.fields import duration_ms
from diagnose.formats.parts.pairs import split_pairs
from diagnose.formats.parts.tail import split_object
from diagnose.model import Header
from diagnose.times import Clock

CLOCK = Clock(reference=1_795_435_200_000_000)
TEN = 1_795_428_000_000_000
STEP = {"className": "a.B", "methodName": "c", "fileName": "B.java", "lineNumber": 7}
NATIVE = {"className": "a.N$1", "methodName": "go", "lineNumber": -2}


def read(data: dict[str, Any]) -> Header:
    header = JsonLines().parse(json.dumps(data), CLOCK)
    assert header is not None
    return header


def thrown(cause: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"className": "a.Oops", "message": "no", "stepArray": [STEP, NATIVE], "commonFramesCount": 2, "cause": cause}


@pytest.mark.parametrize(
    ("data", "stack"),
    [
        (
            {"loggerName": "l", "message": "m", "throwable": thrown()},
            "a.Oops: no\n\tat a.B.c(B.java:7)\n\tat a.N$1.go(Native Method)\n\t... 2 more",
        ),
        (
            {"loggerName": "l", "message": "m", "throwable": thrown({"className": "a.Why", "stepArray": [STEP]})},
            "a.Oops: no\n\tat a.B.c(B.java:7)\n\tat a.N$1.go(Native Method)\n\t... 2 more\nCaused by: a.Why\n\tat a.B.c(B.java:7)",
        ),
        (
            {
                "loggerName": "l",
                "message": "m",
                "thrown": {
                    "name": "a.Oops",
                    "message": "no",
                    "extendedStackTrace": [{"class": "a.B", "method": "c", "file": "B.java", "line": 7}],
                },
            },
            "a.Oops: no\n\tat a.B.c(B.java:7)",
        ),
        (
            {
                "loggerName": "l",
                "message": "m",
                "exception": {
                    "exceptionType": "a.Oops",
                    "message": "no",
                    "frames": [{"class": "a.B$C", "method": "d", "line": 7}],
                    "causedBy": {"exception": {"exceptionType": "a.Why", "frames": [{"class": "a.B", "method": "e"}]}},
                },
            },
            "a.Oops: no\n\tat a.B$C.d(B.java:7)\nCaused by: a.Why\n\tat a.B.e(Native Method)",
        ),
        ({"short_message": "m", "full_message": "m\n\na.Oops: no\n\tat a.B.c(B.java:7)"}, "a.Oops: no\n\tat a.B.c(B.java:7)"),
        ({"short_message": "m", "full_message": "a.Oops: no\n\tat a.B.c(B.java:7)"}, "a.Oops: no\n\tat a.B.c(B.java:7)"),
        ({"short_message": "m", "full_message": "m and more"}, ""),
        (
            {
                "message": "m",
                "channel": "app",
                "context": {
                    "exception": {
                        "class": "A\\Oops",
                        "message": "no",
                        "file": "/a.php:7",
                        "trace": ["/b.php:8"],
                        "previous": {"class": "Why", "message": "so", "file": "/c.php:9"},
                    }
                },
            },
            "Why: so in /c.php:9\n\nNext A\\Oops: no in /a.php:7\nStack trace:\n#0 /b.php(8)",
        ),
    ],
)
def test_stacks_are_written_out_as_their_runtimes_print_them(data: dict[str, Any], stack: str) -> None:
    header = read(data)
    assert header.stack == stack
    assert header.message.split("\n")[0] == "m"


@pytest.mark.parametrize(
    ("data", "fields", "scope", "message"),
    [
        ({"loggerName": "l", "message": "{} of {}", "arguments": ["1"]}, {"logger": "l"}, {}, "1 of {}"),
        (
            {
                "short_message": "m",
                "level": 3,
                "_log_logger": "l",
                "_process_pid": 7,
                "_process_thread_name": "t",
                "_traceId": "a",
            },
            {"logger": "l"},
            {"process": "7", "thread": "t", "trace": "a", "request": "a"},
            "m",
        ),
        (
            {
                "Message": "m",
                "State": {"Message": "m", "Path": "/x", "Method": "GET", "StatusCode": 500, "{OriginalFormat}": "m"},
            },
            {"status": 500, "method": "GET", "path": "/x"},
            {},
            "m",
        ),
        (
            {"Message": "m", "Scopes": ["a scope", {"Message": "s", "TraceId": "a"}, {"RequestId": "r"}]},
            {},
            {"trace": "a", "request": "r"},
            "m",
        ),
        ({"Level": "Error", "MessageTemplate": "Order {Id} failed", "Properties": {"Id": 7}}, {"Id": 7}, {}, "Order 7 failed"),
        (
            {
                "id": "r",
                "host": "shop.example",
                "method": "GET",
                "uri": "/x",
                "status": 200,
                "latency": 4399,
                "latency_human": "4.4µs",
            },
            {"method": "GET", "path": "/x", "status": 200, "duration_ms": 0.0044, "http_host": "shop.example"},
            {"request": "r"},
            "",
        ),
        ({"level": "-", "message": "[PANIC RECOVER] x"}, {}, {}, "[PANIC RECOVER] x"),
        ({"time": "2026-11-23T10:00:00.1234567Z", "msg": "m", "latency": 4399}, {"duration_ms": 0.004399}, {}, "m"),
        ({"time": "2026-11-23T10:00:00.123Z", "msg": "m", "latency": 43}, {"duration_ms": 43.0}, {}, "m"),
        ({"msg": "m", "host": "shop.example", "user_agent": "curl"}, {"host": "shop.example"}, {}, "m"),
    ],
)
def test_fields_and_scopes(data: dict[str, Any], fields: dict[str, Any], scope: dict[str, str], message: str) -> None:
    header = read(data)
    assert {name: header.fields.get(name) for name in fields} == fields
    assert header.scope == scope
    assert header.message.startswith(message)


@pytest.mark.parametrize(
    "data",
    [
        {"timestampSeconds": TEN // 1_000_000, "timestampNanos": 123_456_789, "message": "m"},
        {"timestamp": {"seconds": TEN // 1_000_000, "nanos": 123_456_789}, "message": "m"},
        {"loggerName": "l", "instant": {"epochSecond": TEN // 1_000_000, "nanoOfSecond": 123_456_789}, "message": "m"},
    ],
)
def test_a_time_of_two_numbers(data: dict[str, Any]) -> None:
    assert read(data).time == TEN + 123_456


KEYS = st.sampled_from(
    "short_message full_message loggerName throwable thrown exception className stepArray cause name extendedStackTrace "
    "exceptionType frames causedBy State Scopes Properties MessageTemplate Message latency_human id level - channel context class "
    "trace previous timestampSeconds timestampNanos timestamp seconds nanos instant epochSecond arguments message time msg".split()
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, NESTED, max_size=6))
def test_no_object_makes_an_encoder_raise(data: dict[str, Any]) -> None:
    header = JsonLines().parse(json.dumps(data), CLOCK)
    assert header is None or (isinstance(header.message, str) and isinstance(header.stack, str))


@pytest.mark.parametrize(
    ("text", "message", "fields"),
    [
        ("order shipped order=17 took=1.5s", "order shipped", {"order": 17, "took": "1.5s"}),
        ('failed error="a \\"b\\" c" n=1', "failed", {"error": 'a "b" c', "n": 1}),
        ("two lines:\n  and more  order=17", "two lines:\n  and more", {"order": 17}),
        ("a=1 is not b=2 here", "a=1 is not b=2 here", {}),
        ("set a=1 then b=2", "set a=1 then", {"b": 2}),
        ("order=17", "", {"order": 17}),
        ("x = y", "x = y", {}),
        ("GET /x?a=1", "GET /x?a=1", {}),
        ('left open a="b', 'left open a="b', {}),
        ("", "", {}),
    ],
)
def test_pairs_behind_a_message(text: str, message: str, fields: dict[str, Any]) -> None:
    assert split_pairs(text) == (message, fields)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('paid\t{"order": 17}', ("paid", {"order": 17}, "")),
        ('two\nlines\t{"a": {"b": 1}}\nmain.f\n\t/a.go:7', ("two\nlines", {"a.b": 1}, "main.f\n\t/a.go:7")),
        ('cut\t{"order": 1', ('cut\t{"order": 1', {}, "")),
        ('\t{"a" then\t{"b": 1}', ('\t{"a" then', {"b": 1}, "")),
        ("none", ("none", {}, "")),
    ],
)
def test_an_object_behind_a_message(text: str, found: tuple[str, dict[str, Any], str]) -> None:
    assert split_object(text) == found


@pytest.mark.parametrize(
    ("context", "ids"),
    [
        ("47ed733b8d103e229eceba344d533586,a2fb4a1d1a96d312", ("47ed733b8d103e229eceba344d533586",) * 2),
        ("spanId=a2fb4a1d1a96d312, traceId=47ed733b8d103e229eceba344d533586", ("47ed733b8d103e229eceba344d533586",) * 2),
        ("traceId=abc, requestId=r-7", ("abc", "r-7")),
        ("X-Correlation-ID=r-7", ("", "r-7")),
        ("8b3f0c1d-6b1c-1e7f-4e0e-9f0b5b8f0f0c", ("", "8b3f0c1d-6b1c-1e7f-4e0e-9f0b5b8f0f0c")),
        (",", ("", "")),
        ("user=7", ("", "")),
    ],
)
def test_ids_in_a_diagnostic_context(context: str, ids: tuple[str, str]) -> None:
    assert ids_of(context) == ids


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1m2.5s", 62_500.0),
        ("1h0m1s", 3_601_000.0),
        ("2h3m4.5s", 7_384_500.0),
        ("914ns", 0.000914),
        ("1m", 60_000.0),
        ("m1s", None),
    ],
)
def test_durations_as_go_writes_them(text: str, milliseconds: float | None) -> None:
    assert duration_ms("", text) == milliseconds


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            "Request finished HTTP/2 GET https://a/orders?x=1 - 500 - application/json 12.5ms",
            {"method": "GET", "path": "/orders", "status": 500, "duration_ms": 12.5},
        ),
        ("Request starting HTTP/1.1 GET http://a/orders - - -", {"method": "GET", "path": "/orders"}),
        (
            "HTTP POST /orders responded 201 in 3.0000 ms",
            {"method": "POST", "path": "/orders", "status": 201, "duration_ms": 3.0},
        ),
        ("HTTP is old", {}),
        ("Request for help", {}),
    ],
)
def test_requests_in_the_messages_of_dotnet(message: str, fields: dict[str, Any]) -> None:
    header = Header(message)
    read_request(header)
    assert header.fields == fields


def test_scopes_of_dotnet() -> None:
    header = Header("")
    read_scopes(header, "=> SpanId:a, TraceId:47ed733b8d103e229eceba344d533586, ParentId:0 => my scope")
    assert header.scope == dict.fromkeys(("trace", "request"), "47ed733b8d103e229eceba344d533586")
    header = Header("")
    read_scopes(header, "=> my scope")
    assert (header.scope, header.fields) == ({}, {})


@pytest.mark.parametrize(
    ("text", "message", "fields", "stack"),
    [
        ('paid {"order":7} []', 'paid {"order":7}', {"order": 7}, ""),
        ('paid {"order":7} {"uid":"a"}', 'paid {"order":7}', {"order": 7, "extra.uid": "a"}, ""),
        ('paid {"order":7} ', 'paid {"order":7}', {"order": 7}, ""),
        ('paid {"order":7}', 'paid {"order":7}', {"order": 7}, ""),
        ('paid [] {"uid":"a"}', "paid", {"extra.uid": "a"}, ""),
        ('paid  {"uid":"a"}', "paid", {"extra.uid": "a"}, ""),
        ("paid [] []", "paid", {}, ""),
        (
            'no {"order":7,"exception":"[object] (A\\\\B(code: 0): no at /a.php:3)\\n[previous exception] x"} []',
            "no",
            {"order": 7},
            "[object] (A\\B(code: 0): no at /a.php:3)\n[previous exception] x",
        ),
        (
            'no {"exception":"[object] (A\\\\B(code: 0): no at /a.php:3)\n[stacktrace]\n#0 {main}\n"} ',
            "no",
            {},
            "[object] (A\\B(code: 0): no at /a.php:3)\n[stacktrace]\n#0 {main}\n",
        ),
        ('cut {"exception":"[object] (A', 'cut {"exception":"[object] (A', {}, ""),
    ],
)
def test_context_and_extra_of_monolog(text: str, message: str, fields: dict[str, Any], stack: str) -> None:
    header = Monolog().parse(f"[2026-11-23T10:00:00+00:00] app.ERROR: {text}", CLOCK)
    assert header is not None
    assert (header.message, header.stack) == (message, stack)
    assert {name: header.fields.get(name) for name in fields} == fields
    assert "extra.order" not in header.fields

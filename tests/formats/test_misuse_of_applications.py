"""Half a record, two glued into one line, a foreign record between: what the formats of applications make of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from diagnose.formats import BUILT_IN
from diagnose.hooks import Format
from diagnose.times import Clock
from tests.formats.told import told
from tests.kit import NOW

SHAPES = {
    "levelled": 'error: no hall {"requestId":"r-7","stack":"TypeError: no hall\\n    at poster (/app/concerts.js:42:36)"}',
    "pino-pretty": '[10:00:00.123] ERROR (shop/812): failed\n    err: {\n      "type": "TypeError",\n      "message": "no hall",\n'
    '      "stack":\n          TypeError: no hall\n              at poster (/app/concerts.js:4:3)\n    }\n    requestId: "r-7"',
    "structlog": "2026-11-23T10:00:00.123456Z [error    ] payment failed                 [shop.pay] request_id=r-7 why='no answer'\n"
    'Traceback (most recent call last):\n  File "/srv/pay.py", line 3, in pay\n    charge()\nRuntimeError: no answer',
    "debug": "2026-11-23T10:00:00.123Z tickets:error request failed TypeError: no hall\n    at poster (/app/concerts.js:42:36)",
    "logfmt": "timestamp='2026-11-23T10:00:00Z' level='error' event='payment failed' request_id='r-7' why='it\\'s gone'",
    "json": '{"errors":[{"message":"no hall","path":["concert","poster"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":null}',
    "timed": '2026-11-23T10:00:00.123Z [shop] error: no hall {"requestId":"r-7"}',
    "bracketed": "[2026-11-23 10:00:00,123: ERROR/ForkPoolWorker-1] Task shop.pay[0c6b1c1e-7f1c-4e0e-9f0b-5b8f0f0c1d2e] raised "
    'unexpected: KeyError(3)\nTraceback (most recent call last):\n  File "/srv/pay.py", line 3, in pay\nKeyError: 3',
}
CLOCK = Clock(reference=NOW)
FOREIGN = "10:00:01.000 [main] INFO  com.example.App - ready"
NAMES = sorted(SHAPES)


def read(text: str) -> list[dict[str, Any]]:
    return told(text.encode())


@pytest.mark.parametrize("name", NAMES)
def test_the_shape_is_one_event_of_its_format(name: str) -> None:
    (event,) = read(SHAPES[name])
    assert event["format"] == name
    assert event.get("level") == (None if name == "debug" else "error")


@pytest.mark.parametrize("name", NAMES)
def test_cut_anywhere_nothing_is_raised_and_no_line_is_lost(name: str) -> None:
    text = SHAPES[name]
    for end in range(1, len(text)):
        half = text[:end]
        events = read(half)
        assert sum(event["lines"] for event in events) == len(half.removesuffix("\n").split("\n"))


@pytest.mark.parametrize("name", NAMES)
def test_the_half_that_a_rotation_left_does_not_swallow_the_next_record(name: str) -> None:
    text = SHAPES[name]
    for start in range(1, len(text), 5):
        events = read(f"{text[start:]}\n{text}")
        assert events[-1] == {**read(text)[0], "line": events[-1]["line"]}


@pytest.mark.parametrize("name", NAMES)
def test_two_glued_into_one_line_are_read_as_one(name: str) -> None:
    first = SHAPES[name].split("\n", 1)[0]
    (event,) = read(first + first)
    assert event["lines"] == 1
    assert "message" in event


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_record_between_ends_it(name: str) -> None:
    lines = SHAPES[name].split("\n")
    events = read("\n".join([lines[0], FOREIGN, *lines[1:]]))
    assert events[0]["lines"] == 1
    assert events[1]["message"].startswith("ready")
    assert events[1]["format"] == "timed"


@pytest.mark.parametrize("name", NAMES)
def test_carriage_returns_change_nothing(name: str) -> None:
    assert read(SHAPES[name].replace("\n", "\r\n")) == read(SHAPES[name])


@pytest.mark.parametrize(
    "form", [form for form in BUILT_IN if form.name in SHAPES or form.name == "access"], ids=lambda form: form.name
)
def test_no_record_runs_away(form: Format) -> None:
    """Long records of what the patterns repeat over (pairs, braces, blanks, quotes) cost no more than their length."""
    for sample in form.samples:
        for part in (" a=b", ' {"', " a='", "=", " - ", "[a] ", ": ", "at ", '"errors":[', "\n    a: {", "(", "+1ms "):
            started = time.process_time()
            form.parse(sample.text + part * (40_000 // len(part)), CLOCK)
            assert time.process_time() - started < 0.5, (sample.text, part)


def test_an_error_of_node_postgres_stays_in_the_record_that_tells_of_it() -> None:
    """It is called `error`, as winston's level is."""
    record = '[Nest] 7  - 11/23/2026, 6:00:41 AM   ERROR [Orders] relation "orders" does not exist\n'
    record += 'error: relation "orders" does not exist\n    at next (/srv/shop/src/orders.js:4:7)'
    (event,) = read(record)
    assert event["blame"] == "/srv/shop/src/orders.js:4 in next"


def test_a_loud_line_alone_has_its_level_and_keeps_what_stands_beneath() -> None:
    event, last = read("error:   request failed TypeError: no hall\n    at poster (/app/concerts.js:42:36)\ninfo:    ready")
    assert (event["level"], event["lines"]) == ("error", 2)
    assert event["blame"] == "/app/concerts.js:42 in poster"
    assert last["level"] == "info"

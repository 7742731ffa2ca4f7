"""The object behind a text line's message."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.formats.parts.tail import split_tail
from tests.formats.told import told

TIME = "2026-11-23T10:00:00.123Z"
ID = "5169f729-3392-452f-afbb-73b283dd44f9"

# (line, message, scope, some fields)
LINES: tuple[tuple[str, str, dict[str, str], dict[str, Any]], ...] = (
    (f'info: seat reserved {{"requestId":"{ID}","seat":"C4"}}', "seat reserved", {"request": ID}, {"seat": "C4"}),
    (
        f'{TIME} [error] call failed {{"reqId":"r-7","status":502,"ms":3}}',
        'call failed {"reqId":"r-7"',
        {"request": "r-7"},
        {"status": 502},
    ),
    ('[2026-11-23 10:00:00] [INFO] saved {"name":"Ada","host":"x"}', "saved {", {}, {"name": "Ada", "logger": None}),
    (f'{TIME} WARN slow {{"target":"db","duration_ms":1200}}', "slow {", {}, {"duration_ms": 1200, "logger": None}),
    (f'{TIME} INFO used {{braces}} and {{"traceId":"t-1"}}', "used {braces}", {"trace": "t-1", "request": "t-1"}, {}),
    (f'{TIME} INFO GET /x 200 {{"status":500}}', "GET /x 200", {}, {"status": 200}),
)


@pytest.mark.parametrize(("line", "message", "scope", "fields"), LINES)
def test_its_values_become_fields(line: str, message: str, scope: dict[str, str], fields: dict[str, Any]) -> None:
    (event,) = told(line.encode())
    assert event["message"].startswith(message)
    assert event.get("scope", {}) == scope
    assert {name: event["fields"].get(name) for name in fields} == fields


def test_a_stack_in_it_is_told_once() -> None:
    line = TIME + ' error: no hall {"stack":"TypeError: no hall\\n    at poster (/app/concerts.js:42:36)","code":"E_HALL"}'
    (event,) = told(line.encode())
    assert event["message"] == "no hall"
    assert event["blame"] == "/app/concerts.js:42 in poster"
    assert event["fields"]["code"] == "E_HALL"


@pytest.mark.parametrize(
    "line", ["", "}", "a }", "a {}", 'a {"', 'a {"a":1', 'a {"a":1} b', 'a{"a":1}', 'a {"a":nan}', 'a [{"a":1}]']
)
def test_what_is_no_object_at_the_end_stays_in_the_message(line: str) -> None:
    assert split_tail(line) == (None, len(line))


def test_only_a_few_openings_are_tried() -> None:
    assert split_tail(' {"a' * 9_000 + ' {"a":1}') == (None, 36_008)

"""GraphQL errors: where they are found in a record, what becomes of them, and that rules on them find what they are about."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from diagnose.formats import BUILT_IN
from diagnose.model import Finding
from tests.formats.told import told
from tests.kit import FIXTURES
from tests.tiny import book, report, rule

ERROR = {"message": "sign in first", "path": ["orders", 0, "customer"], "extensions": {"code": "UNAUTHENTICATED"}}
FIELDS = {
    "graphql.code": "UNAUTHENTICATED",
    "graphql.message": "sign in first",
    "graphql.path": "orders.0.customer",
    "graphql.errors": 1,
}
TESTS = (
    ("graphql.code", "UNAUTHENTICATED"),
    ("graphql.code", "!= FORBIDDEN"),
    ("graphql.message", "sign in first"),
    ("graphql.path", "orders.0.customer"),
    ("graphql.errors", ">= 1"),
)
ANSWER = {"errors": [ERROR], "data": None}


def read(line: str) -> dict[str, Any]:
    (event,) = told(line.encode())
    return event


def graphql(line: str) -> dict[str, Any]:
    return {name: value for name, value in read(line).get("fields", {}).items() if name.startswith("graphql.")}


CARRIERS = {
    "alone": json.dumps(ANSWER, separators=(",", ":")),
    "alone, data first": json.dumps({"data": {"orders": None}, **ANSWER}),
    "in a field": json.dumps({"level": "error", "msg": "failed", "errors": [ERROR]}),
    "in an object": json.dumps({"level": 50, "time": 1795428000123, "res": {"statusCode": 200, "body": ANSWER}, "msg": "x"}),
    "as text in a field": json.dumps({"level": "warn", "message": "answered", "body": json.dumps(ANSWER)}),
    "as an error that was serialised": json.dumps(
        {"level": 30, "err": {"type": "GraphQLError", "stack": "x", **ERROR}, "msg": "x"}
    ),
    "behind a line's words": f"2026-11-23T10:00:00.123Z error: List answered {json.dumps(ANSWER)}",
    "behind winston's": f"error: answered {json.dumps({'errors': [ERROR]})}",
    "behind pino-pretty's": f"[10:00:00.123] ERROR (shop/812): answered {json.dumps({'errors': [ERROR]})}",
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_errors_are_found_wherever_a_record_carries_them(carrier: str) -> None:
    assert graphql(CARRIERS[carrier]) == FIELDS


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_carrier_shows_what_a_rule_on_a_field_searches_for(carrier: str) -> None:
    line = CARRIERS[carrier].encode()
    for name, test in TESTS:
        patterns = [pattern for form in BUILT_IN for pattern in form.field_patterns(name, test)]
        assert any(re.search(pattern.encode(), line) for pattern in patterns), (name, test)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_rule_on_the_code_finds_it(carrier: str) -> None:
    rules = book(signed=rule("fields: {graphql.code: UNAUTHENTICATED}", title="Not signed in"))
    found: tuple[Finding, ...] = report(CARRIERS[carrier].encode() + b"\n", rules).findings
    assert [finding.title for finding in found] == ["Not signed in"]
    assert not report(CARRIERS[carrier].replace("UNAUTHENTICATED", "FORBIDDEN").encode() + b"\n", rules).findings


CODES = (
    ({"extensions": {"code": "BAD_USER_INPUT", "classification": "x"}}, "BAD_USER_INPUT"),
    ({"extensions": {"classification": "DataFetchingException"}}, "DataFetchingException"),
    ({"extensions": {"errorType": "NOT_FOUND", "errorDetail": "x"}}, "NOT_FOUND"),
    ({"path": ["a"], "errorType": "Unauthorized"}, "Unauthorized"),
    ({"path": ["a"], "extensions": {}}, None),
    ({"locations": [{"line": 1, "column": 3}], "extensions": {"code": 7}}, None),
)


@pytest.mark.parametrize(("parts", "code"), CODES)
def test_the_code_is_what_the_server_calls_its_kind(parts: dict[str, Any], code: str | None) -> None:
    assert graphql(json.dumps({"errors": [{"message": "m", **parts}]})).get("graphql.code") == code


OTHERS = (
    {"errors": [{"message": "is too short", "field": "name"}]},
    {"errors": {"name": ["is too short"]}},
    {"errors": ["no"]},
    {"errors": []},
    {"errors": [{"message": 7, "path": ["a"]}]},
    {"errors": [ERROR, "and another"]},
    {"errors": 3, "msg": "3 errors", "level": "info"},
    {"body": '{"errors": [{"message"'},
    {"note": 'say "errors" and GraphQLError'},
    {"err": {"type": "GraphQLError"}},
)


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_other_errors_are_none_of_graphqls(other: dict[str, Any]) -> None:
    assert graphql(json.dumps(other)) == {}


def test_an_answer_that_stands_alone_tells_its_errors_as_its_message() -> None:
    event = read(json.dumps({"errors": [{**ERROR, "extensions": {}}, {**ERROR, "message": "no hall"}]}))
    assert event["message"] == "sign in first\nno hall"
    assert event["level"] == "warning"


def test_it_is_as_loud_as_whose_fault_it_is() -> None:
    failed = {"message": "fetch failed", "path": ["pay"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    assert read(json.dumps({"errors": [ERROR]}))["level"] == "warning"
    assert read(json.dumps({"errors": [ERROR, failed]}))["level"] == "error"
    assert read(json.dumps({"level": "info", "msg": "answered", "errors": [failed]}))["level"] == "info"


def test_a_stack_that_the_answer_holds_is_read() -> None:
    stack = ["TypeError: no hall", "    at poster (file:///srv/tickets/src/concerts.js:42:36)"]
    event = read(json.dumps({"errors": [{"message": "no hall", "path": ["poster"], "extensions": {"stacktrace": stack}}]}))
    assert event["cause"] == "TypeError: no hall"
    assert event["blame"] == "file:///srv/tickets/src/concerts.js:42 in poster"


def test_deep_and_wide_objects_are_left_alone() -> None:
    deep: Any = ANSWER
    for _ in range(6):
        deep = {"a": deep}
    assert graphql(json.dumps({"msg": "x", **deep})) == {}


@pytest.mark.parametrize("log", sorted((FIXTURES / "clean").glob("*.log")), ids=lambda path: path.stem)
def test_healthy_logs_tell_of_no_graphql_errors(log: Any) -> None:
    assert not [event for event in told(log.read_bytes()) if "graphql.message" in event.get("fields", {})]

"""The eight questions of the triage checklist, and what makes each a problem, clear, or without evidence."""

from __future__ import annotations

import shlex

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from diagnose import triage
from diagnose.model import Endpoint, Finding, Severity, Triage
from diagnose.triage import CLEAR, NO_EVIDENCE, PROBLEM, Seen, checklist
from tests.kit import ROOT, kit

NAMES = [
    "stack traces", "database connectivity", "API endpoints", "environment variables", "authentication tokens",
    "memory and CPU", "network connectivity", "recent code changes",
]  # fmt: skip


def finding(of_class: str = "duplicate-key", **fields: object) -> Finding:
    """A finding with nothing in it but what is told."""
    base: dict[str, object] = dict.fromkeys(
        ("alternatives", "fix", "checklist", "api_endpoints", "database_changes", "security_considerations", "evidence",
         "technologies", "references"), ()
    )  # fmt: skip
    base |= {
        "rule": "tiny/rule", "of_class": of_class, "title": "x", "severity": Severity.ERROR, "confidence": 0.9, "cause": "x",
        "cause_id": "x", "score": 0, "blame": "", "captures": {}, "count": 1, "first_seen": None, "last_seen": None,
        "resolution": 1_000, "fingerprint": "f",
    }  # fmt: skip
    return Finding(**{**base, **fields})  # type: ignore[arg-type]


def row(number: int, findings: list[Finding], **seen: object) -> Triage:
    return checklist(findings, Seen(**seen))[number - 1]  # type: ignore[arg-type]


def test_the_eight_questions_come_in_their_order() -> None:
    rows = checklist([], Seen())
    assert [told.name for told in rows] == NAMES
    assert [told.number for told in rows] == list(range(1, 9))


def test_without_logs_nothing_is_a_problem_and_little_is_clear() -> None:
    assert [told.state for told in checklist([], Seen())] == [CLEAR, *[NO_EVIDENCE] * 7]


@pytest.mark.parametrize(
    ("number", "findings", "seen", "state", "detail"),
    [
        (1, [], {"traces": 1_204}, PROBLEM, "1,204"),
        (2, [finding("pool-exhausted")], {}, PROBLEM, "pool-exhausted"),
        (2, [finding("connection-refused", technologies=("pg",), peers=("db:5432",))], {}, PROBLEM, "db:5432"),
        (2, [finding("connection-refused", technologies=("axios",))], {}, NO_EVIDENCE, ""),
        (2, [finding("duplicate-key", technologies=("postgresql",))], {}, CLEAR, ""),
        (2, [], {"technologies": {"mysql"}}, CLEAR, ""),
        (2, [], {"technologies": {"express"}}, NO_EVIDENCE, ""),
        (3, [], {"requests": 5}, CLEAR, ""),
        (3, [finding(endpoints=(Endpoint("GET", "/a"), Endpoint("POST", "/b")))], {"requests": 5}, PROBLEM, "GET /a, POST /b"),
        (4, [finding("config-missing")], {}, PROBLEM, "config-missing"),
        (5, [finding("jwt-expired"), finding("jwt-malformed")], {"requests": 1}, PROBLEM, "jwt-expired, jwt-malformed"),
        (5, [], {"requests": 1}, CLEAR, ""),
        (6, [finding("host-oom-killed")], {}, PROBLEM, "host-oom-killed"),
        (6, [], {"requests": 9}, NO_EVIDENCE, ""),
        (7, [finding("dns-failure")], {}, PROBLEM, "dns-failure"),
        (7, [], {"requests": 1}, CLEAR, ""),
        (8, [finding("missing-table")], {}, PROBLEM, "missing-table"),
    ],
)  # fmt: skip
def test_a_state_follows_from_what_was_seen(
    number: int, findings: list[Finding], seen: dict[str, object], state: str, detail: str
) -> None:
    told = row(number, findings, **seen)
    assert (told.state, told.detail) == (state, detail)


def test_many_endpoints_are_counted_not_listed() -> None:
    told = row(3, [finding(endpoints=tuple(Endpoint("GET", f"/{i}") for i in range(8)))])
    assert told.detail == "GET /0, GET /1, GET /2, GET /3, GET /4 and 3 more"
    assert len(told.commands) == 5


@pytest.mark.parametrize(
    ("method", "path", "command"),
    [
        ("GET", "/orders", 'curl -i "$BASE_URL"/orders'),
        ("POST", "/users/{id}", 'curl -i -X POST "$BASE_URL"/users/1'),
        ("GET", "/a b;rm -rf /", "curl -i \"$BASE_URL\"'/a b;rm -rf /'"),
        ("X; reboot", "/", "curl -i -X 'X; reboot' \"$BASE_URL\"/"),
    ],
)
def test_a_failed_endpoint_comes_with_a_command_to_try_it(method: str, path: str, command: str) -> None:
    assert row(3, [finding(endpoints=(Endpoint(method, path),))]).commands == (command,)


@given(st.text(), st.text())
def test_no_path_of_a_log_gets_out_of_its_argument(method: str, path: str) -> None:
    (command,) = row(3, [finding(endpoints=(Endpoint(method, path),))]).commands
    words = shlex.split(command.replace('"$BASE_URL"', "BASE"))
    assert words[:2] == ["curl", "-i"]
    assert words[-1] == "BASE" + path.replace("{id}", "1")
    assert words[2:-1] == ([] if method == "GET" else ["-X", method])


def test_every_class_that_is_asked_for_is_one() -> None:
    """A misspelt class would never be a problem."""
    known = {name for group in yaml.safe_load((ROOT / "rules" / "classes.yaml").read_text()).values() for name in group}
    asked = {name for words in vars(triage).values() if isinstance(words, frozenset) for name in words}
    names = {framework.name for framework in kit().frameworks} | triage.DATABASES
    assert sorted(asked - known - names - triage.DRIVERS) == []

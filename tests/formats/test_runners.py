"""What the real test runners print (fixtures/): only the tests that failed speak, whole, cut anywhere and wrapped."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diagnose.model import Level
from tests.formats.recording import failed, rules, scan
from tests.kit import FIXTURES, read_yaml

CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.yaml") if "failed" in (read_yaml(path) or {}))
CLEAN = [
    FIXTURES / f"clean/{name}.log"
    for name in (
        "pytest", "jest", "vitest", "mocha", "node-test", "tap", "prove", "go-test", "go-test-json", "surefire", "junit-xml", "phpunit",
    )
]  # fmt: skip


# ---------------------------------------------------------------- what the real runners print


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_the_tests_that_failed_are_told(case: Path) -> None:
    expected = read_yaml(case / "expected.yaml")
    run = scan((case / "input.log").read_bytes())
    assert failed(run) == expected["failed"]
    for event in run.found:
        assert event.format != "plain" or event.level is None
        if event.level == Level.ERROR:  # what ends a whole run is fatal
            assert event.fields["test.outcome"] == "failed"


def test_every_runner_has_a_case() -> None:
    assert {case.parent.name for case in CASES} >= {
        "pytest", "jest", "vitest", "mocha", "node-test", "tap", "go-test", "surefire", "junit-xml", "phpunit",
    }  # fmt: skip


@pytest.mark.parametrize("log", CLEAN, ids=lambda log: log.stem)
def test_tests_that_passed_say_nothing(log: Path) -> None:
    data = log.read_bytes()
    assert re.search(rb"(?i)ECONNREFUSED|connection refused|UNIQUE constraint", data), "the log tempts no rule"
    run = scan(data)
    report = run.report()
    assert (report.findings, report.unknown, report.not_evaluated) == ((), (), ())
    assert report.summary.error_events == 0
    assert failed(run) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_crossing_blocks_changes_nothing(case: Path) -> None:
    data = (case / "input.log").read_bytes()
    whole, cut = scan(data), scan(data, block=97)
    assert [(event.offset, event.message) for event in cut.found] == [(event.offset, event.message) for event in whole.found]


# ---------------------------------------------------------------- wrapped


def stamped(data: bytes) -> bytes:
    start = datetime(2026, 11, 23, 10, tzinfo=UTC)
    lines = data.removesuffix(b"\n").split(b"\n")
    times = (f"{start + timedelta(milliseconds=number):%Y-%m-%dT%H:%M:%S.%f}0Z".encode() for number, _ in enumerate(lines))
    return b"\n".join(time + b" " + line for time, line in zip(times, lines, strict=True))


def composed(data: bytes) -> bytes:
    return b"\n".join(b"tests-1  | " + line for line in data.split(b"\n"))


# JSON is a wrapping itself, and wrappings do not nest.
@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name != "failures-json" or case.parent.name != "go-test"], ids=str
)
def test_a_wrapping_changes_nothing(case: Path) -> None:
    data = (case / "input.log").read_bytes()
    if data.startswith(b'{"Time"'):
        pytest.skip("JSON is a wrapping itself, and wrappings do not nest")
    plain = scan(data)
    for run in (scan(stamped(data)), scan(composed(data))):
        assert failed(run) == failed(plain)
        assert rules(run.report()) == rules(plain.report())

"""Tests that rules carry: what passes, what fails, and what is said about why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diagnose.condition import CompiledRule, anchors
from diagnose.condition.evaluate import evaluate
from diagnose.condition.timeline import Timeline
from diagnose.condition.verdict import State
from diagnose.model import Event, Finding, Level, NotEvaluated, Sighting
from diagnose.redact import token
from diagnose.rulebook import Outcome, Rulebook, build, run_tests
from tests.rulebook.rule_texts import RULE, SHORT, write


@dataclass
class Scan:
    """A scan in the plainest way: each line an event, each anchor asked, the first cause told."""

    findings: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)


def scan(text: str, rules: Sequence[CompiledRule]) -> Scan:
    done = Scan()
    book = Rulebook(tuple(rules), "")
    for number, line in enumerate(text.split("\n"), 1):
        level = next((level for level in Level if f"{level.name}:" in line), None)
        event = Event("log", number, number, "plain", number * 1_000_000, True, 1_000, level, line, line, {}, {}, (), ())
        done.events.append(event)
        for signal in book.signals:
            shown = signal.confirm(event)
            if shown is not None:
                name = signal.signal.name
                done.sightings.append(Sighting(signal.rule, name, "log", number, number, event.time, captures=shown[0]))
    for compiled in book.compiled:
        rule = compiled.rule
        own = [sighting for sighting in done.sightings if sighting.rule == rule.id]
        timeline = Timeline(rule.signals)
        for sighting in own:
            timeline.add(sighting)
        verdicts = [(evaluate(compiled.when, one, timeline).state, one) for one in own if one.signal in anchors(compiled.when)]
        held = [one for state, one in verdicts if state is State.HOLDS]
        if held:
            secret = {name for signal in rule.signals.values() for name, capture in signal.captures.items() if capture.redact}
            captures = {name: token(str(value)) if name in secret else value for name, value in held[0].captures.items()}
            cause = rule.causes[0]
            done.findings.append(
                Finding(
                    rule.id, rule.of_class, rule.title, rule.severity, 1.0, cause.text, cause.id, cause.weight,
                    (), (), (), (), (), (), "", (), captures, len(held), None, None, 0, (), (), "f",
                )
            )  # fmt: skip
        if any(state is State.UNKNOWN for state, _ in verdicts):
            done.not_evaluated.append(NotEvaluated(rule.id, "unknown", 1))
    return done


def outcomes(folder: Path, **rules: str) -> list[Outcome]:
    book = build([write(folder, **rules)])
    assert [fault for fault in book.faults if fault.severity == "error"] == []
    return list(run_tests(book, scan))


def with_test(rule: str, log: str, expect: str, more: str = "") -> str:
    body = "\n".join(f"      {line}" for line in log.split("\n"))
    return f"{rule[: rule.index('tests:')]}tests:\n  - name: it\n    log: |\n{body}\n    expect: {expect}\n{more}"


def only(folder: Path, **rules: str) -> Outcome:
    (outcome,) = outcomes(folder, **rules)
    return outcome


HIT = "Duplicate entry 'a@b.c' for key 'users.email'"


def test_rules_pass_their_tests(tmp_path: Path) -> None:
    done = outcomes(tmp_path, mysql__duplicate_key=RULE, node__refused=SHORT)
    assert [outcome.passed for outcome in done] == [True] * 4
    assert str(done[0]) == "pass  mysql/duplicate-key: node mysql2"
    book = build([tmp_path])
    assert len(list(run_tests(book, scan, lambda rule: rule.id == "node/refused"))) == 2


def test_what_is_not_found_and_why(tmp_path: Path) -> None:
    outcome = only(tmp_path, node__refused=with_test(SHORT, "connect ECONNREFUSE", "node/refused"))
    assert outcome.problems == ("expected node/refused, found nothing",)
    assert outcome.why == (
        "signal refused: no line of the log holds /ECONNREFUSED/",
        "when refused",
        "  never asked: no sighting of refused",
    )


def test_the_part_of_a_signal_that_failed(tmp_path: Path) -> None:
    logs = {
        "Duplicate entry 'a' for user": "line 1 passes the search, but in its event no regex matches",
        HIT + " ON DUPLICATE KEY": "line 1 passes the search, but in its event `unless` 'ON DUPLICATE KEY' stands there too",
    }
    for log, reason in logs.items():
        outcome = only(tmp_path, mysql__duplicate_key=with_test(RULE, log, "mysql/duplicate-key"))
        assert f"signal duplicate: {reason}" in outcome.why
    fields = RULE.replace("when: duplicate or retried then duplicate within 5s", "when: duplicate or retried or healed")
    fields = fields.replace("resolved_by: healed\n", "")
    log = "x\nINFO: will retry\nInsert Succeeded"
    outcome = only(tmp_path, mysql__duplicate_key=with_test(fields, log, "mysql/duplicate-key"))
    passes = "passes the search, but in its event"
    assert f"signal retried: line 2 {passes} the level is info, not warning or above (format plain)" in outcome.why
    assert f"signal healed: line 3 {passes} the field status is absent, the test is >= 200 (format plain)" in outcome.why


def test_literals_outside_of_where_the_signal_looks(tmp_path: Path) -> None:
    text = SHORT.replace("{literals: ECONNREFUSED}", "{literals: ECONNREFUSED, look_in: trace}")
    outcome = only(tmp_path, node__refused=with_test(text, "connect ECONNREFUSED", "node/refused"))
    assert "signal refused: line 1 passes the search, but in its event none of the literals stands in the trace" in outcome.why


def test_why_a_condition_did_not_hold(tmp_path: Path) -> None:
    text = RULE.replace("when: duplicate or retried then duplicate within 5s", "when: duplicate and not retried within 10s")
    outcome = only(tmp_path, mysql__duplicate_key=with_test(text, f"{HIT}\nWARNING: retrying in 5ms", "mysql/duplicate-key"))
    assert outcome.why[:2] == (
        "signal duplicate: seen on line 1 (value='a@b.c', key='users.email')",
        "signal retried: seen on line 2 (wait=5.0)",
    )
    condition = outcome.why[outcome.why.index("when duplicate and not retried within 10s") + 1 :]
    assert condition[0] == "  at duplicate on line 1"
    assert [row.split()[0] for row in condition[1:]] == ["fails", "holds", "fails", "holds"]


def test_what_should_not_be_found(tmp_path: Path) -> None:
    outcome = only(tmp_path, node__refused=with_test(SHORT, "connect ECONNREFUSED", "[]"))
    assert outcome.problems == ("found node/refused (refused, 1 ×), which nothing expects",)
    assert "signal refused: seen on line 1" in outcome.why


def test_each_difference_is_told(tmp_path: Path) -> None:
    expect = "[{rule: mysql/duplicate-key, cause: double-submit-or-retry, severity: critical, count: 2, "
    expect += "captures: {key: other, value: x}}]"
    outcome = only(tmp_path, mysql__duplicate_key=with_test(RULE, HIT, expect))
    assert [problem.removeprefix("mysql/duplicate-key: ") for problem in outcome.problems] == [
        "expected the cause double-submit-or-retry, told is check-then-insert-race (score 40; )",
        "expected severity critical, told is error",
        "expected it 2 ×, counted are 1",
        "expected key = 'other', captured is 'users.email'",
        f"expected value = 'x', captured is {token('a@b.c')!r}",
    ]


def test_a_redacted_capture_is_expected_in_the_clear(tmp_path: Path) -> None:
    expect = "[{rule: mysql/duplicate-key, captures: {value: a@b.c}}]"
    assert only(tmp_path, mysql__duplicate_key=with_test(RULE, HIT, expect)).passed


def test_a_number_may_be_expected_of_a_text(tmp_path: Path) -> None:
    expect = "[{rule: mysql/duplicate-key, captures: {key: 7}}]"
    assert only(tmp_path, mysql__duplicate_key=with_test(RULE, "Duplicate entry '1' for key '7'", expect)).passed
    expect = "[{rule: mysql/duplicate-key, captures: {key: null}}]"
    assert not only(tmp_path, mysql__duplicate_key=with_test(RULE, "Duplicate entry '1' for key '7'", expect)).passed


def test_other_rules_speak_only_where_they_are_expected(tmp_path: Path) -> None:
    log = f"{HIT}\nconnect ECONNREFUSED"
    done = outcomes(
        tmp_path,
        mysql__duplicate_key=with_test(RULE, log, "mysql/duplicate-key"),
        node__refused=with_test(SHORT, log, "[node/refused, mysql/duplicate-key]"),
    )
    assert [outcome.passed for outcome in done] == [True, True]


def test_a_rule_that_does_not_exist_is_told(tmp_path: Path) -> None:
    outcome = only(tmp_path, node__refused=with_test(SHORT, "connect ECONNREFUSED", "[node/refused, node/gone]"))
    assert outcome.problems == ("expects node/gone, but there is no such rule",)


def test_not_evaluated(tmp_path: Path) -> None:
    text = RULE.replace("when: duplicate or retried then duplicate within 5s", "when: count(duplicate) >= 2 by request within 5s")
    rule = with_test(text, f"{HIT}\n{HIT}", "[]", "    not_evaluated: true\n")
    assert only(tmp_path, mysql__duplicate_key=rule).passed
    text = with_test(RULE, "all is well", "[]", "    not_evaluated: true\n")
    outcome = only(tmp_path, mysql__duplicate_key=text)
    assert outcome.problems == ("should be told as not evaluated, but is not",)


def test_rules_of_a_class_that_is_waited_for_come_along(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def watch(text: str, rules: Sequence[CompiledRule]) -> Scan:
        seen.append([one.rule.id for one in rules])
        return scan(text, rules)

    waits = SHORT.replace("{literals: ECONNREFUSED}", "{class: duplicate-key}").replace("expect: node/refused", "expect: []")
    list(run_tests(build([write(tmp_path, mysql__duplicate_key=RULE, node__waits=waits, node__refused=SHORT)]), watch))
    assert seen == [
        ["mysql/duplicate-key"],
        ["mysql/duplicate-key"],
        ["node/refused"],
        ["node/refused"],
        ["mysql/duplicate-key", "node/waits"],
        ["mysql/duplicate-key", "node/waits"],
    ]

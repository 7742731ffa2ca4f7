"""Conditions and signals in words: what each kind becomes, and that nothing named in one is left out."""

from __future__ import annotations

import pytest

from diagnose.condition import anchors, parse, signals
from diagnose.condition.wording import duration, in_words
from diagnose.encyclopaedia import signs as signs_of
from diagnose.model import Level, Signal
from tests.condition.test_grammar import DESIGN
from tests.kit import rulebook

WORDED = {
    "x": "x in its record or within 1 minute",
    "x within 30s": "x within 30 seconds after",
    "x before 10m": "x in the 10 minutes before",
    "x around 1h": "x within 1 hour, before or after",
    "x by request|thread, host within 1s": "x with the same request or thread and host within 1 second after",
    "not x": "no x in its record or within 1 minute",
    "a then (b or c) within 90s": "a, then b or c within 90 seconds, beginning within 90 seconds, before or after",
    "count(x) >= 3 within 1d": "x at least 3 times within 1 day",
    "count(x) == 1": "x exactly 1 time within 1 minute",
    "distinct(x.v) > 5 by host within 10s": "more than 5 different x.v with the same host within 10 seconds",
    "share(a, b) >= 5% within 60s": "the share of a among a and b is at least 5 % within 1 minute",
    "run(x) >= 8 by shape": "x at least 8 times in a row with the same shape within 1 day",
    "sum(x.ms) >= 500 within 2s": "the sum of x.ms is at least 500 within 2 seconds",
    "rising(x.mb) over 8 by process": "x.mb keeps rising over 8 values with the same process within 1 day",
    'key in ("a", "b")': "key is one of “a”, “b”",
    "active == total": "active is total",
    "y.ms > 1500 within 250ms": "y.ms is above 1,500 within 250 milliseconds after",
    "a and (b or not c)": "a in its record or within 1 minute, and (b in its record or within 1 minute, or no c in its record or within 1 minute)",
    "a or b and c": "a in its record or within 1 minute, or (b in its record or within 1 minute, and c in its record or within 1 minute)",
    "not count(x) >= 2 within 1s": "not: x at least 2 times within 1 second",
}


@pytest.mark.parametrize("text", WORDED)
def test_conditions_are_put_in_words(text: str) -> None:
    condition = parse(text, anchored=False)
    assert in_words(condition) == WORDED[text]


def test_what_the_condition_is_asked_at_needs_no_nearby() -> None:
    assert in_words(parse("x"), ["x"]) == "x"
    assert in_words(parse("x and x.v > 3"), ["x"]) == "x, and x.v is above 3"
    assert in_words(parse("x then y within 2m"), ["x"]) == "x, then y within 2 minutes"


@pytest.mark.parametrize("text", DESIGN)
def test_every_condition_of_the_design_names_its_signals(text: str) -> None:
    condition = parse(text, anchored=False)
    told = in_words(condition)
    assert all(name in told for name in signals(condition))


def test_every_rules_conditions_name_their_signals() -> None:
    for one in rulebook().compiled:
        at = anchors(one.when)
        for condition in (one.when, *(condition for evidence in one.evidence for condition in evidence)):
            told = in_words(condition, at)
            assert all(name in told for name in signals(condition)), one.rule.id


@pytest.mark.parametrize(
    ("microseconds", "told"),
    [(250_000, "250 milliseconds"), (1_000_000, "1 second"), (90_000_000, "90 seconds"), (86_400_000_000, "1 day")],
)
def test_durations(microseconds: int, told: str) -> None:
    assert duration(microseconds) == told


@pytest.mark.parametrize(
    ("signal", "told"),
    [
        (Signal("x", of_class="heap-oom"), "a finding of the class heap-oom"),
        (Signal("x", literals=("A",)), "a record that says “A”"),
        (Signal("x", literals=("A", "B"), look_in="line"), "a record whose first line says “A” or “B”"),
        (Signal("x", literals=tuple("ABCDEF")), "a record that says “A”, “B”, “C”, “D” or one of 2 more"),
        (Signal("x", regex=("a+", "b"), look_in="trace"), "a record whose stack trace matches /a+/ or one more"),
        (
            Signal("x", literals=("A",), regex=("b" * 100,), ignore_case=True),
            f"a record that says “A” and matches /{'b' * 90}…/ (capitals do not matter)",
        ),
        (Signal("x", fields={"status": ">= 500", "kind": "a"}), "a record with status >= 500 and kind == a"),
        (Signal("x", level=Level.ERROR, unless=("B",)), "a record at level error or above; not where it says “B”"),
    ],
)
def test_signals_are_put_in_words(signal: Signal, told: str) -> None:
    assert signs_of.in_words(signal) == told

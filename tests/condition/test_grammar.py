"""The language: what parses, what it is about, and how faults are told."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.condition import (
    anchors,
    at_anchor,
    check_names,
    from_data,
    horizon,
    is_simple,
    keys,
    parse,
    refs,
    signals,
    stratify,
    to_data,
)  # fmt: skip
from diagnose.errors import Fault
from diagnose.model import SECOND, Rule, Severity, Signal

DESIGN = [
    "duplicate",
    "refused and not recovered within 30s",
    "refused then restarted within 2m",
    "count(query) >= 5 by request, query.shape within 10s",
    "distinct(query.params) >= 5 by request within 10s",
    "sum(query.ms) >= 50 by request within 1s",
    "share(failed, served) >= 5% within 60s",
    "rising(heap.used_mb) over 8 by process",
    "count(duplicate) >= 2 by key, value within 5s",
    "x within 5s", "x before 5s", "x around 5s", "not x around 2m",
    "run(query) >= 8 by request|thread, query.shape",
]  # fmt: skip
FRAGMENTS = ["total == 0", 'key in ("a", "b")', "active == total", "not x"]


@pytest.mark.parametrize("text", DESIGN + FRAGMENTS)
def test_examples_parse_and_print_as_they_were(text):
    condition = parse(text, anchored=False)
    assert parse(str(condition), anchored=False) == condition
    assert from_data(to_data(condition)) == condition


@pytest.mark.parametrize("text", DESIGN[:-2])
def test_whole_conditions_have_anchors(text):
    if text != "not x around 2m":
        assert anchors(parse(text))


def test_scopes_bind_to_what_stands_just_before_them():
    assert parse("a and b within 5s") == parse("a and (b within 5s)")
    assert parse("a then b within 5s") == parse("(a then b) within 5s")
    assert parse("z and (a or b) within 5s") == parse("z and (a within 5s or b within 5s)")
    assert parse("z and (a before 1s or b) within 5s by k") == parse("z and (a by k before 1s or b by k within 5s)")


def test_the_window_of_a_group_begins_at_its_anchor():
    assert parse("(refused and not recovered) within 30s") == parse("refused and not recovered within 30s")


def test_precedence_is_not_then_and_then_or():
    assert parse("a or b and not c") == parse("a or (b and (not c))")
    assert parse("not not a and b") == parse("a and b")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a and b", ("a",)), ("not a and b", ("b",)), ("a or b and c", ("a", "b")), ("(a or b) and c", ("a", "b")),
        ("(a or not b) and c", ("c",)), ("total == 0 and pool", ("pool",)), ("(a or b) then c", ("a", "b")),
        ("share(failed, served) > 1%", ("failed",)), ("3 < count(x)", ("x",)), ("rising(heap.mb) over 8", ("heap",)),
    ],
)  # fmt: skip
def test_anchors_are_the_leftmost_positive_signals(text, wanted):
    assert anchors(parse(text)) == wanted


def test_at_an_anchor_the_other_sides_of_an_or_are_left_out():
    assert at_anchor(parse("a or b and c"), "b") == parse("b and c")
    assert at_anchor(parse("(a or b) and (c or d)"), "a") == parse("a and (c or d)")


def test_questions_about_a_condition():
    condition = parse(
        "failed and count(query) >= 5 by request|thread, query.shape within 10s and total > 3 and not back within 1m"
    )
    assert signals(condition) == ("failed", "query", "back")
    assert [str(ref) for ref in keys(condition)] == ["request", "thread", "query.shape"]
    assert [str(ref) for ref in refs(condition)] == ["total"]
    assert horizon(condition, "failed") == (10 * SECOND, 60 * SECOND)
    assert horizon(parse("a then b within 2m"), "a") == (0, 120 * SECOND)
    assert [is_simple(parse(text)) for text in ("a or b", "a", "a and b", "a within 5s", "count(a) > 1")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "column", "reason", "hint"),
    [
        ("a && b", 3, "`&&`", "`and`"),
        ("a = 3", 3, "`=`", "`==`"),
        ("a and key == 'x'", 14, "'x'", "double quotes"),
        ("a within 30", 10, "`30`", "unit"),
        ("a and", 6, "too early", "expected"),
        ("a within 0s", 3, "a window of 0s", "longer than nothing"),
        ("a within 99d", 3, "a window of 99d", "at most 30d"),
        ("a within 1s within 2s", 13, "two scopes", "one window"),
        ("not a", 1, "no anchor", "not under `not`"),
        ("a or not b", 1, "no anchor", "each side"),
        ("total == 0", 1, "no anchor", "name a signal"),
        ("count(a.b) > 1", 7, "takes signals", "`a`"),
        ("sum(a) > 1", 5, "takes a capture", "signal.capture"),
        ("share(a) > 1%", 1, "takes 2, not 1", "share"),
        ("count(a) > b.c", 1, "beside an aggregate", "`c`"),
        ('count(a) > "x"', 1, "with a text", "number"),
        ("a and 1 == 2", 7, "two constants", "capture"),
        ("a and a.x == b.y", 7, "two sightings", "by capture"),
        ("a and a.b.c == 1", 7, "too many parts", "signal.capture"),
        ("a then (b and c)", 9, "a step of `then`", "beside the chain"),
        ("a then b before 5s", 1, "takes `within`", "runs forward"),
        ("a and total == 0 within 5s", 7, "no window", "signal.capture"),
        ("rising(a.b) over 1", 1, "over 1 values", "2 to 1000"),
        ("a" * 2001, 1, "2001 characters", "several rules"),
        ("(a or (b and " * 12 + "a" + "))" * 12, 132, "levels deep", "several rules"),
    ],
)
def test_faults_are_located_and_say_what_to_write(text, column, reason, hint):
    with pytest.raises(Fault) as caught:
        parse(text, file="r.yaml", line=7, column=11)
    fault = caught.value
    assert (fault.file, fault.line, fault.column) == ("r.yaml", 7, 10 + column)
    assert reason in fault.reason
    assert hint in fault.help
    assert fault.excerpt[fault.column - 1 :] == text[column - 1 :]


def test_a_fault_on_a_later_line_is_located_there():
    with pytest.raises(Fault) as caught:
        parse("a and\n  b or && c", file="r.yaml", line=3, column=9)
    assert (caught.value.line, caught.value.column) == (4, 8)


@given(st.text(alphabet="ab()<>=|.,\"' 0123456789smandorthenbywithincount#\n{}é", max_size=60))
def test_any_text_parses_or_is_a_located_fault(text):
    fault = None
    try:
        parse(text, file="r.yaml", line=2, column=5)
    except Fault as raised:
        fault = raised
    assert fault is None or (fault.line >= 2 and fault.reason)


# -------------------------------------------------------------------- names

SIGNALS = {
    "refused": Signal("refused", regex=(r"refused (?P<peer>\S+)",)),
    "query": Signal("query", regex=(r"(?P<shape>.+) (?P<ms>\d+)",)),
    "pool": Signal("pool", of_class="pool-exhausted"),
}


@pytest.mark.parametrize(
    ("text", "reason", "hint", "column"),
    [
        ("refused and not qurey", "`qurey`", "`query`", 17),
        ("refused and query.ns > 3", "captures no `ns`", "known: ms, shape", 13),
        ("refused and ms > 3", "captures no `ms`", "`query.ms`", 13),
        ("refused and query by pear", "the key `pear`", "`peer`", 22),
        ('refused and peer == "ms" and ms == 3', "captures no `ms`", "`query.ms`", 30),
    ],
)
def test_unknown_names_are_located_with_a_near_one(text, reason, hint, column):
    [fault] = check_names(parse(text), SIGNALS, text=text, file="r.yaml", line=4, column=1)
    assert reason in fault.reason
    assert hint in fault.help
    assert (fault.line, fault.column) == (4, column)


@pytest.mark.parametrize("text", ["refused and query by peer|request, query.shape", "pool and anything == 3"])
def test_known_names_are_no_faults(text):
    assert check_names(parse(text), SIGNALS) == []


def test_evidence_is_checked_at_the_anchors_of_its_rule():
    condition = parse("peer == 3", anchored=False)
    assert check_names(condition, SIGNALS, at=("refused",)) == []
    assert check_names(condition, SIGNALS, at=("query",)) != []


# -------------------------------------------------------------------- rules that refer to each other


def rule(id, of_class, *classes):
    found = {f"s{i}": Signal(f"s{i}", of_class=name) for i, name in enumerate(classes)}
    return Rule(id, id, of_class, Severity.ERROR, {"own": Signal("own"), **found}, "own", ())


def test_rules_are_layered_by_the_classes_they_refer_to():
    layers = stratify([rule("c", "C", "B"), rule("a", "A"), rule("b", "B", "A"), rule("b2", "B")])
    assert [[one.id for one in layer] for layer in layers] == [["a", "b2"], ["b"], ["c"]]


def test_a_circle_of_classes_is_a_fault_that_names_it():
    with pytest.raises(Fault, match=r"in a circle: .*a.* → .*b"):
        stratify([rule("a", "A", "B"), rule("b", "B", "A")])
    assert len(stratify([rule("a", "A", "A")])) == 1


def test_conditions_as_data_need_no_lark():
    code = (
        "import sys; from diagnose.condition import from_data, to_data;"
        "assert str(from_data(['seen', 'a', [[]]])) == 'a'; assert 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "data", [None, [], ["seen"], ["what", 1, [[]]], ["compare", ["const", []], "==", ["const", 1], "", [[]]], 3]
)
def test_other_data_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"no |expected|unpack"):
        from_data(data)

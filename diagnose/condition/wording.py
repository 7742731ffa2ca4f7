"""Conditions as a person would say them: what `diagnose explain` tells apart causes by.

Signals go by their names. *Before* and *after* are meant from the failure itself: the sighting that the condition is
asked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.condition.nodes import (
    LONG_AGO,
    NEARBY,
    Aggregate,
    All,
    Any,
    Chain,
    Compare,
    Condition,
    Const,
    Key,
    Measure,
    Not,
    Ref,
    Scope,
    Seen,
    Term,
    Trend,
)
from diagnose.model import SECOND

_UNITS = ((86_400 * SECOND, "day"), (3_600 * SECOND, "hour"), (60 * SECOND, "minute"), (SECOND, "second"))

_OPERATORS = {
    ">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly", "!=": "not exactly",
}  # fmt: skip
"""Between a number that was measured and one that is asked for."""

_IS = {">=": "is at least", "<=": "is at most", ">": "is above", "<": "is below", "==": "is", "!=": "is not"}
"""Between a capture and a value."""


def in_words(condition: Condition, at: Sequence[str] = ()) -> str:
    """The condition in words. `at`: the signals that it is asked at, which need no "nearby"."""
    if isinstance(condition, All | Any):
        joint = ", and " if isinstance(condition, All) else ", or "
        return joint.join(_part(part, at, isinstance(condition, All)) for part in condition.parts)
    if isinstance(condition, Not):
        return f"no {_part(condition.part, at, True)}" if _is_seen(condition.part) else f"not: {in_words(condition.part, at)}"
    if isinstance(condition, Seen):
        bare = condition.signal in at and condition.scope.window is None
        return condition.signal + _same(condition.scope.by) + ("" if bare else _where(condition.scope))
    if isinstance(condition, Chain):
        return _chain(condition, at)
    if isinstance(condition, Compare):
        return _compare(condition, at)
    if isinstance(condition, Measure):
        return _measure(condition)
    return _trend(condition)


def duration(microseconds: int) -> str:
    """`90 seconds`, `1 minute`, `250 milliseconds`: in the largest unit that divides it."""
    for size, unit in _UNITS:
        if microseconds >= size and microseconds % size == 0:
            return _count(microseconds // size, unit)
    return _count(microseconds // 1_000, "millisecond")


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def _part(part: Condition, at: Sequence[str], tight: bool) -> str:
    text = in_words(part, at)
    return f"({text})" if isinstance(part, Any) or (isinstance(part, All) and not tight) else text


def _is_seen(part: Condition) -> bool:
    return isinstance(part, Seen | Chain)


def _where(scope: Scope) -> str:
    """Where a neighbour is looked for."""
    window = scope.window
    if window is None:
        return f" in its record or within {duration(NEARBY)}"
    span = duration(window.length)
    return {
        "within": f" within {span} after",
        "before": f" in the {span} before",
        "around": f" within {span}, before or after",
    }[window.where]


def _same(keys: Iterable[Key]) -> str:
    told = [" or ".join(str(ref) for ref in key.choices) for key in keys]
    return f" with the same {_and(told)}" if told else ""


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _chain(chain: Chain, at: Sequence[str]) -> str:
    steps = ", then ".join(" or ".join(step) for step in chain.steps)
    length = duration(chain.scope.length(NEARBY))
    begins = set(at).intersection(chain.steps[0])
    near = "" if begins else f", beginning within {length}, before or after"
    return f"{steps}{_same(chain.scope.by)} within {length}{near}"


def _compare(fact: Compare, at: Sequence[str]) -> str:
    here = not fact.signal or (fact.signal in at and fact.scope.window is None)
    if isinstance(fact.right, tuple):
        text = f"{_side(fact.left)} is one of {', '.join(_value(const) for const in fact.right)}"
    else:
        text = f"{_side(fact.left)} {_IS[fact.op]} {_side(fact.right)}"
    return text + _same(fact.scope.by) + ("" if here else _where(fact.scope))


def _side(term: Term) -> str:
    if isinstance(term, Const):
        return _value(term)
    if isinstance(term, Ref):
        return str(term)
    return _aggregate(term)


def _value(const: Const) -> str:
    return f"“{const.value}”" if isinstance(const.value, str) else f"{const.value:,}"


def _aggregate(term: Aggregate) -> str:
    names = [str(ref) for ref in term.refs]
    return {
        "count": f"the number of {names[0]}",
        "distinct": f"the number of different {names[0]}",
        "sum": f"the sum of {names[0]}",
        "max": f"the largest {names[0]}",
        "min": f"the smallest {names[0]}",
        "share": f"the share of {names[0]} among {_and(names)}",
        "run": f"the number of {names[0]} in a row",
    }[term.function]


def _measure(fact: Measure) -> str:
    by_place = any(isinstance(term, Aggregate) and term.function == "run" for term in (fact.left, fact.right))
    window = f" within {duration(fact.scope.length(LONG_AGO if by_place else NEARBY))}"
    keys = _same(fact.scope.by)
    if isinstance(fact.left, Aggregate) and isinstance(fact.right, Const) and not isinstance(fact.right.value, str):
        return _counted(fact.left, fact.op, fact.right.value) + keys + window
    return f"{_side(fact.left)} {_IS[fact.op]} {_side(fact.right)}{keys}{window}"


def _counted(term: Aggregate, op: str, value: float) -> str:
    """An aggregate against a number: `duplicate at least 3 times`."""
    name, number, how = str(term.refs[0]), f"{value:,}", _OPERATORS[op]
    if term.function == "count":
        return f"{name} {how} {number} {'time' if value == 1 else 'times'}"
    if term.function == "distinct":
        return f"{how} {number} different {name}"
    if term.function == "run":
        return f"{name} {how} {number} times in a row"
    if term.function == "share":
        return f"{_aggregate(term)} {_IS[op]} {value * 100:g} %"
    return f"{_aggregate(term)} {_IS[op]} {number}"


def _trend(fact: Trend) -> str:
    length = duration(fact.scope.length(LONG_AGO))
    way = "rising" if fact.rising else "falling"
    return f"{fact.ref} keeps {way} over {fact.over} values{_same(fact.scope.by)} within {length}"

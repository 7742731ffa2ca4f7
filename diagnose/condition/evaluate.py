"""A condition asked at an anchor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any as Anything

from diagnose.condition.aggregates import measure
from diagnose.condition.chain import chain
from diagnose.condition.lookup import Lookup, anchor_test
from diagnose.condition.nodes import All, Any, Chain, Compare, Condition, Measure, Not, Seen, Trend
from diagnose.condition.presence import presence
from diagnose.condition.questions import at_anchor
from diagnose.condition.runs import trend
from diagnose.condition.timeline import Anchor, Timeline
from diagnose.condition.verdict import FAILS, HOLDS, State, Verdict, conjoin, disjoin, negate, unknown_value
from diagnose.model import Sighting


def evaluate(condition: Condition, anchor: Sighting, timeline: Timeline, watermark: int | None = None) -> Verdict:
    """Ask the whole condition at one sighting.

    `watermark`: µs before which nothing will come any more; None: the input has ended.
    """
    return ask(at_anchor(condition, anchor.signal), timeline.anchor(anchor), Lookup(timeline, watermark))


def ask(condition: Condition, anchor: Anchor, lookup: Lookup) -> Verdict:
    """Ask a condition, or a part of one, that is already cut to the anchor's signal."""
    if isinstance(condition, All):
        return conjoin([ask(part, anchor, lookup) for part in condition.parts])
    if isinstance(condition, Any):
        return disjoin([ask(part, anchor, lookup) for part in condition.parts])
    if isinstance(condition, Not):
        return negate(ask(condition.part, anchor, lookup))
    return _FACTS[type(condition)](condition, anchor, lookup)


def why(condition: Condition, anchor: Sighting, timeline: Timeline, watermark: int | None = None) -> str:
    """What each part of the condition answers, one a line, parts of `and`, `or` and `not` indented."""
    lookup = Lookup(timeline, watermark)
    return "\n".join(_rows(at_anchor(condition, anchor.signal), timeline.anchor(anchor), lookup, 0))


def _rows(condition: Condition, anchor: Anchor, lookup: Lookup, depth: int) -> list[str]:
    verdict = ask(condition, anchor, lookup)
    told = f": {verdict.reason}" if verdict.reason and verdict.state is State.UNKNOWN else ""
    rows = [f"{'  ' * depth}{verdict.state.value}{told}  {condition}"]
    parts: tuple[Condition, ...] = ()
    if isinstance(condition, All | Any):
        parts = condition.parts
    elif isinstance(condition, Not):
        parts = (condition.part,)
    return rows + [row for part in parts for row in _rows(part, anchor, lookup, depth + 1)]


def _compare(fact: Compare, anchor: Anchor, lookup: Lookup) -> Verdict:
    if fact.signal and (fact.signal != anchor.signal or fact.scope.window is not None):
        return presence(fact, anchor, lookup)
    answer = anchor_test(fact, anchor)
    if answer is None:
        return unknown_value(f"`{fact}`: unknown value")
    return HOLDS if answer else FAILS


_FACTS: dict[type, Callable[[Anything, Anchor, Lookup], Verdict]] = {
    Seen: presence,
    Chain: chain,
    Compare: _compare,
    Measure: measure,
    Trend: trend,
}

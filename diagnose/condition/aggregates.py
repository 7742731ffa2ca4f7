"""Numbers over the sightings that an anchor looks back on: (t - d, t], same keys.

A sighting without a value makes the number a range; so does one of which key or time do not tell whether it counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from diagnose.condition.cursors import Cursor, Dip, Distinct, Peak, Sum
from diagnose.condition.lookup import Lookup, anchor_value
from diagnose.condition.nodes import NEARBY, Const, Measure, Ref, Term
from diagnose.condition.runs import run
from diagnose.condition.series import Series
from diagnose.condition.timeline import Anchor, Column
from diagnose.condition.values import INFINITE, Range, exactly, holds_range, number
from diagnose.condition.verdict import FAILS, State, Verdict, undecided, unknown_value

SHARE_OF = 20
"""Fewer sightings make no share."""

Slide = TypeVar("Slide", bound=Cursor)
Counted = tuple[Range | None, int]
"""A number (None: there is none) and the fallbacks that keys took for it."""


@dataclass(slots=True)
class _Window:
    """What one signal has in an anchor's window; `vague` counts sightings of which that is not known."""

    column: Column
    slices: list[tuple[Series, int, int]] = field(default_factory=list)
    vague: int = 0
    fallbacks: int = 0


def measure(fact: Measure, anchor: Anchor, lookup: Lookup) -> Verdict:
    """Ask a comparison with an aggregate."""
    left = _side(fact.left, fact.right, fact, anchor, lookup)
    right = _side(fact.right, fact.left, fact, anchor, lookup)
    if left is None or right is None:
        return unknown_value(f"`{fact}`: unknown value")
    (a, cost_a), (b, cost_b) = left, right
    if a is None or b is None:
        return FAILS
    answer = holds_range(a, fact.op, b, loose=True)
    if answer is not None:
        return Verdict(State.HOLDS, fallbacks=max(cost_a, cost_b)) if answer else FAILS
    if a.vague or b.vague:
        return undecided(f"`{fact}`: a key or a time is missing")
    return unknown_value(f"`{fact}`: unknown values")


def _side(term: Term, other: Term, fact: Measure, anchor: Anchor, lookup: Lookup) -> Counted | None:
    if isinstance(term, Const | Ref):
        value = number(anchor_value(term, anchor))
        return None if value is None else (exactly(value), 0)
    if term.function == "run":
        limit = number(other.value) if isinstance(other, Const) else None
        return run(term.refs[0].signal, fact.scope, anchor, lookup, INFINITE if limit is None else limit)
    windows = [_window(ref.signal, fact, anchor, lookup) for ref in term.refs]
    if term.function == "share":
        value_range = share(*(count(*pair) for pair in zip(windows, term.refs, strict=True)))
    else:
        value_range = AGGREGATES[term.function](windows[0], term.refs[0])
    return value_range, max(window.fallbacks for window in windows)


def _window(signal: str, fact: Measure, anchor: Anchor, lookup: Lookup) -> _Window:
    window = _Window(lookup.column(signal))
    if anchor.time is None:
        return _untimed(window, signal, fact, anchor, lookup)
    bounds = anchor.time - fact.scope.length(NEARBY), anchor.time
    selection = lookup.timed(signal, fact.scope.by, anchor)
    for fallbacks, series in selection.sure:
        low, high = series.between(*bounds)
        if low < high:
            window.slices.append((series, low, high))
            window.fallbacks = max(window.fallbacks, fallbacks)
    window.vague = sum(series.weight(*series.between(*bounds), window.column) for series in selection.vague)
    for series in lookup.loose(signal, fact.scope.by, anchor):
        window.vague += series.weight(0, bisect_right(series.at, anchor.offset), window.column)
    return window


def _untimed(window: _Window, signal: str, fact: Measure, anchor: Anchor, lookup: Lookup) -> _Window:
    """Only the anchor's own event is sure to be in the window; what stands before it may be."""
    selection = lookup.by_place(signal, fact.scope.by, anchor)
    for fallbacks, series in selection.sure:
        low, high = bisect_left(series.at, anchor.offset), bisect_right(series.at, anchor.offset)
        window.vague += series.weight(0, low, window.column)
        if low < high:
            window.slices.append((series, low, high))
            window.fallbacks = max(window.fallbacks, fallbacks)
    for series in selection.vague:
        window.vague += series.weight(0, bisect_right(series.at, anchor.offset), window.column)
    return window


def count(window: _Window, _ref: Ref) -> Range:
    """How many."""
    sure = sum(series.weight(low, high, window.column) for series, low, high in window.slices)
    return Range(sure, sure, sure, sure + window.vague)


def share(a: Range, b: Range) -> Range | None:
    """a / (a + b); None where they are too few."""
    if a.loose_high + b.loose_high < SHARE_OF:
        return None
    if a.low + b.low < SHARE_OF:
        return Range(0, 1, -INFINITE, INFINITE)
    now = a.low / (a.low + b.low)
    least = a.low / (a.low + b.loose_high)
    most = a.loose_high / (a.loose_high + b.low) if a.loose_high else 0.0
    return Range(now, now, least, most)


def _cursors(kind: type[Slide], window: _Window, ref: Ref) -> list[Slide]:
    found: list[Slide] = []
    for series, low, high in window.slices:
        cursor = series.cursors.get((kind, ref))
        if cursor is None:
            cursor = series.cursors[kind, ref] = kind(series, window.column, ref)
        cursor.slide(low, high)
        found.append(cursor)
    return found


def total(window: _Window, ref: Ref) -> Range:
    """The sum."""
    cursors = _cursors(Sum, window, ref)
    known = sum(cursor.total for cursor in cursors)
    reach = INFINITE if any(cursor.unknown for cursor in cursors) else 0
    loose = INFINITE if window.vague else reach
    return Range(known - reach, known + reach, known - loose, known + loose)


def extreme(kind: type[Peak], window: _Window, ref: Ref) -> Range | None:
    """The greatest or least value; None where there is none."""
    cursors = _cursors(kind, window, ref)
    known = max((c.candidates[0][1] for c in cursors if c.candidates), default=-INFINITE)
    unknown = any(cursor.unknown for cursor in cursors)
    if not window.vague and not unknown and known == -INFINITE:
        return None
    high = INFINITE if unknown else known
    loose = INFINITE if window.vague else high
    return Range(known, high, known, loose) if kind.sign > 0 else Range(-high, -known, -loose, -known)


def distinct(window: _Window, ref: Ref) -> Range:
    """How many different values; each unknown one may be new."""
    cursors = sorted(_cursors(Distinct, window, ref), key=lambda cursor: len(cursor.values), reverse=True)
    known = len(cursors[0].values) if cursors else 0
    for i, cursor in enumerate(cursors[1:], start=1):
        known += sum(all(text not in other.values for other in cursors[:i]) for text in cursor.values)
    unknown = sum(cursor.unknown for cursor in cursors)
    low = max(known, min(unknown, 1))
    return Range(low, known + unknown, low, known + unknown + window.vague)


AGGREGATES: dict[str, Callable[[_Window, Ref], Range | None]] = {
    "count": count,
    "sum": total,
    "max": partial(extreme, Peak),
    "min": partial(extreme, Dip),
    "distinct": distinct,
}

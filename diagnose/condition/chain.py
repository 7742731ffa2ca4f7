"""`a then b then c within d`: each step strictly later than the one before, all of it within the window.

Of one source, later is told by (time, offset); of two, only where their times do not overlap. So what a step has
reached is kept as a *front*: a time from which any source is later, and earlier places of the sources reached.
A chain that begins with the anchor's signal begins at the anchor; another one may begin anywhere within the window
around it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from diagnose.condition.lookup import Lookup
from diagnose.condition.nodes import NEARBY, Chain
from diagnose.condition.series import Series
from diagnose.condition.timeline import Anchor, Column
from diagnose.condition.verdict import FAILS, FOREVER, Place, State, Verdict, pending, undecided

NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one signal that a step may take, and the fallbacks that their keys took."""

    signal: str
    fallbacks: int
    series: Series
    column: Column


@dataclass(slots=True)
class _Step:
    """`sure`: what may take the step. `open`: a row of unknown key or time might; `likely`: some row might at all."""

    sure: list[_Rows] = field(default_factory=list)
    open: bool = False
    likely: bool = False


@dataclass(slots=True)
class _Front:
    """What is later than all that was reached: any source from `clear` on, a source in `places` behind its place."""

    clear: int
    earliest: int
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    path: tuple[Place, ...] = ()


def chain(fact: Chain, anchor: Anchor, lookup: Lookup) -> Verdict:
    """Ask a chain."""
    begun = anchor.signal in fact.steps[0]
    if anchor.time is None:
        return _untimed(fact, anchor, lookup, begun)
    length = fact.scope.length(NEARBY)
    back, ahead = (0, length) if begun else (length, 2 * length)
    steps = [_step(fact, names, anchor, lookup, back, ahead) for names in fact.steps[begun:]]
    for fallbacks in sorted({rows.fallbacks for step in steps for rows in step.sure}):
        allowed = [[rows for rows in step.sure if rows.fallbacks <= fallbacks] for step in steps]
        if begun:
            start = _Front(anchor.time + anchor.resolution, anchor.time, {anchor.source: (anchor.time, anchor.offset)})
            front = _run(start, allowed, anchor.time + length)
        else:
            front = _anywhere(allowed, anchor.time, length)
        if front is not None:
            return Verdict(State.HOLDS, fallbacks=fallbacks, seen=front.path)
    until = anchor.time + max(ahead, anchor.resolution)
    if not lookup.passed(until):
        return pending(until)
    if any(step.open for step in steps) and all(step.likely for step in steps):
        return undecided(f"`{fact}`: a key or a time is missing")
    return FAILS


def _step(fact: Chain, names: tuple[str, ...], anchor: Anchor, lookup: Lookup, back: int, ahead: int) -> _Step:
    assert anchor.time is not None
    low, high = anchor.time - back, anchor.time + ahead
    step = _Step()
    for signal in names:
        column = lookup.column(signal)
        selection = lookup.timed(signal, fact.scope.by, anchor)
        step.sure += [_Rows(signal, fallbacks, series, column) for fallbacks, series in selection.sure]
        step.open |= any(_any_in(series, low, high) for series in selection.vague)
        step.open |= bool(lookup.loose(signal, fact.scope.by, anchor))
    step.likely = step.open or any(_any_in(rows.series, low, high) for rows in step.sure)
    return step


def _any_in(series: Series, low: int, high: int) -> bool:
    first = bisect_left(series.at, low)
    return first < len(series.at) and series.at[first] <= high


def _anywhere(steps: list[list[_Rows]], time: int, length: int) -> _Front | None:
    """The first chain that begins within `length` around `time` and takes no longer than that.

    Of all chains that begin at `begin` or later, `_run` finds the end that comes first; where that is too late, a
    chain that is short enough begins at most `length` before that end.
    """
    begin = _first_from(steps[0], time - length)
    while begin <= time + length:
        front = _run(_Front(begin, begin), steps, time + 2 * length)
        if front is None:
            return None
        if front.earliest <= begin + length:
            return front
        begin = _first_from(steps[0], front.earliest - length)
    return None


def _first_from(rows: list[_Rows], time: int) -> int:
    ats = (r.series.at for r in rows)
    return min((at[i] for at in ats if (i := bisect_left(at, time)) < len(at)), default=NEVER)


def _run(front: _Front, steps: list[list[_Rows]], limit: int) -> _Front | None:
    for step in steps:
        following = _advance(front, step, limit)
        if following is None:
            return None
        front = following
    return front


def _advance(front: _Front, step: list[_Rows], limit: int) -> _Front | None:
    """The front of all rows of the step behind `front`, up to `limit`."""
    clear = NEVER
    places: dict[int, tuple[int, int]] = {}
    first: tuple[tuple[int, str, int], Place] | None = None
    for rows in step:
        at, column = rows.series.at, rows.column
        for i in range(bisect_left(at, front.earliest), len(at)):
            time = at[i]
            if time > limit or time >= clear:
                break
            row = rows.series.rows[i]
            place, source = (time, column.offsets[row]), column.sources[row]
            reached = front.places.get(source)
            if time >= front.clear or (reached is not None and place > reached):
                clear = min(clear, time + column.resolutions[row])
                places[source] = min(places.get(source, place), place)
                if first is None or column.order(row) < first[0]:
                    first = column.order(row), Place(rows.signal, row)
    if first is None:
        return None
    return _Front(clear, first[0][0], places, (*front.path, first[1]))


def _untimed(fact: Chain, anchor: Anchor, lookup: Lookup, begun: bool) -> Verdict:
    """By place alone an order can be seen, but no window."""
    reached = anchor.offset if begun else -1
    for names in fact.steps[begun:]:
        series = (found for name in names for found in lookup.loose(name, fact.scope.by, anchor))
        later = [found.at[i] for found in series if (i := bisect_right(found.at, reached)) < len(found.at)]
        if not later:
            return FAILS if lookup.watermark is None else pending(FOREVER)
        reached = min(later)
    return undecided(f"`{fact}`: no time to compare")

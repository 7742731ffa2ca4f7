"""What goes by place and order rather than by window: `run`, `rising`, `falling`."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from diagnose.condition.lookup import Lookup
from diagnose.condition.nodes import LONG_AGO, Scope, Trend
from diagnose.condition.series import Series, Values, key_values, relation
from diagnose.condition.timeline import UNTIMED, Anchor, Column
from diagnose.condition.values import Range, number
from diagnose.condition.verdict import FAILS, State, Verdict, undecided, unknown_value

OTHERS = 2
"""How many sightings of other keys a run bears: 8 of the last 10 are a run."""

GROWTH = 1.2
"""The last value of a rising trend is at least so many times the first."""


# ---------------------------------------------------------------- run


def run(signal: str, scope: Scope, anchor: Anchor, lookup: Lookup, enough: float) -> tuple[Range, int]:
    """The length of the run that ends at the anchor, and the fallbacks of its keys.

    `enough`: any longer run is as good as one that is longer by one.
    """
    column, sequence = lookup.column(signal), lookup.sequence(signal, anchor.source)
    if sequence is None:
        return Range(0, 0, 0, 0), 0
    walk = _Walk(sequence, column, scope, anchor, lookup.values(signal, scope.by), enough)
    strict, fallbacks, vague = walk.back(loose=False)
    loose = max(strict, walk.back(loose=True)[0]) if vague else strict
    return Range(strict, strict, strict, loose), fallbacks


@dataclass(slots=True)
class _Walk:
    """Back through the sightings of one source, from the anchor on."""

    sequence: Series
    column: Column
    scope: Scope
    anchor: Anchor
    values: list[Values]
    enough: float

    def back(self, *, loose: bool) -> tuple[int, int, bool]:
        """Length, fallbacks, and whether something was met that may belong to the run; `loose` counts that in."""
        mine = key_values(self.anchor.value, self.scope.by)
        plain = all(choices[0] is not None for choices in mine)
        length = others = fallbacks = 0
        vague = False
        for i in range(bisect_right(self.sequence.at, self.anchor.offset) - 1, -1, -1):
            row = self.sequence.rows[i]
            theirs = self.values[row]
            common = 0 if plain and theirs == mine else relation(mine, theirs)
            inside = False if common is False else self._inside(row)
            if common is not False and inside is False:
                break
            unsure = common is None or inside is None
            vague = vague or unsure
            if common is not False and (loose or not unsure):
                length += self.column.counts[row]
                fallbacks = max(fallbacks, common or 0)
            else:
                others += 1
            if others > OTHERS or length > self.enough:
                break
        return length, fallbacks, vague

    def _inside(self, row: int) -> bool | None:
        """Whether the row is recent enough; None: its time or the anchor's does not tell."""
        time = self.column.times[row]
        if self.anchor.time is not None and time != UNTIMED:
            return time > self.anchor.time - self.scope.length(LONG_AGO)
        here = self.column.offsets[row] == self.anchor.offset
        return True if here or self.scope.window is None else None


# ---------------------------------------------------------------- rising, falling


def trend(fact: Trend, anchor: Anchor, lookup: Lookup) -> Verdict:
    """Ask whether the last values rise or fall."""
    column = lookup.column(fact.ref.signal)
    rows, vague = _last(fact, anchor, lookup, column)
    if len(rows) + vague < fact.over:
        return FAILS
    if vague:
        return undecided(f"`{fact}`: a key or a time is missing")
    values = [number(column.capture(row, fact.ref.name)) for _, row in rows]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return unknown_value(f"`{fact}`: unknown values")
    if not fact.rising:
        known.reverse()
    steady = all(a <= b for a, b in pairwise(known))
    if not steady or known[-1] == known[0] or known[-1] < GROWTH * known[0]:
        return FAILS
    return Verdict(State.HOLDS, fallbacks=max(fallbacks for fallbacks, _ in rows))


def _last(fact: Trend, anchor: Anchor, lookup: Lookup, column: Column) -> tuple[list[tuple[int, int]], int]:
    """The last `over` rows up to the anchor, each with its fallbacks, and how many more might be among them."""
    signal, by = fact.ref.signal, fact.scope.by
    if anchor.time is None:
        return _last_placed(fact, anchor, lookup)
    here = (anchor.time, lookup.timeline.sources.things[anchor.source], anchor.offset)
    begin = anchor.time - fact.scope.length(LONG_AGO)
    selection = lookup.timed(signal, by, anchor)
    found = [
        (column.order(row), fallbacks, row)
        for fallbacks, series in selection.sure
        for row in _upto(series, column, here, begin, fact.over)
    ]
    last = sorted(found)[-fact.over :]
    since = last[0][0][0] if len(last) == fact.over else begin + 1
    vague = sum(_within(series, since, anchor.time) for series in selection.vague)
    vague += sum(bisect_right(series.at, anchor.offset) for series in lookup.loose(signal, by, anchor))
    return [(fallbacks, row) for _, fallbacks, row in last], vague


def _upto(series: Series, column: Column, here: tuple[int, str, int], begin: int, over: int) -> list[int]:
    """The last rows at or before a place and later than `begin`, at most `over`."""
    rows: list[int] = []
    for i in range(bisect_right(series.at, here[0]) - 1, -1, -1):
        if len(rows) == over or series.at[i] <= begin:
            break
        if column.order(series.rows[i]) <= here:
            rows.append(series.rows[i])
    return rows


def _within(series: Series, since: int, upto: int) -> int:
    low, high = series.between(since - 1, upto)
    return high - low


def _last_placed(fact: Trend, anchor: Anchor, lookup: Lookup) -> tuple[list[tuple[int, int]], int]:
    selection = lookup.by_place(fact.ref.signal, fact.scope.by, anchor)
    found: list[tuple[int, int, int]] = []
    for fallbacks, series in selection.sure:
        end = bisect_right(series.at, anchor.offset)
        for i in range(max(0, end - fact.over), end):
            found.append((series.at[i], fallbacks, series.rows[i]))
    vague = sum(bisect_right(series.at, anchor.offset) for series in selection.vague)
    if fact.scope.window is not None:
        return [], vague + len(found)
    return [(fallbacks, row) for _, fallbacks, row in sorted(found)[-fact.over :]], vague

"""Is there a sighting in a window around the anchor? Facts `x`, `x within d`, `x.capture > 5 before d`.

Of what qualifies the cheapest by keys is told, and of those the last one before the anchor, else the first after.
Sightings of another source whose time overlaps the anchor's (2 s of one, 2.4 s of the other) may stand on either
side, so they count for both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from diagnose.condition.lookup import Lookup
from diagnose.condition.nodes import NEARBY, Compare, Seen
from diagnose.condition.series import Selection, Series, ties
from diagnose.condition.timeline import Anchor, Column
from diagnose.condition.verdict import (
    FAILS,
    FOREVER,
    PRESENT,
    Place,
    State,
    Verdict,
    pending,
    undecided,
    unknown_value,
)


def presence(fact: Seen | Compare, anchor: Anchor, lookup: Lookup) -> Verdict:
    """Ask a fact about a signal other than the anchor's own sighting."""
    if isinstance(fact, Seen) and fact.signal == anchor.signal and fact.scope.window is None:
        return PRESENT
    view = _View(fact, anchor, lookup.column(fact.signal))
    test = fact if isinstance(fact, Compare) else None
    if anchor.time is None:
        selection = Selection()
        same = view.same_event(lookup.by_place(fact.signal, fact.scope.by, anchor, test))
        if same is not None:
            return same
    else:
        selection = lookup.tested(test, anchor, True) if test else lookup.timed(fact.signal, fact.scope.by, anchor)
    for fallbacks, series in selection.sure:
        row = view.find(series)
        if row is not None:
            return Verdict(State.HOLDS, fallbacks=fallbacks, seen=(Place(fact.signal, row),))
    until = FOREVER if anchor.time is None else anchor.time + max(view.length, anchor.resolution)
    if view.after and not lookup.passed(until):
        return pending(until)
    if any(view.find(series) is not None for series in selection.vague):
        return undecided(f"`{fact}`: no common key")
    if any(view.stands(series) for series in lookup.loose(fact.signal, fact.scope.by, anchor, test)):
        return undecided(f"`{fact}`: no time to compare")
    return _doubt(test, view, lookup) if test else FAILS


def _doubt(fact: Compare, view: _View, lookup: Lookup) -> Verdict:
    """Nothing passes the test; perhaps something of unknown value would."""
    if view.anchor.time is not None:
        selection = lookup.tested(fact, view.anchor, None)
        if any(view.find(series) is not None for _, series in selection.sure):
            return unknown_value(f"`{fact}`: unknown value")
        if any(view.find(series) is not None for series in selection.vague):
            return undecided(f"`{fact}`: no common key")
    return FAILS


class _View:
    """The window of one fact at one anchor."""

    def __init__(self, fact: Seen | Compare, anchor: Anchor, column: Column) -> None:
        where = "around" if fact.scope.window is None else fact.scope.window.where
        self.length = fact.scope.length(NEARBY)
        self.before, self.after = where != "within", where != "before"
        self.at_anchor = fact.scope.window is None
        """Without a window, another signal of the anchor's own event counts."""
        self.signal, self.anchor, self.column = fact.signal, anchor, column

    def find(self, series: Series) -> int | None:
        """The row to tell; None where no row of the series is in the window."""
        time = self.anchor.time
        assert time is not None
        low, high = ties(series, time, self.anchor.resolution)
        if self.before:
            for i in self._tied(series, range(high - 1, low - 1, -1), earlier=True):
                return series.rows[i]
            if low > 0 and series.at[low - 1] >= time - self.length:
                return series.rows[low - 1]
        if self.after:
            for i in self._tied(series, range(low, high), earlier=False):
                return series.rows[i]
            if high < len(series.at) and series.at[high] <= time + self.length:
                return series.rows[high]
        return None

    def stands(self, series: Series) -> bool:
        """Whether a row of the anchor's source stands on the right side of it."""
        first = bisect_left(series.at, self.anchor.offset)
        here = first < len(series.at) and series.at[first] == self.anchor.offset
        return (self.before and first > 0) or (self.after and first + here < len(series.at))

    def same_event(self, selection: Selection) -> Verdict | None:
        """The verdict where a row of the anchor's own event decides; `selection` is by place."""
        if not self.at_anchor:
            return None
        for fallbacks, series in selection.sure:
            first = bisect_left(series.at, self.anchor.offset)
            if first < len(series.at) and series.at[first] == self.anchor.offset:
                return Verdict(State.HOLDS, fallbacks=fallbacks, seen=(Place(self.signal, series.rows[first]),))
        return None

    def _tied(self, series: Series, order: range, *, earlier: bool) -> Iterator[int]:
        """Of the rows that overlap the anchor in time, those that may stand on the wanted side."""
        anchor, column = self.anchor, self.column
        here = (anchor.time, anchor.offset)
        for i in order:
            row = series.rows[i]
            if column.sources[row] != anchor.source:
                yield i
                continue
            place = (series.at[i], column.offsets[row])
            near = abs(series.at[i] - (anchor.time or 0)) <= self.length
            if (place == here and self.at_anchor) or (near and (place < here if earlier else place > here)):
                yield i

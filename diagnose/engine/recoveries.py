"""When a failure was over: the first sighting of the rule's `resolved_by` after a case's last anchor.

It belongs to a case if no key and no service that both carry differs.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from diagnose.condition import UNTIMED, Anchor
from diagnose.condition.nodes import Key, Ref
from diagnose.condition.series import SERVICE, Index, Series
from diagnose.engine.cases import NEVER, Case, Order

if TYPE_CHECKING:
    from diagnose.engine.track import Track


class Recoveries:
    """The recoveries that one rule's timeline holds."""

    def __init__(self, track: Track) -> None:
        self._rule = track.rule
        self._column = track.timeline.columns.get(track.rule.resolved_by)
        self._index: Index | None = None
        if self._column is not None and len(self._column):
            column = self._column
            rows = sorted((row for row, time in enumerate(column.times) if time != UNTIMED), key=column.order)
            soft = (SERVICE, *(Key((Ref("", key),)) for key in track.rule.keys))
            self._index = Index(column, (), rows, soft=soft)

    def after(self, case: Case) -> int | None:
        """The time of the first recovery after the case's last anchor, in µs; None: not seen."""
        latest = case.latest
        if latest == NEVER:
            return None
        found = [] if case.recovered is None else [case.recovered]
        if self._index is not None:
            sighting = case.entries[0].sighting
            services = case.names["service"]
            scope = {**sighting.scope, "service": next(iter(services))} if len(services) == 1 else {}
            values = {key: sighting.captures.get(key) for key in self._rule.keys}
            anchor = Anchor("", latest[0], 0, 0, 1, values, scope)
            found += [time for _, series in self._index.select(anchor).sure if (time := self._first(series, latest)) is not None]
        return min(found, default=None)

    def _first(self, series: Series, latest: Order) -> int | None:
        """Of the rows at the anchor's very time only those further on in its source are later."""
        column = self._column
        assert column is not None
        for i in range(bisect_left(series.at, latest[0]), len(series.at)):
            row = series.rows[i]
            if series.at[i] > latest[0] or (column.source(row) == latest[1] and column.offsets[row] > latest[2]):
                return series.at[i]
        return None

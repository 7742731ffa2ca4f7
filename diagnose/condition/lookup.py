"""The indexes that the facts of a condition need, made when first asked for and kept while the columns stay."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from diagnose.condition.nodes import Compare, Const, Key, Ref
from diagnose.condition.series import SERVICE, Index, Selection, Series, Values, row_values
from diagnose.condition.timeline import UNTIMED, Anchor, Column, Timeline
from diagnose.condition.values import holds
from diagnose.model import Value

By = tuple[Key, ...]


class Lookup:
    """A timeline as one round of questions sees it; it must not change meanwhile.

    `watermark`: no sighting of an earlier time will come any more; None: none at all (end of input).
    `same_service`: neighbours of another service do not count, but for those of the signals `everywhere`.
    """

    def __init__(
        self,
        timeline: Timeline,
        watermark: int | None = None,
        *,
        same_service: bool = False,
        everywhere: Container[str] = (),
    ) -> None:
        self.timeline, self.watermark, self.same_service = timeline, watermark, same_service
        self.everywhere = everywhere
        self._indexes: dict[tuple[Any, ...], Index] = {}
        self._rows: dict[tuple[str, str], list[int]] = {}
        self._values: dict[tuple[str, By], list[Values]] = {}

    def passed(self, time: int) -> bool:
        """True where nothing up to `time` can come any more."""
        return self.watermark is None or self.watermark > time

    def column(self, signal: str) -> Column:
        """The rows of a signal."""
        return self.timeline.column(signal)

    def timed(self, signal: str, by: By, anchor: Anchor) -> Selection:
        """Rows with a time, in order of time."""
        return self._index("timed", signal, by).select(anchor)

    def tested(self, fact: Compare, anchor: Anchor, answer: bool | None) -> Selection:
        """Rows with a time of which the fact's test says `answer`."""
        return self._index("timed", fact.signal, fact.scope.by, fact, (answer,)).select(anchor)

    def by_place(self, signal: str, by: By, anchor: Anchor, fact: Compare | None = None) -> Selection:
        """All rows of the anchor's source, in order of place; with a fact, those that pass its test."""
        return self._index("placed", signal, by, fact, (True,)).select(anchor)

    def loose(self, signal: str, by: By, anchor: Anchor, fact: Compare | None = None) -> list[Series]:
        """Rows of the anchor's source that time cannot relate to it, by place: they or the anchor have none.

        With a fact, those that do not fail its test.
        """
        column = self.column(signal)
        if anchor.time is not None and not column.untimed:
            return []
        mode = "placed" if anchor.time is None else "untimed"
        selection = self._index(mode, signal, by, fact, (True, None)).select(anchor)
        return [*(series for _, series in selection.sure), *selection.vague]

    def sequence(self, signal: str, source: int) -> Series | None:
        """All rows of a source by place, whatever their keys."""
        anchor = Anchor(signal, None, source, 0, 1, {}, {})
        index = self._index("placed", signal, (), every_service=True)
        return next((series for _, series in index.select(anchor).sure), None)

    def values(self, signal: str, by: By) -> list[Values]:
        """What each row of the signal carries under the keys."""
        found = self._values.get((signal, by))
        if found is None:
            column = self.column(signal)
            found = list(row_values(column, range(len(column)), by))
            self._values[signal, by] = found
        return found

    def _index(
        self,
        mode: str,
        signal: str,
        by: By,
        fact: Compare | None = None,
        answers: tuple[bool | None, ...] = (),
        *,
        every_service: bool = False,
    ) -> Index:
        name = (mode, signal, by, fact, answers if fact else (), every_service)
        index = self._indexes.get(name)
        if index is None:
            column = self.column(signal)
            rows = self._sorted(mode, signal, column)
            if fact is not None:
                rows = [row for row in rows if row_test(fact, column, row) in answers]
            soft = (SERVICE,) if self.same_service and not every_service and signal not in self.everywhere else ()
            index = Index(column, by, rows, soft=soft, by_place=mode != "timed")
            self._indexes[name] = index
        return index

    def _sorted(self, mode: str, signal: str, column: Column) -> list[int]:
        rows = self._rows.get((mode, signal))
        if rows is None:
            rows = [row for row, time in enumerate(column.times) if mode == "placed" or (time == UNTIMED) == (mode == "untimed")]
            if mode == "timed":
                rows.sort(key=column.order)
            else:
                rows.sort(key=lambda row: column.order(row)[1:])
            self._rows[mode, signal] = rows
        return rows


def row_test(fact: Compare, column: Column, row: int) -> bool | None:
    """The fact's test on a neighbour's captures."""
    return _test(fact, _side(fact.left, column, row), None if isinstance(fact.right, tuple) else _side(fact.right, column, row))


def anchor_test(fact: Compare, anchor: Anchor) -> bool | None:
    """The fact's test on the anchor's captures."""
    left = anchor_value(fact.left, anchor)
    return _test(fact, left, None if isinstance(fact.right, tuple) else anchor_value(fact.right, anchor))


def anchor_value(term: Const | Ref, anchor: Anchor) -> Value:
    """A constant, or what the anchor's captures hold."""
    return term.value if isinstance(term, Const) else anchor.captures.get(term.name)


def _side(term: Const | Ref, column: Column, row: int) -> Value:
    return term.value if isinstance(term, Const) else column.capture(row, term.name)


def _test(fact: Compare, left: Value, right: Value) -> bool | None:
    if isinstance(fact.right, tuple):
        return holds(left, "in", fact.right)
    textual = any(isinstance(term, Const) and isinstance(term.value, str) for term in (fact.left, fact.right))
    return holds(left, fact.op, right, textual=textual)

"""Rows of a column that one anchor may be related to, sorted and grouped by key, found without looking at the others.

Rows are classed by what they carry (which keys, which resolution of time). For one anchor and one class it is then
clear which choice of each key both sides carry, so its group is one look-up away, however many rows there are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from diagnose.condition.nodes import Key, Ref
from diagnose.condition.timeline import Anchor, Column
from diagnose.model import Value

SERVICE = Key((Ref("", "service"),))
"""Evidence looks at the same service where both sides name one."""

Values = tuple[tuple[str | None, ...], ...]
"""For each key what each of its choices holds, as text."""

_Chosen = tuple[int, ...]
"""For each key the choice that both sides carry; NONE: they share none."""

NONE = -1

_Places = tuple[tuple[tuple[Sequence[Sequence[Value]] | None, int], ...], ...]
"""For each key where each of its choices stands: in the scopes or captures of all rows, at that index; None: nowhere."""


class Series:
    """Rows in order. `at` holds their times, or their offsets where rows are taken by place."""

    __slots__ = ("_weights", "at", "cursors", "resolution", "rows")

    def __init__(self, resolution: int) -> None:
        self.at: list[int] = []
        self.rows: list[int] = []
        self.resolution = resolution
        self.cursors: dict[tuple[type, Ref], Any] = {}
        """Sliding windows of aggregates, kept from anchor to anchor (aggregates.py)."""
        self._weights: list[int] | None = None

    def between(self, after: int, upto: int) -> tuple[int, int]:
        """The slice of rows with after < at <= upto."""
        return bisect_right(self.at, after), bisect_right(self.at, upto)

    def weight(self, low: int, high: int, column: Column) -> int:
        """How many sightings the rows of a slice stand for."""
        if self._weights is None:
            counts = column.counts
            self._weights = [0, *accumulate(counts[row] for row in self.rows)]
        return self._weights[high] - self._weights[low]


@dataclass(slots=True)
class Selection:
    """What an anchor may be related to: `sure` are rows of its keys, with the fallbacks that the keys took.

    `vague` are rows that share no key with it, or that have no time.
    """

    sure: list[tuple[int, Series]] = field(default_factory=list)
    vague: list[Series] = field(default_factory=list)


@dataclass(slots=True)
class _Class:
    """Rows that carry the same choices of keys at the same resolution, grouped as anchors ask."""

    carried: tuple[tuple[bool, ...], ...]
    resolution: int
    rows: list[int] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    groups: dict[_Chosen, dict[tuple[Any, ...], Series]] = field(default_factory=dict)


class Index:
    """A column (or a part of it) by keys. `by_place`: the rows are sorted by offset within each source, not by time."""

    def __init__(
        self,
        column: Column,
        keys: tuple[Key, ...],
        rows: Iterable[int],
        *,
        soft: tuple[Key, ...] = (),
        by_place: bool = False,
    ) -> None:
        self.column, self.by_place = column, by_place
        self.keys = (*keys, *soft)
        self.hard = len(keys)
        """Keys from here on, the soft ones, restrict only where both sides carry them."""
        self._classes: dict[tuple[Any, ...], _Class] = {}
        self._found: dict[tuple[Any, ...], Selection] = {}
        self._file(rows)

    def select(self, anchor: Anchor) -> Selection:
        """The groups that the anchor's keys lead to."""
        values = key_values(anchor.value, self.keys)
        asked = (values, anchor.source) if self.by_place else values
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = self._select(values, anchor.source)
        return found

    def _file(self, rows: Iterable[int]) -> None:
        """Class the rows."""
        column, every = self.column, list(rows)
        for row, values in zip(every, row_values(column, every, self.keys), strict=True):
            carried = tuple([tuple([value is not None for value in choices]) for choices in values])
            resolution = 0 if self.by_place else column.resolutions[row]
            group = self._classes.get((carried, resolution))
            if group is None:
                group = self._classes[carried, resolution] = _Class(carried, resolution)
            group.rows.append(row)
            group.values.append(values)

    def _select(self, values: Values, source: int) -> Selection:
        selection = Selection()
        for group in self._classes.values():
            chosen = tuple(_common(mine, theirs) for mine, theirs in zip(values, group.carried, strict=True))
            wanted: tuple[Any, ...] = tuple(values[i][choice] for i, choice in enumerate(chosen) if choice != NONE)
            series = self._group(group, chosen).get((source, *wanted) if self.by_place else wanted)
            if series is None:
                continue
            hard = chosen[: self.hard]
            if NONE in hard:
                selection.vague.append(series)
            else:
                selection.sure.append((sum(hard), series))
        selection.sure.sort(key=lambda pair: pair[0])
        return selection

    def _group(self, group: _Class, chosen: _Chosen) -> dict[tuple[Any, ...], Series]:
        made = group.groups.get(chosen)
        if made is None:
            made = group.groups[chosen] = {}
            picks = [(i, choice) for i, choice in enumerate(chosen) if choice != NONE]
            sources = self.column.sources
            at = self.column.offsets if self.by_place else self.column.times
            for row, values in zip(group.rows, group.values, strict=True):
                name: tuple[Any, ...] = tuple(values[i][choice] for i, choice in picks)
                if self.by_place:
                    name = (sources[row], *name)
                series = made.get(name)
                if series is None:
                    series = made[name] = Series(group.resolution)
                series.at.append(at[row])
                series.rows.append(row)
        return made


def key_values(value: Callable[[Ref], Value], keys: tuple[Key, ...]) -> Values:
    """What one side carries under the keys."""
    return tuple([tuple([_text(value(ref)) for ref in key.choices]) for key in keys])


def row_values(column: Column, rows: Iterable[int], keys: tuple[Key, ...]) -> Iterator[Values]:
    """What rows carry under the keys. Where a row's values stand is the same for all that have the same names."""
    known: dict[tuple[int, int], _Places] = {}
    for row in rows:
        names = column.capture_names[row], column.scope_names[row]
        places = known.get(names)
        if places is None:
            places = known[names] = _places(column, row, keys)
        yield tuple([tuple([None if store is None else _text(store[row][at]) for store, at in choices]) for choices in places])


def _places(column: Column, row: int, keys: tuple[Key, ...]) -> _Places:
    """Where rows with the names of this one have what the keys ask for: as `Anchor.value`, the scope goes before the captures."""
    found = []
    for key in keys:
        choices: list[tuple[Sequence[Sequence[Value]] | None, int]] = []
        for ref in key.choices:
            scope, captures = column.names_of(row)
            if not ref.signal and ref.name in scope:
                choices.append((column.scopes, scope.index(ref.name)))
            elif ref.name in captures:
                choices.append((column.captures, captures.index(ref.name)))
            else:
                choices.append((None, 0))
        found.append(tuple(choices))
    return tuple(found)


def relation(mine: Values, theirs: Values) -> int | bool | None:
    """The fallbacks of keys that are equal; False: one differs; None: none differs, but one has no common choice."""
    fallbacks: int | None = 0
    for a, b in zip(mine, theirs, strict=True):
        choice = _common(a, tuple(value is not None for value in b))
        if choice == NONE:
            fallbacks = None
        elif a[choice] != b[choice]:
            return False
        elif fallbacks is not None:
            fallbacks += choice
    return fallbacks


def ties(series: Series, anchor_time: int, resolution: int) -> tuple[int, int]:
    """The slice of rows whose time cannot be told from the anchor's: their intervals overlap."""
    step = max(series.resolution, resolution)
    start = anchor_time - anchor_time % step
    return bisect_left(series.at, start), bisect_left(series.at, start + step)


def _common(mine: tuple[str | None, ...], theirs: tuple[bool, ...]) -> int:
    for choice, (value, carried) in enumerate(zip(mine, theirs, strict=True)):
        if value is not None and carried:
            return choice
    return NONE


def _text(value: object) -> str | None:
    return None if value is None else str(value)

"""The sightings of one rule, a compact column for each signal.

A row costs some 80 bytes besides its captures, scope and text. Rows come in any order; whoever asks gets them
sorted (series.py), so that the order of adding never shows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, NamedTuple

from diagnose.condition.nodes import Ref
from diagnose.condition.verdict import Place
from diagnose.model import Sighting, Value

UNTIMED = -(1 << 62)
"""In a column of times: the sighting has a place only."""

TEXT = 700
"""Characters of a line that are kept: those that are told, and some more, so that no secret is cut before it is
recognised."""

ROW = 280
"""Bytes of a row without its captures, scope and text: arrays, list slots, tuple heads."""

VALUE = 72
"""Bytes of a captured value and its slot."""


class Table:
    """Small numbers for things that repeat."""

    def __init__(self) -> None:
        self.ids: dict[Any, int] = {}
        self.things: list[Any] = []

    def id(self, thing: Any) -> int:
        """The number of a hashable thing."""
        known = self.ids.get(thing)
        if known is None:
            known = self.ids[thing] = len(self.things)
            self.things.append(thing)
        return known


class Tables(NamedTuple):
    """What columns hold by number. Columns with the same tables can take each other's rows."""

    sources: Table
    names: Table
    """Names of captures and of scopes, as tuples."""
    facts: Table
    """Blame with technologies."""

    @classmethod
    def new(cls) -> Tables:
        """Empty ones."""
        return cls(Table(), Table(), Table())


@dataclass(slots=True)
class Anchor:
    """Where a condition is asked."""

    signal: str
    time: int | None
    source: int
    offset: int
    resolution: int
    captures: Mapping[str, Value]
    scope: Mapping[str, str]

    def value(self, ref: Ref) -> Value:
        """What the anchor carries under a key or capture; None: nothing, or unknown."""
        if not ref.signal and ref.name in self.scope:
            return self.scope[ref.name]
        return self.captures.get(ref.name)


class Column:
    """The rows of one signal. `untimed` counts those without time."""

    def __init__(self, tables: Tables) -> None:
        self._sources, self._names, self._facts = tables
        self.times, self.lasts, self.offsets = array("q"), array("q"), array("q")
        self.lines, self.resolutions, self.counts = array("q"), array("q"), array("q")
        self.sources, self.facts = array("I"), array("I")
        self.capture_names, self.scope_names = array("I"), array("I")
        self.done = bytearray()
        """1 where the row was an anchor and its case has it."""
        self.captures: list[tuple[Value, ...]] = []
        self.scopes: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.endpoints: list[tuple[str, str] | None] = []
        self.untimed = 0
        self.bytes = 0

    def __len__(self) -> int:
        return len(self.times)

    def extend(self, some: Sequence[Sighting]) -> None:
        """Add a row for each: column by column, which takes a third of the time of row by row."""
        self.times.extend([UNTIMED if one.time is None else one.time for one in some])
        self.lasts.extend([UNTIMED if one.last is None else one.last for one in some])
        self.offsets.extend([one.offset for one in some])
        self.lines.extend([one.line for one in some])
        self.resolutions.extend([one.resolution for one in some])
        self.counts.extend([one.count for one in some])
        source, fact, name = self._sources.id, self._facts.id, self._names.id
        self.sources.extend([source(one.source) for one in some])
        self.facts.extend([fact((one.blame, one.technologies)) for one in some])
        self.capture_names.extend([name(tuple(one.captures)) for one in some])
        self.scope_names.extend([name(tuple(one.scope)) for one in some])
        self.captures += [tuple(one.captures.values()) for one in some]
        self.scopes += [tuple(one.scope.values()) for one in some]
        self.texts += [one.text[:TEXT] for one in some]
        self.endpoints += [one.endpoint for one in some]
        self.done.extend(bytes(len(some)))
        self.untimed += sum([one.time is None for one in some])
        first = len(self.times) - len(some)
        self.bytes += sum(map(self._size, range(first, len(self.times))))

    def join(self, other: Column) -> None:
        """Add the rows of a column with the same tables."""
        for mine, theirs in zip(self._arrays(), other._arrays(), strict=True):
            mine.extend(theirs)
        self.untimed += other.untimed
        self.bytes += other.bytes

    def sighting(self, rule: str, signal: str, row: int) -> Sighting:
        """The row as it came, its text cut."""
        blame, technologies = self._facts.things[self.facts[row]]
        last = self.lasts[row]
        return Sighting(
            rule=rule,
            signal=signal,
            source=self.source(row),
            offset=self.offsets[row],
            line=self.lines[row],
            time=self.time(row),
            resolution=self.resolutions[row],
            captures=self.captures_of(row),
            scope=self.scope_of(row),
            blame=blame,
            text=self.texts[row],
            technologies=technologies,
            endpoint=self.endpoints[row],
            count=self.counts[row],
            last=None if last == UNTIMED else last,
        )

    def anchor(self, signal: str, row: int) -> Anchor:
        """The row as a place to ask a condition at."""
        return Anchor(
            signal,
            self.time(row),
            self.sources[row],
            self.offsets[row],
            self.resolutions[row],
            self.captures_of(row),
            self.scope_of(row),
        )

    def time(self, row: int) -> int | None:
        """µs; None: a place only."""
        time = self.times[row]
        return None if time == UNTIMED else time

    def source(self, row: int) -> str:
        """The name of the row's source."""
        return str(self._sources.things[self.sources[row]])

    def order(self, row: int) -> tuple[int, str, int]:
        """The row's rank: (time, source, offset), untimed first."""
        return self.times[row], self._sources.things[self.sources[row]], self.offsets[row]

    def captures_of(self, row: int) -> dict[str, Value]:
        """The row's captures."""
        return dict(zip(self._names.things[self.capture_names[row]], self.captures[row], strict=True))

    def scope_of(self, row: int) -> dict[str, str]:
        """The row's scope."""
        return dict(zip(self._names.things[self.scope_names[row]], self.scopes[row], strict=True))

    def names_of(self, row: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of what the row's scope holds, and of its captures."""
        return self._names.things[self.scope_names[row]], self._names.things[self.capture_names[row]]

    def capture(self, row: int, name: str) -> Value:
        """What the row captured under the name; None: nothing, or unknown."""
        names: tuple[str, ...] = self._names.things[self.capture_names[row]]
        values = self.captures[row]
        return values[names.index(name)] if name in names else None

    def cut(self, length: int) -> None:
        """Take the rows from `length` on away again."""
        rows = range(length, len(self))
        if not rows:
            return
        self.untimed -= sum(self.times[row] == UNTIMED for row in rows)
        self.bytes -= sum(self._size(row) for row in rows)
        for values in self._arrays():
            del values[length:]

    def keep(self, flags: bytearray) -> None:
        """Drop the rows whose flag is 0."""
        for values in self._arrays():
            kept = compress(values, flags)
            values[:] = array(values.typecode, kept) if isinstance(values, array) else type(values)(kept)
        self.untimed = sum(time == UNTIMED for time in self.times)
        self.bytes = sum(self._size(row) for row in range(len(self)))

    def _size(self, row: int) -> int:
        return ROW + len(self.texts[row]) + VALUE * (len(self.captures[row]) + len(self.scopes[row]))

    def _arrays(self) -> tuple[Any, ...]:
        return (
            *(self.times, self.lasts, self.offsets, self.lines, self.resolutions, self.counts),
            *(self.sources, self.facts, self.capture_names, self.scope_names),
            *(self.captures, self.scopes, self.texts, self.endpoints, self.done),
        )


class Timeline:
    """The columns of a rule's signals; other signals are not kept."""

    def __init__(self, signals: Iterable[str], rule: str = "", tables: Tables | None = None) -> None:
        self.rule = rule
        self._tables = tables or Tables.new()
        self.sources = self._tables.sources
        self.columns = {signal: self._new() for signal in signals}

    def add(self, sighting: Sighting) -> None:
        """Keep the sighting if its signal has a column."""
        column = self.columns.get(sighting.signal)
        if column is not None:
            column.extend([sighting])

    def column(self, signal: str) -> Column:
        """The rows of a signal; none of one that is not kept."""
        column = self.columns.get(signal)
        return self._new() if column is None else column

    def _new(self) -> Column:
        return Column(self._tables)

    def sighting(self, place: Place) -> Sighting:
        """The sighting at a place."""
        return self.columns[place.signal].sighting(self.rule, place.signal, place.row)

    def anchor(self, sighting: Sighting) -> Anchor:
        """A sighting as a place to ask a condition at; it need not be in the timeline."""
        return Anchor(
            sighting.signal,
            sighting.time,
            self.sources.id(sighting.source),
            sighting.offset,
            sighting.resolution,
            sighting.captures,
            sighting.scope,
        )

    @property
    def bytes(self) -> int:
        """About how much memory the rows take."""
        return sum(column.bytes for column in self.columns.values())

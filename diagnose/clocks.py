"""How far the clocks of sources are apart, learnt from requests that several of them tell of.

Of each source the requests with the smallest check sums are kept: a choice that depends on nothing else, so neither the order of reading
nor the number of passes shows, and two sources keep the same ones. Where all of them are too many, each source keeps half as many.

A record stands for the span from its request's beginning, where it tells a duration, to its own time. Two sources' spans of one
request overlap in truth: that leaves a range for the offset. The offset is the least that most ranges allow; what latency alone
explains is no offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median_low
from typing import Any
from zlib import crc32

from diagnose.model import SECOND, ClockOffset, Event
from diagnose.origins import location

REQUESTS = 1_024
"""Requests that are kept of one source at most."""

ROOM = 16_384
"""Requests of all sources together."""

SHARED = 3
"""From so many shared requests on an offset is learnt; they must differ in time."""

AGREEING = 2 * SECOND
"""A spread beyond this is no better than knowing nothing."""

CROWD = 16
"""Sources of one request that are compared with each other, the first in the alphabet."""

TOLD = 100
"""Offsets that are told at most, those of the most requests."""


@dataclass(slots=True)
class _Kept:
    """What one source tells of requests: id → [first, last] in µs. Check sums above `bound` are not kept any more."""

    spans: dict[str, list[int]] = field(default_factory=dict)
    bound: int = 1 << 32

    def add(self, name: str, first: int, last: int) -> bool:
        """Take a record of a request; True where the request is new."""
        span = self.spans.get(name)
        if span is not None:
            span[0], span[1] = min(span[0], first), max(span[1], last)
            return False
        if _sum(name) > self.bound:
            return False
        self.spans[name] = [first, last]
        return True

    def cut_to_bound(self) -> None:
        """Let go of what lies above the bound."""
        self.spans = {name: span for name, span in self.spans.items() if _sum(name) <= self.bound}

    def cut(self, limit: int) -> None:
        """Keep the requests with the smallest check sums."""
        if len(self.spans) > limit:
            names = sorted(self.spans, key=lambda name: (_sum(name), name))[:limit]
            self.spans = {name: self.spans[name] for name in names}
            self.bound = _sum(names[-1]) if names else -1


class Clocks:
    """Takes events, tells offsets."""

    def __init__(self) -> None:
        self._sources: dict[str, _Kept] = {}
        self._limit = REQUESTS
        self._size = 0
        self._told: tuple[ClockOffset, ...] | None = ()

    def add(self, event: Event) -> None:
        """Take an event that has a time of its own and names a request or a trace."""
        scope = event.scope
        request, trace = scope.get("request"), scope.get("trace")
        if event.time is None or not event.own_time or (request is None and trace is None):
            return
        took = event.fields.get("duration_ms")
        first = event.time - (int(took * 1_000) if isinstance(took, int | float) and 0 <= took < 1e9 else 0)
        last = event.time + event.resolution - 1
        source = location(event.source)
        kept = self._sources.get(source)
        if kept is None:
            kept = self._sources[source] = _Kept()
        for name in {request, trace} - {None}:
            self._size += kept.add(str(name), first, last)
        self._told = None
        if len(kept.spans) > 2 * self._limit:
            self._size -= len(kept.spans) - self._limit
            kept.cut(self._limit)
        if self._size > 2 * ROOM:
            self._cut()

    def data(self) -> list[Any]:
        """All of it as plain data: what `merge` takes."""
        return [
            self._limit,
            [
                [name, kept.bound, [[request, *span] for request, span in kept.spans.items()]]
                for name, kept in self._sources.items()
            ],
        ]

    def merge(self, data: Sequence[Any]) -> None:
        """Take what was kept elsewhere; of one source, in another part of it."""
        limit, sources = data
        self._limit = min(self._limit, limit)
        for name, bound, spans in sources:
            kept = self._sources.setdefault(name, _Kept())
            kept.bound = min(kept.bound, bound)
            for request, first, last in spans:
                self._size += kept.add(request, first, last)
            kept.cut_to_bound()
        self._told = None
        self._cut()

    def offsets(self) -> tuple[ClockOffset, ...]:
        """The offsets that are known by now, of each pair of sources once."""
        if self._told is None:
            self._cut()
            learnt = [offset for pair, ids in self._meetings().items() if (offset := self._learn(*pair, ids)) is not None]
            learnt.sort(key=lambda offset: (-offset.requests, offset.source, offset.other))
            self._told = tuple(learnt[:TOLD])
        return self._told

    def _cut(self) -> None:
        """Bring every source to the limit; where that is not enough, halve the limit."""
        while True:
            for kept in self._sources.values():
                kept.cut(self._limit)
            self._size = sum(len(kept.spans) for kept in self._sources.values())
            if self._size <= ROOM or self._limit == 0:
                return
            self._limit //= 2

    def _meetings(self) -> Mapping[tuple[str, str], list[str]]:
        """The requests that two sources share, by pair."""
        holders: dict[str, list[str]] = {}
        for source in sorted(self._sources):
            for name in self._sources[source].spans:
                holders.setdefault(name, []).append(source)
        met: dict[tuple[str, str], list[str]] = {}
        for name, sources in holders.items():
            for pair in combinations(sources[:CROWD], 2):
                met.setdefault(pair, []).append(name)
        return met

    def _learn(self, source: str, other: str, names: list[str]) -> ClockOffset | None:
        """The offset of a pair; None where too few requests tell it, or they disagree."""
        here, there = self._sources[source].spans, self._sources[other].spans
        # A request that goes by two ids, and requests of one moment, are one witness.
        spans = {(*here[name], *there[name]) for name in names}
        if len(spans) < SHARED:
            return None
        ranges = [(first - gone, last - come) for come, gone, first, last in spans]
        low, high = median_low(sorted(low for low, _ in ranges)), median_low(sorted(high for _, high in ranges))
        offset = min(max(0, low), high)
        misses = sorted(max(0, low - offset, offset - high) for low, high in ranges)
        spread = misses[-1 - len(misses) // 10]
        return ClockOffset(source, other, offset, spread, len(spans)) if spread <= AGREEING else None


def _sum(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))

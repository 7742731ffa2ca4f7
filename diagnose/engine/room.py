"""How much the engine may keep, and what it gives up first: the stalest, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.condition import UNTIMED, Column
from diagnose.engine.track import Track

CASES = 20_000
"""Cases kept; beyond it those whose last anchor is oldest are given up."""

LOOK_EVERY = 4096
"""Sightings and cases between two looks at how much there is."""

LEFT = 0.7
"""How full it is after making room, so that it is not made all the time."""

SAMPLE = 1000
"""Rows of a column that are looked at to find out what is stale."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows up to a time go, and the same share of those without time, the first that came."""

    time: int
    share: float

    def flags(self, column: Column) -> bytearray:
        """1 for each row that stays."""
        flags = bytearray(1 if time > self.time else 0 for time in column.times)
        stay = column.untimed - int(column.untimed * self.share)
        for row in range(len(column) - 1, -1, -1):
            if column.times[row] == UNTIMED and stay > 0:
                flags[row] = 1
                stay -= 1
        return flags


class Room:
    """`limit` in bytes; `evicted` counts the sightings that were given up."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = LOOK_EVERY
        self.evicted = 0

    def is_short(self, added: int) -> bool:
        """True where it is time to look."""
        self._left -= added
        if self._left > 0:
            return False
        self._left = LOOK_EVERY
        return True

    def cut(self, tracks: Sequence[Track]) -> Cut | None:
        """What must go; None: nothing."""
        total = sum(track.timeline.bytes for track in tracks)
        if total <= self._limit:
            return None
        share = 1 - LEFT * self._limit / total
        sample: list[tuple[int, int]] = []
        for track in tracks:
            for column in track.timeline.columns.values():
                step = max(1, len(column) // SAMPLE)
                sample += [(time, step) for time in column.times[::step] if time != UNTIMED]
        rest = share * sum(step for _, step in sample)
        for time, step in sorted(sample):
            rest -= step
            if rest <= 0:
                return Cut(time, share)
        return Cut(UNTIMED, share)

    def drop(self, column: Column, flags: bytearray) -> None:
        """Let rows go."""
        if 0 in flags:
            self.evicted += flags.count(0)
            column.keep(flags)

    def clear_cases(self, tracks: Sequence[Track]) -> None:
        """Where there are too many cases, a tenth goes."""
        total = sum(len(track.cases) for track in tracks)
        if total <= CASES:
            return
        ranked = sorted(
            ((case.latest, track.rule.id, case.fingerprint), track, name)
            for track in tracks
            for name, case in track.cases.items()
        )
        for _, track, name in ranked[: total - CASES * 9 // 10]:
            self.evicted += track.cases.pop(name).count

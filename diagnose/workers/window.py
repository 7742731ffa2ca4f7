"""Where in a large file the wanted time lies, found by halving, so that a year of logs is not read for an hour of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from diagnose.model import SECOND
from diagnose.pipeline import Run
from diagnose.sources import Input
from diagnose.sources.unfold import is_plain

SLACK = 3_600 * SECOND
"""How far lines of one file may stand out of the order of their times; looked at before and behind what is wanted."""

STALE = 86_400 * SECOND
"""How much older than what is wanted a file's last change must be for it to be passed over: its times may be another zone's."""

LARGE = 16 << 20
"""Bytes from which halving pays."""

SAMPLES = 33
"""Places that must be in order of time, or the whole file is read."""

NEAR = 1 << 20
"""Bytes before and behind a place that are looked at with it."""

_PROBE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a file to read, and how many lines stand before it."""

    start: int = 0
    stop: int | None = None
    lines: int = 0


WHOLE = Window()
Probe = Callable[[int], int | None]
"""The time of the first line behind an offset that has one; None: there is none nearby."""


def is_stale(item: Input, since: int | None) -> bool:
    """Whether a file was last written to so long before what is wanted that nothing of it can be in there."""
    return since is not None and item.modified is not None and item.modified < since - STALE


def window_of(run: Run, item: Input) -> Window:
    """The window of a file that a run's `since` and `until` want; the whole of what is small, packed, or not in order."""
    since, until = run.options.since, run.options.until
    if (since is None and until is None) or item.size is None or item.size < LARGE or not is_plain(item.name):
        return WHOLE
    size = item.size

    def measured(descriptor: int) -> Window:
        probe = _prober(run, item, descriptor)
        if not _in_order(probe, size):
            return WHOLE
        start = 0 if since is None else _line_start(descriptor, _first(probe, size, since - SLACK))
        stop = None if until is None else _line_start(descriptor, _last(probe, size, until + SLACK))
        stop = None if stop is None or stop >= size else max(stop, start)
        return Window(start, stop, _count_lines(descriptor, start))

    return _within(item.name, measured)


def around(item: Input, first: int, last: int) -> Window:
    """The window of a plain file that holds some offsets, with NEAR bytes on both sides; the whole of what is packed or hardly larger."""
    if item.size is None or item.size < last - first + 4 * NEAR or not is_plain(item.name):
        return WHOLE
    size = item.size

    def measured(descriptor: int) -> Window:
        start, stop = _line_start(descriptor, first - NEAR), _line_start(descriptor, last + NEAR)
        return Window(start, stop if stop < size else None, _count_lines(descriptor, start))

    return _within(item.name, measured)


def _within(name: str, measured: Callable[[int], Window]) -> Window:
    """What is measured of a file; the whole of one that cannot be read: whoever reads it will say why."""
    try:
        descriptor = os.open(name, os.O_RDONLY)
    except OSError:
        return WHOLE
    try:
        return measured(descriptor)
    except OSError:
        return WHOLE
    finally:
        os.close(descriptor)


def _prober(run: Run, item: Input, descriptor: int) -> Probe:
    events = run.events(item)

    def probe(offset: int) -> int | None:
        data = os.pread(descriptor, _PROBE, offset)
        at = data.find(b"\n") + 1 if offset else 0
        while at >= 0 and (end := data.find(b"\n", at)) >= 0:
            time = events.time_of(run.reader.read(data[at:end], offset + at))
            if time is not None:
                return time[0]
            at = end + 1
        return None

    return probe


def _in_order(probe: Probe, size: int) -> bool:
    times = [probe(size * number // SAMPLES) for number in range(SAMPLES)]
    known = [time for time in times if time is not None]
    return len(known) == len(times) and all(later >= earlier - SLACK for earlier, later in pairwise(known))


def _first(probe: Probe, size: int, time: int) -> int:
    """An offset before which all is older than `time`."""
    low, high = 0, size
    while high - low > _PROBE:
        middle = (low + high) // 2
        found = probe(middle)
        if found is not None and found < time:
            low = middle
        else:
            high = middle
    return low


def _last(probe: Probe, size: int, time: int) -> int:
    """An offset from which on all is `time` or younger."""
    low, high = 0, size
    while high - low > _PROBE:
        middle = (low + high) // 2
        found = probe(middle)
        if found is not None and found >= time:
            high = middle
        else:
            low = middle
    return min(size, high + _PROBE)


def _line_start(descriptor: int, offset: int) -> int:
    """The first line start at or behind an offset."""
    if offset <= 0:
        return 0
    at = offset - 1
    while data := os.pread(descriptor, _PROBE, at):
        newline = data.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(data)
    return at


def _count_lines(descriptor: int, stop: int) -> int:
    """Lines before an offset: findings tell line numbers, and counting is what reading costs at the least."""
    count = at = 0
    while at < stop and (data := os.pread(descriptor, min(1 << 20, stop - at), at)):
        count += data.count(b"\n")
        at += len(data)
    return count

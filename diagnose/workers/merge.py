"""Results become a report: counts are added, sightings go to the engine in the one order that all ways of reading share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from diagnose.errors import InputError, PluginError
from diagnose.model import Unread
from diagnose.pipeline import Run, Tally
from diagnose.triage import Seen
from diagnose.workers.results import Head, merged, read

BATCH = 1_000
WAITING = 32 << 20
"""Bytes of sightings that may wait in the engine before it is asked to settle what lies behind."""


def merge(run: Run, results: Iterable[Path], folder: Path) -> list[Head]:
    """Give a run all that was read elsewhere. Raises InputError for a result that is not whole or of another version.

    `folder`: for what does not fit into memory. The heads come in the order of their parts.
    """
    found = [(path, _head(path)) for path in results]
    found.sort(key=lambda pair: (pair[1].part["number"], pair[1].part["name"], pair[1].part["start"]))
    before: dict[str, int] = defaultdict(int)
    places = []
    for path, head in found:
        name = head.part["name"]
        lines = before[name] + head.part["lines"] if head.part["start"] else 0
        before[name] = lines + head.tally["lines"]
        places.append((path, lines))
        unread = [Unread(*one) for one in head.unread]
        run.tally.merge(Tally(**head.tally, unread=unread))
        run.seen.merge(Seen(head.traces, head.requests, set(head.technologies)))
        run.clusters.merge(head.clusters, lines)
        run.clocks.merge(head.clocks)
        run.kit.troubles.extend(PluginError(*one) for one in head.troubles)
    _sight(run, places, folder)
    return [head for _, head in found]


def _sight(run: Run, places: list[tuple[Path, int]], folder: Path) -> None:
    sightings = merged(places, folder)
    limit = WAITING
    while batch := list(islice(sightings, BATCH)):
        run.engine.add(batch)
        latest = batch[-1].time
        if latest is not None and run.engine.waiting > limit:
            run.engine.findings(latest)
            limit = max(WAITING, run.engine.waiting + WAITING // 4)


def _head(path: Path) -> Head:
    data, sightings = read(path)
    sightings.close()  # type: ignore[attr-defined]
    try:
        head = Head(**data)
        if {"number", "name", "start", "lines"} <= head.part.keys():
            return head
    except TypeError:
        pass
    raise InputError(str(path), "this is the result of another version")

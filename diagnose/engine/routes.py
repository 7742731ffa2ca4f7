"""Where the sightings of each signal go: into cases, into columns, and on to the rules that wait for a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnose.condition import Column
from diagnose.engine.cases import Case
from diagnose.engine.filing import Filing
from diagnose.engine.track import Track
from diagnose.model import Sighting

Followers = Mapping[str, Sequence[tuple[str, Column]]]
"""By rule, the columns of other rules that wait for findings of its class, with those rules' ids."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the sightings of one signal go: `counted` ones into cases at once, others into the column."""

    track: Track
    counted: bool
    column: Column | None
    keys: tuple[str, ...]
    cases: dict[tuple[object, ...], Case]
    tray: list[Sighting] | None
    """Leads to the column."""
    followers: list[Sighting] | None
    """The tray that leads to the columns of rules that wait for this one's class."""


def routes(tracks: Sequence[Track], followers: Followers, filing: Filing) -> dict[tuple[str, str], Route]:
    """By rule and signal. Signals of a class have none: the engine feeds them."""
    found: dict[tuple[str, str], Route] = {}
    for track in tracks:
        rule, columns = track.rule, track.timeline.columns
        onward = filing.tray([column for _, column in followers[rule.id]]) if track.simple else None
        for name in sorted({*columns, *track.anchors}):
            if not rule.signals[name].of_class:
                column = columns.get(name)
                tray = filing.tray([column]) if column is not None else None
                counted = track.simple and name in track.anchors
                found[rule.id, name] = Route(track, counted, column, rule.keys, track.cases, tray, onward)
    return found


def followers(tracks: Sequence[Track]) -> Followers:
    """Who waits for whom."""
    waiting: dict[str, list[tuple[str, Column]]] = {}
    for track in tracks:
        for name, signal in track.rule.signals.items():
            if signal.of_class and name in track.timeline.columns:
                waiting.setdefault(signal.of_class, []).append((track.rule.id, track.timeline.columns[name]))
    return {
        track.rule.id: [(id, column) for id, column in waiting.get(track.rule.of_class, ()) if id != track.rule.id]
        for track in tracks
    }

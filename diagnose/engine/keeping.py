"""The engine's memory as bytes, and back: so that a tail that is stopped goes on with an N+1 half counted.

Data only, no code: what is read was written by another run, maybe of another version, with other rules. What does not fit the rules
of now is left out. Sightings that came after it was written are added to the engine as usual.
"""

from __future__ import annotations

from array import array

import msgspec

from diagnose.engine.cases import Case, Order
from diagnose.engine.engine import Engine
from diagnose.engine.track import Track
from diagnose.model import Sighting, Value


class _KeptEntry(msgspec.Struct, array_like=True):
    sighting: Sighting
    seen: tuple[Sighting, ...]
    judged: list[tuple[tuple[int, int], tuple[bool | None, tuple[Sighting, ...]]]]


class _KeptCase(msgspec.Struct, array_like=True):
    """As `Case`, under the name that its track has for it."""

    name: tuple[Value, ...]
    fingerprint: str
    blame: str
    count: int
    episodes: list[list[int]]
    entries: list[_KeptEntry]
    names: dict[str, list[str]]
    requests: dict[str, Order]
    endpoints: list[tuple[tuple[str, str], int]]
    cost: tuple[int, int, int] | None
    latest: Order
    recovered: int | None


class _KeptTrack(msgspec.Struct, array_like=True):
    keys: tuple[str, ...]
    cases: list[_KeptCase]
    undecided: dict[str, int]
    columns: dict[str, tuple[list[Sighting], bytes]]


class _Kept(msgspec.Struct, array_like=True):
    tracks: dict[str, _KeptTrack]
    sources: list[str]
    places: list[int]
    older: list[int]
    evicted: int


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Kept)


def kept(engine: Engine) -> bytes:
    """The engine's memory."""
    tracks = {track.rule.id: one for track in engine.tracks if (one := _kept_track(track)) is not None}
    places, older = engine.places
    return _ENCODER.encode(_Kept(tracks, engine.sources, list(places), list(older), engine.evicted))


def remember(engine: Engine, data: bytes) -> None:
    """Give a new engine a memory. Raises msgspec.DecodeError for what is none."""
    known = _DECODER.decode(data)
    for source in known.sources:
        engine.source(source)
    engine.remember(array("Q", known.places), array("Q", known.older), known.evicted)
    for track in engine.tracks:
        one = known.tracks.get(track.rule.id)
        if one is not None and one.keys == track.rule.keys:
            _remember_track(track, one)


def _kept_track(track: Track) -> _KeptTrack | None:
    if track.idle:
        return None
    columns = {
        name: ([column.sighting(track.rule.id, name, row) for row in range(len(column))], bytes(column.done))
        for name, column in track.timeline.columns.items()
        if len(column)
    }
    cases = [_kept_case(name, case) for name, case in track.cases.items()]
    return _KeptTrack(track.rule.keys, cases, dict(track.undecided), columns)


def _kept_case(name: tuple[object, ...], case: Case) -> _KeptCase:
    entries = [_KeptEntry(entry.sighting, entry.seen, list(entry.judged.items())) for entry in case.entries]
    names = {kind: sorted(values) for kind, values in case.names.items()}
    return _KeptCase(
        name, case.fingerprint, case.blame, case.count, [list(one) for one in case.told()], entries, names,  # type: ignore[arg-type]
        case.requests, list(case.endpoints.items()), case.cost, case.latest, case.recovered,
    )  # fmt: skip


def _remember_track(track: Track, known: _KeptTrack) -> None:
    for one in known.cases:
        if one.entries:
            case = track.cases[one.name] = track.new_case(one.entries[0].sighting)
            _remember_case(case, one)
    track.undecided.update(known.undecided)
    for name, (sightings, done) in known.columns.items():
        column = track.timeline.columns.get(name)
        if column is not None:
            column.extend(sightings)
            column.done[len(column) - len(sightings) :] = done[: len(sightings)].ljust(len(sightings), b"\0")


def _remember_case(case: Case, known: _KeptCase) -> None:
    case.fingerprint, case.blame, case.count = known.fingerprint, known.blame, known.count
    case.cost, case.latest, case.recovered = known.cost, known.latest, known.recovered
    case.endpoints = dict(known.endpoints)
    for kind, values in known.names.items():
        if kind in case.names:
            case.names[kind] = set(values)
    case.remember(known.episodes, [(entry.sighting, entry.seen, dict(entry.judged)) for entry in known.entries], known.requests)

"""Sightings in, findings out.

Three ways through: anchors of simple rules are counted at once; all else that some condition looks at waits in its
rule's timeline; a rule's held anchors are sightings for rules that refer to its class. Rules are asked in layers, so
that whoever refers to a class is asked after it. Generic rules yield, so their anchors are counted when all are asked.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from diagnose.condition import CompiledRule, Lookup, Place, State, stratify
from diagnose.condition.timeline import Tables
from diagnose.engine.causes import Judge
from diagnose.engine.filing import Filing
from diagnose.engine.findings import Teller
from diagnose.engine.look import EngineResult, Look
from diagnose.engine.recoveries import Recoveries
from diagnose.engine.room import Room
from diagnose.engine.routes import followers, routes
from diagnose.engine.track import Held, Outcome, Track
from diagnose.model import SECOND, NotEvaluated, Sighting

LIMIT = 64 << 20
"""Bytes of sightings that wait in timelines; beyond it the stalest are given up."""

PLACES = 1 << 22
"""Places of nearer findings that are remembered for generic rules; the older half goes first."""

FORGET_EVERY = 60 * SECOND


@dataclass(slots=True)
class _Turn:
    """One rule's part of a look. `lengths`: of its columns without guests."""

    track: Track
    lookup: Lookup
    outcome: Outcome
    lengths: Mapping[str, int]


class Engine:
    """Keeps what the rules need of the sightings, and nothing else.

    `prefer`: frameworks whose fixes are shown besides those of the log. `limit`: bytes for sightings that wait.
    """

    def __init__(
        self, rulebook_rules: Sequence[CompiledRule], *, prefer: frozenset[str] = frozenset(), limit: int = LIMIT
    ) -> None:
        tables = Tables.new()
        self._sources, self._filing = tables.sources, Filing(tables)
        self._tracks = _ordered([Track(compiled, tables) for compiled in rulebook_rules])
        self._followers = followers(self._tracks)
        self._yields = any(track.rule.generic for track in self._tracks)
        """Rules ask where others' findings stand."""
        self._routes = routes(self._tracks, self._followers, self._filing)
        self._places, self._older_places = array("Q"), array("Q")
        self._teller = Teller(prefer)
        self._room = Room(limit)
        self._forgotten: int | None = None

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Take sightings, in any order; those that no rule asks for are passed over."""
        routes, waiting = self._routes, 0
        for sighting in sightings:
            route = routes.get((sighting.rule, sighting.signal))
            if route is None:
                continue
            if route.counted:
                captures = sighting.captures
                name = (sighting.blame, *[captures.get(key) for key in route.keys])
                case = route.cases.get(name)
                if case is None or None in name:
                    case = route.track.case(sighting)
                    waiting += 1
                case.take(sighting)
                if route.followers is not None:
                    route.followers.append(sighting)
                    waiting += 1
                if self._yields:
                    self._places.append(self._event(sighting))
            if route.tray is not None:
                route.tray.append(sighting)
                waiting += 1
        if self._room.is_short(waiting):
            self._make_room()

    def findings(self, watermark: int | None = None, also: Iterable[Sighting] = (), *, settle: bool = True) -> EngineResult:
        """What holds by now.

        `watermark`: µs before which nothing will come any more, so that what it has passed is settled; None: as if
        the input had ended. More may be added after either. `also`: sightings that count for this look only.
        `settle`: False where something older than the watermark may still come after all (lines of several threads):
        then the look changes nothing.
        """
        look = Look(watermark, settle)
        self._filing.file()
        for sighting in also:
            self._invite(sighting, look)
        generic: list[_Turn] = []
        for track in self._tracks:
            if track.idle and not look.brings(track.rule.id):
                continue
            turn = self._ask(track, look)
            if track.rule.generic:
                generic.append(turn)
            else:
                self._tell(turn, look)
        for turn in generic:
            turn.outcome.count(self._taken(look.places))
            self._tell(turn, look)
        if look.settled_at is not None:
            self._forget(look.settled_at)
        return look.result(self._room.evicted)

    @property
    def waiting(self) -> int:
        """About how many bytes of sightings wait in timelines."""
        return self._filing.bytes + sum(track.timeline.bytes for track in self._tracks)

    # ------------------------------------------------------------ what outlives a run (`keeping.py`)

    @property
    def tracks(self) -> list[Track]:
        """The state of each rule, with all that came."""
        self._filing.file()
        return self._tracks

    @property
    def sources(self) -> list[str]:
        """The names of sources in the order of their numbers."""
        return list(self._sources.things)

    def source(self, name: str) -> int:
        """The number of a source; a new one gets the next."""
        return self._sources.id(name)

    @property
    def places(self) -> tuple[array[int], array[int]]:
        """Where nearer findings stand, and where they stood before."""
        return self._places, self._older_places

    @property
    def evicted(self) -> int:
        """Sightings given up for lack of room."""
        return self._room.evicted

    def remember(self, places: array[int], older: array[int], evicted: int) -> None:
        """Go on from what another engine knew."""
        self._places, self._older_places, self._room.evicted = places, older, evicted

    def _invite(self, sighting: Sighting, look: Look) -> None:
        route = self._routes.get((sighting.rule, sighting.signal))
        if route is not None and route.counted:
            look.counted.setdefault(sighting.rule, []).append(sighting)
        if route is not None and route.column is not None:
            look.passing[sighting.rule][route.column].append(sighting)

    # ------------------------------------------------------------ asking

    def _ask(self, track: Track, look: Look) -> _Turn:
        """Settle the anchors that can be settled, and count the others in for this look; guests are never settled."""
        lengths = {name: len(column) for name, column in track.timeline.columns.items()}
        for column, some in look.passing.pop(track.rule.id, {}).items():
            column.extend(some)
        turn = _Turn(track, track.lookup(look.watermark), Outcome(track), lengths)
        for sighting in look.counted.pop(track.rule.id, ()):
            turn.outcome.case(sighting).take(sighting)
            self._pass_on(track, sighting, look)
        for place in track.settled_rows(look.settled_at, lengths):
            self._answer(turn, place, None)
        for place in track.open_rows():
            self._answer(turn, place, look)
        return turn

    def _answer(self, turn: _Turn, place: Place, look: Look | None) -> None:
        """Ask at one anchor, and do what follows: for good where there is no look."""
        track, outcome = turn.track, turn.outcome
        column = track.timeline.columns[place.signal]
        verdict = track.verdict(place, turn.lookup)
        if look is None:
            column.done[place.row] = 1
        if verdict.state is State.PENDING:
            outcome.pending += 1
        elif verdict.state is State.UNKNOWN:
            undecided = track.undecided if look is None else outcome.undecided
            undecided[verdict.reason] += column.counts[place.row]
        elif verdict.state is State.HOLDS:
            sighting = track.timeline.sighting(place)
            self._pass_on(track, sighting, look)
            seen = tuple(track.timeline.sighting(neighbour) for neighbour in verdict.seen)
            outcome.hold(Held(self._event(sighting), sighting, seen, verdict, look is None))

    def _pass_on(self, track: Track, sighting: Sighting, look: Look | None = None) -> None:
        """An anchor that holds is a sighting for those who refer to its class, and its event is taken."""
        for rule, column in self._followers[track.rule.id]:
            if look is None:
                column.extend([sighting])
            else:
                look.passing[rule][column].append(sighting)
        if self._yields and not track.rule.generic:
            if look is None:
                self._places.append(self._event(sighting))
            else:
                look.places.add(self._event(sighting))

    def _event(self, sighting: Sighting) -> int:
        return self._sources.id(sighting.source) << 44 | sighting.offset

    def _taken(self, places: set[int]) -> tuple[Iterable[int], ...]:
        """The events where a nearer rule's finding stands."""
        return places, self._places, self._older_places

    def _tell(self, turn: _Turn, look: Look) -> None:
        track, outcome = turn.track, turn.outcome
        look.pending += outcome.pending
        undecided = track.undecided + outcome.undecided
        look.undecided.extend(NotEvaluated(track.rule.id, reason, count) for reason, count in undecided.items())
        cases = {**track.cases, **outcome.cases}
        if cases:
            judge, recoveries = Judge(track, turn.lookup, look.settled_at), Recoveries(track)
            for case in cases.values():
                look.cases[case.fingerprint] = case.told()
                look.findings.append(self._teller.tell(track.rule, case, judge, recoveries.after(case)))
        for name, length in turn.lengths.items():
            track.timeline.columns[name].cut(length)

    # ------------------------------------------------------------ room

    def _forget(self, watermark: int) -> None:
        """Let go of what no later anchor can ask for."""
        if self._forgotten is not None and watermark < self._forgotten + FORGET_EVERY:
            return
        self._forgotten = watermark
        for track in self._tracks:
            track.expire(watermark)

    def _make_room(self) -> None:
        """Give up the stalest sightings and cases. Anchors among them are settled with what is known."""
        if len(self._places) > PLACES:
            self._older_places, self._places = self._places, array("Q")
        self._filing.file()
        self._room.clear_cases(self._tracks)
        cut = self._room.cut(self._tracks)
        if cut is None:
            return
        generic = []
        for track in self._tracks:
            going = {name: cut.flags(column) for name, column in track.timeline.columns.items()}
            turn = _Turn(track, track.lookup(None), Outcome(track), {})
            for place in track.open_rows():
                if not going[place.signal][place.row]:
                    self._answer(turn, place, None)
            if track.rule.generic:
                generic.append(turn)
            for name, flags in going.items():
                self._room.drop(track.timeline.columns[name], flags)
        for turn in generic:
            turn.outcome.count(self._taken(set()))


def _ordered(tracks: Sequence[Track]) -> list[Track]:
    """Rules after those whose classes they refer to, with the delay that this brings."""
    by_id = {track.rule.id: track for track in tracks}
    layers = stratify([track.rule for track in tracks])
    ordered = [by_id[rule.id] for layer in layers for rule in layer]
    of_class: dict[str, list[Track]] = {}
    for track in ordered:
        of_class.setdefault(track.rule.of_class, []).append(track)
    for track in ordered:
        for name in {signal.of_class for signal in track.rule.signals.values()} - {""}:
            for before in of_class.get(name, ()):
                if before is not track:
                    track.delay = max(track.delay, before.delay + before.ahead)
    last = max((track.delay + track.ahead for track in ordered), default=0)
    for track in ordered:
        track.patience = last if track.rule.generic else track.delay
    return ordered

"""What the engine keeps of one rule: the timeline of its signals, its cases, and which anchors are still open.

An anchor is *settled* once the watermark has passed all that its condition looks at: its verdict is then final, its
case has it, and nothing of it is asked again. What is not settled is asked anew at each look, and forgotten after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from diagnose.condition import (
    UNTIMED,
    CompiledRule,
    Condition,
    Lookup,
    Place,
    State,
    Timeline,
    Verdict,
    ask,
    at_anchor,
)
from diagnose.condition.names import groups
from diagnose.condition.nodes import All, Not, Seen
from diagnose.condition.timeline import Tables
from diagnose.engine.cases import PEERS, Case, case_name, fingerprint
from diagnose.engine.recoveries import Recoveries
from diagnose.model import SECOND, Rule, Sighting

SLACK = 600 * SECOND
"""How much longer than needed sightings are kept, for sources that lag behind."""


@dataclass(frozen=True, slots=True)
class _Question:
    """The rule's condition at one of its anchors; `lenient`: without the recovery that only resolves."""

    condition: Condition
    lenient: Condition | None


@dataclass(frozen=True, slots=True)
class Held:
    """An anchor whose condition holds. `event`: its source and offset as one number."""

    event: int
    sighting: Sighting
    seen: tuple[Sighting, ...]
    verdict: Verdict
    settled: bool


class Outcome:
    """What the open anchors of a rule say for now; its settled cases are not touched."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self.cases: dict[tuple[object, ...], Case] = {}
        self.undecided: Counter[str] = Counter()
        self.pending = 0
        self._held: list[Held] = []

    def hold(self, held: Held) -> None:
        """Count an anchor in; one of a generic rule waits for `count`."""
        if self._track.rule.generic:
            self._held.append(held)
        else:
            self._take(held)

    def count(self, taken: Iterable[Iterable[int]]) -> None:
        """Count the waiting anchors in whose event no nearer rule has taken."""
        mine = {held.event for held in self._held}
        yielding = set().union(*(mine.intersection(places) for places in taken))
        for held in self._held:
            if held.event not in yielding:
                self._take(held)

    def _take(self, held: Held) -> None:
        case = self._track.case(held.sighting) if held.settled else self.case(held.sighting)
        case.take(held.sighting, held.seen, held.verdict)

    def case(self, sighting: Sighting) -> Case:
        """The anchor's case: a copy of the settled one, or a new one."""
        name = case_name(self._track.rule, sighting)
        case = self.cases.get(name)
        if case is None:
            settled = self._track.cases.get(name)
            case = self._track.new_case(sighting) if settled is None else settled.copy()
            self.cases[name] = case
        return case


class Track:
    """The state of one rule."""

    def __init__(self, compiled: CompiledRule, tables: Tables) -> None:
        self.rule: Rule = compiled.rule
        self.compiled = compiled
        self.anchors, self.simple = compiled.anchors, compiled.simple
        self.timeline = Timeline(compiled.kept, compiled.rule.id, tables)
        self.back, self.ahead, self.evidence_ahead = compiled.reach
        self.cases: dict[tuple[object, ...], Case] = {}
        self.undecided: Counter[str] = Counter()
        self.delay = 0
        """How much later than the watermark the verdicts of rules that it refers to are final, in µs."""
        self.patience = 0
        """How much later its own anchors are settled: a generic rule waits for all others."""

    @property
    def idle(self) -> bool:
        """Nothing of the rule was ever seen, or is known any more."""
        return not (self.cases or self.undecided or any(self.timeline.columns.values()))

    @cached_property
    def _questions(self) -> dict[str, _Question]:
        return {name: _question(self.compiled.when, name, self.rule.resolved_by) for name in self.anchors}

    @cached_property
    def _with_peers(self) -> bool:
        return any(PEERS & (groups(signal) or PEERS) for signal in self.rule.signals.values())

    # ------------------------------------------------------------ cases

    def case(self, sighting: Sighting) -> Case:
        """The settled case that an anchor belongs to."""
        name = case_name(self.rule, sighting)
        case = self.cases.get(name)
        if case is None:
            case = self.cases[name] = self.new_case(sighting)
        return case

    def new_case(self, sighting: Sighting) -> Case:
        """An empty case for the anchor's fingerprint."""
        blame, *values = case_name(self.rule, sighting)
        mark = fingerprint(self.rule.id, zip(self.rule.keys, values, strict=True), str(blame))
        return Case(mark, str(blame), with_peers=self._with_peers)

    # ------------------------------------------------------------ asking

    def open_rows(self) -> list[Place]:
        """The anchors that are not settled, in order."""
        if self.simple:
            return []
        columns = self.timeline.columns
        rows = [
            (columns[name].order(row), Place(name, row))
            for name in self.anchors
            for row, done in enumerate(columns[name].done)
            if not done
        ]
        return [place for _, place in sorted(rows)]

    def verdict(self, place: Place, lookup: Lookup) -> Verdict:
        """The condition's answer at an anchor. A recovery that the rule says resolves it does not undo it."""
        question = self._questions[place.signal]
        anchor = self.timeline.columns[place.signal].anchor(*place)
        verdict = ask(question.condition, anchor, lookup)
        if verdict.state is State.FAILS and question.lenient is not None:
            return ask(question.lenient, anchor, lookup)
        return verdict

    def lookup(self, watermark: int | None) -> Lookup:
        """The timeline, as final as the watermark makes it."""
        return Lookup(self.timeline, None if watermark is None else watermark - self.delay)

    def settled_rows(self, watermark: int | None, lengths: Mapping[str, int]) -> list[Place]:
        """The open anchors whose verdict nothing can change that the watermark lets through.

        `lengths`: of the columns without guests, which are never settled.
        """
        if watermark is None:
            return []
        return [place for place in self.open_rows() if place.row < lengths[place.signal] and self._is_settled(place, watermark)]

    def _is_settled(self, place: Place, watermark: int) -> bool:
        column, row = self.timeline.columns[place.signal], place.row
        time = column.times[row]
        if time == UNTIMED:
            return self.ahead == 0
        return time + max(self.ahead, column.resolutions[row]) < watermark - self.patience

    # ------------------------------------------------------------ forgetting

    def expire(self, watermark: int) -> None:
        """Drop what no anchor that is open or still to come will look at."""
        before = watermark - self.patience - self.back - self.ahead - self.evidence_ahead - SLACK
        recoveries = Recoveries(self)
        for case in self.cases.values():
            recovered = recoveries.after(case)
            if recovered is not None and recovered < before:
                # Of one that stays it is asked again: whose recovery it is hangs on all that the case comes to know.
                case.recovered = recovered
        for name, column in self.timeline.columns.items():
            asked = not self.simple and name in self.anchors
            flags = bytearray(
                time >= before or time == UNTIMED or (asked and not done)
                for time, done in zip(column.times, column.done, strict=True)
            )
            if 0 in flags:
                column.keep(flags)


def _question(when: Condition, anchor: str, resolved_by: str) -> _Question:
    condition = at_anchor(when, anchor)
    if not resolved_by or not isinstance(condition, All):
        return _Question(condition, None)
    others = tuple(part for part in condition.parts if not _is_recovery(part, resolved_by))
    if not others or len(others) == len(condition.parts):
        return _Question(condition, None)
    return _Question(condition, others[0] if len(others) == 1 else All(others))


def _is_recovery(part: Condition, resolved_by: str) -> bool:
    return isinstance(part, Not) and isinstance(part.part, Seen) and part.part.signal == resolved_by

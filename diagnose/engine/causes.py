"""Which cause the evidence supports best.

A cause's score is its weight plus what its evidence adds that holds at any of the case's first anchors, looked for at
the same service. The highest is told; of equals the one that the rule names first.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.condition import Condition, Lookup, State, ask, is_hopeless
from diagnose.engine.cases import Case, Entry
from diagnose.engine.track import Track
from diagnose.model import Cause, Sighting


@dataclass(frozen=True, slots=True)
class Judgement:
    """One cause, weighed: its score, the conditions that held, the neighbours they held by, and how many are unknown."""

    cause: Cause
    score: int
    held: tuple[str, ...]
    seen: tuple[Sighting, ...]
    unknowns: int


class Judge:
    """Weighs the causes of one rule."""

    def __init__(self, track: Track, lookup: Lookup, watermark: int | None) -> None:
        self.track, self.watermark = track, watermark
        # The finding of another class that decides a cause is as a rule another service's: the kernel's, the database's.
        everywhere = {signal.name for signal in track.rule.signals.values() if signal.of_class}
        self._hopeless: dict[tuple[int, int], bool] = {}
        self._lookup = Lookup(lookup.timeline, lookup.watermark, same_service=True, everywhere=everywhere)

    def weigh(self, case: Case) -> list[Judgement]:
        """The rule's causes, the best supported first."""
        causes = self.track.rule.causes or (Cause("", ""),)
        judgements = [self._weigh(number, cause, case) for number, cause in enumerate(causes)]
        return sorted(judgements, key=lambda judgement: -judgement.score)

    def _weigh(self, number: int, cause: Cause, case: Case) -> Judgement:
        score, unknowns = cause.weight, 0
        held: list[str] = []
        seen: list[Sighting] = []
        for i, evidence in enumerate(cause.evidence):
            answer, neighbours = self._hold((number, i), self.track.compiled.evidence[number][i], case)
            if answer:
                score += evidence.add
                held.append(evidence.condition)
                seen.extend(neighbours)
            unknowns += answer is None
        return Judgement(cause, score, tuple(held), tuple(seen), unknowns)

    def _hold(self, name: tuple[int, int], condition: Condition, case: Case) -> tuple[bool | None, tuple[Sighting, ...]]:
        """Whether the condition holds at one of the first anchors; None: not known."""
        unknown, hopeless = False, self._is_hopeless(name, condition)
        for entry in case.entries:
            known = entry.judged.get(name)
            if known is None and hopeless:
                continue
            answer, neighbours = known or self._ask(name, condition, entry)
            if answer:
                return True, neighbours
            unknown = unknown or answer is None
        return (None if unknown else False), ()

    def _is_hopeless(self, name: tuple[int, int], condition: Condition) -> bool:
        """Most evidence is of what this log never shows: that need not be asked at each anchor."""
        known = self._hopeless.get(name)
        if known is None:
            known = self._hopeless[name] = is_hopeless(condition, self._was_seen)
        return known

    def _was_seen(self, signal: str) -> bool:
        column = self.track.timeline.columns.get(signal)
        return column is None or len(column) > 0 or signal in self.track.anchors

    def _ask(self, name: tuple[int, int], condition: Condition, entry: Entry) -> tuple[bool | None, tuple[Sighting, ...]]:
        timeline = self.track.timeline
        verdict = ask(condition, timeline.anchor(entry.sighting), self._lookup)
        answer = {State.HOLDS: True, State.UNKNOWN: None}.get(verdict.state, False)
        if answer and verdict.unknowns:
            # What was only not contradicted is no evidence: a cause is told apart by what was seen.
            answer = None
        found = (answer, tuple(timeline.sighting(place) for place in verdict.seen))
        time, watermark = entry.sighting.time, self.watermark
        if time is not None and watermark is not None:
            last = time + max(self.track.evidence_ahead, entry.sighting.resolution)
            if last < watermark - self.track.delay:
                entry.judged[name] = found
        return found

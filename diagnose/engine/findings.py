"""A case becomes a finding: its cause chosen, its texts filled in, its evidence without secrets.

Confidence is 0.95 for a rule with one cause. Of several, it is between half of that and all of it, by how far the
best cause's score is ahead of the next one's (their difference over the best score). Each of these then takes its
share off: a declared key that no anchor carries (x 0.9), each step to a second-best key (x 0.85), each unknown value
in the condition (x 0.85) or in the evidence (x 0.95). It is never below 0.05.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diagnose.condition import UNTIMED
from diagnose.engine.cases import Case, Entry
from diagnose.engine.causes import Judge, Judgement
from diagnose.engine.texts import Filler, Words, words_of
from diagnose.model import Alternative, Cause, Endpoint, Finding, Fix, Proof, Rule, Sighting
from diagnose.origins import location

PROOFS = 5
"""Anchors that are shown as evidence, and as many neighbours at most."""

TOLD_ENDPOINTS = 10
CERTAIN = 0.95
"""What one line can prove at best."""


class Teller:
    """Makes findings. `prefer`: frameworks and drivers whose fixes are shown besides those of the log's own."""

    def __init__(self, prefer: frozenset[str]) -> None:
        self._prefer = prefer
        self._words: dict[str, Words] = {}

    def tell(self, rule: Rule, case: Case, judge: Judge, resolved: int | None) -> Finding:
        """The finding of a case; what was told before is told again where nothing has changed."""
        judgements = judge.weigh(case)
        state = (case.count, resolved, judgements)
        if case.told_as is None or case.told_as[0] != state:
            case.told_as = (state, self._make(rule, case, judgements, resolved))
        return case.told_as[1]

    def _make(self, rule: Rule, case: Case, judgements: Sequence[Judgement], resolved: int | None) -> Finding:
        best, others = judgements[0], judgements[1:]
        words = self._words.get(rule.id)
        if words is None:
            words = self._words[rule.id] = words_of(rule)
        filler = Filler(words, case)
        technologies = tuple(sorted(case.names["technology"]))
        episodes = case.told()
        return Finding(
            rule=rule.id,
            of_class=rule.of_class,
            title=filler.fill(rule.title),
            severity=rule.severity,
            confidence=_confidence(rule, case, judgements),
            cause=filler.fill(best.cause.text),
            cause_id=best.cause.id,
            score=best.score,
            alternatives=tuple(
                Alternative(other.cause.id, filler.fill(other.cause.text), other.score, other.held) for other in others
            ),
            fix=tuple(map(filler.fix, self._fixes(best.cause, technologies))),
            checklist=tuple(filler.check(check) for check in (*best.cause.checklist, *rule.checklist)),
            api_endpoints=best.cause.api_endpoints,
            database_changes=tuple(filler.fill(text) for text in best.cause.database_changes),
            security_considerations=tuple(filler.fill(text) for text in best.cause.security_considerations),
            blame=case.blame,
            evidence=_proofs(case.entries, best.seen, filler),
            captures=filler.captures,
            count=case.count,
            first_seen=episodes[0].first if episodes else None,
            last_seen=episodes[-1].last if episodes else None,
            resolution=case.entries[0].sighting.resolution,
            technologies=technologies,
            references=rule.references,
            fingerprint=case.fingerprint,
            resolved=resolved,
            services=tuple(sorted(case.names["service"] | case.names["origin"])),
            peers=tuple(sorted(case.names["peer"])),
            requests=tuple(sorted(case.requests, key=lambda name: (case.requests[name], name))),
            sources=tuple(sorted(case.names["source"])),
            endpoints=_endpoints(case),
            episodes=tuple((one.first, one.last) for one in episodes),
        )

    def _fixes(self, cause: Cause, technologies: Iterable[str]) -> list[Fix]:
        """The steps for everyone and those for the reader's own frameworks, in the rule's order.

        Where that leaves none, the words of the others without their code: never one language's code to a reader of
        another.
        """
        own = self._prefer.union(technologies)
        fitting = [fix for fix in cause.fix if not fix.applies_to or own.intersection(fix.applies_to)]
        return fitting or [replace(fix, language="", code="") for fix in cause.fix if fix.text]


def _confidence(rule: Rule, case: Case, judgements: Sequence[Judgement]) -> float:
    certainty = CERTAIN
    best = judgements[0].score
    if len(judgements) > 1:
        ahead = (best - judgements[1].score) / best if best > 0 else 0.0
        certainty *= 0.5 + 0.5 * min(1.0, max(0.0, ahead))
    carried = [entry.sighting for entry in case.entries]
    missing = sum(all(_lacks(sighting, key) for sighting in carried) for key in rule.keys)
    _, fallbacks, unknowns = case.cost or (0, 0, 0)
    doubts = sum(judgement.unknowns for judgement in judgements)
    return max(0.05, round(certainty * 0.9**missing * 0.85 ** (fallbacks + unknowns) * 0.95**doubts, 2))


def _lacks(sighting: Sighting, key: str) -> bool:
    return sighting.captures.get(key) is None and sighting.scope.get(key) is None


def _proofs(entries: Sequence[Entry], neighbours: Iterable[Sighting], filler: Filler) -> tuple[Proof, ...]:
    """The first anchors, then the neighbours that decided, each in order, no place twice."""
    shown = [entry.sighting for entry in entries[:PROOFS]]
    beside = sorted({_order(s): s for s in (*neighbours, *(s for entry in entries[:PROOFS] for s in entry.seen))}.items())
    places = {(sighting.source, sighting.offset) for sighting in shown}
    more = [sighting for _, sighting in beside if (sighting.source, sighting.offset) not in places]
    return tuple(
        Proof(location(s.source), s.line, s.offset, filler.proof(s.text), s.time, s.blame) for s in (*shown, *more[:PROOFS])
    )


def _order(sighting: Sighting) -> tuple[int, str, int]:
    return (UNTIMED if sighting.time is None else sighting.time, sighting.source, sighting.offset)


def _endpoints(case: Case) -> tuple[Endpoint, ...]:
    often = sorted(case.endpoints.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Endpoint(method, path) for (method, path), _ in often[:TOLD_ENDPOINTS])

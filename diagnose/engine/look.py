"""One look at what holds by now: what passes from rule to rule meanwhile, and what comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnose.condition import Column
from diagnose.engine.cases import Episode
from diagnose.model import Finding, NotEvaluated, Sighting


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What the sightings so far say.

    `cases`: the episodes of each finding, by fingerprint; a later episode reopens the case. `pending`: anchors that
    wait for their windows to close. `evicted`: sightings given up for lack of room since the start.
    """

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    cases: Mapping[str, tuple[Episode, ...]]
    pending: int = 0
    evicted: int = 0


@dataclass(slots=True)
class Look:
    """`watermark` as the engine was given it. `passing`: by rule, what is added to its columns for this look only."""

    watermark: int | None
    settle: bool = True
    passing: dict[str, dict[Column, list[Sighting]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    counted: dict[str, list[Sighting]] = field(default_factory=dict)
    """By rule, guests that are cases at once."""
    places: set[int] = field(default_factory=set)
    """Where findings stand that are not settled; generic rules yield to them."""
    findings: list[Finding] = field(default_factory=list)
    undecided: list[NotEvaluated] = field(default_factory=list)
    cases: dict[str, tuple[Episode, ...]] = field(default_factory=dict)
    pending: int = 0

    def brings(self, rule: str) -> bool:
        """Whether a rule is told something in this look alone."""
        return rule in self.passing or rule in self.counted

    @property
    def settled_at(self) -> int | None:
        """The watermark, where what it has passed is settled for good."""
        return self.watermark if self.settle else None

    def result(self, evicted: int) -> EngineResult:
        """Findings by severity, time and fingerprint; rules that were not evaluated by name."""
        self.findings.sort(key=lambda f: (-f.severity, f.first_seen is None, f.first_seen or 0, f.fingerprint))
        self.undecided.sort(key=lambda n: (n.rule, n.reason))
        return EngineResult(tuple(self.findings), tuple(self.undecided), self.cases, self.pending, evicted)

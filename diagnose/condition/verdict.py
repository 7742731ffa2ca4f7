"""What comes out of asking a condition at an anchor, and how the answers of its parts join.

Beside true and false there is *not yet* and *not known*. Two kinds of not known differ:

- an unknown **value** (Hibernate prints `?`) neither holds nor fails: the rest of an `and` decides, and confidence
  falls; where nothing is left that decides, the condition is not evaluated.
- an unknown **relation** (no common key, no time) makes the whole `and` undecided, unless another part fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

FOREVER = 1 << 62
"""A time that no watermark passes: only the end of the input decides."""


class State(Enum):
    """The four answers."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    PENDING = "pending"


class Place(NamedTuple):
    """A sighting by its signal and its row in the timeline."""

    signal: str
    row: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer. `fallbacks` and `unknowns` count what costs confidence; `seen` are the neighbours that decided.

    `until`: of a pending answer, the time in µs that the watermark must pass. `value`: of an unknown answer, that
    a value and not a relation is missing. `bare`: nothing was asked but whether the anchor is there.
    """

    state: State
    reason: str = ""
    until: int = 0
    fallbacks: int = 0
    unknowns: int = 0
    seen: tuple[Place, ...] = ()
    value: bool = False
    bare: bool = False

    @property
    def cost(self) -> int:
        """How much of the answer rests on second-best keys and unknown values."""
        return self.fallbacks + self.unknowns


HOLDS = Verdict(State.HOLDS)
PRESENT = Verdict(State.HOLDS, bare=True)
FAILS = Verdict(State.FAILS)


def pending(until: int) -> Verdict:
    """Not yet: the window is open until `until`."""
    return Verdict(State.PENDING, until=until)


def undecided(reason: str) -> Verdict:
    """Not known: keys or times do not tell."""
    return Verdict(State.UNKNOWN, reason)


def unknown_value(reason: str) -> Verdict:
    """Not known: the log does not give the value."""
    return Verdict(State.UNKNOWN, reason, value=True)


def negate(verdict: Verdict) -> Verdict:
    """`not`: what is open or unknown stays so."""
    if verdict.state is State.HOLDS:
        return FAILS
    if verdict.state is State.FAILS:
        return HOLDS
    return verdict


def conjoin(verdicts: Sequence[Verdict]) -> Verdict:
    """`and`: a part that fails decides; then what is open; then unknown relations; unknown values only cost."""
    opened: list[Verdict] = []
    vague: list[Verdict] = []
    values: list[Verdict] = []
    held: list[Verdict] = []
    for verdict in verdicts:
        if verdict.state is State.FAILS:
            return FAILS
        if verdict.state is State.PENDING:
            opened.append(verdict)
        elif verdict.state is State.HOLDS:
            held.append(verdict)
        else:
            (values if verdict.value else vague).append(verdict)
    if opened:
        return max(opened, key=lambda verdict: verdict.until)
    if vague:
        return vague[0]
    if values and all(verdict.bare for verdict in held):
        return values[0]
    return Verdict(
        State.HOLDS,
        fallbacks=sum(verdict.fallbacks for verdict in held),
        unknowns=sum(verdict.unknowns for verdict in held) + len(values),
        seen=tuple(dict.fromkeys(place for verdict in held for place in verdict.seen)),
        bare=all(verdict.bare for verdict in held),
    )


def disjoin(verdicts: Sequence[Verdict]) -> Verdict:
    """`or`: of the parts that hold the cheapest, else what is open, else what is unknown."""
    held = [verdict for verdict in verdicts if verdict.state is State.HOLDS]
    if held:
        return replace(min(held, key=lambda verdict: verdict.cost), bare=False)
    opened = [verdict for verdict in verdicts if verdict.state is State.PENDING]
    if opened:
        return max(opened, key=lambda verdict: verdict.until)
    unknown = [verdict for verdict in verdicts if verdict.state is State.UNKNOWN]
    return min(unknown, key=lambda verdict: verdict.value) if unknown else FAILS

"""What a condition is made of: frozen nodes that print as the language they were read from.

    All, Any, Not     joints
    Seen              a signal at the anchor or in a window around it
    Chain             signals one strictly after the other
    Compare           captures of one sighting against each other or against constants
    Measure           aggregates over sightings
    Trend             a capture that keeps rising or falling

Durations are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.model import SECOND

NEARBY = 60 * SECOND
"""How far around the anchor a fact without a window looks, and how far back an aggregate without one."""

LONG_AGO = 24 * 3600 * SECOND
"""How far back `run`, `rising` and `falling` look without a window: they go by place, not by time."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Ref:
    """A capture or a scope word. `signal` is empty where the text names none; `name` is empty for a whole signal."""

    signal: str
    name: str

    def __str__(self) -> str:
        return f"{self.signal}.{self.name}" if self.signal and self.name else self.signal or self.name


@dataclass(frozen=True, slots=True)
class Key:
    """What two sightings must have in common: the first choice that both carry, compared as text."""

    choices: tuple[Ref, ...]

    def __str__(self) -> str:
        return "|".join(str(ref) for ref in self.choices)


@dataclass(frozen=True, slots=True)
class Window:
    """`within`: (t, t + length]; `before`: [t - length, t); `around`: both. Aggregates: (t - length, t]."""

    where: str
    length: int

    def __str__(self) -> str:
        for unit, size in (("d", 86400 * SECOND), ("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)):
            if self.length % size == 0:
                return f"{self.where} {self.length // size}{unit}"
        return f"{self.where} {self.length // 1000}ms"


@dataclass(frozen=True, slots=True)
class Scope:
    """The keys and the window of a fact. No window: see NEARBY and LONG_AGO."""

    by: tuple[Key, ...] = ()
    window: Window | None = None

    def __str__(self) -> str:
        words = [f"by {', '.join(str(key) for key in self.by)}"] if self.by else []
        if self.window is not None:
            words.append(str(self.window))
        return "".join(f" {word}" for word in words)

    def length(self, otherwise: int) -> int:
        """The window's length in µs, or `otherwise`."""
        return otherwise if self.window is None else self.window.length


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Const:
    """A number or a text. Per cents are shares of 1, durations milliseconds, as captures of that type are."""

    value: Number | str

    def __str__(self) -> str:
        return f'"{self.value}"' if isinstance(self.value, str) else repr(self.value)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A number over sightings that look back from the anchor."""

    function: str
    refs: tuple[Ref, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(str(ref) for ref in self.refs)})"


Term = Const | Ref | Aggregate


@dataclass(frozen=True, slots=True)
class Seen:
    """The signal was sighted."""

    signal: str
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        return f"{self.signal}{self.scope}"


@dataclass(frozen=True, slots=True)
class Chain:
    """Each step, one of its signals, strictly later than the step before; the window spans the chain."""

    steps: tuple[tuple[str, ...], ...]
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        steps = (step[0] if len(step) == 1 else f"({' or '.join(step)})" for step in self.steps)
        return f"{' then '.join(steps)}{self.scope}"


@dataclass(frozen=True, slots=True)
class Compare:
    """Captures of one sighting: the anchor's where `signal` is empty, else those of a sighting of that signal."""

    left: Const | Ref
    op: str
    right: Const | Ref | tuple[Const, ...]
    signal: str = ""
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        if isinstance(self.right, tuple):
            right = f"({', '.join(str(const) for const in self.right)})"
        else:
            right = str(self.right)
        return f"{self.left} {self.op} {right}{self.scope}"


@dataclass(frozen=True, slots=True)
class Measure:
    """At least one side is an aggregate; a side that is a Ref is a capture of the anchor."""

    left: Term
    op: str
    right: Term
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}{self.scope}"


@dataclass(frozen=True, slots=True)
class Trend:
    """The last `over` values never turn round, and differ by a fifth from first to last."""

    rising: bool
    ref: Ref
    over: int
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        return f"{'rising' if self.rising else 'falling'}({self.ref}) over {self.over}{self.scope}"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def __str__(self) -> str:
        return f"not {_enclosed(self.part, (All, Any))}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds (`and`)."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(_enclosed(part, (Any, All)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds (`or`)."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(_enclosed(part, (Any,)) for part in self.parts)


Fact = Seen | Chain | Compare | Measure | Trend
Condition = Fact | Not | All | Any


def _enclosed(part: Condition, loose: tuple[type, ...]) -> str:
    return f"({part})" if isinstance(part, loose) else str(part)

"""What to search for and what each pattern leads to: the rules' signals, made ready for one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from diagnose.hooks import Format, Wrapper
from diagnose.model import Level, Rule
from diagnose.rawform import Gate
from diagnose.search import PatternSet, pattern_set
from diagnose.signals import CompiledSignal, Prepared

PLAIN_ERRORS = (
    r"Traceback \(most recent call last\)",
    r"Error: ",
    r"Error \[[A-Z]",
    r"Exception: ",
    r"Exception in thread",
    r"panic: ",
    r"(?:FATAL|Fatal|fatal)(?: error)?: ",
    r"Segmentation fault",
)
"""How errors look in records of no format."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`leads[n]` are the signals that pattern n may show; `errors` the patterns that tell of an error-level record.

    `literals[n]` are the literals of signal n, each with its pattern; `beside[n]` the signals that are looked for where signal n is seen.
    """

    patterns: PatternSet
    signals: tuple[CompiledSignal, ...]
    leads: tuple[tuple[CompiledSignal, ...], ...]
    errors: frozenset[int]
    literals: tuple[tuple[tuple[int, str], ...], ...] = ()
    beside: Mapping[int, tuple[CompiledSignal, ...]] = field(default_factory=dict)


class Lookups:
    """What formats supply to signals that name a level or a field instead of text."""

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats

    def levels(self, level: Level) -> tuple[str, ...]:
        """Raw patterns of records at error level or above; () for lower levels, which no pattern tells."""
        if level < Level.ERROR:
            return ()
        return (*PLAIN_ERRORS, *(pattern for form in self._formats for pattern in form.errors))

    def fields(self, name: str, test: str) -> tuple[str, ...]:
        """Raw patterns of records whose field passes the test."""
        return tuple(dict.fromkeys(pattern for form in self._formats for pattern in form.field_patterns(name, test)))


def compile_signals(
    rules: Iterable[tuple[Rule, Mapping[str, Prepared]]], formats: Sequence[Format]
) -> tuple[CompiledSignal, ...]:
    """All signals of all rules that look at events. Raises PatternError.

    With a rule comes what is prepared of its signals, by name; the rest is worked out here.
    """
    lookups = Lookups(formats)
    signals: list[CompiledSignal] = []
    for rule, prepared in rules:
        for name, signal in rule.signals.items():
            if not signal.of_class:
                ready = prepared.get(name)
                signals.append(CompiledSignal(rule.id, signal, len(signals), lookups.levels, lookups.fields, ready))
    return tuple(signals)


def make_plan(
    signals: Sequence[CompiledSignal], formats: Sequence[Format], wrappers: Sequence[Wrapper], also: Iterable[str] = ()
) -> Plan:
    """Number the patterns. Lines that wrappers cut in parts are hits by themselves: their records must be joined.

    `also`: raw patterns of records that somebody wants to see though no signal does.
    """
    errors = [Gate(raw=pattern) for pattern in (*PLAIN_ERRORS, *(p for form in formats for p in form.errors))]
    partial = [Gate(raw=wrapper.partial) for wrapper in wrappers if wrapper.partial]
    seen = [Gate(raw=pattern) for pattern in also]
    patterns = pattern_set([*(gate for signal in signals for gate in signal.gates), *errors, *partial, *seen])
    number = {gate: index for index, gate in enumerate(patterns.gates)}
    leads: list[list[CompiledSignal]] = [[] for _ in patterns.gates]
    for signal in signals:
        for gate in signal.gates:
            leads[number[gate]].append(signal)
    literals = tuple(tuple((number[gate], literal) for gate, literal in signal.literals) for signal in signals)
    told = frozenset(number[gate] for gate in errors)
    return Plan(patterns, tuple(signals), tuple(map(tuple, leads)), told, literals, _beside(signals))


def _beside(signals: Sequence[CompiledSignal]) -> dict[int, tuple[CompiledSignal, ...]]:
    number = {(one.rule, one.signal.name): one.number for one in signals}
    found: dict[int, list[CompiledSignal]] = {}
    for one in signals:
        for name in one.signal.at:
            found.setdefault(number[one.rule, name], []).append(one)
    return {first: tuple(others) for first, others in found.items()}


def measured(formats: Sequence[Format]) -> tuple[str, ...]:
    """Raw patterns of records that tell how long a request or a query took, or how it ended."""
    lookups = Lookups(formats)
    return (*lookups.fields("status", ">= 100"), r"duration: \d", r"Query_time: \d")

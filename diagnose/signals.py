"""Signals made ready to match: gates for the native search, guarded regexes for the decoded event.

A signal holds in an event where one of its gates matches the raw bytes of one of the record's lines *and*
`CompiledSignal.confirm` says yes to the decoded event. Both halves are its definition (`docs/architecture.md`); of several
literals each counts with its own gate. A signal `at` others holds where one of them does and `confirm` says yes: it has no gates.

What can be worked out of a signal's text alone is worked out once, when its rule loads (`prepare`), and kept with the rulebook. A regex
is compiled when an event first holds what each of its matches must hold, its *needles*: most rules never come to that.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnose.captures import UNKNOWN_TEXT, complete_peer, convert
from diagnose.model import Event, Level, Signal, Value
from diagnose.pattern import Guarded, PatternError, RegexFacts, Sieve
from diagnose.rawform import Gate, literal_gate, regex_gates

MAX_LINE = 2_000
"""Characters of a line kept as evidence."""

_NOTHING: Mapping[str, Value] = {}

LevelPatterns = Callable[[Level], Sequence[str]]
FieldPatterns = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test on a field: `>= 500`, `== x`, `!= x`, or a bare value."""

    name: str
    compare: Callable[[Any, Any], bool]
    operand: float | str

    def holds(self, fields: Mapping[str, object]) -> bool:
        value = fields.get(self.name)
        if value is None:
            return False
        if isinstance(self.operand, str):
            # A truth is written as JSON writes it.
            return self.compare(str(value).lower() if isinstance(value, bool) else str(value), self.operand)
        try:
            return self.compare(float(value), self.operand)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def field_test(name: str, text: str) -> FieldTest:
    """Read a test as a rule writes it. Raises PatternError."""
    match = re.fullmatch(r"\s*(>=|<=|==|!=|>|<)?\s*(\S.*?)\s*", text)
    if match is None or match[2] in _OPERATORS:
        raise PatternError("fields", f"the test of field {name!r} is empty")
    sign, operand = match[1] or "==", match[2].strip('"')
    try:
        number: float | str = float(operand)
    except ValueError:
        number = operand
        if sign not in ("==", "!="):
            raise PatternError("fields", f"{sign} compares numbers, {operand!r} is none") from None
    return FieldTest(name, _OPERATORS[sign], number)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a signal's literals and regexes come to: plain data, kept with the rulebook.

    `literals`: the gate of each. `gates`: what to search for; empty where formats supply that (`level`, `fields` alone).
    """

    literals: tuple[Gate, ...] = ()
    regexes: tuple[RegexFacts, ...] = ()
    gates: tuple[Gate, ...] = ()


class CompiledSignal:
    """A signal of a rule, ready to match. `number` is its place in the rulebook.

    `gates` are what a search looks for, none where other signals' records are looked at; `literals` are those of the signal with the
    gate of each.
    """

    __slots__ = (
        "_captures",
        "_fields",
        "_literals",
        "_pick",
        "_regexes",
        "_sieve",
        "gates",
        "literals",
        "number",
        "rule",
        "signal",
    )

    def __init__(
        self,
        rule: str,
        signal: Signal,
        number: int,
        level_patterns: LevelPatterns,
        field_patterns: FieldPatterns,
        prepared: Prepared | None = None,
    ) -> None:
        prepared = prepared or prepare(signal)
        self.rule = rule
        self.signal = signal
        self.number = number
        self._literals = tuple(map(self._folded, signal.literals)) if signal.ignore_case else signal.literals
        self.literals = () if signal.at else tuple(zip(prepared.literals, self._literals, strict=True))
        self.gates = prepared.gates or _supplied(signal, level_patterns, field_patterns)
        # Most signals are never asked: the rest is made when one first is.
        self._regexes = prepared.regexes
        self._pick: Callable[[Event], str] | None = None
        self._sieve: Sieve | None = None
        self._fields: tuple[FieldTest, ...] = ()
        self._captures: tuple[str, ...] = ()

    def _complete(self) -> Callable[[Event], str]:
        signal = self.signal
        self._fields = tuple(field_test(name, test) for name, test in signal.fields.items())
        pairs = zip(signal.regex, self._regexes, strict=True)
        regexes = [Guarded(pattern, signal.ignore_case, facts) for pattern, facts in pairs]
        self._sieve = Sieve(regexes) if regexes else None
        self._captures = tuple(dict.fromkeys(name for guarded in regexes for name in guarded.groups))
        self._pick = _PICK[signal.look_in]
        return self._pick

    def confirm(self, event: Event, literals: Sequence[str] | None = None) -> tuple[Mapping[str, Value], str] | None:
        """The captures, and the line that shows the signal, where the decoded event does; else None.

        `literals`: those (of `self.literals`) whose gate matched; all where it is not told.
        """
        signal, pick = self.signal, self._pick or self._complete()
        if signal.level is not None and not self._loud(event, signal.level):
            return None
        for test in self._fields:
            if not test.holds(event.fields):
                return None
        text = pick(event)
        at = 0
        if self._literals:
            at = self._find_literal(text, self._literals if literals is None else literals)
            if at < 0:
                return None
        captured: Mapping[str, Value] = _NOTHING
        if self._sieve is not None:
            match = self._sieve.search(text)
            if match is None:
                return None
            captured, at = self._read(match), match.start()
        if signal.unless and any(literal in event.text for literal in signal.unless):
            return None
        return captured, _line_at(text, at)

    def _loud(self, event: Event, least: Level) -> bool:
        """Whether an event is at least that loud.

        Texts tell failures that no level tells: bare stack traces have none, and pino-http writes a failed request
        as info. So beside text, an event without level passes, and so does one with a 5xx answer or a stack trace.
        """
        if event.level is not None and event.level >= least:
            return True
        if not self._literals and self._sieve is None:
            return False
        status = event.fields.get("status")
        return event.level is None or bool(event.traces) or (isinstance(status, int) and status >= 500)

    def _folded(self, text: str) -> str:
        return text.casefold() if self.signal.ignore_case else text

    def _find_literal(self, text: str, literals: Sequence[str]) -> int:
        """Where one of the literals stands, the first in the rule's order; -1: none does."""
        haystack = self._folded(text)
        for literal in literals:
            at = haystack.find(literal)
            if at >= 0:
                return min(at, len(text))
        return -1

    def _read(self, match: Any) -> Mapping[str, Value]:
        if not self._captures:
            return _NOTHING
        types = self.signal.captures
        captured: dict[str, Value] = {}
        for name, text in match.groupdict().items():
            if text is None or text == UNKNOWN_TEXT:
                captured[name] = None
            elif name in types:
                captured[name] = convert(text, types[name].type)
            else:
                captured[name] = text
        complete_peer(captured)
        return captured


def prepare(signal: Signal) -> Prepared:
    """Work out what a signal's text comes to. Raises PatternError for what cannot be searched for.

    The gates are those of the literals, else those of the regexes. A signal of another rule's class has none: the engine feeds it;
    nor has one that is looked for in other signals' records.
    """
    if signal.of_class:
        return Prepared()
    if signal.at:
        return Prepared(regexes=_facts(signal))
    literals = tuple(_literal_gate(literal, index, signal) for index, literal in enumerate(signal.literals))
    regexes = _facts(signal)
    found: dict[Gate, None] = dict.fromkeys(literals)
    if not literals:
        for index, pattern in enumerate(signal.regex):
            found.update(dict.fromkeys(_regex_gates(pattern, index, signal)))
    return Prepared(literals, regexes, tuple(found))


def _facts(signal: Signal) -> tuple[RegexFacts, ...]:
    found: list[RegexFacts] = []
    for index, pattern in enumerate(signal.regex):
        try:
            found.append(Guarded(pattern, signal.ignore_case).facts)
        except PatternError as error:
            raise PatternError("regex", error.reason, index) from error
    return tuple(found)


def _literal_gate(literal: str, index: int, signal: Signal) -> Gate:
    gate = literal_gate(literal, signal.ignore_case)
    if gate is None:
        raise PatternError("literals", f"{literal!r} has no run of 3 characters that every encoder leaves alone", index)
    return gate


def _regex_gates(pattern: str, index: int, signal: Signal) -> tuple[Gate, ...]:
    try:
        some = regex_gates(pattern, signal.ignore_case)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError("regex", f"no literal can be read from the regex: {error}", index) from error
    if some is None:
        raise PatternError("regex", "an alternative of the regex has no run of 3 characters that every match must hold", index)
    return some


def _supplied(signal: Signal, level_patterns: LevelPatterns, field_patterns: FieldPatterns) -> tuple[Gate, ...]:
    """The gates that formats know for a signal that names a field or a level and no text. Raises PatternError where none does."""
    if signal.of_class or signal.at:
        return ()
    raws: Sequence[str] = ()
    for name, test in signal.fields.items():
        raws = field_patterns(name, test)
        break
    if not signal.fields and signal.level is not None:
        raws = level_patterns(signal.level)
    if not raws:
        raise PatternError("fields" if signal.fields else "literals", "the signal has nothing that a search could look for")
    return tuple(dict.fromkeys(Gate(raw=raw) for raw in raws))


def gates(signal: Signal, level_patterns: LevelPatterns, field_patterns: FieldPatterns) -> tuple[Gate, ...]:
    """What to search for to find a signal. Raises PatternError."""
    return prepare(signal).gates or _supplied(signal, level_patterns, field_patterns)


_PICK: dict[str, Callable[[Event], str]] = {
    "text": lambda event: event.text,
    "message": lambda event: event.message,
    "line": lambda event: event.message.split("\n", 1)[0],
    "trace": lambda event: "\n".join(_trace_lines(event)),
}


def _trace_lines(event: Event) -> list[str]:
    lines: list[str] = []
    for trace in event.traces:
        link = trace
        while link is not None:
            lines.append(f"{link.kind}: {link.message}")
            lines.extend(str(frame) for frame in link.frames)
            lines.extend(f"{other.kind}: {other.message}" for other in link.others)
            link = link.cause  # type: ignore[assignment]
    return lines


def _line_at(text: str, at: int) -> str:
    begin = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    return text[begin : stop if stop >= 0 else len(text)][:MAX_LINE]

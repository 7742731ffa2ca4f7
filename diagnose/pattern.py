"""Signals made ready to match: gates for the native search, guarded regexes for the decoded event.

A signal holds in an event where one of its gates matches the raw bytes of one of the record's lines *and*
`CompiledSignal.confirm` says yes to the decoded event. Both halves are its definition (`docs/architecture.md`).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from diagnose.model import Event, Level, Signal, Value
from diagnose.rawform import Gate, literal_gate, regex_gates, repeat_depth

TIMEOUT = 0.25
"""Seconds that one search of a regex may take on one event."""

LONG_TEXT = 4_096
"""Characters from which a regex that may be polynomial runs under the time-out; below, n² is harmless."""

MAX_LINE = 2_000
"""Characters of a line kept as evidence."""

_NOTHING: Mapping[str, Value] = {}

UNKNOWN_TEXT = "?"
"""What Hibernate prints for a bound parameter: a capture of it is unknown."""

LevelPatterns = Callable[[Level], Sequence[str]]
FieldPatterns = Callable[[str, str], Sequence[str]]


class PatternError(Exception):
    """A signal cannot be searched for. `field` names the YAML key at fault: literals, regex, fields…"""

    def __init__(self, field: str, reason: str, index: int = 0) -> None:
        self.field = field
        self.reason = reason
        self.index = index
        super().__init__(reason)


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
            return self.compare(str(value), self.operand)
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


class Guarded:
    """A regex that cannot run away: `search` gives up after TIMEOUT where the pattern or the text makes that possible."""

    __slots__ = ("always_timed", "compiled", "groups", "pattern", "polynomial")

    def __init__(self, pattern: str, ignore_case: bool = False) -> None:
        flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
        try:
            self.compiled = regex.compile(pattern, flags)
        except regex.error as error:
            raise PatternError("regex", f"the regex does not compile: {error}") from error
        self.pattern = pattern
        self.groups = tuple(self.compiled.groupindex)
        danger = risk(pattern)
        self.always_timed = danger == "exponential"
        self.polynomial = danger != ""

    def search(self, text: str) -> regex.Match[str] | None:
        """The first match, or None; None too where the time-out struck."""
        if self.always_timed or (self.polynomial and len(text) > LONG_TEXT):
            try:
                return self.compiled.search(text, timeout=TIMEOUT)
            except TimeoutError:
                return None
        return self.compiled.search(text)


def risk(pattern: str) -> str:
    """`exponential` (a repeat inside a repeat), `polynomial` (two open repeats in a row), or empty: provably linear enough."""
    depth, unbounded = repeat_depth(pattern)
    if depth >= 2:
        return "exponential"
    return "polynomial" if unbounded >= 2 else ""


class CompiledSignal:
    """A signal of a rule, ready to match. `number` is its place in the rulebook."""

    __slots__ = ("_fields", "_literals", "_pick", "_regexes", "captures", "gates", "number", "rule", "signal")

    def __init__(
        self, rule: str, signal: Signal, number: int, level_patterns: LevelPatterns, field_patterns: FieldPatterns
    ) -> None:
        self.rule = rule
        self.signal = signal
        self.number = number
        self._fields = tuple(field_test(name, test) for name, test in signal.fields.items())
        self._literals = tuple(text.casefold() for text in signal.literals) if signal.ignore_case else signal.literals
        self._regexes = tuple(Guarded(pattern, signal.ignore_case) for pattern in signal.regex)
        self._pick = _PICK[signal.look_in]
        self.captures = tuple(dict.fromkeys(name for guarded in self._regexes for name in guarded.groups))
        self.gates = gates(signal, level_patterns, field_patterns)

    def confirm(self, event: Event) -> tuple[Mapping[str, Value], str] | None:
        """The captures, and the line that shows the signal, where the decoded event does; else None."""
        signal = self.signal
        if signal.level is not None and not self._loud(event, signal.level):
            return None
        for test in self._fields:
            if not test.holds(event.fields):
                return None
        text = self._pick(event)
        at = 0
        if self._literals:
            at = self._find_literal(text)
            if at < 0:
                return None
        captured: Mapping[str, Value] = _NOTHING
        if self._regexes:
            for guarded in self._regexes:
                match = guarded.search(text)
                if match is not None:
                    captured, at = self._read(match), match.start()
                    break
            else:
                return None
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
        if not (self._literals or self._regexes):
            return False
        status = event.fields.get("status")
        return event.level is None or bool(event.traces) or (isinstance(status, int) and status >= 500)

    def _find_literal(self, text: str) -> int:
        """Where one of the literals stands, the first in the rule's order; -1: none does."""
        haystack = text.casefold() if self.signal.ignore_case else text
        for literal in self._literals:
            at = haystack.find(literal)
            if at >= 0:
                return min(at, len(text))
        return -1

    def _read(self, match: regex.Match[str]) -> Mapping[str, Value]:
        if not self.captures:
            return _NOTHING
        types = self.signal.captures
        captured: dict[str, Value] = {}
        for name, text in match.groupdict().items():
            if text is None or text == UNKNOWN_TEXT:
                captured[name] = None
            elif name in types:
                captured[name] = _convert(text, types[name].type)
            else:
                captured[name] = text
        _complete_peer(captured)
        return captured


DEPENDENCIES = {
    "5432": "PostgreSQL", "6432": "PgBouncer", "3306": "MySQL", "6379": "Redis", "27017": "MongoDB", "5672": "RabbitMQ", "9092": "Kafka",
    "9200": "Elasticsearch", "11211": "Memcached", "1433": "SQL Server", "1521": "Oracle", "25": "the mail server", "465": "the mail server",
    "587": "the mail server", "2181": "ZooKeeper", "8500": "Consul", "2379": "etcd", "4222": "NATS", "1883": "the MQTT broker",
}  # fmt: skip
"""What usually listens on a port, by the IANA registry of port numbers and the servers' own defaults."""


def _complete_peer(captured: dict[str, Value]) -> None:
    """Make `peer` of `host` and `port` and the other way round, and name the `dependency` that usually listens there."""
    host, port, peer = captured.get("host"), captured.get("port"), captured.get("peer")
    if peer is None and host and port:
        captured["peer"] = f"[{host}]:{port}" if ":" in str(host) and not str(host).startswith("[") else f"{host}:{port}"
    elif isinstance(peer, str) and port is None and ":" in peer and peer.rpartition(":")[2].isdigit():
        captured["port"] = port = peer.rpartition(":")[2]
    if port is not None and "dependency" not in captured:
        captured["dependency"] = DEPENDENCIES.get(str(port), "the server")


def gates(signal: Signal, level_patterns: LevelPatterns, field_patterns: FieldPatterns) -> tuple[Gate, ...]:
    """The gates of a signal: of its literals, else of its regexes, else what the formats supply. Raises PatternError.

    A signal of another rule's class has none: the engine feeds it.
    """
    found: dict[Gate, None] = {}
    if signal.of_class:
        return ()
    if signal.literals:
        for index, literal in enumerate(signal.literals):
            gate = literal_gate(literal, signal.ignore_case)
            if gate is None:
                raise PatternError("literals", f"{literal!r} has no run of 3 characters that every encoder leaves alone", index)
            found[gate] = None
    elif signal.regex:
        for index, pattern in enumerate(signal.regex):
            try:
                some = regex_gates(pattern, signal.ignore_case)
            except (re.error, OverflowError, RecursionError) as error:
                raise PatternError("regex", f"no literal can be read from the regex: {error}", index) from error
            if some is None:
                raise PatternError(
                    "regex", "an alternative of the regex has no run of 3 characters that every match must hold", index
                )
            found.update(dict.fromkeys(some))
    else:
        raws: list[str] = []
        for name, test in signal.fields.items():
            raws = list(field_patterns(name, test))
            break
        if not signal.fields and signal.level is not None:
            raws = list(level_patterns(signal.level))
        if not raws:
            raise PatternError("fields" if signal.fields else "literals", "the signal has nothing that a search could look for")
        found.update(dict.fromkeys(Gate(raw=raw) for raw in raws))
    return tuple(found)


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


_UNITS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "m": 6e4, "min": 6e4, "h": 3.6e6}


_LARGEST = 1 << 63
"""Numbers beyond are no measurements; nothing that computes or prints needs to expect them."""


def _convert(text: str, kind: str) -> Value:
    """Read a capture; None (unknown) where the text is not of its type."""
    if kind == "str":
        return text
    number: int | float
    try:
        if kind == "int":
            number = int(text.replace(",", "").replace("_", ""))
        elif kind == "float":
            number = float(text.replace(",", ""))
        else:
            match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)\s*", text)
            number = float(match[1]) * _UNITS.get(match[2] or "ms", 1.0) if match else math.nan
    except ValueError:
        return None
    return number if abs(number) < _LARGEST else None


def _line_at(text: str, at: int) -> str:
    begin = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    return text[begin : stop if stop >= 0 else len(text)][:MAX_LINE]

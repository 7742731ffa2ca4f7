"""Regexes that cannot run away, and that are compiled only when a text holds what each of their matches must hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from diagnose.rawform import Gate, regex_gates, repeat_depth

TIMEOUT = 0.25
"""Seconds that one search of a regex may take on one event."""

LONG_TEXT = 4_096
"""Characters from which a regex that may be polynomial runs under the time-out; below, n² is harmless."""


class PatternError(Exception):
    """A signal cannot be searched for. `field` names the YAML key at fault: literals, regex, fields…"""

    def __init__(self, field: str, reason: str, index: int = 0) -> None:
        self.field = field
        self.reason = reason
        self.index = index
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class RegexFacts:
    """What is known of a regex without running it. `risk` as `risk()` says it.

    `needles`: of one of these gates every match holds all runs; none: nothing is known of what a match holds.
    """

    groups: tuple[str, ...]
    risk: str
    needles: tuple[Gate, ...] = ()


class Guarded:
    """A regex that cannot run away: `search` gives up after TIMEOUT where the pattern or the text makes that possible.

    Raises PatternError where no facts are given and the pattern does not compile.
    """

    __slots__ = ("_compiled", "_flags", "always_timed", "groups", "needles", "pattern", "polynomial")

    def __init__(self, pattern: str, ignore_case: bool = False, facts: RegexFacts | None = None) -> None:
        self.pattern = pattern
        self._flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
        self._compiled: regex.Pattern[str] | None = None
        if facts is None:
            facts = _facts(pattern, ignore_case)
        self.groups = facts.groups
        self.needles = tuple((gate.runs, gate.ignore_case) for gate in facts.needles)
        self.always_timed = facts.risk == "exponential"
        self.polynomial = facts.risk != ""

    @property
    def facts(self) -> RegexFacts:
        """To make an equal one of, later, without looking at the pattern."""
        danger = "exponential" if self.always_timed else "polynomial" if self.polynomial else ""
        return RegexFacts(self.groups, danger, tuple(Gate(runs, caseless) for runs, caseless in self.needles))

    def search(self, text: str) -> regex.Match[str] | None:
        """The first match, or None; None too where the time-out struck."""
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = self._compile()
        if self.always_timed or (self.polynomial and len(text) > LONG_TEXT):
            try:
                return compiled.search(text, timeout=TIMEOUT)
            except TimeoutError:
                return None
        return compiled.search(text)

    def _compile(self) -> regex.Pattern[str]:
        return _compiled(self.pattern, self._flags)


class Sieve:
    """Of several regexes, in order, those that may match a text: each run of a needle is looked for once."""

    def __init__(self, regexes: Sequence[Guarded]) -> None:
        places: dict[tuple[str, bool], int] = {}
        self._needs: list[tuple[Guarded, tuple[tuple[int, ...], ...]]] = []
        for guarded in regexes:
            needs = []
            for runs, caseless in guarded.needles:
                keys = [(run.lower() if caseless else run, caseless) for run in runs]
                needs.append(tuple(places.setdefault(key, len(places)) for key in keys))
            self._needs.append((guarded, tuple(needs)))
        self._runs = tuple(places)
        self._unknown: list[bool | None] = [None] * len(places)

    def search(self, text: str) -> regex.Match[str] | None:
        """The match of the first regex that matches."""
        held = self._unknown.copy()
        for guarded, needs in self._needs:
            for need in needs:
                for run in need:
                    there = held[run]
                    if there is None:
                        there = held[run] = self._holds(text, run)
                    if not there:
                        break
                else:
                    break
            else:
                if needs:
                    continue
            match = guarded.search(text)
            if match is not None:
                return match
        return None

    def _holds(self, text: str, run: int) -> bool:
        needle, caseless = self._runs[run]
        if not caseless:
            return needle in text
        # Some letters have their other case outside of ASCII: there nothing is ruled out.
        return not text.isascii() or needle in text.lower()


def _compiled(pattern: str, flags: int) -> regex.Pattern[str]:
    try:
        return regex.compile(pattern, flags)
    except regex.error as error:
        raise PatternError("regex", f"the regex does not compile: {error}") from error


@lru_cache(maxsize=8192)
def _facts(pattern: str, ignore_case: bool) -> RegexFacts:
    """Each pattern of a rulebook is asked for when its rule is checked and when it is prepared; reading it takes 2 ms."""
    compiled = _compiled(pattern, regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0))
    return RegexFacts(tuple(compiled.groupindex), risk(pattern), _needles(pattern, ignore_case))


def _needles(pattern: str, ignore_case: bool) -> tuple[Gate, ...]:
    try:
        return regex_gates(pattern, ignore_case) or ()
    except (re.error, OverflowError, RecursionError):
        return ()


def risk(pattern: str) -> str:
    """`exponential` (a repeat inside a repeat), `polynomial` (two open repeats in a row), or empty: provably linear enough."""
    depth, unbounded = repeat_depth(pattern)
    if depth >= 2:
        return "exponential"
    return "polynomial" if unbounded >= 2 else ""

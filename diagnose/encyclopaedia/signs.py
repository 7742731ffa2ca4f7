"""Signals as a person would say them: where they are looked for, and what must stand there."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.model import Signal

SHOWN = 4
"""Literals that are named; connection-refused alone has 26."""

LONGEST = 90
"""Characters of a pattern that are shown."""

_PLACES = {
    "text": "a record that",
    "message": "a record whose message",
    "line": "a record whose first line",
    "trace": "a record whose stack trace",
}


def in_words(signal: Signal) -> str:
    """What the signal looks for."""
    if signal.of_class:
        return f"a finding of the class {signal.of_class}"
    says = []
    if signal.literals:
        says.append("says " + _either([f"“{literal}”" for literal in signal.literals]))
    if signal.regex:
        says.append("matches " + _either([_pattern(pattern) for pattern in signal.regex], 1))
    place = _PLACES[signal.look_in] if says else "a record"
    text = f"{place} {' and '.join(says)}" if says else place
    if signal.ignore_case:
        text += " (capitals do not matter)"
    if signal.fields:
        text += " with " + _and([_field(name, test) for name, test in signal.fields.items()])
    if signal.level is not None:
        text += f" at level {signal.level.name.lower()} or above"
    if signal.unless:
        text += "; not where it says " + _either([f"“{literal}”" for literal in signal.unless])
    return text


def _either(words: Sequence[str], shown: int = SHOWN) -> str:
    """`A, B or C`, or the first ones and how many more there are."""
    if len(words) > shown:
        return f"{', '.join(words[:shown])} or {_more(len(words) - shown)}"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _more(count: int) -> str:
    return "one more" if count == 1 else f"one of {count} more"


def _pattern(pattern: str) -> str:
    flat = " ".join(pattern.split("\n"))
    return f"/{flat}/" if len(flat) <= LONGEST else f"/{flat[:LONGEST]}…/"


def _field(name: str, test: str) -> str:
    sign = test.lstrip()[:1]
    return f"{name} {test.strip()}" if sign and sign in "<>=!" else f"{name} == {test.strip()}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

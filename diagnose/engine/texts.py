"""Placeholders of a rule's texts, filled from what its case captured; what was captured is redacted first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from diagnose.condition.names import groups
from diagnose.engine.cases import Case
from diagnose.lazy import lazy
from diagnose.model import Check, Fix, Rule, Value
from diagnose.redact import redact, token

UNKNOWN = "…"
PROOF = 500
"""Characters of a line that are told."""

SHORTEST = 4
"""A secret shorter than this is only replaced between quotes: a single digit stands in many places."""

_PLACEHOLDER = lazy(r"\{([A-Za-z_]\w*)\}")
_HARMLESS = lazy(r"[\w./:@%+,][\w./:@%+,-]*", re.ASCII)
"""What may be pasted into a shell as it stands."""


Words = tuple[frozenset[str], frozenset[str]]
"""Of a rule: the captures that are secret, and all of them."""


def words_of(rule: Rule) -> Words:
    """What the rule's signals capture: the same for all of its cases."""
    signals = rule.signals.values()
    secret = {name for signal in signals for name, capture in signal.captures.items() if capture.redact}
    return frozenset(secret), frozenset(name for signal in signals for name in groups(signal))


class Filler:
    """The captures of one case, as they may be told."""

    def __init__(self, words: Words, case: Case) -> None:
        self.captures: dict[str, Value] = {}
        self._secrets: dict[str, str] = {}
        secret, known = words
        for entry in case.entries:
            for name, value in entry.sighting.captures.items():
                if name in secret and value is not None:
                    self._secrets[str(value)] = token(str(value))
                if self.captures.get(name) is None:
                    self.captures[name] = self._told(value)
        self._words: dict[str, Value] = {**dict.fromkeys(known), **self.captures, "blame": case.blame or None}

    def fill(self, text: str) -> str:
        """The text with its placeholders filled; other braces stay."""
        return _PLACEHOLDER.sub(lambda match: self._word(match[1], match[0]), text) if "{" in text else text

    def fix(self, fix: Fix) -> Fix:
        """A step of a repair; its code stays as it is."""
        return replace(fix, text=self.fill(fix.text)) if "{" in fix.text else fix

    def check(self, check: Check) -> Check:
        """A step of a checklist. Into a command goes only what a shell takes for one plain word."""
        if "{" not in check.text and "{" not in check.run:
            return check
        return replace(check, text=self.fill(check.text), run=_PLACEHOLDER.sub(self._argument, check.run))

    def proof(self, text: str) -> str:
        """A line of the log without its secrets, cut."""
        return without(text, self._secrets)

    def _told(self, value: Value) -> Value:
        if not isinstance(value, str):
            return self._secrets.get(str(value), value)
        return self._secrets.get(value) or redact(value)

    def _word(self, name: str, otherwise: str) -> str:
        if name not in self._words:
            return otherwise
        value = self._words[name]
        return UNKNOWN if value is None else str(value)

    def _argument(self, match: re.Match[str]) -> str:
        word = self._word(match[1], match[0])
        return word if word == match[0] or _HARMLESS.fullmatch(word) else UNKNOWN


def without(text: str, secrets: Mapping[str, str]) -> str:
    """A line of the log without these secrets and those that are known by their shape, cut. `secrets`: with what stands for each."""
    for secret, stand_in in sorted(secrets.items(), key=lambda pair: (-len(pair[0]), pair)):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, stand_in)
        else:
            text = re.sub(rf"(?<=['\"`]){re.escape(secret)}(?=['\"`])", stand_in, text)
    text = redact(text)
    return text if len(text) <= PROOF else text[: PROOF - 1] + "…"

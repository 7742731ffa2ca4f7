"""Detectors ready to run: what a rule's `source:` half says, gates in bytes, and the configuration that ast-grep takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diagnose.check.regexes import in_ascii
from diagnose.check.words import words_of
from diagnose.globs import file_matches
from diagnose.model import Rule, Severity


@dataclass(frozen=True)
class Detector:
    """One entry of a rule's `source:`. `number` is its place there."""

    rule: Rule
    number: int

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        return self.rule.source[self.number]

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that its pattern is for; none for a finder."""
        return frozenset(self._data.get("language", ()))

    @cached_property
    def finder(self) -> str:
        """The finder that it names; empty where it has a pattern."""
        return str(self._data.get("finds", ""))

    @cached_property
    def needs(self) -> tuple[tuple[bytes, ...], ...]:
        """Of each group one text must stand in the file."""
        return tuple(tuple(word.encode() for word in group.split("|")) for group in self._data.get("needs", ()))

    @cached_property
    def unless(self) -> tuple[bytes, ...]:
        """Texts of which none may stand in the file."""
        return tuple(word.encode() for word in self._data.get("unless", ()))

    @cached_property
    def nowhere(self) -> tuple[bytes, ...]:
        """Texts of which none may stand in any file that is looked at with this one."""
        return tuple(word.encode() for word in self._data.get("nowhere", ()))

    @cached_property
    def before(self) -> tuple[str, int] | None:
        """The npm package and its major version from which on there is nothing to tell."""
        package, _, major = str(self._data.get("before", "")).rpartition(" ")
        return (package, int(major)) if package and major.isdecimal() else None

    @cached_property
    def message(self) -> str:
        """What is wrong, with `$NAME` for what the pattern captured."""
        return str(self._data["message"])

    @cached_property
    def severity(self) -> Severity:
        """How bad it is here."""
        told = self._data.get("severity")
        return Severity[told.upper()] if told else self.rule.severity

    @cached_property
    def rewrite(self) -> str | None:
        """What may safely stand in the match's place."""
        return self._data.get("rewrite")

    @cached_property
    def technologies(self) -> tuple[str, ...]:
        """What it proves."""
        return tuple(self._data.get("technologies", ()))

    @cached_property
    def instead(self) -> str:
        """What to write instead; empty: the cause's first fix says it."""
        return str(self._data.get("instead", ""))

    @cached_property
    def cause(self) -> str:
        """The id of the cause that it shows; empty: the first."""
        return str(self._data.get("cause", ""))

    def asks(self, path: str, part: str) -> bool:
        """Whether it looks at a file of this path in this part of a project."""
        if part and part not in self._data.get("also_in", ()):
            return False
        globs: Sequence[str] = self._data.get("files", ())
        return not globs or file_matches(path, globs)

    def config(self, language: str) -> dict[str, Any]:
        """What ast-grep takes; `language` by its own name."""
        if language not in self._configs:
            self._configs[language] = self._config(language)
        return self._configs[language]

    @cached_property
    def _configs(self) -> dict[str, dict[str, Any]]:
        return {}

    def _config(self, language: str) -> dict[str, Any]:
        rule, constraints = self._data["rule"], self._data.get("constraints") or {}
        made: dict[str, Any] = {"rule": rule}
        if constraints:
            made["constraints"] = constraints
        words = words_of(language, rule, constraints)
        if words:
            made["utils"] = words
        ready: dict[str, Any] = in_ascii(made)
        return ready


def detectors(rules: Iterable[Rule]) -> tuple[Detector, ...]:
    """All detectors of some rules."""
    return tuple(Detector(rule, number) for rule in rules for number in range(len(rule.source)))


class Gates:
    """What stands in one file, looked up once for all detectors."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._seen: dict[bytes, bool] = {}

    def open(self, detector: Detector) -> bool:
        """Whether the file holds all that a detector needs."""
        return all(any(map(self._holds, group)) for group in detector.needs) and not any(map(self._holds, detector.unless))

    def _holds(self, word: bytes) -> bool:
        seen = self._seen.get(word)
        if seen is None:
            seen = self._seen[word] = word in self._data
        return seen

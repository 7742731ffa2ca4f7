"""A rule's `source:` half must make sense: it looks for something, and its ast-grep rule is made of keys that there are.

What only ast-grep itself can tell (kinds, patterns, regexes) is asked when rules are linted: see `diagnose/check/proving.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from diagnose.rulebook.document import Document
from diagnose.rulebook.node import Path
from diagnose.rulebook.words import meant, show

Data = Mapping[str, Any]

ATOMS = ("pattern", "kind", "regex", "nthChild", "range", "matches")
RELATIONS = ("inside", "has", "precedes", "follows")
LISTS = ("all", "any")
KEYS = (*ATOMS, *RELATIONS, *LISTS, "not")
"""The keys of an ast-grep rule object (ast-grep 0.51)."""

_RELATION_KEYS = (*KEYS, "stopBy", "field")
_VARIABLE = re.compile(r"\$+([A-Z_][A-Z0-9_]*)")


class DetectorCheck:
    """Checks the detectors of one rule and notes every fault in its document."""

    def __init__(self, document: Document, data: Data, frameworks: Collection[str]) -> None:
        self.document = document
        self.data = data
        self.frameworks = frameworks

    def run(self) -> None:
        """Check them all."""
        for index, detector in enumerate(self.data.get("source", ())):
            if detector is not None:
                self._detector(("source", index), detector)

    def _detector(self, path: Path, detector: Data) -> None:
        document = self.document
        given = document.at(*path).entries or {}
        if ("rule" in given) == ("finds" in given):
            document.error(document.at(*path), "a detector needs `rule` or `finds`" + (", not both" if "rule" in given else ""))
        if "rule" in given and "language" not in given:
            document.error(document.at(*path), "a detector lacks `language`", "language: javascript, python, …")
        if "finds" in given:
            for key in given.keys() & {"constraints", "rewrite", "needs", "unless", "nowhere"}:
                document.error(document.key(*path, key), f"`{key}` stands beside `finds`", "it belongs to a `rule`")
        self._cause((*path, "cause"), detector.get("cause"))
        for number, word in enumerate(detector.get("technologies", ())):
            if word and self.frameworks and word not in self.frameworks:
                node = document.at(*path, "technologies", number)
                document.warn(node, f"no known framework or driver is named {show(word)}", meant(word, self.frameworks))
        if "rule" in detector:
            self._rule((*path, "rule"), detector["rule"], KEYS)
            for name, rule in (detector.get("constraints") or {}).items():
                self._rule((*path, "constraints", name), rule, KEYS)
            self._variables(path, detector)

    def _cause(self, path: Path, told: str | None) -> None:
        causes = [cause["id"] for cause in self.data.get("causes", ()) if cause and "id" in cause]
        if told and causes and told not in causes:
            self.document.error(self.document.at(*path), f"no cause is named {show(told)}", meant(told, causes))

    def _rule(self, path: Path, rule: object, keys: Collection[str]) -> None:
        """An ast-grep rule object and all below it."""
        if not isinstance(rule, Mapping):
            self.document.error(self.document.at(*path), "expected an ast-grep rule: a mapping")
            return
        for key, value in rule.items():
            here = (*path, key)
            if key not in keys:
                self.document.error(self.document.key(*here), f"ast-grep has no key {show(key)}", meant(key, keys))
            elif key in RELATIONS:
                self._rule(here, value, _RELATION_KEYS)
            elif key == "not" or (key == "stopBy" and not isinstance(value, str)):
                self._rule(here, value, KEYS)
            elif key in LISTS:
                self._list(here, value)

    def _list(self, path: Path, value: object) -> None:
        if not isinstance(value, list):
            self.document.error(self.document.at(*path), "expected a list of ast-grep rules")
            return
        for number, each in enumerate(value):
            self._rule((*path, number), each, KEYS)

    def _variables(self, path: Path, detector: Data) -> None:
        """A text may only tell what the rule captures."""
        captured = {name for text in _texts(detector["rule"]) for name in _VARIABLE.findall(text)}
        for key in ("message", "rewrite"):
            node = self.document.at(*path, key)
            for match in _VARIABLE.finditer(detector.get(key) or ""):
                if match[1] not in captured:
                    help = meant(match[1], captured)
                    self.document.error(node, f"the rule captures no {show(match[0])}", help, match.start())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)

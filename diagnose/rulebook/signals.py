"""A signal must say something that a search can look for, and declare no capture that its regexes lack."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.model import Signal
from diagnose.pattern import Guarded, PatternError
from diagnose.plan import Lookups
from diagnose.rulebook.assemble import signal as assemble_signal
from diagnose.rulebook.document import Document
from diagnose.rulebook.form import NAME
from diagnose.rulebook.known import Known
from diagnose.rulebook.node import Node
from diagnose.rulebook.words import meant, show
from diagnose.signals import field_test, gates

Data = Mapping[str, Any]

PARTS = ("literals", "regex", "level", "fields", "class")
"""Keys of which a signal needs one."""


def check_signal(document: Document, name: str, signal: Data, known: Known) -> frozenset[str] | None:
    """Note every fault of the signal; the names that it captures, or None where they cannot be known."""
    node = document.at("signals", name)
    if node.entries is None:
        return None
    if "class" in node.entries:
        for key in node.entries.keys() - {"class"}:
            document.error(node.keys[key], f"`{key}` stands beside `class`", "another rule's finding has no text to look in")
        return None
    if not node.entries.keys() & set(PARTS):
        own = document.key("signals", name)
        document.error(own, f"the signal {show(name)} looks for nothing", f"it needs one of {', '.join(PARTS)}")
        return None
    check = _Check(document, name, signal, known)
    captured = check.captures()
    if "at" not in node.entries:
        check.gates()
    check.fields()
    return captured


class _Check:
    def __init__(self, document: Document, name: str, signal: Data, known: Known) -> None:
        self.document = document
        self.name = name
        self.signal = signal
        self.formats = known.formats
        self.lookups = Lookups(known.formats)
        self.ignore_case: bool = signal.get("ignore_case", False)
        self.whole = document.at("signals", name)
        self.regexes: list[tuple[Node, str]] = []
        """The regexes that compile."""

    def texts(self, key: str) -> Iterator[tuple[Node, str]]:
        for index, text in enumerate(self.signal.get(key, ())):
            if text is not None:
                yield self.document.at("signals", self.name, key, index), text

    def captures(self) -> frozenset[str] | None:
        """Each regex must compile, and each declared capture be a group of one; the groups, None where not all are known."""
        found: set[str] = set()
        for node, pattern in self.texts("regex"):
            groups = self._groups(node, pattern)
            if groups is not None:
                self.regexes.append((node, pattern))
                found.update(groups)
        written = self.document.at("signals", self.name, "regex")
        if written is not self.whole and len(self.regexes) < len(written.items or (written,)):
            return None
        for name in self.signal.get("captures") or ():
            if name not in found:
                key = self.document.key("signals", self.name, "captures", name)
                help = meant(name, found) or f"write (?P<{name}>…) in the regex"
                self.document.error(key, f"no regex of {show(self.name)} has a group {show(name)}", help)
        return frozenset(found)

    def _groups(self, node: Node, pattern: str) -> tuple[str, ...] | None:
        """The named groups of a regex; None where it does not compile."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # `[[` and `--` in a set: `re` and `regex` read them differently
                groups = Guarded(pattern, self.ignore_case).groups
        except PatternError as error:
            self.document.error(node, error.reason, offset=getattr(error.__cause__, "pos", None))
            return None
        except FutureWarning as warning:
            help = "put a backslash before the sign that is meant literally"
            self.document.error(node, f"the regex is ambiguous: {warning}", help)
            return None
        except RecursionError:
            self.document.error(node, "the regex nests too deep")
            return None
        for group in groups:
            if not re.fullmatch(NAME.pattern, group):
                offset = node.text.find(f"<{group}>") + 1
                self.document.error(node, f"expected {NAME.says} as a group, found {show(group)}", offset=offset)
        return groups

    def gates(self) -> None:
        """Each literal, else each regex, else what the formats know, must give the search something to find."""
        for node, literal in self.texts("literals"):
            self._gate(node, Signal(self.name, literals=(literal,), ignore_case=self.ignore_case))
        written = self.whole.entries or {}
        if "literals" not in written:
            for node, pattern in self.regexes:
                self._gate(node, Signal(self.name, regex=(pattern,), ignore_case=self.ignore_case))
        if self.formats and not written.keys() & {"literals", "regex"}:
            told = {key: value for key, value in self.signal.items() if key in ("level", "fields")}
            self._gate(self.whole, assemble_signal(self.name, told))

    def _gate(self, node: Node, part: Signal) -> None:
        try:
            gates(part, self.lookups.levels, self.lookups.fields)
        except PatternError as error:
            help = "the search needs a run of plain characters: add literals, or write the regex without a choice there"
            self.document.error(node, error.reason, help)

    def fields(self) -> None:
        """Each test of a field must be one."""
        for name, test in (self.signal.get("fields") or {}).items():
            if test is not None:
                try:
                    field_test(name, test)
                except PatternError as error:
                    self.document.error(self.document.at("signals", self.name, "fields", name), error.reason)

"""The conditions of a rule, parsed and checked where they stand in its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.condition import Condition, anchors, check_names, parse, signals
from diagnose.errors import Fault
from diagnose.model import Signal
from diagnose.rulebook.document import Document
from diagnose.rulebook.node import Path
from diagnose.rulebook.words import meant, show

Data = Mapping[str, Any]


class ConditionCheck:
    """Reads `when` and the evidence of all causes; faults are noted in the document.

    `signals` as far as they are in order; one that stands as a class's finding may carry any capture.
    """

    def __init__(self, document: Document, data: Data, signals: Mapping[str, Signal]) -> None:
        self.document = document
        self.data = data
        self.signals = signals
        self.when: Condition | None = None
        self.evidence: tuple[tuple[Condition, ...], ...] = ()
        """`evidence[i][j]` belongs to `causes[i].evidence[j]`; without gaps only where no error was noted."""

    def run(self) -> None:
        """Read them all."""
        if "when" in self.data:
            self.when = self._read(("when",), at=None)
        at = anchors(self.when) if self.when is not None else ()
        evidence: list[tuple[Condition, ...]] = []
        for index, cause in enumerate(self.data.get("causes", ())):
            paths = [
                ("causes", index, "evidence", number, "if")
                for number, told in enumerate((cause or {}).get("evidence", ()))
                if told and "if" in told
            ]
            read = (self._read(path, at=at) for path in paths)
            evidence.append(tuple(condition for condition in read if condition is not None))
        self.evidence = tuple(evidence)
        self._resolved()

    def _read(self, path: Path, at: tuple[str, ...] | None) -> Condition | None:
        """The condition at a path. `at`: the rule's anchors, where the condition has none of its own."""
        text = self.document.at(*path).text
        try:
            condition = parse(text, line=1, column=1, anchored=at is None)
        except Fault as fault:
            self._note(path, fault)
            return None
        for unknown in check_names(condition, self.signals, at=at or (), text=text, line=1, column=1):
            self._note(path, unknown)
        return condition

    def _note(self, path: Path, fault: Fault) -> None:
        """Move a fault from its place in the condition's text to that in the file."""
        node = self.document.at(*path)
        before = node.text.split("\n")[: fault.line - 1]
        offset = sum(len(row) + 1 for row in before) + fault.column - 1
        self.document.error(node, fault.reason, fault.help, offset)

    def _resolved(self) -> None:
        name = self.data.get("resolved_by")
        if not name:
            return
        node = self.document.at("resolved_by")
        if name not in self.signals:
            self.document.error(node, f"no signal is named {show(name)}", meant(name, self.signals))
        elif self.when is not None and name in anchors(self.when):
            self.document.error(node, f"{show(name)} opens the case that it should close", "name another signal")

    def asked(self) -> frozenset[str]:
        """The signals that some condition, or `resolved_by`, asks for."""
        conditions = [condition for some in self.evidence for condition in some]
        if self.when is not None:
            conditions.append(self.when)
        named = {name for condition in conditions for name in signals(condition)}
        return frozenset(named | {self.data.get("resolved_by", "")})

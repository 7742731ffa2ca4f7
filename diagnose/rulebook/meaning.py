"""What a rule says must make sense: names that exist, patterns that can be searched for, links that hold.

Works on the plain data of the form, which may lack whatever was faulty; each check leaves alone what it cannot
see, so that one slip gives one fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnose.model import SCOPES, Signal
from diagnose.rulebook import assemble
from diagnose.rulebook.conditions import ConditionCheck
from diagnose.rulebook.detectors import DetectorCheck
from diagnose.rulebook.document import Document
from diagnose.rulebook.form import REPAIR, RULE
from diagnose.rulebook.known import Known
from diagnose.rulebook.node import Path
from diagnose.rulebook.signals import check_signal
from diagnose.rulebook.words import meant, show

Data = Mapping[str, Any]

LINKS = (*SCOPES, "file")
"""What a rule's failure and the one that it explains may share."""

UNKNOWN = "?"
"""No class's name: stands for what cannot be known."""


class MeaningCheck:
    """Checks one rule's data and notes every fault in its document."""

    def __init__(self, document: Document, data: Data, known: Known, rule_id: str) -> None:
        self.document = document
        self.data = data
        self.known = known
        self.rule_id = rule_id
        self.captures: dict[str, frozenset[str] | None] = {}
        """The captures of each signal; None where they cannot be known."""

        self.conditions = ConditionCheck(document, data, {})

    def run(self) -> None:
        """Check everything."""
        self._class("class")
        self._halves()
        DetectorCheck(self.document, self.data, self.known.frameworks).run()
        for name, told in (self.data.get("signals") or {}).items():
            signal = told or {}
            self.captures[name] = check_signal(self.document, name, signal, self.known)
            if "class" in signal:
                self._class("signals", name, "class")
            self._beside(name, signal.get("at", ()))
        self.conditions = ConditionCheck(self.document, self.data, self._signals())
        self.conditions.run()
        self._keys()
        self._causes()
        self._links()
        self._tests()

    def _class(self, *path: str | int) -> None:
        node = self.document.at(*path)
        if self.known.classes and node.text and node.text not in self.known.classes:
            help = meant(node.text, self.known.classes) or "classes.yaml lists the failure classes; add it there"
            self.document.error(node, f"unknown failure class {show(node.text)}", help)

    def _halves(self) -> None:
        """A rule has a half for logs (signals and a condition), a half for code, or both."""
        there = (self.document.at().entries or {}).keys()
        lacking = [key for key in ("signals", "when") if key not in there]
        if len(lacking) == 1 or (lacking and "source" not in there):
            for key in lacking:
                self.document.error(self.document.at(), f"a rule lacks `{key}`", f"{key}: {RULE.entries[key].about}")

    # ------------------------------------------------------------ signals and captures

    def _signals(self) -> dict[str, Signal]:
        """The signals, for conditions: one whose captures cannot be known stands as a class's finding."""
        return {
            name: Signal(name, of_class=UNKNOWN) if captures is None else assemble.signal(name, self.data["signals"][name])
            for name, captures in self.captures.items()
        }

    def _beside(self, name: str, others: Sequence[str | None]) -> None:
        """What a signal stands beside must be found by a search of its own."""
        signals = self.data["signals"]
        for index, other in enumerate(others):
            if other is None:
                continue
            node = self.document.at("signals", name, "at", index)
            if other not in signals:
                self.document.error(node, f"the rule has no signal {show(other)}", meant(other, signals))
            elif {"at", "class"} & (signals[other] or {}).keys():
                self.document.error(
                    node, f"{show(other)} is not searched for in records itself", "name a signal without `at` and `class`"
                )

    def captured(self) -> tuple[frozenset[str], bool]:
        """The names that the rule captures, bare and as `signal.name`; and whether that is all of them."""
        names: set[str] = set()
        for signal, captures in self.captures.items():
            names.update(captures or ())
            names.update(f"{signal}.{capture}" for capture in captures or ())
        return frozenset(names), None not in self.captures.values()

    def _keys(self) -> None:
        captured, complete = self.captured()
        for index, key in enumerate(self.data.get("keys", ())):
            if key and complete and key not in captured and key not in SCOPES:
                help = meant(key, captured | set(SCOPES))
                self.document.error(self.document.at("keys", index), f"no signal captures {show(key)}", help)
        took = self.data.get("took")
        name = took.get("capture") if took else None
        if name and complete and name not in captured:
            self.document.error(self.document.at("took"), f"no signal captures {show(name)}", meant(name, captured))

    # ------------------------------------------------------------ causes and what hangs on them

    def _causes(self) -> None:
        document, data = self.document, self.data
        if "causes" in data:
            for key in data.keys() & ({"cause", *REPAIR} - {"fix", "checklist"}):
                document.error(document.key(key), f"`{key}` stands beside `causes`", "move it into the cause it belongs to")
        elif not (document.at().entries or {}).keys() & {"cause", "causes"}:
            document.error(document.at(), "a rule lacks its cause", "write `cause:` and `fix:`, or a list of `causes:`")
        seen: set[str] = set()
        self._repair((), data)
        for index, cause in enumerate(data.get("causes", ())):
            name = (cause or {}).get("id", "")
            if name and name in seen:
                document.error(document.at("causes", index, "id"), f"two causes are named {show(name)}")
            seen.add(name)
            self._repair(("causes", index), cause or {})

    def _repair(self, path: Path, holder: Data) -> None:
        document = self.document
        for index, fix in enumerate(holder.get("fix", ())):
            if fix is None:
                continue
            here = (*path, "fix", index)
            if not fix.get("text") and not fix.get("code"):
                document.error(document.at(*here), "a fix needs `text` or `code`")
            if "code" in fix and "language" not in fix:
                document.error(document.key(*here, "code"), "code without its language", "language: python, sql, yaml, …")
            for number, word in enumerate(fix.get("for", ())):
                if word and self.known.frameworks and word not in self.known.frameworks:
                    node = document.at(*here, "for", number)
                    document.warn(node, f"no known framework or driver is named {show(word)}", meant(word, self.known.frameworks))

    def _links(self) -> None:
        for index, link in enumerate(self.data.get("explains", ())):
            if link is None:
                continue
            if "class" in link:
                self._class("explains", index, "class")
            for word in link.get("by", "").split("|"):
                if word.strip() and word.strip() not in LINKS:
                    node = self.document.at("explains", index, "by")
                    offset = node.text.find(word.strip())
                    self.document.error(node, f"unknown scope {show(word.strip())}", meant(word.strip(), LINKS), offset)

    # ------------------------------------------------------------ tests

    def _tests(self) -> None:
        names: set[str] = set()
        for index, test in enumerate(self.data.get("tests", ())):
            if test is None:
                continue
            name = test.get("name", "")
            if name and name in names:
                self.document.error(self.document.at("tests", index, "name"), f"two tests are named {show(name)}")
            names.add(name)
            for number, expected in enumerate(test.get("expect", ())):
                if expected and expected.get("rule") == self.rule_id:
                    self._expectation(("tests", index, "expect", number), expected)

    def _expectation(self, path: Path, expected: Data) -> None:
        document = self.document
        causes = [cause.get("id", "") for cause in self.data.get("causes", ()) if cause]
        told = expected.get("cause")
        known = causes or [self.rule_id.rsplit("/", 1)[-1]]
        if told and told not in known:
            document.error(document.at(*path, "cause"), f"no cause is named {show(told)}", meant(told, known))
        captured, complete = self.captured()
        for name in expected.get("captures") or ():
            if complete and name not in captured:
                document.error(document.key(*path, "captures", name), f"no signal captures {show(name)}", meant(name, captured))

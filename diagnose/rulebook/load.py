"""Folders of YAML files become rules; all faults of all files are collected before any is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from diagnose.condition import CompiledRule, stratify
from diagnose.errors import Fault, Faults
from diagnose.model import Rule
from diagnose.rulebook import assemble
from diagnose.rulebook.document import Document
from diagnose.rulebook.files import RuleFile, find_files
from diagnose.rulebook.form import CLASSES, RULE, RULE_ID
from diagnose.rulebook.known import Known
from diagnose.rulebook.meaning import MeaningCheck
from diagnose.rulebook.node import Node
from diagnose.rulebook.shapes import BAD
from diagnose.rulebook.words import show
from diagnose.signals import prepare


@dataclass(frozen=True)
class LoadedRule:
    """A rule, its conditions parsed (None: it is for code alone), and the file that says so."""

    rule: Rule
    compiled: CompiledRule | None
    document: Document
    asked: frozenset[str]
    """The signals that its conditions ask for."""


@dataclass(frozen=True)
class LoadResult:
    """The rules that are in order, by id, and what was found wrong: errors cost their file, warnings do not."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]
    loaded: tuple[LoadedRule, ...] = field(default=(), repr=False)
    """The same rules with all that is known of them, in the same order."""
    classes: Mapping[str, str] = field(default_factory=dict)
    """The failure classes that the folders list, and what they mean."""


def load_rules(folders: Sequence[Path], *, known: Known | None = None, strict: bool = True) -> LoadResult:
    """Read every rule below the folders (or single files).

    Failure classes are those of `known` and of every `classes.yaml` at the top of a folder. With `strict`, errors are
    raised together as Faults; without, files with errors are left out and told in `faults`.
    """
    result = load_files(find_files(folders), known or Known())
    errors = [fault for fault in result.faults if fault.severity == "error"]
    if strict and errors:
        raise Faults(errors)
    return result


def load_files(files: Sequence[RuleFile], known: Known) -> LoadResult:
    """Read rules out of files that were found; see `load_rules` without `strict`."""
    return _Loader(known).load(files)


def experimental(rule: Rule) -> str:
    """Why the rule is not to be trusted yet; empty where its tests hold a hit and a near-miss."""
    hit = any(expected.rule == rule.id for test in rule.tests for expected in test.expect)
    silent = [test for test in rule.tests if not test.not_evaluated]
    miss = any(all(expected.rule != rule.id for expected in test.expect) for test in silent)
    lacking = [name for name, there in (("a hit", hit), ("a near-miss", miss)) if not there]
    return f"experimental: no test is {' or '.join(lacking)}" if lacking else ""


class _Loader:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.faults: list[Fault] = []
        self.loaded: dict[str, LoadedRule] = {}

    def load(self, files: Iterable[RuleFile]) -> LoadResult:
        readable: list[RuleFile] = []
        for file in files:
            if file.fault:
                self.faults.append(file.fault)
            else:
                readable.append(file)
        classes = {name: about for file in readable if file.is_classes for name, about in self._classes(file)}
        self.known = replace(self.known, classes={*classes, *self.known.classes})
        for file in readable:
            if not file.is_classes:
                self._rule(file)
        self._break_circles()
        self.faults.sort(key=lambda fault: (fault.file, fault.line, fault.column))
        loaded = tuple(self.loaded[id] for id in sorted(self.loaded))
        return LoadResult(tuple(one.rule for one in loaded), tuple(self.faults), loaded, classes)

    def _classes(self, file: RuleFile) -> list[tuple[str, str]]:
        document = Document(str(file.path), file.data)
        groups: Mapping[str, Mapping[str, str] | None] = {}
        if document.root is not None:
            told = CLASSES.read(document.root, document)
            groups = {} if told is BAD else told
        self.faults.extend(document.faults)
        return [(name, about or "") for group in groups.values() for name, about in (group or {}).items()]

    def _rule(self, file: RuleFile) -> None:
        document = Document(str(file.path), file.data)
        if document.root is not None:
            self._read(file, document, document.at())
        self.faults.extend(document.faults)

    def _read(self, file: RuleFile, document: Document, root: Node) -> None:
        if not re.fullmatch(RULE_ID.pattern, file.id):
            document.error(root, f"{show(file.id)} is no rule id", "name the file technology/problem.yaml, in small letters")
        elif file.id in self.loaded:
            first = self.loaded[file.id].rule.file
            document.error(root, f"the rule {show(file.id)} stands in {first} already")
        data = RULE.read(root, document)
        if data is BAD:
            return
        meaning = MeaningCheck(document, data, self.known, file.id)
        meaning.run()
        conditions = meaning.conditions
        if document.broken:
            return
        rule = assemble.rule(file.id, str(file.path), data)
        if conditions.when is None:
            self.loaded[file.id] = LoadedRule(rule, None, document, conditions.asked())
            return
        reason = experimental(rule)
        if reason:
            help = "give it one log in which it must be found, and one that it must leave alone"
            document.warn(document.key("tests"), reason, help)
        prepared = {name: prepare(signal) for name, signal in rule.signals.items() if not signal.of_class}
        compiled = CompiledRule(rule, conditions.when, conditions.evidence, prepared)
        self.loaded[file.id] = LoadedRule(rule, compiled, document, conditions.asked())

    def _break_circles(self) -> None:
        """Leave out a rule of each circle of `class:` references."""
        while True:
            rules = {one.rule.file: id for id, one in self.loaded.items()}
            try:
                stratify([one.rule for one in self.loaded.values()])
            except Fault as fault:
                self.faults.append(fault)
                del self.loaded[rules[fault.file]]
            else:
                return

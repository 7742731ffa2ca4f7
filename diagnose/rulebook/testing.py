"""Runs the tests that rules carry, and says why one failed: signal by signal, then the condition.

What scans is handed in, so that authors of plugins can run their rules' tests from their own test suite:

    for outcome in run_tests(rulebook, scan):
        assert outcome.passed, outcome
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from diagnose.condition import CompiledRule
from diagnose.model import Event, Expected, Finding, NotEvaluated, Rule, RuleTest, Sighting, Value
from diagnose.redact import redact, token
from diagnose.rulebook.book import Rulebook
from diagnose.rulebook.explain import why_not
from diagnose.signals import CompiledSignal


class Trial(Protocol):
    """What a scan of one test's log gave."""

    @property
    def findings(self) -> Sequence[Finding]: ...

    @property
    def not_evaluated(self) -> Sequence[NotEvaluated]: ...

    @property
    def events(self) -> Sequence[Event]:
        """The events that some hit led to."""

    @property
    def sightings(self) -> Sequence[Sighting]: ...


ScanText = Callable[[str, Sequence[CompiledRule]], Trial]
"""Scans a text with some rules only."""


@dataclass(frozen=True)
class Outcome:
    """How one test went. `problems` is empty where it passed; `why` says what the rule saw, line by line."""

    rule: str
    test: str
    file: str
    problems: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True where everything expected was found, and nothing else."""
        return not self.problems

    def __str__(self) -> str:
        head = f"{'pass' if self.passed else 'FAIL'}  {self.rule}: {self.test}"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems), *(f"    {line}" for line in self.why)])


def run_tests(book: Rulebook, scan_text: ScanText, only: Callable[[Rule], bool] = lambda rule: True) -> Iterator[Outcome]:
    """Run the tests of the rules that `only` picks, one outcome each.

    A test's log is scanned with its own rule, the rules that it expects, and those whose class they refer to.
    Findings of these rules must be those expected; findings of the last kind alone may be there besides.
    """
    runner = _Runner(book, scan_text)
    for compiled in book.compiled:
        if only(compiled.rule):
            for test in compiled.rule.tests:
                yield runner.run(compiled.rule, test)


class _Runner:
    def __init__(self, book: Rulebook, scan_text: ScanText) -> None:
        self.scan_text = scan_text
        self.rules = {one.rule.id: one for one in book.compiled}
        self.signals: dict[str, list[CompiledSignal]] = {}
        for signal in book.signals:
            self.signals.setdefault(signal.rule, []).append(signal)

    def run(self, rule: Rule, test: RuleTest) -> Outcome:
        known = sorted({rule.id, *(expected.rule for expected in test.expect)} & self.rules.keys())
        trial = self.scan_text(test.log, self._with_referred(known))
        problems = self._compare(test, trial, known)
        if test.not_evaluated and rule.id not in {one.rule for one in trial.not_evaluated}:
            problems.append("should be told as not evaluated, but is not")
        why = [line for id in known for line in self._why(id, test, trial)] if problems else []
        return Outcome(rule.id, test.name, rule.file, tuple(problems), tuple(why))

    def _with_referred(self, ids: Sequence[str]) -> list[CompiledRule]:
        """The rules and, as far as that goes, those of the classes that their signals refer to; in the book's order."""
        chosen = set(ids)
        todo = list(ids)
        while todo:
            classes = {signal.of_class for signal in self.rules[todo.pop()].rule.signals.values() if signal.of_class}
            more = [id for id, one in self.rules.items() if one.rule.of_class in classes and id not in chosen]
            chosen.update(more)
            todo.extend(more)
        return [one for id, one in self.rules.items() if id in chosen]

    def _compare(self, test: RuleTest, trial: Trial, known: Sequence[str]) -> list[str]:
        """What was expected and not found, and what was found and not expected."""
        left = [finding for finding in trial.findings if finding.rule in known]
        problems: list[str] = []
        for expected in test.expect:
            if expected.rule not in self.rules:
                problems.append(f"expects {expected.rule}, but there is no such rule")
                continue
            candidates = [finding for finding in left if finding.rule == expected.rule]
            if not candidates:
                problems.append(f"expected {expected.rule}, found {_names(left)}")
                continue
            pairs = [(_differences(expected, finding), finding) for finding in candidates]
            nearest, finding = min(pairs, key=lambda pair: len(pair[0]))
            problems.extend(f"{expected.rule}: {difference}" for difference in nearest)
            left.remove(finding)
        return [*problems, *(f"found {_described(finding)}, which nothing expects" for finding in left)]

    def _why(self, id: str, test: RuleTest, trial: Trial) -> list[str]:
        return why_not(self.rules[id], self.signals.get(id, []), test.log, trial.events, trial.sightings)


def _differences(expected: Expected, finding: Finding) -> list[str]:
    found: list[str] = []
    if expected.cause and expected.cause != finding.cause_id:
        scores = ", ".join(f"{one.id} {one.score}" for one in finding.alternatives)
        found.append(f"expected the cause {expected.cause}, told is {finding.cause_id} (score {finding.score}; {scores})")
    if expected.severity and expected.severity != finding.severity.name.lower():
        found.append(f"expected severity {expected.severity}, told is {finding.severity.name.lower()}")
    if expected.count is not None and expected.count != finding.count:
        found.append(f"expected it {expected.count} ×, counted are {finding.count}")
    for name, value in expected.captures.items():
        told = finding.captures.get(name)
        if not _same(told, value):
            found.append(f"expected {name} = {value!r}, captured is {told!r}")
    return found


def _same(found: Value, expected: Value) -> bool:
    """Equal; or the same as text, for an author need not know a capture's type; or what redaction makes of it."""
    if found is None or expected is None:
        return found is expected
    text = str(expected)
    return found == expected or str(found) in (text, token(text), redact(text))


def _names(findings: Sequence[Finding]) -> str:
    return ", ".join(sorted({finding.rule for finding in findings})) or "nothing"


def _described(finding: Finding) -> str:
    told = "".join(f", {name}={value!r}" for name, value in finding.captures.items())
    return f"{finding.rule} ({finding.cause_id}, {finding.count} ×{told})"

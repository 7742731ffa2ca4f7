"""What is told of one rule, or of a class that no rule is of: the rule's own data, put in words and related to others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diagnose.condition import CompiledRule, Condition, anchors
from diagnose.condition import signals as signals_of
from diagnose.condition.names import groups
from diagnose.condition.wording import in_words
from diagnose.encyclopaedia import signs
from diagnose.model import Cause, Check, Explains, Finding, Fix, Rule
from diagnose.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Sign:
    """A signal by name, and what it looks for."""

    signal: str
    words: str


@dataclass(frozen=True, slots=True)
class Tell:
    """What speaks for a cause (`add` above 0) or against it: the condition as written, and in words."""

    condition: str
    words: str
    add: int


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a repair that fit what the reader uses; `others`: what steps left out are for."""

    fix: tuple[Fix, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """A possible cause, and what tells it from the others. `seen`: it is the one that the reader's log supports best."""

    cause: Cause
    tells: tuple[Tell, ...]
    steps: Steps
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """A class that is linked with this one, and its rules. `by` and `within` (µs) are the link's."""

    of_class: str
    rules: tuple[str, ...]
    by: tuple[str, ...] = ()
    within: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """See module. `rule` is None for a class alone; `finding` is what a log that was given shows of it."""

    rule: Rule | None
    of_class: str
    meaning: str
    title: str
    when: str = ""
    causes: tuple[CauseEntry, ...] = ()
    shared: Steps = Steps(())
    """Steps that all causes have in common."""
    checklist: tuple[Check, ...] = ()
    signs: tuple[Sign, ...] = ()
    """The signals that `when` and the causes' evidence ask for."""
    explains: tuple[Related, ...] = ()
    explained_by: tuple[Related, ...] = ()
    finding: Finding | None = None


class Entries:
    """Makes entries out of a rulebook. `prefer`: frameworks and databases whose steps are wanted; empty: all steps."""

    def __init__(self, book: Rulebook, prefer: frozenset[str] = frozenset()) -> None:
        self._book = book
        self._prefer = prefer
        self._compiled = {one.rule.id: one for one in book.compiled}
        self._rules = {rule.id: rule for rule in book.rules}

    def of_class(self, name: str) -> Entry:
        """A class that no rule is of."""
        return Entry(None, name, self._meaning(name), name, explained_by=self._explained_by(name, ""))

    def of_rule(self, id: str, finding: Finding | None = None) -> Entry:
        """A rule; with a finding the cause that it names comes first, with the finding's own texts and steps."""
        rule, compiled = self._rules[id], self._compiled.get(id)
        show = _Shower(rule, finding)
        shared = _shared(rule.causes)
        prefer = self._prefer or frozenset(finding.technologies if finding else ())
        causes = [self._cause(rule, compiled, number, shared, prefer, show) for number in range(len(rule.causes))]
        causes.sort(key=lambda one: -one.cause.weight)
        if finding is not None:
            causes = _with_finding(causes, finding, shared)
        return Entry(
            rule=rule,
            of_class=rule.of_class,
            meaning=self._meaning(rule.of_class),
            title=finding.title if finding else show(rule.title),
            when=in_words(compiled.when, anchors(compiled.when)) if compiled else _in_code(rule),
            causes=tuple(causes),
            shared=_fitting(shared, prefer),
            checklist=finding.checklist if finding else tuple(show.check(check) for check in rule.checklist),
            signs=_signs(compiled) if compiled else (),
            explains=tuple(self._related(link) for link in rule.explains),
            explained_by=self._explained_by(rule.of_class, rule.id),
            finding=finding,
        )

    def _cause(
        self, rule: Rule, compiled: CompiledRule | None, number: int, shared: Sequence[Fix], prefer: frozenset[str], show: _Shower
    ) -> CauseEntry:
        cause = rule.causes[number]
        tells = _tells(compiled, number) if compiled else ()
        own = [fix for fix in cause.fix if fix not in shared]
        told = replace(
            cause,
            text=show(cause.text),
            checklist=tuple(show.check(check) for check in cause.checklist),
            database_changes=tuple(map(show, cause.database_changes)),
            security_considerations=tuple(map(show, cause.security_considerations)),
        )
        return CauseEntry(told, tells, _fitting([replace(fix, text=show(fix.text)) for fix in own], prefer))

    def _meaning(self, of_class: str) -> str:
        return self._book.classes.get(of_class, "")

    def _rules_of(self, of_class: str) -> tuple[str, ...]:
        return tuple(rule.id for rule in self._book.rules if rule.of_class == of_class)

    def _related(self, link: Explains) -> Related:
        return Related(link.of_class, self._rules_of(link.of_class), link.by, link.within)

    def _explained_by(self, of_class: str, id: str) -> tuple[Related, ...]:
        """The classes whose rules say that they bring this one about; the narrowest link of each stands for all."""
        found: dict[str, Related] = {}
        for rule in self._book.rules:
            for link in rule.explains:
                if link.of_class == of_class and rule.id != id:
                    before = found.get(rule.of_class)
                    rules = (*before.rules, rule.id) if before else (rule.id,)
                    found[rule.of_class] = Related(rule.of_class, rules, link.by, link.within)
        return tuple(found.values())


class _Shower:
    """Texts with what a log captured filled in; else `<capture>`, as what the reader is to fill in stands in commands."""

    def __init__(self, rule: Rule, finding: Finding | None = None) -> None:
        names = {name for signal in rule.signals.values() for name in groups(signal)} | {"blame"}
        self._placeholder = re.compile(r"\{(%s)\}" % "|".join(sorted(names)))
        captures = {**finding.captures, "blame": finding.blame or None} if finding else {}
        self._known = {name: str(value) for name, value in captures.items() if value is not None}

    def __call__(self, text: str) -> str:
        return self._placeholder.sub(lambda match: self._known.get(match[1], f"<{match[1]}>"), text)

    def check(self, check: Check) -> Check:
        """A step of a checklist. Into a command nothing of a log goes: a shell would read it."""
        return replace(check, text=self(check.text), run=self._placeholder.sub(r"<\1>", check.run))


def shown(rule: Rule, text: str) -> str:
    """A text of a rule as it is told without a log: `<capture>` stands where one would be filled in."""
    return _Shower(rule)(text)


def _evidence(compiled: CompiledRule, number: int) -> Sequence[Condition]:
    """The parsed evidence of a cause; a rule whose causes have none carries no list of it."""
    return compiled.evidence[number] if compiled.evidence else ()


def _shared(causes: Sequence[Cause]) -> tuple[Fix, ...]:
    """The steps that all causes have, where there are several."""
    if len(causes) < 2:
        return ()
    return tuple(fix for fix in causes[0].fix if all(fix in cause.fix for cause in causes[1:]))


def _fitting(fix: Iterable[Fix], prefer: frozenset[str]) -> Steps:
    """The steps for everyone and those for what is preferred; all of them where that leaves none."""
    every = tuple(fix)
    chosen = tuple(step for step in every if not step.applies_to or not prefer or prefer.intersection(step.applies_to))
    if not chosen:
        return Steps(every)
    left = (name for step in every if step not in chosen for name in step.applies_to)
    return Steps(chosen, tuple(dict.fromkeys(left)))


def _with_finding(causes: list[CauseEntry], finding: Finding, shared: Sequence[Fix]) -> list[CauseEntry]:
    """The causes with the finding's first: its texts are filled in, its steps chosen for what the log shows."""
    chosen = next((one for one in causes if one.cause.id == finding.cause_id), None)
    if chosen is None:
        return causes
    texts = {fix.code or fix.text for fix in shared}
    told = replace(
        chosen.cause,
        text=finding.cause,
        checklist=(),  # the finding's holds it
        database_changes=finding.database_changes,
        security_considerations=finding.security_considerations,
    )
    own = tuple(fix for fix in finding.fix if (fix.code or fix.text) not in texts)
    first = CauseEntry(told, chosen.tells, Steps(own, chosen.steps.others), seen=True)
    return [first, *(one for one in causes if one is not chosen)]


def _tells(compiled: CompiledRule, number: int) -> tuple[Tell, ...]:
    """What speaks for or against a cause."""
    at = anchors(compiled.when)
    pairs = zip(compiled.rule.causes[number].evidence, _evidence(compiled, number), strict=True)
    return tuple(Tell(one.condition, in_words(condition, at), one.add) for one, condition in pairs)


def _in_code(rule: Rule) -> str:
    """How a rule that is for code alone is found."""
    messages = dict.fromkeys(str(detector["message"]) for detector in rule.source)
    return "in code, by `diagnose check`: " + "; ".join(messages)


def _signs(compiled: CompiledRule) -> tuple[Sign, ...]:
    """The signals that conditions ask for, in the order of first mention."""
    asked = dict.fromkeys(signals_of(compiled.when))
    for evidence in compiled.evidence:
        for condition in evidence:
            asked.update(dict.fromkeys(signals_of(condition)))
    declared = compiled.rule.signals
    return tuple(Sign(name, signs.in_words(declared[name])) for name in asked if name in declared)

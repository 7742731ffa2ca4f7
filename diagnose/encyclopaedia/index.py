"""Where a word leads: codes, rule ids, failure classes and technologies, exactly, within a text, by words, or nearly.

Nothing here reads logs. What a text is about is first of all what the rules find in it; see `answer`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from diagnose.encyclopaedia.entry import shown
from diagnose.model import Rule

NEAR = 0.72
"""How alike a misspelt word must be (difflib's ratio) to be offered."""

OFFERED = 5

MOST_WORDS = 6
"""A question has few words; a text with more is a log, whose every word leads somewhere."""

_QUOTES = " \t\r\n\"'`´“”‘’«»[](){}<>:;,.!?"
_LABELS = ("sqlstate", "error", "errno", "code", "errcode", "status", "http", "err")
"""Words that stand before a code and are no part of it."""

_NUMBER_LABEL = re.compile(r"(?:sqlstate|err(?:or|no|code)?|code|status|http)\W{0,4}$")
"""What must stand before a number in a text for it to be a code."""

_WORD = re.compile(r"[^\W_]{2,}")
_EMPTY = frozenset(
    "a an and are as at be by can cannot for from had has how if in into is it its my not of on or over that the this to too was "
    "what when why with".split()
)
"""Words that tell nothing apart."""


class By(IntEnum):
    """How a match came about, the surest first."""

    LOG = 0
    RULE = 1
    CODE = 2
    CLASS = 3
    TECHNOLOGY = 4
    WITHIN = 5
    WORDS = 6


@dataclass(frozen=True, slots=True)
class Match:
    """A rule, or a class that no rule is of (`rule` is None), and the term that led to it."""

    rule: Rule | None
    of_class: str
    by: By
    term: str

    @property
    def title(self) -> str:
        """What the match is called in a list: a finding's own title, else the rule's."""
        if self.rule is None:
            return "a failure class that no rule is of yet"
        return self.term if self.by is By.LOG else shown(self.rule, self.rule.title)


@dataclass(frozen=True, slots=True)
class Near:
    """A term like the one that was typed, and the rules or the class that it leads to."""

    term: str
    leads_to: tuple[str, ...]


class Index:
    """All terms of a rulebook."""

    def __init__(self, rules: Sequence[Rule], classes: Mapping[str, str]) -> None:
        self._rules = rules
        self._classes = classes
        self._terms: dict[str, dict[str, Match]] = {}
        """By term, and by rule (empty for a class that no rule is of): the first that led there."""
        for rule in rules:
            self._add(rule.id, Match(rule, rule.of_class, By.RULE, rule.id))
            for code in rule.codes:
                for name in _names_of(code):
                    self._add(name, Match(rule, rule.of_class, By.CODE, code))
            for technology in rule.technologies:
                self._add(technology, Match(rule, rule.of_class, By.TECHNOLOGY, technology))
            self._add(rule.of_class, Match(rule, rule.of_class, By.CLASS, rule.of_class))
            name = rule.id.rsplit("/", 1)[-1]
            if name not in classes:
                self._add(name, Match(rule, rule.of_class, By.RULE, name))
        taken = {rule.of_class for rule in rules}
        for name in classes:
            if name not in taken:
                self._add(name, Match(None, name, By.CLASS, name))

    def exactly(self, text: str) -> list[Match]:
        """What is called so, in capitals or not; a label before a code, and a technology before it, are understood."""
        plain = _plain(text)
        found = self._terms.get(plain) or self._terms.get(plain.replace(" ", "-"))
        if found is not None:
            return list(found.values())
        first, _, rest = plain.partition(" ")
        if not rest:
            return []
        if first in _LABELS:
            return self.exactly(rest)
        own = {match.rule.id for match in self._terms.get(first, {}).values() if match.rule and match.by is By.TECHNOLOGY}
        return [match for match in self.exactly(rest) if match.rule is not None and match.rule.id in own] if own else []

    def within(self, text: str) -> list[Match]:
        """The rules whose codes or ids stand in the text, whole; the longest first."""
        folded = text.casefold()
        found: dict[str, tuple[int, Match]] = {}
        for term in sorted(self._terms, key=len, reverse=True):
            if term in folded:
                for match in self._terms[term].values():
                    if match.rule is not None and match.by in (By.RULE, By.CODE) and _stands(term, folded):
                        found.setdefault(match.rule.id, (-len(term), Match(match.rule, match.of_class, By.WITHIN, match.term)))
        return [match for _, match in sorted(found.values(), key=lambda pair: pair[0])]

    def about(self, text: str) -> list[Match]:
        """The rules and classes that hold every telling word of a short text, the most telling first."""
        words = _telling(text)
        if not words or len(words) > MOST_WORDS:
            return []
        found = []
        for rule, bag in self._bags:
            if words <= bag[0] | bag[1]:
                weight = len(words & bag[0])
                found.append((-weight, Match(rule, rule.of_class, By.WORDS, " ".join(sorted(words)))))
        for name, bag_ in self._loose:
            if words <= bag_:
                found.append((0, Match(None, name, By.WORDS, " ".join(sorted(words)))))
        return [match for _, match in sorted(found, key=lambda pair: pair[0])]

    def near(self, text: str) -> list[Near]:
        """Terms that look like the text, the likest first. A number that is like another is another code."""
        import difflib

        plain = _plain(text)[:100]
        if not re.search(r"[^\W\d_]{3}", plain):
            return []
        close = difflib.get_close_matches(plain, self._terms, OFFERED, NEAR)
        return [Near(self._written(term), _targets(self._terms[term].values())) for term in close]

    def _add(self, term: str, match: Match) -> None:
        self._terms.setdefault(_plain(term), {}).setdefault(match.rule.id if match.rule else "", match)

    def _written(self, term: str) -> str:
        """The term as rules write it."""
        return next(iter(self._terms[term].values())).term

    @cached_property
    def _bags(self) -> list[tuple[Rule, tuple[frozenset[str], frozenset[str]]]]:
        """Of each rule: the words of its names, and those of what it says."""
        return [
            (
                rule,
                (
                    _telling(" ".join((rule.id, rule.of_class, *rule.technologies, *rule.codes))),
                    _telling(" ".join((rule.title, self._classes.get(rule.of_class, ""), *(cause.id for cause in rule.causes)))),
                ),
            )
            for rule in self._rules
        ]

    @cached_property
    def _loose(self) -> list[tuple[str, frozenset[str]]]:
        """Classes that no rule is of, with the words of their name and meaning."""
        taken = {rule.of_class for rule in self._rules}
        return [(name, _telling(f"{name} {about}")) for name, about in self._classes.items() if name not in taken]


def _plain(text: str) -> str:
    """A term as it is looked up: small letters, single blanks, no quotes or brackets around it."""
    return " ".join(text.casefold().split()).strip(_QUOTES)


def _names_of(code: str) -> Iterable[str]:
    """A code, and the same without the label before it: `SQLSTATE 23000`, `23000`."""
    yield code
    first, _, rest = _plain(code).partition(" ")
    if rest and first in ("sqlstate", "error") and " " not in rest:
        yield rest


def _stands(term: str, text: str) -> bool:
    """Whether the term stands in the text as a word of its own; a number only behind a label (`error 1062`)."""
    if not term.isdigit():
        return re.search(rf"(?<![\w-]){re.escape(term)}(?![\w-])", text) is not None
    return any(
        _NUMBER_LABEL.search(text, max(0, match.start() - 16), match.start())
        for match in re.finditer(rf"(?<![\w.]){term}(?![\w.])", text)
    )


def _telling(text: str) -> frozenset[str]:
    """The words of a text without those that tell nothing apart; a plural is its singular."""
    words = (word.casefold() for word in _WORD.findall(text.replace("_", " ")))
    return frozenset(_singular(word) for word in words if word not in _EMPTY)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _targets(matches: Collection[Match]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.rule.id if match.rule is not None else match.of_class for match in matches))

"""From what a person typed or pasted to what is told of it.

A name is looked up; what is no name is read as a log by the real pipeline; what no rule finds there is looked through
for codes, then for words, and in the end likely names are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagnose.encyclopaedia.entry import Entries, Entry
from diagnose.encyclopaedia.index import By, Index, Match, Near
from diagnose.model import Finding, Report, Rule
from diagnose.rulebook import Rulebook

LONGEST_NAME = 200
"""Characters of a name; more is a log."""


@dataclass(frozen=True)
class Answer:
    """All that is known of a query: the matches, the best first, and the entries of the best or of all."""

    query: str
    matches: tuple[Match, ...]
    entries: tuple[Entry, ...]
    near: tuple[Near, ...] = ()
    """Names that are like the query, where nothing is called so."""


def answer(
    book: Rulebook,
    index: Index,
    query: str,
    scan: Callable[[str], Report],
    *,
    prefer: frozenset[str] = frozenset(),
    every: bool = False,
) -> Answer:
    """See module. `index`: the rulebook's; `scan` reads a text as a log; `prefer`: frameworks and databases; `every`: entries of all matches."""
    matches, findings = _matches(book, index, query, scan, prefer)
    entries = Entries(book, prefer)
    shown = matches if every else matches[:1]
    made = tuple(
        entries.of_rule(match.rule.id, findings.get(match.rule.id)) if match.rule else entries.of_class(match.of_class)
        for match in shown
    )
    near = () if matches else tuple(index.near(query))
    return Answer(query, tuple(matches), made, near)


def _matches(
    book: Rulebook, index: Index, query: str, scan: Callable[[str], Report], prefer: frozenset[str]
) -> tuple[list[Match], dict[str, Finding]]:
    """The matches, the best first, and by rule the findings in a query that is a log."""
    if len(query) <= LONGEST_NAME and "\n" not in query.strip():
        named = index.exactly(query)
        if named:
            return sorted(named, key=lambda match: (match.by, *_rank(match, prefer))), {}
    if len(query.split()) > 1:
        findings = _told(scan(query))
        if findings:
            rules = {rule.id: rule for rule in book.rules}
            return [Match(rules[id], found.of_class, By.LOG, found.title) for id, found in findings.items()], findings
    for found in (index.within(query), index.about(query)):
        if found:
            return sorted(found, key=lambda match: _rank(match, prefer)[0]), {}
    return [], {}


def _told(report: Report) -> dict[str, Finding]:
    """The findings of a report by rule, one of each: root by root, then what they explain, then the rest."""
    by_fingerprint = {finding.fingerprint: finding for finding in report.findings}
    roots = [by_fingerprint[incident.root] for incident in report.incidents]
    members = [by_fingerprint[fingerprint] for incident in report.incidents for fingerprint in incident.findings]
    told: dict[str, Finding] = {}
    for finding in (*roots, *members, *report.findings):
        told.setdefault(finding.rule, finding)
    return told


def _rank(match: Match, prefer: frozenset[str]) -> tuple[int, bool, int, str]:
    """Rules for what is preferred first, then those with steps for it; generic ones and bare classes last."""
    rule = match.rule
    if rule is None:
        return 2, True, 0, match.of_class
    return _distance(rule, prefer), rule.generic, -rule.severity, rule.id


def _distance(rule: Rule, prefer: frozenset[str]) -> int:
    if prefer.intersection(rule.technologies):
        return 0
    return 1 if prefer.intersection(_framework_names(rule)) else 2


def _framework_names(rule: Rule) -> Sequence[str]:
    return [name for cause in rule.causes for fix in cause.fix for name in fix.applies_to]

"""Rules as SARIF describes them, with help in Markdown, made of what the findings of one report say.

A rule's help tells each cause that was found, its fix and checks; GitHub shows it below every alert of the rule.
"""

from __future__ import annotations

from typing import Any

from diagnose.model import Finding, Severity
from diagnose.printers.markup import code, fence, inline
from diagnose.visible import one_line, visible

LEVELS = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
TAGS = 10
CAUSES = 5
"""Causes that a rule's help tells: those of the first findings."""

_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}
_LONGEST = 1_000
"""Characters of a description; GitHub takes 1,024."""


def rule_data(findings: list[Finding]) -> dict[str, Any]:
    """A rule by its findings, of which there is one at least."""
    first = findings[0]
    technology, _, problem = first.rule.partition("/")
    words = problem.replace("-", " ") or technology
    level = LEVELS[max(finding.severity for finding in findings)]
    causes = list({finding.cause_id: finding for finding in findings}.values())[:CAUSES]
    rule: dict[str, Any] = {
        "id": first.rule,
        "name": "".join(part.capitalize() for part in first.rule.replace("/", "-").split("-")),
        "shortDescription": {"text": _cut(f"{words[:1].upper()}{words[1:]} ({technology})")},
        "fullDescription": {"text": _cut(f"{words[:1].upper()}{words[1:]}, of the failure class {first.of_class}.")},
        "help": {"text": _cut("\n".join(finding.cause for finding in causes)), "markdown": _help(causes)},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": list(dict.fromkeys((first.of_class, technology, *first.technologies)))[:TAGS],
            "precision": _precision(max(finding.confidence for finding in findings)),
            "problem.severity": _PROBLEMS[level],
        },
    }
    if link := next((link for link in first.references if link.startswith(("https://", "http://"))), ""):
        rule["helpUri"] = link
    return rule


def _precision(confidence: float) -> str:
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.5 else "low"


def _help(findings: list[Finding]) -> str:
    parts = []
    for finding in findings:
        rows = [f"### {inline(finding.cause)}", ""]
        rows += [f"{number}. {inline(text)}" for number, text in enumerate((s.text for s in finding.fix if s.text), 1)]
        for step in finding.fix:
            if step.code:
                rows += ["", fence(step.code, step.language)]
        if finding.checklist:
            rows += ["", "**Check**", ""]
            rows += [f"- {inline(check.text)}" + (f" {code(check.run)}" if check.run else "") for check in finding.checklist]
        rows += [f"- Database: {inline(text)}" for text in finding.database_changes]
        rows += [f"- Security: {inline(text)}" for text in finding.security_considerations]
        parts.append("\n".join(rows))
    links = dict.fromkeys(link for finding in findings for link in finding.references)
    if links:
        parts.append(
            "**See**\n\n" + "\n".join(f"- <{link}>" for link in links if link.isascii() and not set(link) & set("<> \n"))
        )
    return "\n\n".join(parts)


def _cut(text: str) -> str:
    text = visible(text) if "\n" in text else one_line(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

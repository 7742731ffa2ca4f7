"""An answer as plain data: the contract of `docs/explain.schema.json`. Changes to it only add."""

from __future__ import annotations

from typing import Any

from diagnose.encyclopaedia.answer import Answer
from diagnose.encyclopaedia.entry import CauseEntry, Entry, Related, Steps
from diagnose.encyclopaedia.index import Match
from diagnose.model import Check, Finding, Fix
from diagnose.visible import iso

SCHEMA = "diagnose.explain/1"


def answer_data(answer: Answer) -> dict[str, Any]:
    """The answer in the schema's shape."""
    return {
        "schema": SCHEMA,
        "query": answer.query,
        "matches": [_match(match) for match in answer.matches],
        "entries": [_entry(entry) for entry in answer.entries],
        "near": [{"term": near.term, "leads_to": list(near.leads_to)} for near in answer.near],
    }


def _match(match: Match) -> dict[str, Any]:
    rule = match.rule
    return {
        "rule": rule.id if rule else None,
        "class": match.of_class,
        "severity": rule.severity.name.lower() if rule else None,
        "title": match.title,
        "by": match.by.name.lower(),
        "term": match.term,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    rule = entry.rule
    return {
        "rule": rule.id if rule else None,
        "class": entry.of_class,
        "meaning": entry.meaning,
        "title": entry.title,
        "severity": rule.severity.name.lower() if rule else None,
        "technologies": list(rule.technologies) if rule else [],
        "codes": list(rule.codes) if rule else [],
        "when": {"condition": " ".join(rule.when.split()), "words": entry.when} if rule else None,
        "signs": [{"signal": sign.signal, "words": sign.words} for sign in entry.signs],
        "causes": [_cause(cause) for cause in entry.causes],
        "fix": _steps(entry.shared),
        "checklist": [_check(check) for check in entry.checklist],
        "explains": [_related(related) for related in entry.explains],
        "explained_by": [_related(related) for related in entry.explained_by],
        "references": list(rule.references) if rule else [],
        "finding": _finding(entry.finding) if entry.finding else None,
    }


def _cause(entry: CauseEntry) -> dict[str, Any]:
    cause = entry.cause
    return {
        "id": cause.id,
        "cause": cause.text,
        "weight": cause.weight,
        "seen": entry.seen,
        "evidence": [{"condition": tell.condition, "words": tell.words, "add": tell.add} for tell in entry.tells],
        "fix": _steps(entry.steps),
        "checklist": [_check(check) for check in cause.checklist],
        "api_endpoints": [
            {"method": endpoint.method, "path": endpoint.path, "description": endpoint.description}
            for endpoint in cause.api_endpoints
        ],
        "database_changes": list(cause.database_changes),
        "security_considerations": list(cause.security_considerations),
    }


def _steps(steps: Steps) -> dict[str, Any]:
    return {"steps": [_step(step) for step in steps.fix], "also_for": list(steps.others)}


def _step(step: Fix) -> dict[str, Any]:
    return {"text": step.text, "for": list(step.applies_to), "language": step.language, "code": step.code}


def _check(check: Check) -> dict[str, Any]:
    return {"text": check.text, "run": check.run or None, "readonly": check.readonly}


def _related(related: Related) -> dict[str, Any]:
    return {
        "class": related.of_class,
        "rules": list(related.rules),
        "by": list(related.by),
        "within_ms": related.within // 1000,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """What the log that was given shows; the whole finding is what `diagnose scan` is for."""
    return {
        "title": finding.title,
        "cause_id": finding.cause_id,
        "confidence": round(finding.confidence, 3),
        "blame": finding.blame or None,
        "captures": dict(finding.captures),
        "count": finding.count,
        "first_seen": iso(finding.first_seen),
        "technologies": list(finding.technologies),
        "evidence": [{"line": proof.line, "text": proof.text} for proof in finding.evidence],
    }

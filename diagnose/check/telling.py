"""Matches become findings, and findings a report: the same that logs give, with evidence that has a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from diagnose.check.detector import Detector
from diagnose.check.match import Match
from diagnose.lazy import lazy
from diagnose.model import Cause, Finding, Fix, Proof, Report, Summary, Triage
from diagnose.redact import redact
from diagnose.triage import NO_EVIDENCE, Seen, checklist

CONFIDENCE = 0.9
"""What a pattern in code proves: docs/precision.md measures it."""

_TOLD = 300
"""Characters of a line of code that are told."""

_PLACEHOLDER = lazy(r"\s*\(\{\w+\}\)|\{(\w+)\}")
_LANGUAGES = {
    "javascript": ("javascript", "typescript"),
    "typescript": ("typescript", "javascript"),
    "bash": ("bash", "sh", "shell"),
}


class Teller:
    """Makes findings of matches. `prefer`: frameworks and drivers whose fixes are told besides those that the code proves."""

    def __init__(self, detectors: Iterable[Detector], prefer: frozenset[str] = frozenset()) -> None:
        self._detectors = {(one.rule.id, one.number): one for one in detectors}
        self._prefer = prefer
        self._seen: dict[str, int] = {}

    def tell(self, name: str, match: Match) -> Finding:
        """One match as a finding. Equal lines of one file are told apart by their order, so matches come in the file's order."""
        detector = self._detectors[match.rule, match.number]
        rule = detector.rule
        cause = _cause(detector)
        line = " ".join(match.text.split())
        proof = Proof(
            name, match.line, match.offset, redact(line)[:_TOLD], None, "", match.column, match.end_line, match.end_column
        )
        return Finding(
            rule=rule.id,
            of_class=rule.of_class,
            title=redact(match.message),
            severity=detector.severity,
            confidence=CONFIDENCE,
            cause=_plain(cause.text),
            cause_id=cause.id,
            score=cause.weight,
            alternatives=(),
            fix=self._fixes(detector, cause),
            checklist=tuple(check for check in (*cause.checklist, *rule.checklist) if "{" not in check.text + check.run),
            api_endpoints=(),
            database_changes=tuple(map(_plain, cause.database_changes)),
            security_considerations=tuple(map(_plain, cause.security_considerations)),
            blame=f"{name}:{match.line}",
            evidence=(proof,),
            captures={},
            count=1,
            first_seen=None,
            last_seen=None,
            resolution=1,
            technologies=detector.technologies,
            references=rule.references,
            fingerprint=self._fingerprint(name, match.rule, line),
            sources=(name,),
        )

    def _fixes(self, detector: Detector, cause: Cause) -> tuple[Fix, ...]:
        """What the detector says first, then the cause's steps for everyone and for what the code proves."""
        own = self._prefer.union(detector.technologies)
        languages = {word for language in detector.languages for word in _LANGUAGES.get(language, (language,))}
        first = (Fix(detector.instead),) if detector.instead else ()
        steps = [
            fix
            for fix in cause.fix
            if (own & set(fix.applies_to) if fix.applies_to else not fix.code or fix.language in languages)
        ]
        return (*first, *(replace(fix, text=_plain(fix.text)) for fix in steps))

    def _fingerprint(self, name: str, rule: str, line: str) -> str:
        """Names the finding by rule, file and line of code, and not by the line's number: that moves with every change."""
        made = sha256(f"{rule}\0{name}\0{line}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        number = self._seen[made] = self._seen.get(made, 0) + 1
        return made if number == 1 else f"{made[:13]}{number:03x}"


def report_of(findings: Sequence[Finding], summary: Summary) -> Report:
    """The report of a look at code: no incidents, since nothing has happened yet."""
    return Report(summary, (), tuple(findings), (), (), _nothing_seen())


def _nothing_seen() -> tuple[Triage, ...]:
    """The triage checklist asks what happened; code does not know."""
    return tuple(replace(row, state=NO_EVIDENCE, detail="", commands=()) for row in checklist((), Seen()))


def _cause(detector: Detector) -> Cause:
    causes: Mapping[str, Cause] = {cause.id: cause for cause in detector.rule.causes}
    return causes.get(detector.cause) or detector.rule.causes[0]


def _plain(text: str) -> str:
    """A text without the placeholders that only a log fills in."""
    return _PLACEHOLDER.sub(lambda match: f"the {match[1]}" if match[1] else "", text) if "{" in text else text

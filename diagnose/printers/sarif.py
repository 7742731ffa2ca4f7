"""SARIF 2.1.0 (OASIS), as GitHub's code scanning and editors read it.

GitHub takes 25,000 results a run and shows 5,000, 100 locations of a result, 10 tags of a rule: the worst 5,000 are
kept, and a notification of the run says how many are not. What is suppressed is left out, since GitHub would show it as open.
Messages hold log text, so what SARIF reads as a link or a placeholder is escaped (3.11.5, 3.11.6 of the standard).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import quote

from diagnose import __version__
from diagnose.model import Finding, Proof, Report, Severity
from diagnose.printers.json import write
from diagnose.printers.places import Base, Place, worst_first
from diagnose.printers.sarif_rules import LEVELS, rule_data
from diagnose.visible import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS = 5_000
LOCATIONS = 100
SOURCE_ROOT, SYSTEM_ROOT = "SRCROOT", "SYSTEMROOT"
_STATES = {"new": "new", "known": "unchanged"}


class SarifPrinter:
    """See module. Options: `verb`, which keeps the results of scan and check apart."""

    name = "sarif"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        run = _run(report, str(options.get("verb") or "scan"))
        write({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, out, indent=True)


def _run(report: Report, verb: str) -> dict[str, Any]:
    base = Base()
    found = [finding for finding in worst_first(report.findings) if not finding.suppressed]
    kept = found[:RESULTS]
    rules: dict[str, list[Finding]] = {}
    for finding in kept:
        rules.setdefault(finding.rule, []).append(finding)
    places = {id_: index for index, id_ in enumerate(rules)}
    titles = {finding.fingerprint: finding.title for finding in report.findings}
    return {
        "tool": {
            "driver": {
                "name": "diagnose",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [rule_data(findings) for findings in rules.values()],
            }
        },
        "automationDetails": {"id": f"diagnose/{verb}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            SOURCE_ROOT: {"description": {"text": "The repository, or the folder that diagnose was called in."}},
            SYSTEM_ROOT: {"uri": "file:///", "description": {"text": "The root of the machine that diagnose ran on."}},
        },
        "invocations": [
            {
                "executionSuccessful": not report.summary.unread,
                "toolExecutionNotifications": _notifications(report, len(found) - len(kept)),
            }
        ],
        "results": [_result(finding, places[finding.rule], base, titles) for finding in kept],
    }


def _notifications(report: Report, dropped: int) -> list[dict[str, Any]]:
    told = [_message(f"{unread.source} could not be read: {unread.reason}", "error") for unread in report.summary.unread]
    told += [_message(f"{row.rule} was not evaluated: {row.reason}", "note") for row in report.not_evaluated]
    if dropped:
        told.append(_message(f"{dropped} findings are left out: the worst {RESULTS} are kept", "warning"))
    return told


def _message(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": plain(text)}}


def _result(finding: Finding, index: int, base: Base, titles: Mapping[str, str]) -> dict[str, Any]:
    steps = " ".join(step.text for step in finding.fix if step.text)
    text = f"{finding.title.rstrip('.')}. {finding.cause}" + (f" Fix: {steps}" if steps else "")
    if finding.explained_by in titles:
        text += f" Explained by: {titles[finding.explained_by]}"
    place = base.place(finding)
    others = [proof for proof in finding.evidence if base.of(proof) != place]
    result = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "message": {"text": plain(text)},
        "locations": [_location(place, _snippet(finding, base, place))] if place else [],
        "relatedLocations": [
            {"id": number, **_location(base.of(proof), proof.text), "message": {"text": plain(proof.text)}}
            for number, proof in enumerate(others[: LOCATIONS - 1], 1)
        ],
        "partialFingerprints": {
            # The name under which GitHub looks for what tells alerts apart; it would take the line's text else.
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "diagnoseFingerprint/v1": finding.fingerprint,
        },
        "occurrenceCount": max(1, finding.count),
        "rank": round(finding.confidence * 100, 1),
        "properties": _properties(finding),
    }
    if state := _STATES.get(finding.baseline):
        result["baselineState"] = state
    return result


def _properties(finding: Finding) -> dict[str, Any]:
    told = {
        "class": finding.of_class,
        "cause": finding.cause_id,
        "blame": visible(finding.blame),
        "explainedBy": finding.explained_by,
        "critical": finding.severity == Severity.CRITICAL,
    }
    return {name: value for name, value in told.items() if value}


def _snippet(finding: Finding, base: Base, place: Place) -> str:
    if finding.spots:
        spot = finding.spots[0]
        return spot.lines[spot.line - spot.first] if spot.lines else ""
    proof: Proof | None = next((proof for proof in finding.evidence if base.of(proof) == place), None)
    return proof.text if proof else ""


def _location(place: Place, snippet: str) -> dict[str, Any]:
    file = visible(place.file)
    uri = {"uri": quote(file.lstrip("/"), safe="/+-._~!$'()*,;=@"), "uriBaseId": SOURCE_ROOT if place.inside else SYSTEM_ROOT}
    physical: dict[str, Any] = {"artifactLocation": uri}
    if place.line:
        region: dict[str, Any] = {"startLine": place.line}
        if place.column:
            region["startColumn"] = place.column
        if place.end_line:
            region |= {"endLine": place.end_line, "endColumn": max(1, place.end_column)}
        if snippet:
            region["snippet"] = {"text": visible(snippet)}
        physical["region"] = region
    return {"physicalLocation": physical}


def plain(text: str) -> str:
    """A text in a SARIF message: no link, no placeholder, nothing that steers a terminal."""
    for char in "\\[]":
        text = text.replace(char, "\\" + char)
    return visible(text.replace("{", "{{").replace("}", "}}"))

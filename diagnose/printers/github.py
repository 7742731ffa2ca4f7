"""Workflow commands of GitHub Actions: findings as annotations of a pull request's files.

GitHub shows ten annotations of each kind a step and drops the others in the order of printing, so the worst go first and
no more are written; the line at the end says what was left out. A symptom is no annotation of its own while its root is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from diagnose.model import Finding, Report, Severity
from diagnose.printers.places import Base, advice, worst_first
from diagnose.visible import visible

SHOWN = 10
"""Annotations of one kind that GitHub shows of a step."""

LONGEST = 4_000
"""Characters of a message; GitHub cuts at 64 KB."""

_KINDS = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GithubPrinter:
    """See module."""

    name = "github"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        base = Base()
        written = dict.fromkeys(_KINDS.values(), 0)
        open_ = [finding for finding in report.findings if finding.baseline != "known" and not finding.suppressed]
        names = {finding.fingerprint for finding in open_}
        symptoms = {name for i in report.incidents if i.root in names for name in i.findings if name != i.root} & names
        told = [finding for finding in open_ if finding.fingerprint not in symptoms]
        for finding in worst_first(told):
            kind = _KINDS[finding.severity]
            written[kind] += 1
            if written[kind] <= SHOWN:
                out.write(_command(kind, finding, base))
        for row in _rest(report, written, len(symptoms)):
            out.write(row + "\n")


def _command(kind: str, finding: Finding, base: Base) -> str:
    place = base.place(finding)
    properties = {"title": f"{finding.title} [{finding.rule}]"}
    if place is not None and place.inside and place.line:
        properties |= {"file": place.file, "line": str(place.line)}
        if place.column:
            properties["col"] = str(place.column)
        if place.end_line:
            properties["endLine"] = str(place.end_line)
            if place.end_line == place.line:
                properties["endColumn"] = str(place.end_column)
    elif place is not None:
        properties["title"] = f"{finding.title} [{finding.rule}] in {place.file}:{place.line}"
    message = "\n".join(advice(finding))
    if len(message) > LONGEST:
        message = message[: LONGEST - 1] + "…"
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(message)}\n"


def _rest(report: Report, written: Mapping[str, int], symptoms: int) -> list[str]:
    """What is not annotated, as plain lines of the step's log: figures only, nothing of a log."""
    rows = [
        f"diagnose: not annotated, since GitHub shows {SHOWN} of kind {kind} a step: {count - SHOWN:,}"
        for kind, count in written.items()
        if count > SHOWN
    ]
    if symptoms:
        rows.append(f"diagnose: symptoms explained by what is annotated: {symptoms:,}")
    known = sum(finding.baseline == "known" for finding in report.findings)
    if known:
        rows.append(f"diagnose: known before: {known:,}")
    return rows


def _data(text: str) -> str:
    """A command's message: what would end it, or be read as an escape, is escaped."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A command's property: as a message, and what parts properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")

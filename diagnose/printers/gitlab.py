"""GitLab's Code Quality report: a JSON array that merge requests compare with that of their target branch, by fingerprint.

Paths are relative to the repository, without `./`; what lies outside is told without its leading slash, since GitLab takes no
absolute path. GitLab keeps one issue of a fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from diagnose.model import Finding, Report, Severity
from diagnose.printers.json import write
from diagnose.printers.places import Base, Place, worst_first

_SEVERITIES = {Severity.CRITICAL: "blocker", Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


class GitlabPrinter:
    """See module."""

    name = "gitlab"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        base = Base()
        found = [finding for finding in worst_first(report.findings) if not finding.suppressed]
        write([_issue(finding, base.place(finding)) for finding in found], out, indent=True)


def _issue(finding: Finding, place: Place | None) -> dict[str, Any]:
    steps = " ".join(step.text for step in finding.fix if step.text)
    body = "\n\n".join(filter(None, (finding.cause, steps)))
    return {
        "description": f"{finding.title} ({finding.rule})",
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": place.file.lstrip("/") if place else "unknown",
            "lines": {"begin": max(1, place.line) if place else 1},
        },
        "content": {"body": body},
    }

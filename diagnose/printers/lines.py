"""One line for each finding, `path:line:column: severity rule: message`, and one for what to do instead: what editors and hooks read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from diagnose.model import Finding, Report
from diagnose.visible import one_line

_LONGEST = 300


class LinesPrinter:
    """See module. Silent where nothing was found."""

    name = "lines"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        for finding in report.findings:
            out.write(f"{_place(finding)}{finding.severity.name.lower()} {finding.rule}: {one_line(finding.title)}\n")
            advice = next((fix.text for fix in finding.fix if fix.text), "")
            if advice:
                flat = one_line(" ".join(advice.split()))
                out.write(f"    fix: {flat if len(flat) <= _LONGEST else flat[:_LONGEST] + '…'}\n")


def _place(finding: Finding) -> str:
    """`path:line:column: ` of the first evidence; in a log there is no column."""
    if not finding.evidence:
        return ""
    first = finding.evidence[0]
    column = f":{first.column}" if first.column else ""
    return f"{one_line(first.source)}:{first.line}{column}: "

"""Findings of diagnose as CSV, one a line, for a spreadsheet: `diagnose scan LOGS --format csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import IO

from diagnose import Finding, Printer, Report, hookimpl, iso, one_line

COLUMNS = ("rule", "class", "severity", "count", "first_seen", "last_seen", "title", "cause", "blame", "source", "line")


class CsvPrinter:
    """See module."""

    name = "csv"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """A header, then a line for each finding, the order the report's."""
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(map(_row, report.findings))


@hookimpl
def diagnose_printers() -> Iterable[Printer]:
    return [CsvPrinter()]


def _row(finding: Finding) -> list[str]:
    place = finding.evidence[0] if finding.evidence else None
    return [
        finding.rule,
        finding.of_class,
        finding.severity.name.lower(),
        str(finding.count),
        iso(finding.first_seen) or "",
        iso(finding.last_seen) or "",
        _cell(finding.title),
        _cell(finding.cause),
        _cell(finding.blame),
        _cell(place.source if place else ""),
        str(place.line) if place else "",
    ]


def _cell(text: str) -> str:
    """Text of a log made harmless: for a terminal, and for a spreadsheet, which runs what begins like a formula."""
    shown = one_line(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown

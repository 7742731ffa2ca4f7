"""How a run ends: which findings are told, by which printer, and with which exit code.

All of it is read before the logs are, so that a misspelt word costs no scan.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli import FOUND, OK, UNREAD, mute
from diagnose.cli.common import SEVERITIES, Setup, instead
from diagnose.errors import PluginError, UsageError
from diagnose.model import Report, Severity
from diagnose.visible import one_line

if TYPE_CHECKING:
    from diagnose.hooks import Printer

NEVER = "never"


@dataclass(frozen=True)
class Ending:
    """`least`: the lowest severity that is told; `limit`: the lowest that makes the exit code 1, None for none."""

    printer: Printer
    least: Severity
    limit: Severity | None
    options: Mapping[str, object]
    troubles: Iterable[PluginError]
    """What plugins did wrong while the logs were read."""

    def tell(self, report: Report) -> None:
        """Print the report. A reader that goes away before its end does not change the exit code."""
        try:
            self.printer.print(report, sys.stdout, self.options)
            sys.stdout.flush()
        except BrokenPipeError:
            mute()

    def complain(self, report: Report) -> None:
        """Name the inputs that could not be read, and the plugins that failed."""
        for unread in report.summary.unread:
            click.echo(f"error: {one_line(unread.source)}: {one_line(unread.reason)}", err=True)
        for trouble in self.troubles:
            click.echo(f"warning: {one_line(str(trouble))}", err=True)

    def code(self, report: Report) -> int:
        """3 where some input could not be read, else 1 where a finding is grave enough, else 0."""
        if report.summary.unread:
            return UNREAD
        grave = self.limit is not None and any(finding.severity >= self.limit for finding in report.findings)
        return FOUND if grave else OK

    def told(self, report: Report) -> Report:
        """The report without findings that are not grave enough; an incident stays where any of its findings does."""
        if self.least == Severity.INFO:
            return report
        grave = {finding.fingerprint for finding in report.findings if finding.severity >= self.least}
        incidents = tuple(incident for incident in report.incidents if not grave.isdisjoint(incident.findings))
        kept = grave.union(*(incident.findings for incident in incidents))
        return replace(report, incidents=incidents, findings=tuple(f for f in report.findings if f.fingerprint in kept))


def ending(setup: Setup, given: Mapping[str, Any], printer: str = "") -> Ending:
    """What options and settings say, or the printer named. Raises UsageError."""
    settings = setup.settings
    limit = settings.word("fail-on", "error", (*SEVERITIES, NEVER))
    return Ending(
        printer=_printer(setup, printer or settings.get("format", "terminal")),
        least=Severity[settings.word("severity", "info", SEVERITIES).upper()],
        limit=None if limit == NEVER else Severity[limit.upper()],
        options={"unknown": bool(settings.get("unknown")), "color": given["color"]},
        troubles=setup.kit.troubles,
    )


def _printer(setup: Setup, name: str) -> Printer:
    """The printer of a name, a plugin's before a built-in one."""
    for printer in reversed(setup.kit.printers):
        if printer.name == name:
            return printer
    raise UsageError(f"no printer is called {name!r}{instead(name, (printer.name for printer in setup.kit.printers))}")

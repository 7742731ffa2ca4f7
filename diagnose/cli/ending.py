"""How a run ends: which findings are told, by which printers, and with which exit code.

All of it is read before the logs are, so that a misspelt word costs no scan.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.baseline import Baseline, load_baseline
from diagnose.cli import FOUND, OK, UNREAD, mute
from diagnose.cli.common import NEVER, SEVERITIES, Choice, Settings, Setup
from diagnose.cli.outputs import Output, printer_of, read_outputs
from diagnose.errors import PluginError, UsageError
from diagnose.model import Finding, Report, Severity
from diagnose.suppressions import Suppressions
from diagnose.visible import one_line

if TYPE_CHECKING:
    from diagnose.history import History
    from diagnose.hooks import Printer


@dataclass(frozen=True)
class Ending:
    """`least`: the lowest severity that is told; `limit`: the lowest that makes the exit code 1, None for none."""

    printer: Printer
    outputs: tuple[Output, ...]
    baseline: Baseline | None
    suppressions: Suppressions
    least: Severity
    limit: Severity | None
    options: Mapping[str, object]
    troubles: Iterable[PluginError]
    """What plugins did wrong while the logs were read."""
    history: History | None = None
    """What was found by earlier runs, and will be known of this one."""

    def tell(self, report: Report) -> None:
        """Print the report. A reader that goes away before its end does not change the exit code."""
        try:
            self.printer.print(report, sys.stdout, self.options)
            sys.stdout.flush()
        except (BrokenPipeError, SystemExit):  # rich makes SystemExit(1) of a broken pipe
            mute()

    def write(self, report: Report) -> None:
        """Write the files of `--output`. Raises UsageError for the first that cannot be written, once the others are."""
        failed: list[UsageError] = []
        for output in self.outputs:
            try:
                output.write(report, self.options)
            except UsageError as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def complain(self, report: Report) -> None:
        """Name the inputs that could not be read, the plugins that failed, and suppressions that are over."""
        for unread in report.summary.unread:
            click.echo(f"error: {one_line(unread.source)}: {one_line(unread.reason)}", err=True)
        for trouble in self.troubles:
            click.echo(f"warning: {one_line(str(trouble))}", err=True)
        for note in self.suppressions.notes():
            click.echo(f"warning: {one_line(note)}", err=True)
        if self.history is not None and self.history.trouble:
            click.echo(f"warning: {one_line(self.history.trouble)}", err=True)

    def code(self, report: Report) -> int:
        """3 where some input could not be read, else 1 where a finding is grave enough, else 0."""
        if report.summary.unread:
            return UNREAD
        return FOUND if any(map(self._fails, report.findings)) else OK

    def told(self, report: Report) -> Report:
        """The report without findings that are suppressed or not grave enough, and with those marked that were known before.

        An incident stays, with all that it tells of and the deploys before it, where any of its findings does. The history takes all of
        them, told or not.
        """
        if self.history is not None:
            report = self.history.told(report)
        report = self.suppressions.mark(report)
        if self.baseline is not None:
            report = replace(report, findings=self.baseline.mark(report.findings))
        told = {f.fingerprint for f in report.findings if f.severity >= self.least and not f.suppressed}
        if len(told) == len(report.findings):
            return report
        incidents = tuple(incident for incident in report.incidents if not told.isdisjoint(incident.findings))
        kept = told.union(*((*incident.findings, *incident.after) for incident in incidents))
        hidden = sum(bool(finding.suppressed) and finding.fingerprint not in kept for finding in report.findings)
        findings = tuple(finding for finding in report.findings if finding.fingerprint in kept)
        return replace(report, summary=replace(report.summary, suppressed=hidden), incidents=incidents, findings=findings)

    def _fails(self, finding: Finding) -> bool:
        grave = self.limit is not None and finding.severity >= self.limit
        return grave and finding.baseline != "known" and not finding.suppressed


def ending(setup: Setup | Choice, given: Mapping[str, Any], printer: str = "", verb: str = "scan") -> Ending:
    """What options and settings say, or the printer named. Raises UsageError."""
    name = printer or setup.settings.get("format", "terminal")
    made = ending_of(setup.settings, given, setup.kit.printers, name, verb=verb, troubles=setup.kit.troubles)
    return replace(made, history=_history(setup, given)) if isinstance(setup, Setup) else made


def _history(setup: Setup, given: Mapping[str, Any]) -> History | None:
    """The history, for a verb that keeps one if it is asked to. Raises UsageError."""
    if "history" not in given or not (setup.settings.get("history") or setup.settings.get("history-file")):
        return None
    from diagnose.history import History

    return History(history_path(setup.settings), setup.options.now or 0)


def history_path(settings: Settings) -> Path:
    """Where the history is."""
    from diagnose.history import user_history

    told: str | None = settings.get("history-file")
    return settings.folder_of("history_file") / told if told else user_history()


def ending_of(
    settings: Settings,
    given: Mapping[str, Any],
    printers: Sequence[Printer],
    printer: str,
    *,
    verb: str,
    fail_on: str = "error",
    troubles: Iterable[PluginError] = (),
) -> Ending:
    """The same for a verb that has no kit. `fail_on`: from where on the exit code is 1 if nobody says. Raises UsageError."""
    word = settings.word("fail-on", fail_on, (*SEVERITIES, NEVER))
    limit = None if word == NEVER else Severity[word.upper()]
    known = settings.get("baseline")
    # A verb that cannot write files does not take them from the settings either.
    outputs = settings.get("output", ()) if "output" in given else ()
    return Ending(
        printer=printer_of(printer, printers),
        outputs=read_outputs(outputs, settings.folder_of("output"), printers),
        baseline=load_baseline(settings.folder_of("baseline") / known) if known else None,
        suppressions=Suppressions(settings.config.suppressions, datetime.now(UTC).date()),
        least=Severity[settings.word("severity", "info", SEVERITIES).upper()],
        limit=limit,
        options={"unknown": bool(settings.get("unknown")), "color": given["color"], "limit": limit, "verb": verb},
        troubles=troubles,
    )

"""`diagnose baseline PATH…`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from diagnose.baseline import Baseline, Known, is_report, known_in_report, known_of
from diagnose.cli.common import input_options, run_options, setup
from diagnose.cli.outputs import write_whole
from diagnose.errors import UsageError
from diagnose.visible import one_line

DEFAULT = "diagnose-baseline.json"


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--file", default=DEFAULT, show_default=True, metavar="FILE", help="Where to write.")
@run_options
@input_options
def baseline(paths: tuple[str, ...], file: str, **given: Any) -> int:
    """Write what is known now, so that later runs with --baseline FILE fail for new findings only.

    PATH is a log, as for `diagnose scan`, or a report that `--format json` or `--output json:FILE` of any verb wrote.
    What the settings suppress is not in it.
    """
    target = Path(file)
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"--file {file}: this is no place for a file")
    reports = [path for path in paths if is_report(Path(path))]
    known = [entry for path in reports for entry in known_in_report(Path(path))]
    logs = tuple(path for path in paths if path not in reports)
    code = 0
    if logs or not paths:
        found, code = _found(logs, given)
        known += found
    if code:
        return code
    written = Baseline(known)
    try:
        write_whole(target, lambda stream: _put(stream, written))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error
    findings = "1 finding" if len(written.known) == 1 else f"{len(written.known):,} findings"
    click.echo(f"{one_line(file)}: {findings} known. Now: diagnose scan … --baseline {one_line(file)}")
    return 0


def _put(stream: Any, written: Baseline) -> None:
    stream.write(written.text())


def _found(logs: tuple[str, ...], given: dict[str, Any]) -> tuple[list[Known], int]:
    """What is found in logs, and the exit code: nothing is written where some of them could not be read."""
    from diagnose.cli.ending import ending
    from diagnose.cli.scan import read

    chosen = setup(given)
    end = ending(chosen, {**given, "color": None}, "json")
    report = end.told(read(logs, chosen, given).report())
    end.complain(report)
    unread = bool(report.summary.unread)
    return [known_of(finding) for finding in report.findings if not finding.suppressed], 3 if unread else 0

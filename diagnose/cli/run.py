"""`diagnose run -- COMMAND…`"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli.common import history_options, run_options, setup, source_folder, source_option
from diagnose.cli.ending import ending
from diagnose.cli.tail import show_changes, warn
from diagnose.errors import UsageError
from diagnose.visible import one_line

if TYPE_CHECKING:
    from diagnose.live.changes import Change
    from diagnose.model import Report

BLOCK = 64 * 1024


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@run_options
@click.option("--live", is_flag=True, help="Tell findings at once, on standard error, and not only at the end.")
@click.option("--output", multiple=True, metavar="FORMAT:FILE", help="Write the report to a file too, as in junit:diagnose.xml.")
@click.option("--baseline", metavar="FILE", help="Mark what is in this file as known; `diagnose baseline` writes it.")
@history_options
@source_option
@click.option("--format", "format", metavar="NAME", help="How to print: terminal or json, or a plugin's.  [default: terminal]")
@click.option("--unknown", is_flag=True, help="Show the clusters of errors that no rule explains.")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
def run(words: tuple[str, ...], **given: Any) -> int:
    """Run COMMAND, pass its output through as it comes, and tell what went wrong.

    Output is passed on byte for byte; where ours is a terminal, the command sees one too. Signals go on to it, and its exit code is
    ours. Findings come at the end, on standard error, if there are any. Write -- before the command: diagnose run -- npm test
    """
    chosen = setup({**given, "since": None, "until": None}, block=BLOCK)
    end = ending(chosen, {**given, "fail_on": None}, verb="run")
    code_folder = source_folder(chosen.settings)
    from diagnose.live.child import Child, Missing
    from diagnose.live.tailing import Tail
    from diagnose.live.watching import LiveRun
    from diagnose.sources.follow.wake import Waker
    from diagnose.state import State

    def show(changes: Sequence[Change], report: Report) -> None:
        if given["live"]:
            show_changes([change for change in changes if change.finding.severity >= end.least], sys.stderr)

    try:
        child = Child(words)
    except Missing as error:
        raise UsageError(str(error)) from error
    state = State(None)
    made = Tail(
        LiveRun(chosen.rulebook, chosen.kit, chosen.options, chosen.cache).watched(),
        state, child.sources, show, warn, waker=Waker(inotify=False),
    )  # fmt: skip
    try:
        with child.signals():
            made.follow()
            code = child.wait()
        report = end.told(made.finish())
    finally:
        made.close()
        state.close()
    if code_folder is not None:
        from diagnose.repository import with_code

        report = with_code(report, code_folder, chosen.rulebook.rules)
    try:
        end.write(report)
    except UsageError as error:  # the exit code stays the command's
        click.echo(f"error: {one_line(str(error))}", err=True)
    if end.history is not None and end.history.trouble:
        warn(end.history.trouble)
    if report.findings or given["unknown"]:
        sys.stdout.flush()
        end.printer.print(report, sys.stderr, end.options)
    return code

"""`diagnose scan PATH…`"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from diagnose.cli.common import Setup, input_options, output_options, run_options, setup, source_folder, source_option
from diagnose.cli.ending import ending
from diagnose.cli.reading import read_inputs
from diagnose.errors import UsageError
from diagnose.globs import file_matches
from diagnose.pipeline import Run
from diagnose.sources import STDIN, Input, find, listing_of
from diagnose.sources.limits import read_limits

PATIENCE = 2.0
"""Seconds of work before a progress bar appears."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@run_options
@output_options
@input_options
@source_option
@click.option("--unknown", is_flag=True, help="Show the clusters of errors that no rule explains.")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
@click.option("--workers", type=int, metavar="N", help="Processes to read with.  [default: 1; all cores for 32 MB and more]")
@click.option("--engine", type=click.Choice(["local", "ray", "dask"]), help="Whose processes read.  [default: local]")
@click.option(
    "--ledger",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Remember there what was read: a killed scan goes on, the next one reads only what is new.",
)
@click.option(
    "--follow-up",
    metavar="FINDING",
    help="Read only around a finding of the history, or of a report: its fingerprint, or report.json:FINGERPRINT.",
)
@click.option("--shard", metavar="I/N", help="Read the I-th of N shares only, for diagnose merge; needs --ledger.")
def scan(paths: tuple[str, ...], **given: Any) -> int:
    """Read logs and say what went wrong.

    PATH is a file, a folder, a glob, or - for standard input, which is also read where no PATH is given and
    something is piped in. What is packed (gzip, zstd, xz, bzip2, lz4, zip, tar, one in another) is read as it is.
    What matched no rule is counted; --unknown shows it.
    """
    chosen = setup(given)
    end = ending(chosen, given)
    code = source_folder(chosen.settings)
    report = end.told(read(paths, chosen, given).report())
    if code is not None:
        from diagnose.repository import with_code

        report = with_code(report, code, chosen.rulebook.rules)
    end.tell(report)
    end.complain(report)
    end.write(report)
    return end.code(report)


def read(paths: tuple[str, ...], chosen: Setup, given: Mapping[str, Any]) -> Run:
    """A run that has read what paths name, or standard input. Raises UsageError where neither is given."""
    trail = None
    if given.get("follow_up"):
        from diagnose.cli.followup import read_trail

        trail = read_trail(chosen.settings, given["follow_up"], chosen.options.now or 0)
        paths = paths or trail.paths()
    if not paths:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("name a file or folder of logs, or pipe them in: … | diagnose scan -")
        paths = (STDIN,)
    inputs, errors = find(paths, lambda location: listing_of(chosen.kit.openers, location))
    excluded = chosen.settings.get("exclude", ())
    inputs = [item for item in inputs if not file_matches(item.name, excluded)]
    options = replace(chosen.options, limits=read_limits(chosen.settings.get("limit", ())))
    if trail is not None:
        inputs, options = trail.kept(inputs), trail.narrowed(options)
    run = Run(chosen.rulebook, chosen.kit, options, chosen.cache)
    run.note_unread(errors)
    with _progress(inputs) as advance:
        read_inputs(run, chosen, given, inputs, advance, trail)
    return run


@contextmanager
def _progress(inputs: list[Input]) -> Iterator[Callable[[int], None] | None]:
    """A bar on stderr, for work that takes longer than PATIENCE; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    total = sum(item.size or 0 for item in inputs)
    bar = _Bar(total, time.monotonic() + PATIENCE)
    try:
        yield bar.advance
    finally:
        bar.stop()


class _Bar:
    def __init__(self, total: int, due: float) -> None:
        self._total = total or None
        self._due = due
        self._done = 0
        self._bar: Any = None

    def advance(self, size: int) -> None:
        self._done += size
        if self._bar is None:
            if time.monotonic() < self._due:
                return
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

            self._bar = Progress(
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._bar.add_task("", total=self._total)
        self._bar.update(0, completed=self._done)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()

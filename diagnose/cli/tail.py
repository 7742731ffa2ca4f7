"""`diagnose tail FILE` and `… | diagnose tail -`"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from diagnose.cli.common import NEVER, SEVERITIES, run_options, setup
from diagnose.cli.ending import ending
from diagnose.errors import InputError, UsageError
from diagnose.live import OPENED, Change, Watch
from diagnose.model import Unread
from diagnose.pipeline import Run
from diagnose.sources import Input
from diagnose.sources.growing import GrowingStream
from diagnose.visible import clock, one_line

EVERY = 1.0
"""Seconds between two looks while lines keep coming; an update is told at most this often."""


@click.command()
@click.argument("path", metavar="FILE")
@run_options
@click.option("--format", "format", metavar="NAME", help="terminal, or jsonl: one change a line.  [default: terminal]")
@click.option("--fail-on", type=click.Choice([*SEVERITIES, NEVER]), help="Exit with 1 from this severity on.  [default: error]")
@click.option("--from-start", is_flag=True, help="Read what the file already holds too; a pipe is always read whole.")
@click.option("--unknown", is_flag=True, help="Show the clusters of errors that no rule explains, at the end.")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
def tail(path: str, **given: Any) -> int:
    """Watch one growing FILE, or a pipe given as -, and tell findings as they open.

    At the end (of the pipe, or by Ctrl-C) the whole report is told once more: it equals what `diagnose scan`
    says of the same bytes. A file that is rotated is not followed.
    """
    chosen = setup(given)
    word = chosen.settings.get("format", "terminal")
    # A settings file that asks every scan for JSON means lines of it here.
    lines = word == "jsonl" or (word == "json" and not given["format"])
    if not lines and word != "terminal":
        raise UsageError("tail prints as terminal or jsonl")
    end = ending(chosen, given, "terminal")
    stream = GrowingStream(path, from_start=bool(given["from_start"]))
    run = Run(chosen.rulebook, chosen.kit, chosen.options, chosen.cache)
    watch = Watch(run)

    def tell(change: Change) -> None:
        if change.finding.severity >= end.least:
            (_tell_json if lines else _tell)(change)

    _on_signal(stream.stop)
    try:
        _watch(run, watch, Input(path, stream.modified), stream, tell)
    except InputError as error:
        run.tally.unread.append(Unread(error.source, error.reason))
    finally:
        stream.close()
    changes, report = watch.last()
    for change in changes:
        tell(change)
    report = end.told(report)
    if not lines:
        end.tell(report)
    end.complain(report)
    return end.code(report)


def _watch(run: Run, watch: Watch, item: Input, stream: GrowingStream, tell: Callable[[Change], None]) -> None:
    due = 0.0
    for step in run.follow(item, stream, stream.start):
        now = time.monotonic()
        if step.idle or now >= due:
            for change in watch.look(step):
                tell(change)
            due = now + EVERY


def _tell_json(change: Change) -> None:
    from diagnose.printers.json import finding_data, write

    write({"event": change.event, "finding": finding_data(change.finding)}, sys.stdout, indent=False)
    sys.stdout.flush()


def _tell(change: Change) -> None:
    finding = change.finding
    if change.event != OPENED:
        return
    place = f"{finding.evidence[0].source}:{finding.evidence[0].line}" if finding.evidence else ""
    text = f"{clock(finding.first_seen)} {finding.severity.name.lower()}: {finding.title} [{finding.rule}] {place}"
    click.echo(one_line(text.strip()))
    sys.stdout.flush()


def _on_signal(stop: Callable[[], None]) -> None:
    """The first Ctrl-C or TERM ends the reading; a second Ctrl-C is as usual."""

    def handle(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)

"""`diagnose tail PATH…` and `… | diagnose tail -`"""

from __future__ import annotations

import glob
import os
import signal
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from diagnose.cli.common import NEVER, SEVERITIES, Settings, Setup, run_options, setup
from diagnose.cli.ending import Ending, ending
from diagnose.errors import Faults, InputError, UsageError
from diagnose.live.saying import FORMS, LEVELS
from diagnose.model import Report
from diagnose.sources import STDIN
from diagnose.visible import clock, one_line

if TYPE_CHECKING:
    from diagnose.cli.voice import Voice
    from diagnose.live.changes import Change
    from diagnose.live.serving import Serving
    from diagnose.live.tailing import Tail
    from diagnose.live.watching import LiveRun
    from diagnose.sinks.queue import Queue
    from diagnose.sources.follow.live import LiveSource
    from diagnose.state import State
    from diagnose.tracing import Tracer

BLOCK = 64 * 1024
"""Bytes of one source that are read at its turn."""

DRAIN = 7.0
"""Seconds from when it is told to end until deliveries wait for the next start: a service manager kills after ten."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@run_options
@click.option("--format", "format", metavar="NAME", help="terminal, or jsonl: one change a line.  [default: terminal]")
@click.option("--fail-on", type=click.Choice([*SEVERITIES, NEVER]), help="Exit with 1 from this severity on.  [default: error]")
@click.option("--from-start", is_flag=True, help="Read what files already hold too; a pipe is always read whole.")
@click.option("--since", metavar="TIME", help="The same, but only events from then on: 2h, 2026-11-23, 2026-11-23T14:03.")
@click.option(
    "--state", metavar="DIR", type=click.Path(path_type=Path), help="Where it keeps how far it was; else in your state folder."
)
@click.option("--no-state", is_flag=True, help="Keep nothing: start anew each time.")
@click.option("--no-inotify", is_flag=True, help="Only poll; for file systems that tell no news.")
@click.option(
    "--sink",
    multiple=True,
    metavar="KIND:TARGET",
    help="Deliver incidents: webhook, slack, alertmanager, pagerduty, otlp, command, file.",
)
@click.option("--fallback", metavar="KIND:TARGET", help="Where incidents go that a sink did not take.")
@click.option("--metrics", metavar="HOST:PORT", help="Serve /metrics, /healthz and /readyz there, as on 127.0.0.1:9464.")
@click.option("--trace", metavar="FILE", help="Write spans of what it does there, as OTLP JSON, a line each.")
@click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    default="warning",
    help="What it says of itself on standard error.  [default: warning]",
)
@click.option("--log-format", type=click.Choice(FORMS), default="text", help="How it says that.  [default: text]")
@click.option(
    "--plain", is_flag=True, help="A line for what opens and what is over, on a terminal too, instead of the live view."
)
@click.option("--unknown", is_flag=True, help="Show the clusters of errors that no rule explains, at the end.")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
def tail(paths: tuple[str, ...], **given: Any) -> int:
    """Watch growing logs and tell findings as they open, change and are over.

    PATH is a file, a folder, a glob, - for a pipe, docker:NAME, kubernetes:[FOLDER], journal:[UNIT], or kafka:[BROKERS/]TOPIC. Files
    are followed through rotation, truncation and restarts of this program: nothing is lost, and nothing told twice. What is there at the
    first start is passed over, unless you say --from-start. At the end (of the pipe, or by Ctrl-C or TERM) the whole report is
    told once more: it equals what `diagnose scan` says of the same bytes. HUP reloads rules and settings. On a terminal a live
    view shows incidents as they go on, unless you say --plain.
    """
    chosen = _setup(given)
    word = chosen.settings.get("format", "terminal")
    # A settings file that asks every scan for JSON means lines of it here.
    lines = word == "jsonl" or (word == "json" and not given["format"])
    if not lines and word != "terminal":
        raise UsageError("tail prints as terminal or jsonl")
    end = ending(chosen, given, "terminal")
    report = end.told(_tail(paths, chosen, given, end, lines))
    if not lines:
        end.tell(report)
    end.complain(report)
    return end.code(report)


def _tail(paths: Sequence[str], chosen: Setup, given: dict[str, Any], end: Ending, lines: bool) -> Report:
    from diagnose.live.outlet import Outlets
    from diagnose.live.tailing import Tail
    from diagnose.sources.follow.wake import Waker

    voice = _voice(given)
    tracer = _tracer(given["trace"], voice)
    state = _state(paths, given, voice)
    try:
        sources = _sources(paths, state, voice.warn, from_start=given["from_start"] or bool(given["since"]))
        run = _run(chosen)

        def show(changes: Sequence[Change], report: Report) -> None:
            grave = [change for change in changes if change.finding.severity >= end.least]
            if not voice.shows(changes):
                (_show_lines if lines else show_changes)(grave)

        queue = _queue(state, chosen.settings, voice, tracer)
        outlet = Outlets(state, queue, end.least) if queue.sinks else None
        made = Tail(run, state, sources, show, voice.warn, outlet, Waker(inotify=not given["no_inotify"]), tracer)
        made.renew = lambda: _renewed(given)
        serving = _serve(given["metrics"], made, queue) if given["metrics"] else None
        _on_signal(made.stop, made.reload)
        queue.start()
        if not (lines or given["plain"]):
            voice.view(made, end.least, given["color"])
        try:
            made.prepare()
            voice.info("started", rules=len(run.rulebook.compiled), paths=len(paths), known=len(made.changes.told))
            made.follow()
            return made.finish()
        finally:
            voice.close()
            queue.stop(max(1.0, DRAIN - made.ending))
            made.close()
            if serving is not None:
                serving.close()
            voice.info("stopped", bytes=made.bytes_read, waiting=queue.waiting)
    finally:
        state.close()
        tracer.close()


def _voice(given: dict[str, Any]) -> Voice:
    from diagnose.cli.voice import Voice

    return Voice(given["log_level"], given["log_format"])


def _tracer(path: str | None, voice: Voice) -> Tracer:
    """Raises UsageError."""
    from diagnose.tracing import Traced, Untraced

    return Traced(path, voice.warn) if path else Untraced()


def _setup(given: dict[str, Any]) -> Setup:
    """Raises UsageError or Faults; a reload asks it again."""
    return setup({**given, "until": None}, block=BLOCK, requests=bool(given["metrics"]))


def _renewed(given: dict[str, Any]) -> LiveRun:
    """A run with the rules and settings of now. Raises Faults where any rule has an error: the old ones are better than some of the new."""
    chosen = _setup(given)
    errors = [fault for fault in chosen.rulebook.faults if fault.severity == "error"]
    if errors:
        raise Faults(errors)
    return _run(chosen)


def _run(chosen: Setup) -> LiveRun:
    from diagnose.live.watching import LiveRun

    return LiveRun(chosen.rulebook, chosen.kit, chosen.options, chosen.cache).watched()


def _serve(address: str, tail: Tail, queue: Queue) -> Serving:
    """Raises UsageError."""
    from diagnose.live.metrics import Metrics
    from diagnose.live.serving import Serving

    metrics = Metrics()
    tail.run.observers.append(metrics.observe)
    return Serving(address, lambda: metrics.text(tail, queue), lambda: tail.heard, lambda: tail.is_reading)


def _queue(state: State, settings: Settings, voice: Voice, tracer: Tracer) -> Queue:
    """Raises UsageError."""
    from diagnose.sinks import make_sink
    from diagnose.sinks.queue import Queue

    fallback = settings.get("fallback")
    sinks = [make_sink(told) for told in settings.get("sink", ())]
    return Queue(state, sinks, make_sink(fallback) if fallback else None, voice.warn, tracer)


def _state(paths: Sequence[str], given: dict[str, Any], voice: Voice) -> State:
    from diagnose.state import State, user_state

    if given["no_state"] or (not given["state"] and all(path == STDIN for path in paths)):
        return State(None)
    state = State(given["state"] or user_state(*paths))
    if state.broken:
        voice.warn(f"the state was damaged and is now {state.broken}: files are read from their start")
    return state


def _sources(paths: Sequence[str], state: State, tell: Callable[[str], None], *, from_start: bool) -> list[LiveSource]:
    from diagnose.sources.follow.live import Files, Piped
    from diagnose.sources.follow.named import Journal, is_journal, path_of
    from diagnose.sources.follow.pipe import Pipe

    sources: list[LiveSource] = []
    files = []
    for path in paths:
        if path == STDIN:
            sources.append(Piped())
        elif is_journal(path):
            sources.append(Journal(path, state, from_start=from_start, tell=tell))
        elif path.startswith("kafka:"):
            from diagnose.sources.follow.kafka import Kafka

            sources.append(Kafka(path, state, from_start=from_start, tell=tell))
        elif _is_pipe(path := path_of(path)):
            sources.append(Piped(Pipe(path, os.open(path, os.O_RDONLY))))
        else:
            files.append(path)
    if files:
        sources.append(Files(files, state, from_start=from_start, tell=tell))
    return sources


def _is_pipe(path: str) -> bool:
    """Whether this is read once, like a pipe. Raises InputError for a name, and no pattern, that nothing has and nothing had."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if glob.has_magic(path):
            return False
        raise InputError(path, error.strerror or str(error)) from error
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def warn(text: str) -> None:
    """Say something beside the findings."""
    click.echo(f"warning: {one_line(text)}", err=True)


def _show_lines(changes: Sequence[Change]) -> None:
    from diagnose.printers.json import finding_data, write

    for change in changes:
        reason = {"reason": change.reason} if change.reason else {}
        write(
            {"event": change.event, "id": change.id, **reason, "finding": finding_data(change.finding)}, sys.stdout, indent=False
        )
    if changes:
        sys.stdout.flush()


def show_changes(changes: Sequence[Change], out: IO[str] | None = None) -> None:
    """What opened and what is over, a line each, for a person; on standard output unless told otherwise."""
    from diagnose.live.changes import OPENED, RESOLVED

    for change in changes:
        finding = change.finding
        if change.event not in (OPENED, RESOLVED):
            continue
        place = f"{finding.evidence[0].source}:{finding.evidence[0].line}" if finding.evidence else ""
        word = finding.severity.name.lower() if change.event == OPENED else f"over ({change.reason}, {finding.count} ×)"
        text = f"{clock(finding.first_seen if change.event == OPENED else finding.last_seen)} {word}: {finding.title} [{finding.rule}] {place}"
        click.echo(one_line(text.strip()), file=out)
    (out or sys.stdout).flush()


def _on_signal(stop: Callable[[], None], reload: Callable[[], None]) -> None:
    """The first Ctrl-C or TERM ends the reading; a second Ctrl-C is as usual. HUP reloads rules and settings."""

    def handle(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGHUP, lambda number, frame: reload())

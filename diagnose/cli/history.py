"""`diagnose history [FINDING]`"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli.common import read_moment, read_settings, read_zone
from diagnose.model import SECOND
from diagnose.visible import ago, iso, one_line, span

if TYPE_CHECKING:
    from diagnose.history import History, Kept, Known

_SHOWN = 8
"""Sources of a failure that are named."""


@click.command()
@click.argument("finding", required=False, metavar="[FINDING]")
@click.option("--history-file", metavar="FILE", help="The history.  [default: the one in your state folder]")
@click.option("--since", metavar="TIME", help="Only incidents that were going on then or later: 2w, 2026-11-23.")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Show so many, the latest.")
@click.option("--tz", metavar="ZONE", help="Zone of --since, as in Europe/Berlin.  [default: UTC]")
@click.option("--format", "format", type=click.Choice(["terminal", "json"]), help="How to print.  [default: terminal]")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Settings; else the nearest diagnose.toml or pyproject.toml.",
)
def history(finding: str | None, most: int, **given: Any) -> int:
    """Show the incidents that scans with --history found, the latest first.

    FINDING is a fingerprint, as JSON reports and this list tell it, or its beginning: then its occasions are shown, and where
    it was seen. Read around the last one with diagnose scan --follow-up FINDING.
    """
    from diagnose.cli.ending import history_path
    from diagnose.history import History

    now = int(time.time() * SECOND)
    settings = read_settings(given)
    since = read_moment(given["since"], read_zone(settings.get("tz") or "UTC"), now)
    book = History(history_path(settings), now, make=False)
    try:
        if finding:
            known = book.failure(finding)
            shown = _failure_data(known, book, most)
            text = _failure(known, book, now, most)
        else:
            kept = book.incidents(since, most)
            shown = {"incidents": [_incident_data(one) for one in kept]}
            text = [_incident(one, now) for one in kept] or ["no incident is known" + (" since then" if since else "")]
    finally:
        book.close()
    if given["format"] == "json":
        from diagnose.printers.json import write

        write({"schema": "diagnose.history/1", **shown}, sys.stdout, indent=True)
    else:
        click.echo("\n".join(map(one_line, text)))
    return 0


def _incident(kept: Kept, now: int) -> str:
    root = kept.root
    more = f", explains {len(kept.members) - 1:,} more" if len(kept.members) > 1 else ""
    since = root.times - 1
    often = "seen this once" if since == 0 else f"first seen {ago(now - root.first)}, {since:,} × since"
    return f"{_when(kept.first, kept.last):<42} {root.severity:<8}  {root.title}  [{root.rule}]  {often}{more}  {root.fingerprints[-1]}"


def _failure(known: Known, book: History, now: int, most: int) -> list[str]:
    rows = [
        f"{known.title}  [{known.rule}]  {known.of_class}, {known.severity}",
        f"first seen  {iso(known.first)}  {ago(now - known.first)}",
        f"last seen   {iso(known.last)}  {ago(now - known.last)}",
        f"times       {known.times:,}",
        f"known as    {', '.join(known.fingerprints)}",
    ]
    rows += [f"{'seen in' if number == 0 else '':<10}  {source}" for number, source in enumerate(known.sources[:_SHOWN])]
    rows += [f"{'' if number else 'when':<10}  {_when(*one)}" for number, one in enumerate(book.occasions(known, most))]
    return rows


def _when(first: int, last: int) -> str:
    """With the date, also within a day."""
    text = span(first, last)
    return text if text[4:5] == "-" else f"{(iso(first) or '')[:10]} {text}"


def _incident_data(kept: Kept) -> Mapping[str, Any]:
    data = {"first_seen": iso(kept.first), "last_seen": iso(kept.last), "findings": len(kept.members)}
    return {**data, "root": _known_data(kept.root)}


def _failure_data(known: Known, book: History, most: int) -> Mapping[str, Any]:
    occasions = [{"first_seen": iso(first), "last_seen": iso(last)} for first, last in book.occasions(known, most)]
    return {"finding": _known_data(known), "sources": list(known.sources), "occasions": occasions}


def _known_data(known: Known) -> Mapping[str, Any]:
    return {
        "rule": known.rule,
        "class": known.of_class,
        "title": known.title,
        "severity": known.severity,
        "first_seen": iso(known.first),
        "last_seen": iso(known.last),
        "times": known.times,
        "fingerprints": list(known.fingerprints),
    }

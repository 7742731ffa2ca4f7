"""`diagnose explain WORD…` and `… | diagnose explain -`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli import OK, collect
from diagnose.cli.common import Choice, choose
from diagnose.errors import UsageError
from diagnose.redact import redact
from diagnose.sources import STDIN
from diagnose.visible import one_line

if TYPE_CHECKING:
    from diagnose.encyclopaedia import Answer
    from diagnose.model import Report

NOTHING = 1
"""The exit code where nothing is known."""

MOST = 4 << 20
"""Bytes that are read from a pipe: what a person pastes. Larger logs are for `scan`."""

_FORMATS = ("terminal", "json")


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--framework", multiple=True, metavar="NAME", help="Show the fixes for this framework only.")
@click.option("--database", multiple=True, metavar="NAME", help="The same for a database, whose rules come first.")
@click.option("--all", "every", is_flag=True, help="Explain every match, not only the best.")
@click.option("--rules", multiple=True, metavar="DIR", type=click.Path(path_type=Path), help="More rules, from this folder.")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Settings; else the nearest diagnose.toml or pyproject.toml.",
)
@click.option("--no-plugins", is_flag=True, help="Use only what is built in.")
@click.option("--format", "format", type=click.Choice(_FORMATS), help="How to print.  [default: terminal]")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
def explain(words: tuple[str, ...], every: bool, **given: Any) -> int:
    """Look up an error, offline: what it is, its causes and what tells them apart, fixes, checks, what it leads to.

    WORD is a code (ECONNREFUSED, 23505), a failure class (duplicate-key), a rule (mysql/duplicate-key), a technology,
    or a few words; or paste a line of a log, in quotes. A whole stack trace is piped in: … | diagnose explain -

    Exit codes: 0 something is known, 1 nothing, 2 usage error.
    """
    from diagnose.encyclopaedia import Index, answer

    query = _query(words)
    choice = choose(given)
    if not choice.rulebook.rules:
        raise UsageError("there is no rule to look things up in")
    book = choice.rulebook
    index = Index(book.rules, book.classes)
    found = answer(book, index, query, lambda text: _scan(text, choice), prefer=_with_implied(choice), every=every)
    _tell(found, choice, given["color"])
    for trouble in choice.kit.troubles:
        click.echo(f"warning: {one_line(str(trouble))}", err=True)
    return OK if found.matches else NOTHING


def _query(words: tuple[str, ...]) -> str:
    """What was typed, or piped in. Raises UsageError."""
    if words and words != (STDIN,):
        text = " ".join(words)
    elif sys.stdin is None or sys.stdin.isatty():
        raise UsageError("name what to look up, as in `diagnose explain ECONNREFUSED`, or pipe it in: … | diagnose explain -")
    else:
        data = sys.stdin.buffer.read(MOST + 1)
        if len(data) > MOST:
            raise UsageError(f"this is more than {MOST >> 20} MiB: read it with `diagnose scan -`")
        text = data.decode("utf-8", "surrogateescape")
    if not text.strip():
        raise UsageError("there is nothing to look up: the text is empty")
    return text


def _scan(text: str, choice: Choice) -> Report:
    """What the rules find in a text. The pipeline is imported for texts only: a name needs none."""
    import io
    import time

    from diagnose.model import SECOND
    from diagnose.pipeline import Options, Run
    from diagnose.sources import Input

    collect()
    now = int(time.time() * SECOND)
    run = Run(choice.rulebook, choice.kit, Options(now=now, prefer=choice.prefer), choice.cache)
    run.read(Input(STDIN, now), io.BytesIO(as_bytes(text)))
    return run.report()


def as_bytes(text: str) -> bytes:
    """The bytes that a text was typed or piped in as; what no bytes stand for is replaced."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _with_implied(choice: Choice) -> frozenset[str]:
    """What is preferred, with what it brings along: a fix for express is one for NestJS too."""
    implied = {name for one in choice.kit.frameworks if one.name in choice.prefer for name in one.implies}
    return choice.prefer | implied


def _tell(found: Answer, choice: Choice, color: bool | None) -> None:
    """Print the answer. A settings file that names another printer for scans means the terminal's here."""
    from dataclasses import replace

    found = replace(found, query=redact(found.query))
    if choice.settings.get("format", "terminal") == "json":
        from diagnose.encyclopaedia import answer_data
        from diagnose.printers.json import write

        write(answer_data(found), sys.stdout, indent=True)
        return
    from diagnose.cli.entry_page import AnswerPage
    from diagnose.printers.page import console

    AnswerPage(console(sys.stdout, color=color), found, clip=sys.stdout.isatty()).write()

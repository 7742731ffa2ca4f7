"""What pages for a terminal are built of. Texts pass `visible` and become rich Text, never markup.

rich is imported when a page is made, so that a verb that prints none does not pay for it.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from diagnose.visible import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

from diagnose.model import Fix, Severity

STYLES = {Severity.CRITICAL: "bold red", Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
LABEL = 12
"""Width of the column of labels (proof, FIX, CHECK)."""

_NARROWEST = 20
"""Columns that a paragraph takes even where the page has fewer: the terminal wraps then."""


def console(out: IO[str], *, color: bool | None = None, width: int | None = None) -> Console:
    """A console that interprets nothing. `color` None: by the stream."""
    from rich.console import Console

    return Console(
        file=out,
        force_terminal=color,
        no_color=color is False,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
    )


class Page:
    """Lines, paragraphs and code on their way to a console."""

    def __init__(self, console: Console, *, clip: bool = True) -> None:
        """`clip`: lines end at the page's edge, as on a screen; a file gets them whole."""
        from rich.text import Text

        self._console = console
        self._clip = clip
        self._text = Text

    def _paragraph(self, label: str, text: str, style: str = "") -> None:
        """A text with a label beside it, wrapped in its own column. By hand: a table for each costs 2 ms."""
        room = max(_NARROWEST, self._console.width - LABEL - 2)
        rows = self._text(visible(text.strip()), style=style).wrap(self._console, room)
        lines = []
        for number, row in enumerate(rows):
            row.rstrip()
            word = label if number == 0 else ""
            head = self._text(f" {word:<{LABEL}} ", style="bold" if word.isupper() else "dim")
            lines.append(self._text.assemble(head, row))
        self._console.print(self._text("\n").join(lines), soft_wrap=True)

    def _whole(self, label: str, text: str, style: str = "") -> None:
        """A line to copy, as a command or a link: the terminal wraps it, nothing breaks it."""
        head = self._text(f" {label:<{LABEL}} ", style="dim")
        self._console.print(head.append(visible(text), style), soft_wrap=True)

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(self._text(text, style=style), soft_wrap=True)

    def _clipped(self, line: Text) -> None:
        line.rstrip()
        if self._clip:
            self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
        else:
            self._console.print(line, soft_wrap=True)

    def _code(self, step: Fix) -> None:
        """Code to copy: a line that is longer than the page goes on, rather than being cut or broken."""
        code = self._highlighted(visible(step.code.rstrip()).expandtabs(4), step.language)
        margin = self._text(" " * (LABEL + 4))
        lines = [self._text.assemble(margin, line) for line in code.split("\n", allow_blank=True)]
        self._console.print(self._text("\n").join(lines), soft_wrap=True)

    def _highlighted(self, code: str, language: str) -> Text:
        """The code with colours; where none are shown, the highlighter is not even imported (40 ms)."""
        if self._console.color_system is None or self._console.no_color:
            return self._text(code)
        from rich.syntax import Syntax

        shown = Syntax(code, language or "text", theme="ansi_dark", background_color="default").highlight(code)
        shown.rstrip()
        return shown

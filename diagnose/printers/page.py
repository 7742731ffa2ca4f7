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

    def __init__(self, console: Console) -> None:
        from rich.text import Text

        self._console = console
        self._text = Text

    def _paragraph(self, label: str, text: str, style: str = "") -> None:
        """A text with a label beside it, wrapped in its own column."""
        from rich.padding import Padding
        from rich.table import Table

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=LABEL, style="bold" if label.isupper() else "dim")
        grid.add_column(ratio=1)
        grid.add_row(label, self._text(visible(text.strip()), style=style))
        self._console.print(Padding(grid, (0, 0, 0, 1)))

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(self._text(text, style=style), soft_wrap=True)

    def _clipped(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def _code(self, step: Fix) -> None:
        from rich.padding import Padding
        from rich.syntax import Syntax

        code = Syntax(
            visible(step.code.rstrip()), step.language or "text", theme="ansi_dark", word_wrap=False, background_color="default"
        )
        self._console.print(Padding(code, (0, 0, 0, LABEL + 4)), soft_wrap=False)

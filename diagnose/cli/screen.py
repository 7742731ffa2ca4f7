"""What a live view shows, as pages of text: incidents, how often they are seen, their newest evidence; one opens with its fix.

What comes from logs passes `one_line` and becomes rich Text, never markup. Keys change what is shown; no terminal is touched here.
"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING

from diagnose.live.board import Board, Row
from diagnose.printers.page import STYLES, console
from diagnose.printers.terminal import print_incident
from diagnose.visible import clock, one_line

if TYPE_CHECKING:
    from rich.text import Text

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.:-=+*#"
"""For a terminal that takes ASCII only."""

NARROW = 90
"""Columns below which a rate has half its bars."""

HELP = "↑↓ choose   enter open   / filter   p pause   q quit"
HELP_OPEN = "↑↓ scroll   enter back   p pause   q quit"


class Screen:
    """What is shown, and what keys change of it. `ascii`: the terminal takes nothing else."""

    def __init__(self, board: Board, lag: Callable[[], tuple[int, int]], color: bool | None, *, ascii: bool = False) -> None:
        """`lag` gives the bytes that were read, and those that wait."""
        self._board, self._lag, self._color, self._ascii = board, lag, color, ascii
        self._rows: list[Row] = board.rows()
        self._chosen = self._opened = ""
        self._top = self._scroll = 0
        self.filter, self.is_typing, self.is_paused, self.is_over = "", False, False, False

    # ------------------------------------------------------------ keys

    def press(self, key: str) -> None:
        """One key."""
        if self.is_typing:
            self._type(key)
        elif key == "q":
            self.is_over = True
        elif key in ("p", " "):
            self.is_paused = not self.is_paused
        elif key == "/" and not self._opened:
            self.is_typing = True
        elif key == "enter":
            self._opened, self._scroll = "" if self._opened else self._chosen, 0
        elif key == "escape":
            self._opened, self.filter = "", self.filter if self._opened else ""
        else:
            self._move(
                {"up": -1, "k": -1, "down": 1, "j": 1, "page-up": -10, "page-down": 10, "home": -(10**6), "end": 10**6}.get(
                    key, 0
                )
            )

    def _type(self, key: str) -> None:
        if key in ("enter", "escape"):
            self.is_typing, self.filter = False, self.filter if key == "enter" else ""
        elif key == "backspace":
            self.filter = self.filter[:-1]
        elif len(key) == 1:
            self.filter += key

    def _move(self, steps: int) -> None:
        if self._opened:
            self._scroll = max(0, self._scroll + steps)
            return
        shown = [row.key for row in self._shown()]
        if shown:
            at = shown.index(self._chosen) if self._chosen in shown else 0
            self._chosen = shown[max(0, min(len(shown) - 1, at + steps))]

    # ------------------------------------------------------------ drawing

    def draw(self, width: int, height: int) -> Text:
        """A page of exactly that size."""
        from rich.text import Text

        if not self.is_paused:
            self._rows = self._board.rows()
            self._follow_roots()
        opened = next((row for row in self._rows if row.key == self._opened), None)
        room = max(1, height - 3)
        body = self._incident(opened, width, room) if opened is not None else self._list(width, room)
        lines = [self._head(), *body[:room], *[Text("")] * (room - len(body)), self._message(), self._foot(opened is not None)]
        for line in lines:
            line.truncate(width, overflow="ellipsis")
        return Text("\n", no_wrap=True, overflow="crop", end="").join(lines[:height])

    def _shown(self) -> list[Row]:
        return [row for row in self._rows if row.holds(self.filter)] if self.filter else self._rows

    def _follow_roots(self) -> None:
        """An incident whose root turned out to be another stays chosen, and open."""
        for name in ("_chosen", "_opened"):
            key = getattr(self, name)
            if key and all(row.key != key for row in self._rows):
                again = next((row.key for row in self._rows if key in row.incident.findings), "")
                setattr(self, name, again)

    def _list(self, width: int, room: int) -> list[Text]:
        from rich.text import Text

        rows = self._shown()
        if not rows:
            return [Text(""), Text(" Nothing that matches." if self.filter else " Nothing found so far.", style="dim")]
        keys = [row.key for row in rows]
        if self._chosen not in keys:
            self._chosen = keys[0]
        at, fit = keys.index(self._chosen), max(1, room // 2)
        self._top = max(0, min(max(self._top, at - fit + 1), at, len(rows) - 1))
        lines = []
        for row in rows[self._top : self._top + fit]:
            lines += [self._first(row, width), self._second(row)]
        return lines

    def _first(self, row: Row, width: int) -> Text:
        from rich.text import Text

        bars = row.rate if width >= NARROW else row.rate[len(row.rate) // 2 :]
        right = Text(f"{row.count:>9,} ×  ", style="" if row.is_open else "dim").append(
            sparkline(bars, BARS if not self._ascii else PLAIN_BARS), "green" if any(bars) else "dim"
        )
        line = Text(" > " if row.key == self._chosen else "   ", style="bold")
        line.append(f"{clock(row.incident.last_seen):<9}", "dim")
        line.append(f"{row.severity.name.lower() if row.is_open else 'over':<9}", STYLES[row.severity] if row.is_open else "dim")
        line.append(one_line(row.root.title), "bold" if row.is_open else "dim")
        line.append(f"  {row.root.rule}", "dim")
        others = len(row.members) - 1
        if others:
            line.append(f"  explains {others}", "dim")
        line.truncate(max(10, width - right.cell_len - 1), overflow="ellipsis", pad=True)
        return line.append(" ").append(right)

    def _second(self, row: Row) -> Text:
        from rich.text import Text

        if row.proof is None:
            return Text("")
        line = Text(" " * 12).append(f"{one_line(row.proof.source)}:{row.proof.line}  ", "cyan")
        return line.append(one_line(row.proof.text), "dim")

    def _incident(self, row: Row, width: int, room: int) -> list[Text]:
        """One incident as the report tells it."""
        from rich.text import Text

        out = StringIO()
        print_incident(row.report, row.incident, console(out, color=self._color is not False, width=max(40, width - 1)))
        lines = [Text.from_ansi(line) for line in out.getvalue().rstrip().split("\n")[1:]]
        self._scroll = max(0, min(self._scroll, len(lines) - room))
        return lines[self._scroll :]

    def _head(self) -> Text:
        from rich.text import Text

        going = sum(row.is_open for row in self._rows)
        read, behind = self._lag()
        line = Text(" diagnose tail   ", style="bold").append(f"{going} open", "bold red" if going else "green")
        line.append(f"   {len(self._rows) - going} over   {read / 1e6:,.1f} MB read, {behind / 1e6:,.1f} MB behind", "dim")
        if self.is_paused:
            line.append("   paused", "bold yellow")
        return line

    def _message(self) -> Text:
        from rich.text import Text

        return Text(f" {one_line(self._board.message)}", style="yellow")

    def _foot(self, opened: bool) -> Text:
        from rich.text import Text

        if self.is_typing or (self.filter and not opened):
            return Text(f" / {one_line(self.filter)}{'_' if self.is_typing else '   escape shows all'}", style="bold")
        text = HELP_OPEN if opened else HELP
        return Text(f" {text if not self._ascii else text.replace('↑↓', 'j k')}", style="dim")


def sparkline(counts: tuple[int, ...], bars: str = BARS) -> str:
    """A bar for each count, the tallest for the highest of them."""
    most = max((*counts, 1))
    return "".join(bars[-(-count * (len(bars) - 1) // most)] for count in counts)

"""How a tail speaks to a person beside its findings: its own log, which the live view shows while it has the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.live.saying import Own
from diagnose.model import Severity

if TYPE_CHECKING:
    from diagnose.cli.view import View
    from diagnose.live.board import Board
    from diagnose.live.changes import Change
    from diagnose.live.tailing import Tail


class Voice(Own):
    """Its own log, and a live view where there is one."""

    def __init__(self, level: str, form: str) -> None:
        super().__init__(level, form)
        self._board: Board | None = None
        self._view: View | None = None

    def view(self, tail: Tail, least: Severity, color: bool | None) -> None:
        """Open the live view, where there is a terminal for it."""
        from diagnose.cli.view import can_show, open_view

        if not can_show():
            return
        from diagnose.live.board import Board

        told = {name: told.open for name, told in tail.changes.told.items()}
        board = Board(lambda: tail.report, lambda: tail.run, told, least)
        self._view = open_view(board, lambda: (tail.bytes_read, tail.lag), tail.stop, color)
        if self._view is not None:
            self._board, self.divert = board, board.warn

    def shows(self, changes: Sequence[Change]) -> bool:
        """Hand changes to the view; False where there is none."""
        if self._board is not None:
            self._board.take(changes)
        return self._board is not None

    def close(self) -> None:
        """Close the view; what was said in it is said again, to stay."""
        board, self._board, self.divert = self._board, None, None
        if self._view is not None:
            self._view.close()
        for text in board.messages if board is not None else ():
            self.warn(text)

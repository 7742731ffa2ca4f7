"""The live view of `diagnose tail` on a terminal. A thread of its own draws and reads keys; the tail is never waited for."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from diagnose.cli.keys import Keys, terminal
from diagnose.cli.screen import Screen
from diagnose.live.board import Board
from diagnose.printers.page import console

if TYPE_CHECKING:
    from rich.console import Console

EVERY = 0.25
"""Seconds between two drawings where no key is pressed."""


def can_show() -> bool:
    """Whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "")


class View:
    """Draws a screen on the terminal until `close`. `stop` is called when a person asks to quit."""

    def __init__(self, screen: Screen, stop: Callable[[], None], console: Console, keyboard: int) -> None:
        from rich.live import Live

        self._screen, self._stop, self._console = screen, stop, console
        self._error: BaseException | None = None
        self._wake, self._waker = os.pipe()
        self._keys = Keys(keyboard)
        self._live = Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._live.start()
        self._thread.start()

    def _work(self) -> None:
        try:
            while not self._screen.is_over:
                width, height = self._console.size
                self._live.update(self._screen.draw(width, height), refresh=True)
                for key in self._keys.read(EVERY, self._wake):
                    self._screen.press(key)
        except OSError:  # the terminal is gone: nobody looks any more
            pass
        except BaseException as error:
            self._error = error
        self._stop()

    def close(self) -> None:
        """Leave the terminal as it was. Raises what went wrong with drawing."""
        self._screen.is_over = True
        with contextlib.suppress(OSError):
            os.write(self._waker, b"!")
        self._thread.join()
        with contextlib.suppress(OSError):
            self._live.stop()
        self._keys.close()
        os.close(self._wake)
        os.close(self._waker)
        if self._error is not None:
            raise self._error


def open_view(board: Board, lag: Callable[[], tuple[int, int]], stop: Callable[[], None], color: bool | None) -> View | None:
    """A view on standard output; None where no keys can be had."""
    keyboard = terminal()
    if keyboard is None:
        return None
    page = console(sys.stdout, color=color)
    ascii = "utf" not in (sys.stdout.encoding or "").lower()
    return View(Screen(board, lag, color, ascii=ascii), stop, page, keyboard)

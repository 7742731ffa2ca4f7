"""Keys from a terminal, one at a time, without echo and without waiting for a line's end.

Ctrl-C and Ctrl-\\ stay signals; Ctrl-Z is switched off meanwhile, since it would leave the screen as it is. Sequences: ECMA-48, and xterm's for keys.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import sys
import termios
from collections.abc import Iterator

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z])")
_NAMES = {
    "[A": "up", "OA": "up", "[B": "down", "OB": "down", "[5~": "page-up", "[6~": "page-down",
    "[H": "home", "OH": "home", "[1~": "home", "[F": "end", "OF": "end", "[4~": "end",
    "\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace", "\x1b": "escape",
}  # fmt: skip
LATER = 0.05
"""Seconds within which the rest of a key's sequence comes; an escape alone was the key."""


def names(text: str) -> Iterator[str]:
    """What was typed, key by key: a name, or the character itself. What is no known key is passed over."""
    at = 0
    while at < len(text):
        match = _SEQUENCE.match(text, at)
        typed = match[0] if match else text[at]
        at += len(typed)
        name = _NAMES.get(typed.removeprefix("\x1b") or typed)
        if name is not None:
            yield name
        elif len(typed) == 1 and typed.isprintable():
            yield typed


def terminal() -> int | None:
    """A descriptor to read keys from: standard input, or else the terminal that controls us; None where there is neither."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if sys.stdin.isatty():
            return os.dup(sys.stdin.fileno())
    with contextlib.suppress(OSError):
        return os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    return None


class Keys:
    """A terminal that gives keys until `close`, which leaves it as it was. It owns the descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before = termios.tcgetattr(descriptor)
        mode = termios.tcgetattr(descriptor)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        mode[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)

    def read(self, seconds: float, wake: int) -> list[str]:
        """The keys that were typed within that time; none where `wake` can be read, or the terminal is gone."""
        ready, _, _ = select.select([self._descriptor, wake], [], [], seconds)
        if self._descriptor not in ready:
            return []
        try:
            data = os.read(self._descriptor, 4_096)
            if data.endswith(b"\x1b") and select.select([self._descriptor], [], [], LATER)[0]:
                data += os.read(self._descriptor, 4_096)
        except OSError:
            return []
        return list(names(self._decoder.decode(data)))

    def close(self) -> None:
        """Give the terminal back as it was."""
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
        os.close(self._descriptor)

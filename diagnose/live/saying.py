"""What a tail says of itself: on standard error, as text for a person or as a JSON object a line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import IO

from diagnose.visible import iso, one_line, visible_json

LEVELS = ("debug", "info", "warning", "error")
FORMS = ("text", "json")


class Own:
    """Its own log. What is below `level` is not said. `divert`: who gets warnings and errors instead, while a view has the screen."""

    def __init__(self, level: str = "warning", form: str = "text", out: IO[str] | None = None) -> None:
        self._least, self._json, self._out = LEVELS.index(level), form == "json", out
        self.divert: Callable[[str], None] | None = None

    def say(self, level: str, text: str, **fields: str | int | float) -> None:
        """One record."""
        if LEVELS.index(level) < self._least:
            return
        if self.divert is not None:
            self.divert(text)
            return
        out = self._out or sys.stderr
        if self._json:
            import msgspec

            now = iso(int(time.time() * 1e6))
            data = {"time": now, "level": level, "message": text.encode("utf-8", "backslashreplace").decode(), **fields}
            out.write(visible_json(msgspec.json.encode(data).decode()) + "\n")
        else:
            more = "".join(f" {name}={value}" for name, value in fields.items())
            out.write(f"{level}: {one_line(text + more)}\n")
        out.flush()

    def debug(self, text: str, **fields: str | int | float) -> None:
        """What helps to find a fault in it."""
        self.say("debug", text, **fields)

    def info(self, text: str, **fields: str | int | float) -> None:
        """What it does."""
        self.say("info", text, **fields)

    def warn(self, text: str) -> None:
        """What a person should know."""
        self.say("warning", text)

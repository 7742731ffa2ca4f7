"""A process of the pool: parts come in, one a line; what was done goes out as lines of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from diagnose.workers.cuts import part_of
from diagnose.workers.recipe import Bench, Recipe, make
from diagnose.workers.step import Step

EVERY = 0.2
"""Seconds between two signs of life."""


def main() -> None:
    """A program of its own: the first line is the recipe."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a plugin prints is no message
    serve(sys.stdin, out, lambda: make(Recipe(**json.loads(sys.stdin.readline()))))


def serve(orders: Iterable[str], out: IO[str], bench: Callable[[], Bench]) -> None:
    """Work until there is nothing more to read. Results go to files, and only signs of life to `out`. Raises SystemExit."""
    try:
        step = Step(bench())
    except Exception as error:  # no part is to blame for it
        _say(out, {"broken": told(error)})
        raise SystemExit(1) from None
    _say(out, {"ready": True})
    for line in orders:
        order = json.loads(line)
        part, result = part_of(order["part"]), Path(order["result"])
        sign = _Sign(out)
        try:
            step.scan_object(part, result, sign)
        except Exception as error:  # told by name, tried again by another process
            _say(out, {"failed": told(error), "outside": is_outside(error)})
        else:
            _say(out, {"done": part.number, "bytes": sign.bytes})


def is_outside(error: Exception) -> bool:
    """Whether an error that ended a step is none of its input's: what reading raises ends no step, so a disk is full, or memory is short."""
    return isinstance(error, (OSError, MemoryError))


def told(error: Exception) -> str:
    """An error in a few words."""
    return f"{type(error).__name__}: {error}"[:300]


class _Sign:
    """Tells that work goes on, now and then."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._due = 0.0
        self.bytes = 0

    def __call__(self, size: int) -> None:
        self.bytes += size
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY
            _say(self._out, {"bytes": self.bytes})
            self.bytes = 0


def _say(out: IO[str], message: dict[str, Any]) -> None:
    """Raises SystemExit where nobody listens any more: as an OSError it would be taken for a fault of what is being read."""
    try:
        out.write(json.dumps(message) + "\n")
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # what is buffered has to go somewhere at the end
        raise SystemExit(1) from None

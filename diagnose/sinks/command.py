"""A command that is run for each notice: the notice on its standard input as JSON, the main facts in its environment."""

from __future__ import annotations

import os
import shlex
import subprocess

import msgspec

from diagnose.errors import UsageError
from diagnose.sinks import Notice, Undelivered

PATIENCE = 30.0
"""Seconds that a command may take."""


class Command:
    """No shell is asked: what a log holds reaches a command as data only."""

    def __init__(self, line: str) -> None:
        """Raises UsageError."""
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"the command of a sink cannot be read: {error}") from error
        if not self._words:
            raise UsageError("the command of a sink is empty")
        self.name = f"command:{self._words[0]}"

    def send(self, notice: Notice) -> None:
        """See `Sink`."""
        root = notice["root"]
        facts = {
            "EVENT": notice["event"],
            "ID": notice["id"],
            "INCIDENT": notice["incident"],
            "SEVERITY": notice["severity"],
            "TITLE": root["title"],
        }
        shown = {f"DIAGNOSE_{name}": str(value).replace("\0", "") for name, value in facts.items()}
        try:
            done = subprocess.run(
                self._words, input=msgspec.json.encode(notice), env={**os.environ, **shown}, timeout=PATIENCE,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Undelivered(f"{self._words[0]} took longer than {PATIENCE:.0f} s") from error
        except OSError as error:
            raise Undelivered(f"{self._words[0]}: {error.strerror or error}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:200]
            raise Undelivered(f"{self._words[0]} ended with {done.returncode}" + (f": {said}" if said else ""))

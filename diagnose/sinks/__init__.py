"""Where live findings are delivered: one file a kind, each told as `KIND:TARGET`.

A sink gets *notices*: plain data about one incident, `{"event": "opened" | "updated" | "resolved", "id", "incident", "root": {…}, "findings": […]}`.
An id is the same for the same notice sent again, so that a receiver can drop it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

from diagnose.errors import DiagnoseError, UsageError

Notice = Mapping[str, Any]
"""See `diagnose.live.outages.Outages`."""


class Undelivered(DiagnoseError):
    """A notice was not taken. `after`: seconds that the receiver asked to wait; `refused`: it would never take this one."""

    def __init__(self, reason: str, *, after: float = 0.0, refused: bool = False) -> None:
        self.after, self.refused = after, refused
        super().__init__(reason)


class Sink(Protocol):
    """`name` is shown and kept: it holds no secret."""

    name: str

    def send(self, notice: Notice) -> None:
        """Deliver one notice. Raises Undelivered."""


KINDS = ("webhook", "slack", "alertmanager", "pagerduty", "otlp", "command", "file")


def make_sink(told: str) -> Sink:
    """The sink of a `KIND:TARGET`; `$NAME` in the target is taken from the environment. Raises UsageError."""
    kind, colon, target = told.partition(":")
    if kind not in KINDS or not colon or not target:
        raise UsageError(f"a sink is one of {', '.join(f'{kind}:…' for kind in KINDS)}; not {told!r}")
    target = re.sub(r"\$(\w+)", _from_environment, target)
    if kind == "file":
        from diagnose.sinks.file import File

        return File(target)
    if kind == "command":
        from diagnose.sinks.command import Command

        return Command(target)
    from diagnose.sinks.shapes import SHAPES
    from diagnose.sinks.webhook import PAGERDUTY, Webhook

    if kind == "pagerduty":
        return Webhook(kind, PAGERDUTY, SHAPES[kind], target)
    return Webhook(kind, target, SHAPES[kind])


def _from_environment(match: re.Match[str]) -> str:
    value = os.environ.get(match[1])
    if value is None:
        raise UsageError(f"a sink names ${match[1]}, which the environment lacks")
    return value

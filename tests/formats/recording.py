"""Runs that keep their events, and what is asked of them."""

from __future__ import annotations

import io
from typing import Any

from diagnose.model import Event, Report
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit
from diagnose.sources import Input
from tests.kit import NOW, STORE, kit, rulebook


class Recording(Run):
    """A run that keeps its events."""

    def __init__(self, with_kit: Kit | None = None, block: int = 1 << 19) -> None:
        super().__init__(rulebook(), with_kit or kit(), Options(now=NOW, block=block), STORE)
        self.found: list[Event] = []

    def admit(self, event: Event, sightings: Any) -> None:
        self.found.append(event)
        super().admit(event, sightings)


def scan(data: bytes | str, with_kit: Kit | None = None, block: int = 1 << 19) -> Recording:
    run = Recording(with_kit, block)
    run.read(Input("log", NOW), io.BytesIO(data if isinstance(data, bytes) else data.encode()))  # type: ignore[arg-type]
    run.found.sort(key=lambda event: event.offset)
    return run


def failed(run: Recording) -> list[str]:
    """The names of the tests that are told to have failed, in order."""
    told = [event for event in run.found if event.fields.get("test.outcome") == "failed" and event.message]
    return [name for event in told for name in event.fields.get("test.names", event.fields["test.name"]).split(", ")]


def rules(report: Report) -> list[tuple[str, Any]]:
    return sorted((finding.rule, finding.captures.get("peer") or finding.captures.get("key")) for finding in report.findings)

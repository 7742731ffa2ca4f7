"""From changes to deliveries: incidents are told apart, and their notices queued with what was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from diagnose.live.changes import Change
from diagnose.live.outages import Outages
from diagnose.live.tailing import QueueFull
from diagnose.model import Report, Severity
from diagnose.sinks.queue import Queue
from diagnose.state import State


class Outlets:
    """An `Outlet` over a queue."""

    def __init__(self, state: State, queue: Queue, least: Severity = Severity.INFO) -> None:
        self._queue = queue
        self._outages = Outages(least=least)
        self._waiting: list[dict[str, Any]] = []
        state.define("CREATE TABLE IF NOT EXISTS outages (number INTEGER PRIMARY KEY, data BLOB)")
        for (data,) in state.rows("SELECT data FROM outages"):
            try:
                self._outages.remember(data)
            except msgspec.MsgspecError:
                break  # told anew

    def put(self, database: sqlite3.Connection, changes: Sequence[Change], report: Report) -> None:
        """See `Outlet`."""
        self._waiting += self._outages.look(changes, report)
        if not self._queue.put(database, self._waiting):
            raise QueueFull("too many deliveries wait: nothing more is read until some are taken")
        if self._waiting or changes:
            database.execute("INSERT OR REPLACE INTO outages VALUES (1, ?)", (self._outages.kept(),))

    def hold(self) -> None:
        """See `Outlet`."""
        self._queue.hold(self._waiting)
        self._waiting = []

    def written(self) -> None:
        """See `Outlet`."""
        if self._waiting:
            self._waiting = []
            self._queue.wake()

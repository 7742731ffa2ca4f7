"""What must outlive the process besides offsets: what the rules saw, and what was told of it.

The engine's memory is a snapshot and a journal of the sightings since: each commit writes only what is new. Where the journal has grown, the next
commit writes a snapshot in its place.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

import msgspec

from diagnose.engine.keeping import kept, remember
from diagnose.live.changes import Told
from diagnose.model import Sighting
from diagnose.pipeline import Run
from diagnose.state import State

JOURNAL = 16 << 20
"""Bytes of journal after which a snapshot is made."""

_SIGHTINGS = msgspec.msgpack.Decoder(list[Sighting])


class _Facts(msgspec.Struct, array_like=True):
    """What a run knows besides sightings."""

    latest: int | None
    technologies: list[str]
    traces: int
    requests: int
    bytes: int
    lines: int
    events: int


class Memory:
    """The tables `snapshot`, `journal` and `told`. Written within somebody else's transaction."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._size = self._added = 0
        self._kept: dict[str, bytes] = {}
        self._writing: dict[str, bytes] = {}
        state.define(
            "CREATE TABLE IF NOT EXISTS snapshot (part TEXT PRIMARY KEY, data BLOB) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, data BLOB)",
            "CREATE TABLE IF NOT EXISTS told (fingerprint TEXT PRIMARY KEY, data BLOB) WITHOUT ROWID",
        )

    def restore(self, run: Run) -> str:
        """Give a new run what an earlier one saw; what went wrong, or empty."""
        try:
            for part, data in self._state.rows("SELECT part, data FROM snapshot"):
                if part == "engine":
                    remember(run.engine, data)
                elif part == "facts":
                    _restore(run, msgspec.msgpack.decode(data, type=_Facts))
            for _, data in self._state.rows("SELECT number, data FROM journal ORDER BY number"):
                run.engine.add(_SIGHTINGS.decode(data))
                self._size += len(data)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            return f"what was seen before cannot be read, counting begins anew: {error}"
        return ""

    def told(self) -> dict[str, Told]:
        """What was told when it ran last."""
        told = {}
        now = time.monotonic()
        for fingerprint, data in self._state.rows("SELECT fingerprint, data FROM told"):
            try:
                state, number, going = msgspec.msgpack.decode(
                    data, type=tuple[tuple[int, int | None, str, int, int | None], int, bool]
                )
            except msgspec.MsgspecError:
                continue
            self._kept[str(fingerprint)] = bytes(data)
            told[str(fingerprint)] = Told(None, state, number, going, now, now)
        return told

    def write(
        self, database: sqlite3.Connection, run: Run, sightings: Iterable[Sighting], told: dict[str, Told], *, whole: bool = False
    ) -> None:
        """Keep what is new; `whole`: a snapshot. Raises sqlite3.Error."""
        data = msgspec.msgpack.encode(list(sightings))
        self._added = len(data)
        if whole or self._size + len(data) > JOURNAL:
            database.execute("DELETE FROM journal")
            database.execute("INSERT OR REPLACE INTO snapshot VALUES ('engine', ?)", (kept(run.engine),))
            self._added = -self._size
        elif len(data) > 1:
            database.execute("INSERT INTO journal (data) VALUES (?)", (data,))
        tally, seen = run.tally, run.seen
        facts = _Facts(run.latest, sorted(seen.technologies), seen.traces, seen.requests, tally.bytes, tally.lines, tally.events)
        database.execute("INSERT OR REPLACE INTO snapshot VALUES ('facts', ?)", (msgspec.msgpack.encode(facts),))
        self.write_told(database, told)

    def write_told(self, database: sqlite3.Connection, told: dict[str, Told]) -> None:
        """Keep what was told only. Raises sqlite3.Error."""
        self._writing = {name: msgspec.msgpack.encode((one.state, one.number, one.open)) for name, one in told.items()}
        changed = [(name, data) for name, data in self._writing.items() if self._kept.get(name) != data]
        database.executemany("INSERT OR REPLACE INTO told VALUES (?, ?)", changed)
        database.executemany(
            "DELETE FROM told WHERE fingerprint = ?", ((name,) for name in self._kept.keys() - self._writing.keys())
        )

    def written(self) -> None:
        """The transaction went through."""
        self._kept, self._size = self._writing, self._size + self._added


def _restore(run: Run, facts: _Facts) -> None:
    run.latest = facts.latest
    run.seen.technologies.update(facts.technologies)
    run.seen.traces, run.seen.requests = facts.traces, facts.requests
    run.tally.bytes, run.tally.lines, run.tally.events = facts.bytes, facts.lines, facts.events

"""What is kept of followed files between runs: a row a file, and the locations that were followed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping

from diagnose.sources.follow.between import Bystander, Key
from diagnose.sources.follow.identity import Mark, Print
from diagnose.sources.follow.row import Row
from diagnose.state import State

_COLUMNS = "name, path, state, device, inode, head_size, head, offset, tail_size, tail, number, open"


class Checkpoints:
    """The table `files`, and the number of names given so far. Written within somebody else's transaction."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: dict[str, Row] = {}
        self._writing: dict[str, Row] = {}
        self._beside: Mapping[Key, Bystander] = {}
        self._coming: Mapping[Key, Bystander] = {}
        state.define(
            f"CREATE TABLE IF NOT EXISTS files ({_COLUMNS}, PRIMARY KEY (name)) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS bystanders (key TEXT PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS locations (location TEXT PRIMARY KEY, kept TEXT) WITHOUT ROWID",
        )

    def load(self) -> list[Row]:
        """The rows; what is no row of ours is passed over."""
        self._kept = {}
        for values in self._state.rows(f"SELECT {_COLUMNS} FROM files"):
            row = _read(values)
            if row is not None:
                self._kept[row.name] = row
        return list(self._kept.values())

    def bystanders(self) -> Mapping[Key, Bystander]:
        """Files that lay beside those that are followed."""
        found = {}
        for (text,) in self._state.rows("SELECT key FROM bystanders"):
            with contextlib.suppress(ValueError):
                device, inode, written, size, head, digest = str(text).split(":")
                found[int(device), int(inode)] = Bystander(int(written), int(size), Print(int(head), bytes.fromhex(digest)))
        self._beside = found
        return found

    def kept(self, location: str) -> str | None:
        """What was kept of a location: the count of names for files, a cursor for others; None: it is new."""
        rows = self._state.rows("SELECT kept FROM locations WHERE location = ?", location)
        return str(rows[0][0]) if rows else None

    def write(
        self,
        database: sqlite3.Connection,
        rows: Iterable[Row],
        places: Iterable[tuple[str, str]],
        bystanders: Mapping[Key, Bystander],
    ) -> None:
        """Keep these rows and no others. Raises sqlite3.Error."""
        wanted = {row.name: row for row in rows}
        changed = [row for name, row in wanted.items() if self._kept.get(name) != row]
        marks = ", ".join("?" * 12)
        database.executemany(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({marks})", map(_written, changed))
        gone = ((_bytes(name),) for name in self._kept.keys() - wanted.keys())
        database.executemany("DELETE FROM files WHERE name = ?", gone)
        database.executemany("INSERT OR REPLACE INTO locations VALUES (?, ?)", places)
        self._writing = wanted
        self._coming = bystanders
        if self._coming != self._beside:
            database.execute("DELETE FROM bystanders")
            database.executemany("INSERT INTO bystanders VALUES (?)", map(_text_of, self._coming.items()))

    def written(self) -> None:
        """The transaction went through."""
        self._kept, self._beside = self._writing, self._coming


def _text_of(one: tuple[Key, Bystander]) -> tuple[str]:
    (device, inode), bystander = one
    head = bystander.head
    return (f"{device}:{inode}:{bystander.written}:{bystander.size}:{head.size}:{head.digest.hex()}",)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _written(row: Row) -> tuple[object, ...]:
    mark = row.mark
    # Inodes and devices are unsigned, SQLite's numbers are not; names may hold what is no UTF-8.
    return (
        *(_bytes(row.name), _bytes(row.path), row.state),
        *(str(mark.device), str(mark.inode), mark.head.size, mark.head.digest, mark.offset, mark.tail.size, mark.tail.digest),
        *(row.number, int(row.open)),
    )


def _read(values: tuple[object, ...]) -> Row | None:
    try:
        name, path, state, device, inode, head_size, head, offset, tail_size, tail, number, going = values
        mark = Mark(int(device), int(inode), Print(head_size, head), offset, Print(tail_size, tail))  # type: ignore[call-overload,arg-type]
        name, path = (bytes(part).decode("utf-8", "surrogateescape") for part in (name, path))  # type: ignore[call-overload]
        return Row(name, path, str(state), mark, int(number), bool(going))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None

"""The state folder of a tail: one SQLite database, one writer.

Everything that must not come apart is one transaction of it: how far files were read, what the rules saw up to there, what was told
of it, and what still waits to be delivered. A process that is killed at any instant leaves the last whole transaction.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError

NAME = "tail.sqlite3"
VERSION = 1
_WAIT = 10.0
_PAGES = 4_096
"""Pages of the write-ahead log after which it is written back: 16 MiB."""


class State:
    """An open database. `broken`: where a damaged one was moved to, or empty. `lost`: there was one, and it could not be used.

    Raises UsageError where the folder cannot be used, or another process uses it.
    """

    def __init__(self, folder: Path | None) -> None:
        self.broken = ""
        self._lock = threading.RLock()
        self._owner: int | None = None
        if folder is None:
            self._database = self._open(":memory:")
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._owner = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another tail uses the state folder {folder}: name another one with --state") from error
        except OSError as error:
            raise UsageError(f"the state folder {folder} cannot be used: {error.strerror or error}") from error
        path = folder / NAME
        try:
            self._database = self._open(str(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "disk" in str(error):
                raise UsageError(f"the state folder {folder} cannot be used: {error}") from error
            self.broken = _set_aside(path)
            self._database = self._open(str(path))

    @staticmethod
    def _open(path: str) -> sqlite3.Connection:
        """Raises sqlite3.DatabaseError for a file that is no database, damaged, or of another version."""
        database = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        try:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("this is another version's")
            if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("it is damaged")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
            database.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises sqlite3.Error where the disk takes no more; nothing has changed then."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise

    def define(self, *statements: str) -> None:
        """Make tables that are not there."""
        with self.transaction() as database:
            for statement in statements:
                database.execute(statement)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self._lock:
            named = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
            return self._database.execute(query, named).fetchall()

    def close(self) -> None:
        """Write the log back, and let others have the folder."""
        with self._lock:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._database.close()
            if self._owner is not None:
                os.close(self._owner)
                self._owner = None


def user_folder() -> Path:
    """Where a user's state lies. `DIAGNOSE_STATE` names another place."""
    told = os.environ.get("DIAGNOSE_STATE")
    if told:
        return Path(told)
    import platformdirs

    return platformdirs.user_state_path("diagnose", appauthor=False)


def user_state(*names: str) -> Path:
    """The state folder of a user's tail of some locations: each has its own. `DIAGNOSE_STATE` names another parent."""
    from hashlib import sha256

    text = "\0".join(sorted(os.path.abspath(name) if ":" not in name else name for name in names))
    return user_folder() / f"tail-{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _set_aside(path: Path) -> str:
    """Move a damaged database, and what belongs to it, out of the way."""
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    aside = path.with_suffix(".broken")
    path.replace(aside)
    return str(aside)

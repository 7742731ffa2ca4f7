"""Live sources that have a name instead of a path: `docker:NAME`, `kubernetes:[FOLDER]`, `journal:[UNIT]`.

Docker's json-file driver: https://docs.docker.com/engine/logging/drivers/json-file. Kubernetes' links to the logs of a node's containers:
https://kubernetes.io/docs/concepts/cluster-administration/logging. The journal is read by `journalctl`, whose cursors are made for going on.
"""

from __future__ import annotations

import glob
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable

from diagnose.errors import InputError
from diagnose.sources.follow.checkpoints import Checkpoints
from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.live import Piped
from diagnose.sources.follow.pipe import Pipe
from diagnose.state import State

DOCKER = "/var/lib/docker/containers"
CONTAINERS = "/var/log/containers"
AGAIN = 5.0
"""Seconds until a journalctl that ended is started again."""


def path_of(location: str) -> str:
    """The path or pattern that a name stands for; a path stands for itself. Raises InputError."""
    kind, colon, rest = location.partition(":")
    if kind == "docker" and colon:
        return _docker(rest, os.environ.get("DIAGNOSE_DOCKER", DOCKER))
    if kind == "kubernetes" and colon:
        return os.path.join(rest or CONTAINERS, "*.log")
    return location


def _docker(name: str, folder: str) -> str:
    """The log of the container with this name, or with an id that begins so."""
    for config in sorted(glob.glob(os.path.join(glob.escape(folder), "*", "config.v2.json"))):
        try:
            with open(config, "rb") as stream:
                known = json.load(stream)
        except (OSError, ValueError):
            continue
        id = os.path.basename(os.path.dirname(config))
        if name and (str(known.get("Name", "")).lstrip("/") == name or (len(name) >= 12 and id.startswith(name))):
            return str(known.get("LogPath") or os.path.join(os.path.dirname(config), f"{id}-json.log"))
    raise InputError(f"docker:{name}", f"no container of this name logs to a file below {folder} that can be read")


class Journal(Piped):
    """The journal, of one unit or of all. Its checkpoint is the cursor of the last entry that was taken."""

    def __init__(self, location: str, state: State, *, from_start: bool, tell: Callable[[str], None]) -> None:
        """Raises InputError where there is no journalctl."""
        self._location, self._tell = location, tell
        self._unit = location.partition(":")[2]
        self._checkpoints = Checkpoints(state)
        self._cursor = self._checkpoints.kept(location) or ""
        self._from_start = from_start
        self._process: subprocess.Popen[bytes] | None = None
        self._generation = 0
        self._due = 0.0
        super().__init__(self._start())

    def _start(self) -> Pipe:
        words = ["journalctl", "--follow", "--output=json", "--all", "--quiet", "--no-pager"]
        words += [f"--unit={self._unit}"] if self._unit else []
        if self._cursor:
            words.append(f"--after-cursor={self._cursor}")
        else:
            words.append("--no-tail" if self._from_start else "--lines=0")
        try:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        except OSError as error:
            raise InputError(self._location, f"journalctl: {error.strerror or error}") from error
        assert self._process.stdout is not None
        descriptor = os.dup(self._process.stdout.fileno())
        self._process.stdout.close()
        self._generation += 1
        return Pipe(self._location if self._generation == 1 else f"{self._location}\0{self._generation:08d}", descriptor)

    def poll(self, *, discover: bool) -> None:
        """A journalctl that ended is started again, from where it was."""
        if not self.is_over or time.monotonic() < self._due:
            return
        try:
            self.pipe = self._start()
            self.is_over = False
        except InputError as error:
            self._tell(str(error))
            self._due = time.monotonic() + AGAIN

    def ended(self, feed: Followed | Pipe) -> None:
        """See `LiveSource`."""
        self._remember()
        super().ended(feed)
        self._due = time.monotonic() + AGAIN
        if self._process is not None:
            code = self._process.wait()
            self._tell(f"{self._location}: journalctl ended with {code}: it is started again")

    def _remember(self) -> None:
        line = self.pipe.last_line()
        if line:
            try:
                self._cursor = str(json.loads(line)["__CURSOR"])
            except (ValueError, KeyError, TypeError):
                return

    def write(self, database: sqlite3.Connection) -> None:
        """See `LiveSource`."""
        self._remember()
        database.execute("INSERT OR REPLACE INTO locations VALUES (?, ?)", (self._location, self._cursor))

    def close(self) -> None:
        """See `LiveSource`."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        super().close()


def is_journal(location: str) -> bool:
    """Whether the location names the journal."""
    return location.startswith("journal:")

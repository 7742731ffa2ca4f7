"""What is costly to make and the same every time, kept between runs: parsed rules, compiled pattern databases.

An entry's name says all that it was made from, so that an entry is never stale, only unused. Entries are data: reading
one runs no code. One that is damaged, cut off, renamed or another user's is as good as none, and a folder that
cannot be written costs time, never a run. `DIAGNOSE_CACHE` names another folder; empty or `off`, it means no cache.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path

MAGIC = b"diagnose cache 1\n"
"""Begins every entry; then come the SHA-256 of name and data (32 bytes), the length (8 bytes, big endian), the data."""

KEEP = 24
"""Entries that stay when a new one is written: the ones used last."""

_HEADER = len(MAGIC) + 32 + 8
_LARGEST = 512 << 20
_DAY = 86_400.0
_SECOND = 1.0
_SUFFIX = ".entry"
_UNFINISHED = ".part"


class Cache:
    """Entries by name in one folder; None for the folder keeps nothing. No method raises for what the disk does."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def get(self, name: str) -> bytes | None:
        """What was put under this name, or None."""
        if self.folder is None:
            return None
        path = self._path(self.folder, name)
        try:
            entry = _read(path)
        except OSError:
            return None
        data = entry[_HEADER:]
        if entry[:_HEADER] == _header(name, data):
            return data
        with suppress(OSError):
            path.unlink()
        return None

    def put(self, name: str, data: bytes) -> None:
        """Keep the data under this name. Readers see the whole entry or none."""
        if self.folder is None:
            return
        part = self.folder / f"{os.getpid()}-{os.urandom(8).hex()}{_UNFINISHED}"
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(_header(name, data))
                    stream.write(data)
                part.replace(self._path(self.folder, name))
            finally:
                part.unlink(missing_ok=True)
            self._prune(self.folder)

    @staticmethod
    def _path(folder: Path, name: str) -> Path:
        return folder / (re.sub(r"[^A-Za-z0-9.-]", "_", name)[:150] + _SUFFIX)

    @staticmethod
    def _prune(folder: Path) -> None:
        """Remove all but the entries used last, and what writers that died left behind a day ago."""
        entries: list[tuple[float, Path]] = []
        for path in folder.iterdir():
            if path.suffix in (_SUFFIX, _UNFINISHED):
                with suppress(OSError):
                    entries.append((path.lstat().st_mtime, path))
        finished = sorted((entry for entry in entries if entry[1].suffix == _SUFFIX), reverse=True)
        dead = [entry for entry in entries if entry[1].suffix == _UNFINISHED and entry[0] < time.time() - _DAY]
        for _, path in finished[KEEP:] + dead:
            path.unlink(missing_ok=True)


def user_cache() -> Cache:
    """The cache of the user who runs this."""
    told = os.environ.get("DIAGNOSE_CACHE")
    if told is not None:
        return Cache(None if told in ("", "off") else Path(told))
    import platformdirs

    return Cache(platformdirs.user_cache_path("diagnose", appauthor=False))


def _header(name: str, data: bytes) -> bytes:
    digest = hashlib.sha256(name.encode("utf-8", "replace") + b"\0" + data).digest()
    return MAGIC + digest + len(data).to_bytes(8, "big")


def _read(path: Path) -> bytes:
    """The bytes of a file that is ours alone to write; empty for any other. Raises OSError where there is none."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            return b""
        if hasattr(os, "geteuid") and (state.st_uid != os.geteuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            return b""
        if state.st_mtime < time.time() - _SECOND:
            with suppress(OSError):
                os.utime(path)  # used: the pruning goes by it
        return stream.read()

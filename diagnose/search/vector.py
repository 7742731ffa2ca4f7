"""Search with Hyperscan (Vectorscan): one block-mode database for all patterns.

Byte mode and MULTILINE, no UTF8 flag (it loses matches behind invalid bytes), no SOM (it fails on sets of this
size). The serialised database belongs to the library's version and the CPU: both are in the name it is kept under.
"""

from __future__ import annotations

import platform
from typing import Any

import hyperscan

from diagnose.search import ID_BITS, BlobStore, Buffer, PatternSet

_OPEN: dict[str, Any] = {}
"""Databases of this process by name, those used last; they never change, so runs share them."""

_MOST = 4
"""Databases that stay open: of two rulebooks, with colours and without."""

_VERSION = vars(hyperscan)["__version__"]
"""The wheel's type stub does not name it."""


class HyperscanSearcher:
    """See module. Not for use by two threads at once: its scratch space belongs to one scan."""

    name = "hyperscan"

    def __init__(self, patterns: PatternSet, coloured: bool, store: BlobStore | None = None) -> None:
        name = f"hs-{_VERSION}-{_cpu()}-{patterns.digest(coloured)}"
        database = _OPEN.pop(name, None) or _kept(name, store) or _compiled(name, patterns.texts(coloured), store)
        while len(_OPEN) >= _MOST:
            del _OPEN[next(iter(_OPEN))]
        _OPEN[name] = database
        self._scan, self._scratch = database.scan, hyperscan.Scratch(database)

    def scan(self, data: Buffer) -> list[int]:
        """See `Searcher`."""
        hits: list[int] = []
        self._scan(data, match_event_handler=_append, context=hits, scratch=self._scratch)
        # Hyperscan orders the ends of one pattern only; nearly sorted input costs timsort next to nothing.
        hits.sort()
        return hits


def _append(pattern: int, start: int, end: int, flags: int, hits: list[int]) -> None:
    hits.append(end << ID_BITS | pattern)


def _kept(name: str, store: BlobStore | None) -> Any | None:
    """The database that the store has; None where there is none, or it is damaged or of another platform."""
    data = store.get(name) if store is not None else None
    if not data:
        return None
    try:
        return hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
    except hyperscan.HyperscanError:
        return None


def _compiled(name: str, texts: list[tuple[str, bool]], store: BlobStore | None) -> Any:
    """A new database, kept in the store."""
    database = _compile(texts)
    if store is not None:
        store.put(name, hyperscan.dumpb(database))
    return database


def _compile(texts: list[tuple[str, bool]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_MULTILINE | (hyperscan.HS_FLAG_CASELESS if caseless else 0) for _, caseless in texts]
    try:
        database.compile(
            expressions=[text.encode("latin-1") for text, _ in texts],
            ids=list(range(len(texts))),
            elements=len(texts),
            flags=flags,
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a pattern cannot be compiled: {error}") from error
    return database


def _cpu() -> str:
    """What a database is compiled for: machine and the vector extensions that Hyperscan chooses by."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            flags = next((line.split(":", 1)[1].split() for line in info if line.startswith(("flags", "Features"))), [])
    except OSError:
        flags = []
    vector = [flag for flag in ("avx2", "avx512bw", "avx512vbmi", "sve2", "asimd") if flag in flags]
    return "-".join((platform.machine() or "cpu", *vector))

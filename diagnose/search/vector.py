"""Search with Hyperscan (Vectorscan): one block-mode database for all patterns.

Byte mode and MULTILINE, no UTF8 flag (it loses matches behind invalid bytes), no SOM (it fails on sets of this
size). The serialised database belongs to the library's version and the CPU: both are in the name it is kept under.
"""

from __future__ import annotations

import platform
from typing import Any

import hyperscan

from diagnose.search import ID_BITS, BlobStore, Buffer, PatternSet

_VERSION = vars(hyperscan)["__version__"]
"""The wheel's type stub does not name it."""


class HyperscanSearcher:
    """See module. Not for use by two threads at once: a scratch space belongs to one scan."""

    name = "hyperscan"

    def __init__(self, patterns: PatternSet, coloured: bool, store: BlobStore | None = None) -> None:
        name = f"hs-{_VERSION}-{_cpu()}-{patterns.digest(coloured)}"
        kept = store.get(name) if store is not None else None
        database = _load(kept) if kept else None
        if database is None:
            database = _compile(patterns.texts(coloured))
            if store is not None:
                store.put(name, hyperscan.dumpb(database))
        self._scan = database.scan

    def scan(self, data: Buffer) -> list[int]:
        """See `Searcher`."""
        hits: list[int] = []
        self._scan(data, match_event_handler=_append, context=hits)
        # Hyperscan orders the ends of one pattern only; nearly sorted input costs timsort next to nothing.
        hits.sort()
        return hits


def _append(pattern: int, start: int, end: int, flags: int, hits: list[int]) -> None:
    hits.append(end << ID_BITS | pattern)


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
    database.scratch = hyperscan.Scratch(database)
    return database


def _load(data: bytes) -> Any | None:
    """The database, or None where it is damaged or of another platform."""
    try:
        database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.HyperscanError:
        return None
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

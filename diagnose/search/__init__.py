"""Native multi-pattern search over blocks of bytes.

A *hit* is one int, `position << 16 | pattern`: pattern number `pattern` matches on the line that holds the byte
before `position`. One engine reports where a match ends, the other only its line; callers use the line.
Patterns never cross a newline. Several hits of one pattern on one line are allowed, and order is by position.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from diagnose.rawform import Gate

ID_BITS = 16
ID_MASK = (1 << ID_BITS) - 1

Buffer = bytes | bytearray | memoryview


class Searcher(Protocol):
    """A compiled set of patterns."""

    name: str

    def scan(self, data: Buffer) -> list[int]:
        """The hits in `data`, ascending. `data` begins at the start of a line."""


class BlobStore(Protocol):
    """Where compiled databases are kept between runs."""

    def get(self, name: str) -> bytes | None:
        """What was put under this name, or None."""

    def put(self, name: str, data: bytes) -> None:
        """Keep; failing to is no error."""


@dataclass(frozen=True)
class PatternSet:
    """Gates without repetition; a gate's number is its place."""

    gates: tuple[Gate, ...]
    _digests: dict[bool, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def texts(self, coloured: bool) -> list[tuple[str, bool]]:
        """(regex, ignore case) of each gate."""
        return [(gate.coloured() if coloured else gate.pattern(), gate.ignore_case) for gate in self.gates]

    def digest(self, coloured: bool) -> str:
        """A name for the content, for caches."""
        if coloured not in self._digests:
            self._digests[coloured] = hashlib.sha256(repr(self.texts(coloured)).encode()).hexdigest()[:24]
        return self._digests[coloured]


def pattern_set(gates: Iterable[Gate]) -> PatternSet:
    """Number the distinct gates in the order they come."""
    distinct = tuple(dict.fromkeys(gates))
    if len(distinct) > ID_MASK:
        raise ValueError(f"{len(distinct)} patterns are more than a hit can number ({ID_MASK})")
    return PatternSet(distinct)


ENGINES: Sequence[str] = ("hyperscan", "re2")


def available() -> tuple[str, ...]:
    """The engines whose library is installed, best first."""
    from importlib.util import find_spec

    return tuple(engine for engine in ENGINES if find_spec(engine) is not None)


def make_searcher(patterns: PatternSet, *, coloured: bool = False, engine: str = "", store: BlobStore | None = None) -> Searcher:
    """Compile, or load from `store`, the patterns with the best engine that is installed (or the one named; `plain` for small texts).

    Raises ValueError for a pattern that the engine refuses, ImportError where no engine is installed.
    """
    chosen = engine or next(iter(available()), "")
    if chosen == "hyperscan":
        from diagnose.search.vector import HyperscanSearcher

        return HyperscanSearcher(patterns, coloured, store)
    if chosen == "re2":
        from diagnose.search.sets import SetSearcher

        return SetSearcher(patterns, coloured)
    if chosen == "plain":
        from diagnose.search.plain import PlainSearcher

        return PlainSearcher(patterns, coloured)
    raise ImportError("no search engine is installed: pip install hyperscan, or google-re2")

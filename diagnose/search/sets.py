"""Search with RE2 sets, where Hyperscan has no wheel: a set tells which patterns match, not where.

So it asks in two levels: a chunk of some 4 KB at once, and only where something matches there, line by line.
"""

from __future__ import annotations

import re2

from diagnose.blocks import REACH
from diagnose.search import ID_BITS, Buffer, PatternSet

CHUNK = 4_096


class SetSearcher:
    """See module."""

    name = "re2"

    def __init__(self, patterns: PatternSet, coloured: bool) -> None:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 256 << 20
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for text, caseless in patterns.texts(coloured):
            try:
                self._set.Add(f"(?i:{text})" if caseless else text)
            except re2.error as error:
                raise ValueError(f"a pattern cannot be compiled: {text}: {error}") from error
        self._set.Compile()
        self._empty = not patterns.gates

    def scan(self, data: Buffer) -> list[int]:
        """See `Searcher`."""
        text = bytes(data)
        hits: list[int] = []
        if self._empty:
            return hits
        begin, match = 0, self._set.Match
        while begin < len(text):
            end = text.find(b"\n", begin + CHUNK)
            end = len(text) if end < 0 else end + 1
            if match(text[begin:end]):
                self._lines(text, begin, end, hits)
            begin = end
        return hits

    def _lines(self, text: bytes, begin: int, end: int, hits: list[int]) -> None:
        while begin < end:
            stop = text.find(b"\n", begin, end)
            stop = end if stop < 0 else stop
            for pattern in sorted(self._set.Match(text[begin : min(stop, begin + REACH)]) or ()):
                hits.append((begin + 1) << ID_BITS | pattern)
            begin = stop + 1

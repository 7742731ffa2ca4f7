"""Search with the standard library's regexes, line by line: no database is compiled, so a text of a few lines is searched at once.

For rules' own tests, which search hundreds of small logs for a rule's patterns each.
"""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.blocks import REACH
from diagnose.search import ID_BITS, Buffer, PatternSet


class PlainSearcher:
    """See module."""

    name = "plain"

    def __init__(self, patterns: PatternSet, coloured: bool) -> None:
        self._searches = [_compiled(text, caseless).search for text, caseless in patterns.texts(coloured)]

    def scan(self, data: Buffer) -> list[int]:
        """See `Searcher`."""
        hits: list[int] = []
        begin = 0
        for line in bytes(data).split(b"\n"):
            head = line[:REACH]
            hits += [(begin + 1) << ID_BITS | number for number, search in enumerate(self._searches) if search(head)]
            begin += len(line) + 1
        return hits


@lru_cache(maxsize=4096)
def _compiled(text: str, caseless: bool) -> re.Pattern[bytes]:
    """Most patterns are the formats', the same for every rule. Raises ValueError for one that does not compile."""
    try:
        return re.compile(text.encode("latin-1"), re.MULTILINE | (re.IGNORECASE if caseless else 0))
    except re.error as error:
        raise ValueError(f"a pattern cannot be compiled: {text}: {error}") from error

"""Regexes of the standard library that are compiled when they are first used.

A run reads a handful of formats and knows hundreds of shapes: compiling all of them would be most of its start.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    """Stands for a compiled pattern. Its methods are looked up once and kept, so that a call costs no more than the real one's."""

    __slots__ = (
        "_flags",
        "_text",
        "findall",
        "finditer",
        "fullmatch",
        "groupindex",
        "match",
        "pattern",
        "search",
        "split",
        "sub",
        "subn",
    )

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _Lazy.__slots__:
            raise AttributeError(name)
        method = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, method)
        return method


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, later. A pattern that does not compile raises re.error when it is first used."""
    return cast(re.Pattern[AnyStr], _Lazy(pattern, flags))

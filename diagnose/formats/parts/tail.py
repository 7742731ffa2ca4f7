"""The object that many loggers put behind a text line's message: `seat reserved {"requestId":"…","seat":"C4"}`."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from diagnose.formats.parts.fields import flatten
from diagnose.formats.parts.graphql import read_answer
from diagnose.formats.parts.structured import header_of
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_OPENING = lazy(r"[ \t]\{ ?\"")
_BEHIND_TAB = lazy(r"\t\{\"")
_TRIES = 8
"""Openings that are tried as the object's: messages rarely hold braces."""

_SCOPES = ("request", "trace", "session", "user")
"""What an object behind any message may tell of; its `name` or `host` need not be the program's own."""

_CLOCK = Clock()


def read_tail(header: Header) -> None:
    """Read the object that the message's first line ends with into the header; what the header has already stays.

    The message keeps it, but for one that holds a stack: that is told once.
    """
    line, newline, rest = header.message.partition("\n")
    data, at = split_tail(line)
    if data is None:
        return
    fields = flatten(data)
    # Behind a tab it is zap's, which counts durations in seconds: `ts` is what zap calls its time.
    inner = header_of({**fields, "ts": 1e9} if line[at : at + 1] == "\t" else fields, _CLOCK)
    inner.fields.pop("logger", None)
    for name, value in inner.fields.items():
        header.fields.setdefault(name, value)
    for name in _SCOPES:
        if name in inner.scope:
            header.scope.setdefault(name, inner.scope[name])
    if inner.stack:
        header.stack = inner.stack
        header.message = f"{line[:at]}{newline}{rest}"
    read_answer(data, header)


def split_tail(line: str) -> tuple[dict[str, Any] | None, int]:
    """(the object that the line ends with, where the text before it ends); (None, …) where it ends with none."""
    found = _find(line, _OPENING) if line[-1:] == "}" else None
    return found[:2] if found is not None else (None, len(line))


def split_object(text: str) -> tuple[str, dict[str, Any], str]:
    """(the message, the flat object behind a tab that ends one of its lines, what follows that line), as zap's console writes it."""
    found = _find(text, _BEHIND_TAB)
    if found is None:
        return text, {}, ""
    data, at, end = found
    return text[:at], flatten(data), text[end + 1 :]


def _find(text: str, opening: re.Pattern[str]) -> tuple[dict[str, Any], int, int] | None:
    """(the first object that ends a line, where the text before it ends, where that line ends); None where there is none."""
    at = 0
    for _ in range(_TRIES):
        begins = opening.search(text, at)
        if begins is None:
            break
        start, at = begins.span()
        end = text.find("\n", start)
        end = end if end >= 0 else len(text)
        try:
            data = msgspec.json.decode(text[start + 1 : end])
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            continue
        if type(data) is dict:
            return data, start, end
    return None

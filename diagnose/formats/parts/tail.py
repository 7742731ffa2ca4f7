"""The object that many loggers put behind a text line's message: `seat reserved {"requestId":"…","seat":"C4"}`."""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.formats.parts.fields import flatten
from diagnose.formats.parts.graphql import read_answer
from diagnose.formats.parts.structured import header_of
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_OPENING = lazy(r"[ \t]\{ ?\"")
_TRIES = 4
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
    if line[-1:] != "}":
        return None, len(line)
    at = 0
    for _ in range(_TRIES):
        opening = _OPENING.search(line, at)
        if opening is None:
            break
        at = opening.end()
        try:
            data = msgspec.json.decode(line[opening.start() + 1 :])
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            continue
        if type(data) is dict:
            return data, opening.start()
    return None, len(line)

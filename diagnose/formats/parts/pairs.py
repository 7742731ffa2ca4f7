"""The `key=value` pairs that text loggers add behind a message (logrus, zerolog, slog, klog), and what they tell."""

from __future__ import annotations

from typing import Any

from diagnose.formats.parts.structured import header_of
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_PAIR = lazy(r'([A-Za-z_@][\w.@/-]*)=("(?:[^"\\\n]|\\.)*"|[^\s"]*)(?:[ \t]+|\n|$)')
_FIRST = lazy(r"(?:^|\s)(?=[A-Za-z_@][\w.@/-]{0,60}=)")
_ESCAPE = lazy(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_TRIES = 8
"""Places where a tail of pairs may begin: messages rarely hold an equals sign."""


def value_of(text: str) -> Any:
    """A value as it stands behind the sign: quoted text without its escapes (Python's `repr` prefers single quotes), what looks
    like a number as one, else the text."""
    if text.startswith(('"', "'")):
        return _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), text[1:-1]) if len(text) > 1 else text
    if text[:1].isdigit() and len(text) < 20:
        try:
            return int(text) if text.isdigit() else float(text)
        except ValueError:
            return text
    return text


def split_pairs(text: str) -> tuple[str, dict[str, Any]]:
    """(the message, the pairs that it ends with): the longest tail that is nothing but pairs, up to the end of its line."""
    at = 0
    for _ in range(_TRIES):
        first = _FIRST.search(text, at)
        if first is None:
            break
        fields: dict[str, Any] = {}
        end = begin = first.end()
        while (pair := _PAIR.match(text, end)) is not None:
            fields[pair[1]] = value_of(pair[2])
            end = pair.end()
        if end == len(text) and fields:
            return text[:begin].rstrip(), fields
        at = max(end, begin + 1)
    return text, {}


def add_context(header: Header, message: str, fields: dict[str, Any], clock: Clock, stack: str = "") -> Header:
    """The header with what `fields` tell; its own time, level and logger stay. An error in a field ends the message."""
    for name in ("msg", "message"):
        fields.pop(name, None)
    if stack:
        fields["stacktrace"] = stack
    inner = header_of({**fields, "msg": message}, clock)
    inner.message = inner.message or message
    inner.time, inner.resolution = header.time, header.resolution
    inner.level = header.level
    inner.fields |= header.fields
    inner.scope |= header.scope
    inner.technologies = header.technologies
    return inner

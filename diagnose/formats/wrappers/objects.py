"""Wrappings whose lines are JSON objects, one around each line that a program printed: what log collectors and stores have in common.

An object that is a program's own record, with a level or a message of its own, is none of these, whatever its keys are called: it is read as JSON.
A stream is told as pod/container/rest, where the rest only keeps streams apart; what is not known is empty.
"""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.formats.wrappers.base import BaseWrapper
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy

OUTPUTS = ("stdout", "stderr")
LEVELS = ("level", "severity", "lvl", "levelname", "log.level", "@fields", "@version")
"""Keys of records that a program wrote itself."""

_PLAIN = lazy(r"[\w.@:-]+(?:/[\w.@:-]+)*")


class Taken(msgspec.Struct):
    """A line out of an object: what was printed, when, by whom. `rest` tells streams of one container or none apart."""

    text: str
    time: Any = None
    pod: str = ""
    container: str = ""
    rest: str = ""
    partial: bool = False


class Collector(BaseWrapper):
    """A wrapping whose lines are JSON objects. Variants say what an object holds."""

    names_service = True

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """Take an object apart; None where the line was cut off, or is a program's own record."""
        data = decoded(line)
        taken = None if data is None else self.take(data)
        return None if taken is None else self.wrapped(taken, line)

    def take(self, data: dict[str, Any]) -> Taken | None:
        """The line that an object holds; None where it is another program's object."""
        raise NotImplementedError

    def wrapped(self, taken: Taken, line: bytes) -> Unwrapped | None:
        """What is told of a line; None where the stream's name does not stand in it as it is."""
        stream = "/".join(
            (_plain(taken.pod).replace("/", "."), _plain(taken.container).replace("/", "."), _plain(taken.rest))
        ).encode()
        if self.needle(stream) not in line:
            return None
        # A lone surrogate may be escaped in JSON, but has no bytes.
        payload = taken.text.removesuffix("\n").encode("utf-8", "replace")
        return stream, payload, taken.partial, "" if taken.time is None else str(taken.time)

    def needle(self, stream: bytes) -> bytes:
        """The longest part of a stream's name, which stands in each of its lines."""
        return max(stream.split(b"/"), key=len)


def decoded(text: bytes) -> dict[str, Any] | None:
    """The JSON object that a text is; None where it is none."""
    try:
        data = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return data if type(data) is dict else None


def part(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a key; empty where there is none."""
    value = data.get(name)
    return value if type(value) is dict else {}


def _plain(value: Any) -> str:
    """A name that stands in JSON as it is; empty where it would not."""
    name = value.lstrip("/") if type(value) is str else ""
    return name if _PLAIN.fullmatch(name) else ""

"""pino-pretty: pino's records as a person reads them, each value on lines of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.fields import flatten
from diagnose.formats.parts.graphql import read_answer
from diagnose.formats.parts.levels import UPPER, level_of_word
from diagnose.formats.parts.structured import header_of
from diagnose.formats.parts.tail import split_tail
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LEVEL = rf"(?:{UPPER}|USERLVL)"
_TIME = r"(?:\d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{3})?(?: ?(?:Z|[+-]\d\d:?\d\d))?|\d{13})"
_WHO = r"(?: \([^()]{1,120}\))?"

_LINE = lazy(
    rf"(?:\[(?P<time>{_TIME})\] (?P<level>{_LEVEL})|(?P<first>{_LEVEL}) \[(?P<after>{_TIME})\])"
    r"(?: \((?:(?P<name>[^()]*?)/)?(?P<process>\d+)?(?P<other>[^()]*?)(?: on (?P<host>[^()]+))?\))?: ?"
)
_PROPERTY = lazy(r"    ([A-Za-z_$][\w$.-]*): (.*)")
_STACK = '      "stack":'
_DANGLING = lazy(r",\s*([}\]])")


class PinoPretty(BaseFormat):
    """`[10:00:00.123] ERROR (shop/812): message`, then the values, four blanks in; or the level before the time."""

    name = "pino-pretty"
    priority = 33
    start = rf"\[{_TIME}\] {_LEVEL}{_WHO}: |\[{_TIME}\] {_LEVEL}{_WHO}:\r?$|{_LEVEL} \[{_TIME}\]{_WHO}: "
    errors: tuple[str, ...] = (
        rf"\] {COLOUR}(?:ERROR|FATAL){COLOUR}(?: \([^()]{{1,120}}\))?:",
        rf"(?:ERROR|FATAL){COLOUR} \[[\d:.T+Z -]{{12,30}}\]",
    )
    samples: tuple[Sample, ...] = (
        Sample("[10:00:00.123] ERROR (shop/812): failed", "2026-11-23T10:00:00.123Z", "error", "failed"),
        Sample("[10:00:00.123] INFO: ready", "2026-11-23T10:00:00.123Z", "info", "ready"),
        Sample("[1795428000123] WARN (812 on web-1): slow", "2026-11-23T10:00:00.123Z", "warning", "slow"),
        Sample(
            'INFO [2026-11-23T10:00:00.123Z] (shop/812): request completed\n    req: {\n      "id": 7,\n      "method": "GET"\n    }',
            "2026-11-23T10:00:00.123Z",
            "info",
            "request completed",
        ),
        Sample(
            '[2026-11-23 10:00:00.123 +0000] ERROR (shop/812): request failed {"url":"/x"}\n    err: {\n      "type": "TypeError",\n'
            '      "message": "no hall",\n      "stack":\n          TypeError: no hall\n              at poster (/app/c.js:4:3)\n    }',
            "2026-11-23T10:00:00.123Z",
            "error",
            "request failed",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the values become fields as pino wrote them."""
        match = _LINE.match(record)
        if match is None:
            return None
        lines = record[match.end() :].split("\n")
        data, at = split_tail(lines[0])
        values = data or {}
        lines[0] = lines[0][:at]
        rest = _read_values(lines, values)
        header = header_of(flatten(values | {"msg": "\n".join(rest)}), clock)
        read_answer(values, header)
        header.level = level_of_word(match["level"] or match["first"])
        moment = clock.parse(match["time"] or match["after"])
        if moment is not None:
            header.time, header.resolution = moment
        for scope, found in (("service", match["name"]), ("process", match["process"]), ("host", match["host"])):
            if found:
                header.scope[scope] = found
        if match["other"] and not match["process"]:
            header.scope["service"] = match["other"]
        return header


def _read_values(lines: list[str], values: dict[str, Any]) -> list[str]:
    """Add the values that the lines tell, under their names; returns the lines that tell none: the message."""
    left, number = [lines[0]], 1
    while number < len(lines):
        match = _PROPERTY.match(lines[number])
        if match is None:
            left.append(lines[number])
            number += 1
            continue
        end = number + 1
        if match[2] in ("{", "["):
            closing = "    }" if match[2] == "{" else "    ]"
            while end < len(lines) and lines[end] != closing and lines[end][:6] in ("", "      "):
                end += 1
            end += end < len(lines) and lines[end] == closing
        value = _value([match[2], *lines[number + 1 : end]])
        if value is None:
            left += lines[number:end]
        else:
            values.setdefault(match[1], value)
        number = end
    return left


def _value(lines: list[str]) -> Any:
    """A value as JSON; a stack in it stands unquoted on lines of its own, further in than the rest."""
    stack: list[str] = []
    kept, inside = [], False
    for line in lines:
        inside = line == _STACK or (inside and (line[:10].isspace() or not line))
        if not inside:
            kept.append(line)
        elif line != _STACK:
            stack.append(line[10:])
    text = "\n".join(kept)
    try:
        value = msgspec.json.decode(_DANGLING.sub(r"\1", text) if stack else text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if stack and type(value) is dict:
        value["stack"] = "\n".join(stack)
    return value

"""structlog's console: `time [level    ] event padded to a column [logger] key=value …`, a traceback beneath."""

from __future__ import annotations

from typing import Any

from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.formats.parts.pairs import value_of
from diagnose.formats.parts.structured import header_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LEVELS = r"(?:debug|info|warning|warn|error|critical|exception|notset)"
_LINE = lazy(rf"(?P<time>{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:?\d\d)?) \[(?P<level>{_LEVELS}) *\] ")
_LOGGER = lazy(r" *\[([\w.:-]+)\]\s*$")
_PAIR = lazy(r"(?<= )([A-Za-z_][\w.-]*)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s'\"][^\s]*|)(?= |$)")
_TRACE = lazy(r"\n(?=Traceback \(most recent call last\):|\u256d|[^\n]*\+ Exception Group Traceback)")


class Structlog(BaseFormat):
    """`2026-11-23T10:00:00.123456Z [error    ] payment failed                 [shop.pay] reference=R-1`."""

    name = "structlog"
    priority = 34
    start = rf"{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:?\d\d)? \[(?:{_LEVELS} {{1,6}}|exception)\] [^ ]"
    errors: tuple[str, ...] = (rf"\[{COLOUR}(?:error|critical|exception) {{0,6}}{COLOUR}\] ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "2026-11-23T10:00:00.123456Z [error    ] payment failed                 [shop.pay] reference=R-1 request_id=r1\n"
            'Traceback (most recent call last):\n  File "/srv/pay.py", line 3, in pay\nRuntimeError: no',
            "2026-11-23T10:00:00.123456Z",
            "error",
            "payment failed\nTraceback",
        ),
        Sample("2026-11-23 10:00:00 [info     ] ready", "2026-11-23T10:00:00Z", "info", "ready"),
        Sample(
            "2026-11-23T10:00:00.123456Z [critical ] gave up                        tries=3 why='no answer'",
            "2026-11-23T10:00:00.123456Z",
            "fatal",
            "gave up",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the pairs become fields, `[name]` the logger."""
        match = _LINE.match(record)
        if match is None:
            return None
        text = record[match.end() :]
        below = _TRACE.search(text)
        event, trace = (text[: below.start()], text[below.start() :]) if below else (text, "")
        lines = event.split("\n")
        lines[-1], fields = _split_pairs(lines[-1])
        named = _LOGGER.search(lines[-1])
        if named is not None:
            fields["logger"] = named[1]
            lines[-1] = lines[-1][: named.start()]
        message = "\n".join(lines).rstrip() + trace
        header = header_of(fields, clock)
        header.message = message
        header.level = level_of_word("error" if match["level"] == "exception" else match["level"])
        header.technologies = ("structlog",)
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        return header


def _split_pairs(line: str) -> tuple[str, dict[str, Any]]:
    """(the line before the pairs that it ends with, the pairs)."""
    fields: dict[str, Any] = {}
    start = end = len(line)
    for pair in _PAIR.finditer(line):
        if line[end : pair.start()].strip(" ") or end == len(line):
            fields.clear()
            start = pair.start()
        fields[pair[1]] = value_of(pair[2])
        end = pair.end()
    return (line, {}) if line[end:].strip(" ") else (line[:start], fields)

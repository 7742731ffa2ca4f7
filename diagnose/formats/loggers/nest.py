"""NestJS' console logger."""

from __future__ import annotations

import re

from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.fields import read_request
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_LINE = lazy(
    r"\[(?P<service>[^\]]+)\] (?P<process>\d+) +- (?P<time>\d\d?/\d\d?/\d{4}, \d\d?:\d\d:\d\d\s?[AP]M) +(?:(?P<level>[A-Z]+) )?"
    r"(?:\[(?P<logger>[^\]]*)\] )?"
)
_OF_LOGGER = {"ExceptionHandler": Level.ERROR, "ExceptionsHandler": Level.ERROR}
"""Nest 6 told the level by colours only; these two log nothing but errors."""

_TOOK = lazy(r" \+\d+ms$", re.MULTILINE)


class Nest(BaseFormat):
    """`[Nest] 1935  - 11/23/2026, 10:00:00 AM   ERROR [ExceptionsHandler] message`; the stack follows on lines of its own."""

    name = "nestjs"
    priority = 25
    start = r"\[\w{1,40}\] \d{1,10} +- \d\d?/\d\d?/\d{4}, \d\d?:\d\d:\d\d(?: |\xe2\x80\xaf)[AP]M "
    errors: tuple[str, ...] = (rf"[AP]M +{COLOUR} *(?:ERROR|FATAL)", rf"[AP]M +{COLOUR}\[Exceptions?Handler\]")
    samples: tuple[Sample, ...] = (
        Sample(
            "[Nest] 1935  - 11/23/2026, 10:00:00 AM   ERROR [ExceptionsHandler] connect ECONNREFUSED 127.0.0.1:5432",
            "2026-11-23T10:00:00Z",
            "error",
            "connect ECONNREFUSED",
        ),
        Sample(
            "[Nest] 1935  - 11/23/2026, 12:05:34 PM     LOG [NestFactory] Starting Nest application... +1ms",
            "2026-11-23T12:05:34Z",
            "info",
        ),
        Sample(
            "[Nest] 26184 - 11/23/2026, 3:24:49 PM [ExceptionHandler] Nest can't resolve dependencies of the A (?). +2ms",
            "2026-11-23T15:24:49Z",
            "error",
            "Nest can't resolve",
        ),
        Sample("[Nest] 7  - 11/23/2026, 1:05:34 PM    WARN [Pool] slow", "2026-11-23T13:05:34Z", "warning", "slow"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the time since the last one (`+12ms`) is left out."""
        match = _LINE.match(record)
        if match is None:
            return None
        message = _TOOK.sub("", record[match.end() :], count=1)
        level = level_of_word(match["level"]) if match["level"] else _OF_LOGGER.get(match["logger"] or "")
        header = Header(message, level=level, technologies=("nestjs",))
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        header.scope["process"] = match["process"]
        read_request(message, header.fields)
        if match["service"] != "Nest":
            header.scope["service"] = match["service"]
        if match["logger"]:
            header.fields["logger"] = match["logger"]
        return header

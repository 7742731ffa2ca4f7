"""Monolog's line formatter: Laravel and Symfony."""

from __future__ import annotations

from typing import Any

from diagnose.formats.base import BaseFormat
from diagnose.formats.fields import object_of
from diagnose.formats.levels import level_of_word
from diagnose.formats.structured import header_of
from diagnose.formats.timed import DATE_TIME
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(r"\[(?P<time>[^\]]+)\] (?P<channel>[\w.-]+)\.(?P<level>[A-Z]+): ")
_EXTRA = lazy(r" (\{.*\}|\[.*\])? ?(?:\[\]|(\{[^{}]*\}))\s*\Z")
_TRIES = 4
"""Openings of an object that are tried as the context's: messages rarely hold braces."""


class Monolog(BaseFormat):
    """`[time] channel.LEVEL: message {context} {extra}`. The message keeps its context, in which an exception may stand."""

    name = "monolog"
    priority = 26
    start = rf"\[{DATE_TIME}(?:\.\d{{1,6}})?(?:[+-]\d\d:\d\d|Z)?\] [\w.-]{{1,60}}\.[A-Z]{{4,9}}: "
    errors: tuple[str, ...] = (r"\] [\w.-]{1,60}\.(?:ERROR|CRITICAL|ALERT|EMERGENCY): ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "[2026-11-23 10:00:00] production.ERROR: SQLSTATE[HY000] [2002] Connection refused "
            '{"exception":"[object] (Illuminate\\\\Database\\\\QueryException(code: 2002): SQLSTATE[HY000] at /app/x.php:12)\n'
            '[stacktrace]\n#0 /app/y.php(7): f()\n"}',
            "2026-11-23T10:00:00Z",
            "error",
            "SQLSTATE[HY000] [2002]",
        ),
        Sample(
            '[2026-11-23T10:00:00.123456+00:00] request.CRITICAL: Uncaught PHP Exception RuntimeException: "x" at Pay.php line 3 '
            '{"exception":"[object] (RuntimeException(code: 0): x at /app/src/Pay.php:3)"} []',
            "2026-11-23T10:00:00.123456Z",
            "fatal",
            "Uncaught PHP Exception",
        ),
        Sample(
            '[2026-11-23T10:00:00.123456+00:00] app.INFO: paid {"userId":7} {"uid":"a1b2c3d"}',
            "2026-11-23T10:00:00.123456Z",
            "info",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the context and the extra values become fields where they are whole objects."""
        match = _LINE.match(record)
        if match is None:
            return None
        message = record[match.end() :].rstrip()
        fields: dict[str, Any] = {}
        extra = _EXTRA.search(message)
        if extra is not None and extra[2]:
            fields |= {f"extra.{key}": value for key, value in object_of(extra[2]).items()}
        fields |= _context(message[: extra.start(2)] if extra is not None and extra[2] else message)
        header = header_of(fields, clock, message)
        header.message = message
        header.level = level_of_word(match["level"])
        header.fields["logger"] = match["channel"]
        header.technologies = ("php",)
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The key as it stands in the context."""
        last = name.rpartition(".")[2]
        return (rf"{last}\\*\":",) if len(last) >= 3 and last.isalnum() else ()


def _context(message: str) -> dict[str, Any]:
    """The fields of the object that the message ends with."""
    text = message.removesuffix(" []").rstrip()
    at = text.find(' {"')
    for _ in range(_TRIES):
        if at < 0 or not text.endswith("}"):
            return {}
        found = object_of(text[at + 1 :])
        if found:
            return found
        at = text.find(' {"', at + 1)
    return {}

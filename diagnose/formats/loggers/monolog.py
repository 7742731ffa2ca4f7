"""Monolog's line formatter: Laravel and Symfony."""

from __future__ import annotations

from typing import Any

from diagnose.formats.loggers.timed import DATE_TIME
from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.fields import object_of
from diagnose.formats.parts.levels import level_of_word
from diagnose.formats.parts.structured import header_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(r"\[(?P<time>[^\]]+)\] (?P<channel>[\w.-]+)\.(?P<level>[A-Z]+): ")
_LAST = lazy(r" (\{[^{}]*\})\Z")
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
        message, at, context, extra = _split(record[match.end() :])
        fields = {f"extra.{key}": value for key, value in extra.items()} | context
        header = header_of(fields, clock, message)
        # An exception in the context is told once, with its line breaks: it is the stack.
        header.message = (message[:at] if header.stack else message).rstrip()
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


def _split(text: str) -> tuple[str, int, dict[str, Any], dict[str, Any]]:
    """(message with its context, where the context begins, context, extra) of what follows the level.

    An empty part is `[]`, or nothing where the formatter is told to leave it out: then a blank is left of it.
    """
    message = text.rstrip()
    extra: dict[str, Any] = {}
    if message == text.rstrip("\r\n"):
        last = _LAST.search(message)
        if last is not None and message[: last.start()].endswith(("}", "[]", " ")):
            extra = _object(last[1])
            message = message[: last.start()]
    message = message.rstrip().removesuffix(" []").removesuffix(" []").rstrip()
    context, at = _context(message)
    return message, at, context, extra


def _context(text: str) -> tuple[dict[str, Any], int]:
    """(the fields of the object that the text ends with, where it begins)."""
    at = text.find(' {"')
    for _ in range(_TRIES):
        if at < 0 or not text.endswith("}"):
            break
        found = _object(text[at + 1 :])
        if found:
            return found, at
        at = text.find(' {"', at + 1)
    return {}, len(text)


def _object(text: str) -> dict[str, Any]:
    # With `allowInlineLineBreaks` a string's line breaks are bare.
    return object_of(text.replace("\n", "\\n"))

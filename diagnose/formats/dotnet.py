"""The console logger of Microsoft.Extensions.Logging."""

from __future__ import annotations

from diagnose.formats.base import COLOUR, BaseFormat
from diagnose.formats.levels import level_of_word
from diagnose.formats.timed import DATE_TIME, FRACTION, OFFSET
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(
    rf"(?:(?P<time>{DATE_TIME}{FRACTION}{OFFSET}) ?)?(?P<level>trce|dbug|info|warn|fail|crit): "
    rf"(?P<logger>[\w.+`<>-]+)\[(?P<event>-?\d+)\]\s?"
)
_INDENT = "      "


class DotnetConsole(BaseFormat):
    """`fail: Category[event]`, newline, the message six blanks in; or all on one line."""

    name = "dotnet"
    priority = 28
    start = rf"(?:{DATE_TIME}{FRACTION}{OFFSET} ?)?(?:trce|dbug|info|warn|fail|crit): [A-Za-z_][\w.+`<>-]{{0,200}}\[-?\d+\]"
    errors: tuple[str, ...] = (rf"(?:fail|crit){COLOUR}: [\w.+`<>-]{{1,200}}\[-?\d+\]",)
    samples: tuple[Sample, ...] = (
        Sample(
            "fail: Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddleware[1]\n      An unhandled exception has "
            "occurred.\n"
            "      System.InvalidOperationException: no stock\n         at Shop.Orders.Pay() in /src/Orders.cs:line 12",
            "",
            "error",
            "An unhandled exception has occurred.\nSystem.Invalid",
        ),
        Sample(
            "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000", "", "info", "Now listening"
        ),
        Sample("2026-11-23T10:00:00.123Z crit: Shop.Worker[0] gave up", "2026-11-23T10:00:00.123Z", "fatal", "gave up"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the message's indent is undone."""
        match = _LINE.match(record)
        if match is None:
            return None
        message = record[match.end() :].removeprefix(_INDENT).replace("\n" + _INDENT, "\n").strip("\n")
        header = Header(message.lstrip(" "), level=level_of_word(_WORDS[match["level"]]), technologies=("dotnet",))
        header.fields |= {"logger": match["logger"], "event_id": int(match["event"])}
        moment = clock.parse(match["time"] or "")
        if moment is not None:
            header.time, header.resolution = moment
        return header


_WORDS = {"trce": "trace", "dbug": "debug", "info": "info", "warn": "warning", "fail": "error", "crit": "critical"}

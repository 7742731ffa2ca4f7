"""Serilog's text templates, on the console and in files, and NLog's layouts."""

from __future__ import annotations

from diagnose.formats.loggers.dotnet_requests import read_request, status_patterns
from diagnose.formats.loggers.timed import DATE_TIME
from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_SHORT = "(?:VRB|DBG|INF|WRN|ERR|FTL)"
_NLOG = "(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL|Trace|Debug|Info|Warn|Error|Fatal)"

_SHAPES = tuple(
    lazy(shape)
    for shape in (
        # the console's template: `[10:00:00 ERR] message`, with the source context inside or behind
        rf"\[(?P<time>\d\d:\d\d:\d\d(?:\.\d{{3}})?) (?P<level>{_SHORT})(?: (?P<logger>[\w.+`]+))?\] ?(?:\[(?P<source>[\w.+`]+)\] )?",
        # the file's: `2026-11-23 10:00:00.123 +00:00 [ERR] message`
        rf"(?P<time>{DATE_TIME}\.\d{{3}} [+-]\d\d:\d\d) \[(?P<level>{_SHORT})\] (?:\[(?P<logger>[\w.+`]+)\] |(?P<source>[\w.+`]+): )?",
        # NLog: `2026-11-23 10:00:00.1234|ERROR|Logger|message`, with an event's number before the level
        rf"(?P<time>{DATE_TIME}\.\d{{4}})\|(?:(?P<event>\d*)\|)?(?P<level>{_NLOG})\|(?P<logger>[^|\n]+)\|",
    )
)

_THROWN = lazy(r"\|(?=[A-Za-z_][\w.`]*Exception: )")
"""NLog's `withexception` puts a bar between the message and what was thrown."""


class Serilog(BaseFormat):
    """`[10:00:00 ERR] …`, `2026-11-23 10:00:00.123 +00:00 [ERR] …`, `2026-11-23 10:00:00.1234|ERROR|Logger|…`."""

    name = "serilog"
    priority = 39
    start = (
        rf"\[\d\d:\d\d:\d\d(?:\.\d{{3}})? {_SHORT}[\] ]"
        rf"|{DATE_TIME}\.\d{{3}} [+-]\d\d:\d\d \[{_SHORT}\] "
        rf"|{DATE_TIME}\.\d{{4}}\|(?:\d{{0,10}}\|)?{_NLOG}\|"
    )
    errors: tuple[str, ...] = (
        rf"\d\d:\d\d{COLOUR}(?:\.\d{{3}})?{COLOUR} (?:[+-]\d\d:\d\d \[)?{COLOUR}(?:ERR|FTL)\b",
        r"\d\|(?:\d{0,10}\|)?(?:ERROR|FATAL|Error|Fatal)\|",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "[10:00:00 ERR] An unhandled exception has occurred.\nSystem.InvalidOperationException: no stock\n   at Shop.Orders.Pay() "
            "in /src/Orders.cs:line 12",
            "2026-11-23T10:00:00Z",
            "error",
            "An unhandled exception has occurred.\nSystem.Invalid",
        ),
        Sample("[10:00:00 INF] HTTP GET /orders responded 500 in 12.3456 ms", "2026-11-23T10:00:00Z", "info", "HTTP GET"),
        Sample("[10:00:00 WRN] [Shop.Orders] slow", "2026-11-23T10:00:00Z", "warning", "slow"),
        Sample("2026-11-23 11:00:00.123 +01:00 [FTL] gave up", "2026-11-23T10:00:00.123Z", "fatal", "gave up"),
        Sample(
            "2026-11-23 10:00:00.1234|ERROR|Shop.Orders|no stock|System.InvalidOperationException: none left\n   at Shop.Pay()",
            "2026-11-23T10:00:00.1234Z",
            "error",
            "no stock\nSystem.Invalid",
        ),
        Sample(
            "2026-11-23 10:00:00.1234|14|INFO|Microsoft.Hosting.Lifetime|Now listening",
            "2026-11-23T10:00:00.1234Z",
            "info",
            "Now",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record."""
        for shape in _SHAPES:
            match = shape.match(record)
            if match is not None:
                found = match.groupdict()
                message = _THROWN.sub("\n", record[match.end() :], count=1)
                header = Header(message, level=level_of_word(found["level"]), technologies=("dotnet",))
                moment = clock.parse(found["time"])
                if moment is not None:
                    header.time, header.resolution = moment
                logger = found["logger"] or found.get("source")
                if logger:
                    header.fields["logger"] = logger
                if found.get("event"):
                    header.fields["event_id"] = int(found["event"])
                read_request(header)
                return header
        return None

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The logger's name, or what a request's message says."""
        return super().field_patterns(name, test) or status_patterns(name, test)

"""The console loggers of Microsoft.Extensions.Logging: the simple one on two lines or one, and the one for systemd."""

from __future__ import annotations

from diagnose.formats.loggers.dotnet_requests import read_request, read_scopes, status_patterns
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION, OFFSET
from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.levels import level_of_syslog, level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_STAMP = rf"\[?(?:{DATE_TIME}{FRACTION}{OFFSET}|\d\d:\d\d:\d\d{FRACTION})\]?"
_CATEGORY = r"[A-Za-z_][\w.+`<>-]{0,200}\[-?\d+\]"

_LINE = lazy(
    rf"(?:\[?(?P<time>{DATE_TIME}{FRACTION}{OFFSET}|\d\d:\d\d:\d\d{FRACTION})\]? ?)?"
    rf"(?P<level>trce|dbug|info|warn|fail|crit): (?P<logger>[\w.+`<>-]+)\[(?P<event>-?\d+)\]\s?"
)
_SYSTEMD = lazy(
    rf"<(?P<severity>[0-7])>(?:\[?(?P<time>{DATE_TIME}{FRACTION}{OFFSET}|\d\d:\d\d:\d\d{FRACTION})\]? ?)?"
    r"(?P<logger>[\w.+`<>-]+)\[(?P<event>-?\d+)\] "
)
_INDENT = "      "
_SCOPES = lazy(r"\s*(=> [^\n]*)(?:\n|$)")


class DotnetConsole(BaseFormat):
    """`fail: Category[event]`, newline, the message six blanks in, behind its scopes; or all on one line; `<3>Category[0] message`."""

    name = "dotnet"
    priority = 28
    start = rf"(?:{_STAMP} ?)?(?:trce|dbug|info|warn|fail|crit): {_CATEGORY}|<[0-7]>(?:{_STAMP} ?)?{_CATEGORY} "
    errors: tuple[str, ...] = (
        rf"(?:fail|crit){COLOUR}: [\w.+`<>-]{{1,200}}\[-?\d+\]",
        r"(?:<|\\u003[cC])[0-3](?:>|\\u003[eE])[^ ]{0,40} ?[\w.+`<>-]{3,200}\[-?\d+\] ",
    )
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
        Sample(
            "info: Microsoft.AspNetCore.Hosting.Diagnostics[2]\n      => SpanId:a2fb4a1d1a96d312, TraceId:"
            "47ed733b8d103e229eceba344d533586, ParentId:0000000000000000 => ConnectionId:0HN8 => RequestPath:/orders RequestId:0HN8:01\n"
            "      Request finished HTTP/1.1 GET http://localhost:5000/orders - 500 - text/plain;+charset=utf-8 12.3456ms",
            "",
            "info",
            "Request finished",
        ),
        Sample("10:00:00 warn: Shop.Worker[10]\n      slow", "2026-11-23T10:00:00Z", "warning", "slow"),
        Sample("<6>Microsoft.Hosting.Lifetime[14] Now listening on: http://localhost:5000", "", "info", "Now listening"),
        Sample("<3>2026-11-23T10:00:00Z Shop.Worker[0] gave up", "2026-11-23T10:00:00Z", "error", "gave up"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the message's indent is undone, its scopes are taken off."""
        match = _LINE.match(record)
        if match is not None:
            level = level_of_word(_WORDS[match["level"]])
        else:
            match = _SYSTEMD.match(record)
            if match is None:
                return None
            level = level_of_syslog(int(match["severity"]))
        message = record[match.end() :].removeprefix(_INDENT).replace("\n" + _INDENT, "\n").strip("\n").lstrip(" ")
        header = Header(message, level=level, technologies=("dotnet",))
        header.fields |= {"logger": match["logger"], "event_id": int(match["event"])}
        moment = clock.parse(match["time"] or "")
        if moment is not None:
            header.time, header.resolution = moment
        scopes = _SCOPES.match(message)
        if scopes is not None:
            read_scopes(header, scopes[1])
            # On one line nothing tells where the scopes end and the message begins.
            header.message = message[scopes.end() :].lstrip(" ") or message
        read_request(header)
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The logger's name, or what a request's message says."""
        return super().field_patterns(name, test) or status_patterns(name, test)


_WORDS = {"trce": "trace", "dbug": "debug", "info": "info", "warn": "warning", "fail": "error", "crit": "critical"}

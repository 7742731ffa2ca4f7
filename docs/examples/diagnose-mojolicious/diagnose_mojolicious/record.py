"""The log of Mojo::Log: `[time] [pid] [level] [request] message`; the request's id is there within a request only."""

from __future__ import annotations

import re

from diagnose import Clock, Header, Level, Sample

_LEVELS = {
    "trace": Level.TRACE,
    "debug": Level.DEBUG,
    "info": Level.INFO,
    "warn": Level.WARNING,
    "error": Level.ERROR,
    "fatal": Level.FATAL,
}
_HEAD = re.compile(r"\[(?P<time>[^\]]+)\] \[(?P<process>\d+)\] \[(?P<level>\w+)\] (?:\[(?P<request>[\w-]{12})\] )?")


class MojoliciousLog:
    """See module. Traces and the rest of a message stand on lines of their own, so records continue."""

    name = "mojolicious"
    priority = 60  # before the general format of times in brackets, which would take these lines too
    start = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{5}\] \[\d{1,10}\] \[(?:trace|debug|info|warn|error|fatal)\] "
    continues = True
    errors = (r"\] \[(?:error|fatal)\] ",)
    samples = (
        Sample(
            '[2026-11-25 23:52:30.62601] [14151] [info] Listening at "http://127.0.0.1:38117"',
            time="2026-11-25T23:52:30.62601Z",
            level="info",
            message="Listening at",
        ),
        Sample(
            "[2026-11-25 23:52:31.10372] [14151] [error] [OdSTp9XNQy_G] Could not render a response at shop.pl line 19.",
            time="2026-11-25T23:52:31.10372Z",
            level="error",
            message="Could not render",
        ),
        Sample(
            "[2026-11-25 23:52:31.04775] [14151] [warn] stock is low\nsku: A-1",
            time="2026-11-25T23:52:31.04775Z",
            level="warning",
            message="stock is low\nsku: A-1",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record, continuation lines included."""
        head = _HEAD.match(record)
        if head is None:
            return None
        header = Header(record[head.end() :], level=_LEVELS.get(head["level"]), technologies=("mojolicious", "perl"))
        moment = clock.parse(head["time"])
        if moment is not None:
            header.time, header.resolution = moment
        header.scope["process"] = head["process"]
        if head["request"]:
            header.scope["request"] = head["request"]
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The log has no fields that rules could search for."""
        return ()

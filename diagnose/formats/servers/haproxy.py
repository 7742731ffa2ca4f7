"""HAProxy's traffic log: HTTP, TCP and error lines (its manual, chapter 8 "Logging"). Behind syslog's prefix, or bare on standard output."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat, spelled, statuses
from diagnose.formats.parts.fields import path_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_DATE = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}"
_HEAD = lazy(rf"(?P<client>\S+):(?P<port>\d+) \[(?P<time>{_DATE})\] ")
_ROUTE = r"(?P<frontend>\S+) (?P<backend>[^\s/]+)/(?P<server>\S+) "
_QUEUES = r"(?:\d+/){4}\+?(?P<retries>\d+) \d+/\d+"
_HTTP = lazy(
    rf"{_ROUTE}(?P<timers>-?\d+(?:/-?\d+){{3}}/\+?(?P<took>-?\d+)) (?P<status>-?\d+) \+?(?P<bytes>\d+) \S+ \S+ "
    rf"(?P<termination>[A-Za-z-]{{4}}) {_QUEUES}(?P<captured>.*?) ?\"(?P<request>[^\"]*)\"?"
)
_TCP = lazy(rf"{_ROUTE}(?P<timers>-?\d+/-?\d+/\+?(?P<took>-?\d+)) \+?(?P<bytes>\d+) (?P<termination>[A-Za-z-]{{2}}) {_QUEUES}")
_NOBODY = "<NOSRV>"


class HAProxy(BaseFormat):
    """`10.0.0.1:33317 [23/Nov/2026:10:00:00.123] www api/api-1 0/0/1/30/31 502 157 - - SH-- 1/1/0/0/0 0/0 "GET / HTTP/1.1"`.

    Fields: `frontend`, `backend`, `server`, `termination` (why and where the session ended), `retries`, and those of a request. The
    address of the server is not told, so there is no `peer`. A status of -1 (the client got no answer) is left out.
    """

    name = "haproxy"
    priority = 31
    continues = False
    start = rf"(?:[0-9a-fA-F.:]{{2,60}}|unix):\d{{1,5}} \[{_DATE}\] [^\s\"]"
    samples: tuple[Sample, ...] = (
        Sample(
            "203.0.113.31:38432 [23/Nov/2026:10:00:00.954] www api/api-1 0/0/0/-1/1001 504 198 - - sH-- 1/1/0/0/0 0/0 "
            '{shop.example.com|curl/8.1} "GET /api/slow/report?y=1 HTTP/1.1"',
            "2026-11-23T10:00:00.954Z",
            message="www api/api-1 0/0/0/-1/1001 504",
        ),
        Sample(
            "127.0.0.1:60518 [23/Nov/2026:10:00:00.279] dead dead/db-3 1/-1/1006 0 SC 1/1/0/0/2 0/0",
            "2026-11-23T10:00:00.279Z",
            message="dead dead/db-3",
        ),
        Sample(
            '::1:38464 [23/Nov/2026:10:00:00.267] www~ www/<NOSRV> -1/-1/-1/-1/2002 408 0 - - cR-- 1/1/0/0/0 0/0 "<BADREQ>"',
            "2026-11-23T10:00:00.267Z",
        ),
        Sample(
            "203.0.113.9:56059 [23/Nov/2026:10:00:00.207] www/1: SSL handshake failure",
            "2026-11-23T10:00:00.207Z",
            message="www/1: SSL handshake failure",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line."""
        head = _HEAD.match(record)
        if head is None:
            return None
        header = Header(record[head.end() :], technologies=("haproxy",))
        fields = header.fields
        fields["client"] = head["client"]
        moment = clock.parse(head["time"])
        if moment is not None:
            header.time, header.resolution = moment
        match = _HTTP.match(header.message) or _TCP.match(header.message)
        if match is None:
            return header
        found = match.groupdict()
        for name in ("frontend", "backend", "server", "termination"):
            if found[name] != _NOBODY:
                fields[name] = found[name]
        fields["bytes"], fields["retries"] = int(found["bytes"]), int(found["retries"])
        if not found["took"].startswith("-"):
            fields["duration_ms"] = float(found["took"])
        status = found.get("status") or "-"
        if len(status) == 3:
            fields["status"] = int(status)
        request = (found.get("request") or "").split(" ")
        if len(request) >= 2:
            fields["method"], fields["path"] = request[0], path_of(request[1])
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Where a status stands; the other fields are on every line."""
        if name in ("status", "method", "path"):
            found = statuses(test if name == "status" else "")
            return spelled((" ",), found, [r" \+", *(f" {digit}" for digit in "0123456789")])
        if name in ("termination", "backend", "server", "frontend", "duration_ms", "bytes", "retries"):
            return (rf"\[{_DATE}\] \S+ \S+/\S+ -?\d+/-?\d+/",)
        return ()

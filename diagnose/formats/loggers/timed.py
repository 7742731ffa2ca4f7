"""Text lines that begin with a date and a time: Spring Boot, logback, log4j, Quarkus, Python's logging, zap's console, Go's log,
slog, Rust's tracing, winston, and whatever else writes `time level message`.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.formats.carriers import kernel
from diagnose.formats.carriers.inner import Inner
from diagnose.formats.loggers import layouts
from diagnose.formats.loggers.golang import with_tail
from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import LOWER, SHORT, UPPER
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

DATE_TIME = r"\d{4}-\d\d-\d\d[Tt ][ \d]\d:\d\d:\d\d"
FRACTION = r"(?:[.,]\d{1,9})?"
OFFSET = r"(?: ?(?:Z|[+-]\d\d:?\d\d))?"
_SLASHED = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
_CLOCK = r"\d\d:\d\d:\d\d"

# A zone's abbreviation and a process id, or a user and a database, are PostgreSQL's; its DETAIL lines start nothing, so
# nothing here may match them. Hence a message of short capitals is taken only where a word of small letters follows.
_AFTER = (
    r"(?:[^A-Z\s+-]|-[^\d]|\+[^\d]|[A-Z][a-z]|[A-Z][^A-Za-z]|[A-Z][A-Z0-9_]{5}|(?:GET|PUT|POST|HEAD|PATCH)\b"
    rf"|[A-Z]{{2,5}} +[a-z]+ |(?:[A-Z]{{3,5}} +)?(?:{UPPER}|{SHORT})\b)"
)

_TIME = lazy(
    rf"(\[?(?:{DATE_TIME}|{_SLASHED}|{_CLOCK}){FRACTION}(?: ?(?:Z|[+-]\d\d:?\d\d|[A-Z]{{3,4}}(?= +{UPPER}\b)))?)\]?[:;,]?[ \t]*"
)
_PLACE = lazy(r'(?P<caller>[\w./-]+\.go:\d+): |\[(?P<request>[\w.-]+/\w{6,12}-\d{6,})\] (?=")')
_SHORT = lazy(r"(?:TRC|DBG|INF|WRN|ERR|FTL|PNC) ")
_LEVEL_FIRST = lazy(rf"((?:{UPPER})[:,]? +)\[?({DATE_TIME}{FRACTION}{OFFSET})\]?[ :,-]*")


class Timed(BaseFormat):
    """`2026-11-23T10:00:00.123Z …`, `2026/11/23 10:00:00 …`, `10:00:00.123 [thread] …`, `LEVEL 2026-11-23 10:00:00,123 …`."""

    name = "timed"
    priority = 80
    start = (
        rf"{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:?\d\d)?(?:\r?$|[:;,]?[ \t]+{_AFTER})"
        rf"|{DATE_TIME}{FRACTION} [+-]\d\d:?\d\d +\[?(?:{UPPER}|{LOWER})\b"
        rf"|{_SLASHED}{FRACTION}[: \t]"
        rf"|\[?{_CLOCK}[.,]\d{{3,6}}\]? (?:\[|{UPPER}\b|[a-z])"
        rf"|\[?{_CLOCK}\]? +\[?(?:{UPPER}|{SHORT})\b"
        rf"|{UPPER}[:,]? +\[?{DATE_TIME}"
    )
    errors: tuple[str, ...] = layouts.ERRORS
    samples: tuple[Sample, ...] = (
        Sample(
            "2026-11-23T10:00:00.123Z ERROR 12345 --- [shop] [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet] : "
            "Servlet.service() threw",
            "2026-11-23T10:00:00.123Z",
            "error",
            "Servlet.service() threw",
        ),
        Sample(
            "2026-11-23 10:00:00.123  INFO 1 --- [           main] com.example.Shop : Started Shop in 2.1 seconds",
            "2026-11-23T10:00:00.123Z",
            "info",
            "Started Shop",
        ),
        Sample(
            "2026-11-23 10:00:00,123 [main] WARN  com.example.Pool - no connection",
            "2026-11-23T10:00:00.123Z",
            "warning",
            "no connection",
        ),
        Sample(
            "2026-11-23 10:00:00,123 ERROR [io.qua.ver.htt.run.QuarkusErrorHandler] (executor-thread-1) HTTP Request to /x "
            "failed",
            "2026-11-23T10:00:00.123Z",
            "error",
            "HTTP Request",
        ),
        Sample("2026-11-23 10:00:00,123 - shop.orders - ERROR - no stock", "2026-11-23T10:00:00.123Z", "error", "no stock"),
        Sample("2026-11-23 10:00:00 [17027] [CRITICAL] WORKER TIMEOUT (pid:17033)", "2026-11-23T10:00:00Z", "fatal", "WORKER"),
        Sample(
            '2026-11-23T10:00:00.123Z\terror\tapi/main.go:42\tquery failed\t{"id": 1}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "query failed",
        ),
        Sample(
            "2026/11/23 10:00:00 http: panic serving 127.0.0.1:4242: boom", "2026-11-23T10:00:00Z", "error", "http: panic serving"
        ),
        Sample(
            '2026/11/23 10:00:00 ERROR not shipped order=17 err="dial tcp: refused"',
            "2026-11-23T10:00:00Z",
            "error",
            "not shipped\ndial tcp: refused",
        ),
        Sample(
            '2026/11/23 10:00:00 [vm/cTjQrCNnX4-000004] "POST http://a/pay HTTP/1.1" from 127.0.0.1:5 - 500 9B in 55.1µs',
            "2026-11-23T10:00:00Z",
        ),
        Sample("2026-11-23T10:00:00.123456Z ERROR shop::orders: no stock", "2026-11-23T10:00:00.123456Z", "error", "no stock"),
        Sample("2026-11-23 10:00:00 [error] upstream is down", "2026-11-23T10:00:00Z", "error", "upstream is down"),
        Sample("2026-11-23 10:00:00.123 | CRITICAL | shop.jobs:run:12 - gave up", "2026-11-23T10:00:00.123Z", "fatal", "gave up"),
        Sample(
            "2026-11-23 10:00:00,123 WARNING [django.request] Not Found: /x",
            "2026-11-23T10:00:00.123Z",
            "warning",
            "Not Found: /x",
        ),
        Sample('2026-11-23T10:00:00.123456789Z {"level":50,"msg":"boom"}', "2026-11-23T10:00:00.123456Z", "error", "boom"),
        Sample("2026-11-23T10:00:00.123Z [shop] error: no stock", "2026-11-23T10:00:00.123Z", "error", "no stock"),
        Sample("10:00:00 CRITICAL  [request] Uncaught PHP Exception", "2026-11-23T10:00:00Z", "fatal", "Uncaught PHP"),
        Sample("10:00:00.123 [main] ERROR com.example.App -- failed", "2026-11-23T10:00:00.123Z", "error", "failed"),
        Sample("ERROR 2026-11-23 10:00:00,123 views 812 140 no such page", "2026-11-23T10:00:00.123Z", "error", "no such page"),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = tuple(dict.fromkeys((*Timed.errors, *(pattern for form in formats for pattern in form.errors))))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read the time, then what `layouts` knows, or another format's record behind a time that a carrier added."""
        record = kernel.strip(record)
        match = _TIME.match(record)
        if match is not None:
            time, rest = match[1], record[match.end() :]
        else:
            match = _LEVEL_FIRST.match(record)
            if match is None:
                return None
            time, rest = match[2], match[1] + record[match.end() :]
        header = Header("")
        moment = clock.parse(time.lstrip("["))
        if moment is not None:
            header.time, header.resolution = moment
        place = _PLACE.match(rest) if time[4:5] == "/" else None
        if place is not None:
            # Go's standard logger: where in the code, or chi's id of the request.
            if place["caller"]:
                header.fields["caller"], rest = place["caller"], rest[place.end() :]
            else:
                header.scope["request"] = place["request"]
        layouts.read(rest, header)
        if header.level is None:
            return self._inner.within(header, clock)
        # Go's loggers: zap's tabs, slog's slashes, zerolog's short words. Others write such tails as prose.
        tailed = "=" in header.message or '\t{"' in header.message
        if tailed and ("\t" in rest[:12] or time[4:5] == "/" or _SHORT.match(rest)):
            return with_tail(header, header.message, clock)
        return header

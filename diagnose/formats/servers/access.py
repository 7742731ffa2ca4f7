"""One line for one request: nginx and Apache (common, combined, with times), gunicorn, uvicorn, Flask, Django's runserver,
morgan, gin, PHP-FPM, Traefik, Envoy.
"""

from __future__ import annotations

from diagnose.formats.parts.base import QUOTES, BaseFormat, spelled, statuses
from diagnose.formats.parts.fields import duration_ms, last_peer, path_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_VERSIONS = (r"1\.1", r"1\.0", r"2\.0", "/2", r"3\.0", "/3")
_ENDS = (*QUOTES, r"\\n", r"\\r", r"\r?$")
"""What stands behind a message, in a line and in a JSON string."""

_METHOD = r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE)"
_CLF = r"\d\d/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d:\d\d"

_SHAPES = tuple(
    lazy(shape)
    for shape in (
        # Envoy: `[time] "request" status flags bytes-in bytes-out ms ms "forwarded-for" "agent" "id" "authority" "upstream"`
        r'\[(?P<time>[\dT:.Z-]+)\] (?P<text>"(?P<request>[^"]*)" (?P<status>\d+) (?P<flags>\S+) '
        r'(?:(?P<details>\S+ \S+ "[^"]*") )?(?P<received>\d+) (?P<bytes>\d+) (?P<ms>\d+) (?:\d+|-) "[^"]*" "[^"]*" '
        r'"(?P<id>[^"]*)" "(?P<host>[^"]*)" "(?P<upstream>[^"]*)".*)',
        # common and combined: `client ident user [time] "request" status bytes "referer" "agent" …`
        r"(?:(?P<vhost>[\w.-]+:\d+) )?(?P<client>\S+) \S+ (?P<user>[^\[]+?) \[(?P<time>[^\]]+)\] "
        r'(?P<text>"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-)(?P<tail>.*))',
        # Django's runserver and configured formats: `[time] "request" status bytes`, `[time] client "request" …`
        r'\[(?P<time>[^\]]+)\] (?:(?P<client>[^\s"]+) )?(?P<text>"(?P<request>[^"]*)" (?P<status>\d{3}) '
        r"(?P<bytes>\d+)(?P<tail>.*))",
        # uvicorn: `INFO:     client - "request" status reason`; under gunicorn without the level
        r'(?:INFO: +)?(?P<client>[0-9A-Za-z.:_%\[\]-]+:\d+) - (?P<text>"(?P<request>[^"]*)" (?P<status>\d{3})\b.*)',
        # gin: `[GIN] time | status | duration | client | METHOD "path"`
        r"\[GIN\] (?P<time>[\d/]+ - [\d:]+) \| *(?P<text>(?P<status>\d{3}) \| *(?P<took>\S+) \| *(?P<client>\S+) \| *"
        r'(?P<method>[A-Z]+) +"(?P<path>[^"]*)".*)',
        # PHP-FPM: `client - user time "METHOD path" status`
        rf'(?P<client>\S+) - (?P<user>\S*) (?P<time>{_CLF} [+-]\d{{4}}) (?P<text>"(?P<request>[A-Z]+ [^"]*)" (?P<status>\d{{3}})\b'
        r"(?P<tail>.*))",
        # morgan dev and tiny: `METHOD path status 12.3 ms - bytes`, `METHOD path status bytes - 12.3 ms`
        r"(?P<text>(?P<method>[A-Z]+) (?P<path>/\S*) (?P<status>\d{3}) (?:(?P<bytes>\d+|-) - )?(?P<took>\d+(?:\.\d+)? ms|-)"
        r"(?: - (?P<size>\d+))?.*)",
        # morgan short: `client user METHOD path HTTP/1.1 status bytes - 12.3 ms`
        r"(?P<client>\S+) (?P<user>\S+) (?P<text>(?P<request>[A-Z]+ \S+ HTTP/[\d.]+) (?P<status>\d{3}) (?P<bytes>\d+|-) - "
        r"(?P<took>[\d.]+ ms|-))",
    )
)
_TOOK = lazy(r'(?:\brt=|request_time[=:]"?|" )(\d+\.\d{3})(?=[\s",]|$)|(?:^|\s)(\d+(?:\.\d+)?\s?(?:ms|µs|us|s))$')
# nginx' variables as they are commonly labelled, and Traefik's `"router" "http://server:port"`
_PEER = lazy(r'(?:\bua=|\bupstream(?:_addr)?[=:] ?)"?([^"\s]+:\d+)|" "([a-z]+://[^"\s]+)" \d+ms$')
_ID = lazy(r"(?<![\w-])([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w-])")


class Access(BaseFormat):
    """Requests as fields: `status`, `method`, `path`, `duration_ms`, `bytes`, `client`. They have no level."""

    name = "access"
    priority = 30
    continues = False
    start = (
        rf"(?:[\w.-]{{1,100}}:\d+ )?[0-9A-Za-z.:_%-]{{1,100}} \S{{1,60}} [^\[\n]{{1,100}} \[{_CLF}[^\]]{{0,12}}\] \""
        rf"|[0-9A-Za-z.:_%-]{{1,100}} - \S{{0,60}} {_CLF} [+-]\d{{4}} \"{_METHOD} "
        rf"|\[\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\] \"(?:{_METHOD} |- - -)"
        rf"|\[{_CLF}(?: [+-]\d{{4}})?\] (?:[^\s\"]{{1,100}} )?\"{_METHOD} "
        rf"|(?:INFO: +)?[0-9A-Za-z.:_%\[\]-]{{1,60}}:\d+ - \"{_METHOD} "
        r"|\[GIN\] \d{4}/\d\d/\d\d - "
        rf"|{_METHOD} /\S{{0,2000}} \d{{3}} (?:\d|-)"
        rf"|\S{{1,60}} \S{{1,60}} {_METHOD} /\S{{0,2000}} HTTP/[\d.]+ \d{{3}} "
    )
    samples: tuple[Sample, ...] = (
        Sample(
            '198.51.100.20 - - [23/Nov/2026:10:00:00 +0000] "GET /reports/sales?days=1 HTTP/1.1" 502 157 "-" "ShopDashboard/1.9"',
            "2026-11-23T10:00:00Z",
            message='"GET /reports/sales?days=1 HTTP/1.1" 502 157',
        ),
        Sample(
            '::1 - jane [23/Nov/2026:11:00:00 +0100] "POST /cart HTTP/2.0" 201 12 "-" "curl/8.1" rt=0.123 uct="0.000" '
            'urt="0.122"',
            "2026-11-23T10:00:00Z",
        ),
        Sample('127.0.0.1 - - [23/Nov/2026 10:00:00] "GET / HTTP/1.1" 500 -', "2026-11-23T10:00:00Z"),
        Sample('[23/Nov/2026 10:00:00] "GET /admin/ HTTP/1.1" 302 0', "2026-11-23T10:00:00Z"),
        Sample('[23/Nov/2026:10:00:00 +0000] 10.0.1.5 "GET /health HTTP/1.1" 200 7 ms', "2026-11-23T10:00:00Z"),
        Sample('INFO:     127.0.0.1:50000 - "GET /items/3 HTTP/1.1" 500 Internal Server Error'),
        Sample('127.0.0.1:45580 - "GET /concerts/3/poster HTTP/1.1" 500'),
        Sample('[GIN] 2026/11/23 - 10:00:00 | 500 |   835.4µs |       127.0.0.1 | GET      "/orders/7"', "2026-11-23T10:00:00Z"),
        Sample('127.0.0.1 -  23/Nov/2026:10:00:00 +0000 "GET /index.php" 500', "2026-11-23T10:00:00Z"),
        Sample("GET /orders 500 12.345 ms - 27"),
        Sample(
            '[2026-11-23T10:00:00.310Z] "POST /api/orders HTTP/1.1" 503 UF 154 0 226 - "203.0.113.9" "curl/8.1" '
            '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop.example.com" "10.0.2.1:3000"',
            "2026-11-23T10:00:00.310Z",
            message='"POST /api/orders',
        ),
        Sample(
            '203.0.113.34 - - [23/Nov/2026:10:00:00 +0000] "GET /gone/cart HTTP/1.1" 502 11 "-" "-" 8 "gone@file" '
            '"http://127.0.0.1:3009" 4ms',
            "2026-11-23T10:00:00Z",
            message='"GET /gone/cart',
        ),
        Sample("::1 - GET /orders HTTP/1.1 500 27 - 12.345 ms"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line; the message begins with the request."""
        for shape in _SHAPES:
            match = shape.match(record)
            if match is not None:
                return _header(match.groupdict(), clock)
        return None

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The statuses that may pass, where they stand."""
        if name in ("status", "method", "path", "bytes", "duration_ms", "client"):
            found = statuses(test if name == "status" else "")
            return (
                *spelled(_VERSIONS, (" ", *(f"{quote} " for quote in QUOTES)), found),
                *spelled((" ",), found, _ENDS),  # GET /orders 500
                *spelled((r"\| ",), found, (" ",)),
                *spelled(("m ",), found, (r" \x1b", r" \\u001")),  # gin between colours
                *spelled((" ",), found, [f" {sign}" for sign in "-0123456789"]),
                *spelled([f"{digit}m" for digit in "0123456789"], found, (" ", r"\x1b", r"\\")),  # coloured
            )
        return ()


def _header(found: dict[str, str | None], clock: Clock) -> Header:
    header = Header(found["text"] or "")
    fields = header.fields
    moment = clock.parse(found.get("time") or "")
    if moment is not None:
        header.time, header.resolution = moment
    fields["status"] = int(found["status"] or 0)
    method, path = found.get("method"), found.get("path")
    request = (found.get("request") or "").split(" ")
    if len(request) >= 2:
        method, path = request[0], request[1]
    if method and path:
        fields["method"], fields["path"] = method, path_of(path)
    for name in ("client", "vhost"):
        if found.get(name):
            fields[name] = found[name]
    size = found.get("bytes") or found.get("size") or "-"
    if size != "-":
        fields["bytes"] = int(size)
    if found.get("ms"):
        fields["duration_ms"] = float(found["ms"] or 0)
    if (found.get("upstream") or "-") != "-":
        fields["peer"] = last_peer(found["upstream"] or "")
    if (found.get("flags") or "-") != "-":
        fields["response_flags"] = found["flags"]
    if (found.get("id") or "-") != "-":
        header.scope["request"] = found["id"] or ""
    user = found.get("user")
    if user and user != "-":
        header.scope["user"] = user
    _read_tail(found.get("tail") or "", found.get("took"), header)
    return header


def _read_tail(tail: str, took: str | None, header: Header) -> None:
    """The request's duration and id, where the log format adds them behind the user agent."""
    if tail:
        match = _TOOK.search(tail)
        if match is not None:
            took = match[2] or f"{match[1]}s"
        peer = _PEER.search(tail)
        if peer is not None:
            header.fields["peer"] = last_peer(peer[1] or peer[2])
        known = _ID.search(tail)
        if known is not None:
            header.scope["request"] = known[1]
    milliseconds = duration_ms("", took) if took and took != "-" else None
    if milliseconds is not None:
        header.fields["duration_ms"] = milliseconds

"""nginx's error log."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.fields import last_peer, path_of
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(
    r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] (?P<process>\d+)#(?P<thread>\d+): "
    r"(?:\*(?P<connection>\d+) )?"
)
_DETAIL = lazy(r', (client|server|upstream|host|referrer|subrequest): ("(?:[^"\\]|\\.)*"|[^,]*)')
_REQUEST = lazy(r', request: "([A-Z]+) (\S+)')


class Nginx(BaseFormat):
    """`2026/11/23 10:00:00 [error] 771#771: *323 connect() failed (111: Connection refused) …, client: …, request: "GET / …"`."""

    name = "nginx"
    priority = 22
    continues = False
    start = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]{4,6}\] \d+#\d+: "
    errors: tuple[str, ...] = (r"\[(?:error|crit|alert|emerg)\] \d+#\d+: ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "2026/11/23 10:00:00 [error] 771#771: *323 connect() failed (111: Connection refused) while connecting to upstream, "
            'client: 198.51.100.26, server: shop.example.com, request: "GET /reports?days=1 HTTP/1.1", '
            'upstream: "http://127.0.0.1:3000/reports?days=1", host: "shop.example.com"',
            "2026-11-23T10:00:00Z",
            "error",
            "connect() failed (111",
        ),
        Sample(
            "2026/11/23 10:00:00 [alert] 771#771: 768 worker_connections are not enough",
            "2026-11-23T10:00:00Z",
            "fatal",
            "768 worker",
        ),
        Sample("2026/11/23 10:00:00 [notice] 1#1: start worker processes", "2026-11-23T10:00:00Z", "info", "start worker"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line; client, server, upstream and the HTTP host become fields, the request `method` and `path`."""
        match = _LINE.match(record)
        if match is None:
            return None
        message = record[match.end() :]
        header = Header(message, level=level_of_word(match["level"]), technologies=("nginx",))
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        header.scope["process"] = match["process"]
        if match["connection"]:
            header.fields["connection"] = int(match["connection"])
        for name, value in _DETAIL.findall(message):
            header.fields["http_host" if name == "host" else name] = value.strip('"')
        upstream = header.fields.get("upstream", "")
        if "://" in upstream:
            header.fields["peer"] = last_peer(upstream)
        request = _REQUEST.search(message)
        if request is not None:
            header.fields["method"], header.fields["path"] = request[1], path_of(request[2])
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The label that stands before a field's value."""
        label = {"http_host": "host", "method": "request", "path": "request"}.get(name, name)
        return (
            (rf", {label}: ",) if label in ("client", "server", "upstream", "host", "referrer", "subrequest", "request") else ()
        )

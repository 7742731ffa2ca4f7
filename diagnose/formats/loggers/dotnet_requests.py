"""What .NET's frameworks say of a request in the text of a message, and of the scopes that a record stands in."""

from __future__ import annotations

import re

from diagnose.formats.parts.base import spelled, statuses
from diagnose.formats.parts.fields import path_of
from diagnose.lazy import lazy
from diagnose.model import Header

_METHOD = r"(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)"

# ASP.NET Core's hosting: `Request finished HTTP/1.1 GET http://a/orders - 500 - text/plain 12.3456ms`
_FINISHED = lazy(
    rf"Request (?:starting|finished) HTTP/[\d.]+ {_METHOD} (?P<path>\S+)(?:[^\n]*? - (?P<status>[1-5]\d\d) [^\n]*?(?P<ms>[\d.]+)ms$)?",
    re.MULTILINE,
)
# Serilog's request logging: `HTTP GET /orders responded 500 in 12.3456 ms`
_RESPONDED = lazy(rf"HTTP {_METHOD} (?P<path>\S+) responded (?P<status>[1-5]\d\d) in (?P<ms>[\d.]+) ms")

_TRACE = lazy(r"\bTraceId:([0-9a-f]{32})\b")
_REQUEST = lazy(r"\bRequestId:([\w:-]+)")
_PATH = lazy(r"\bRequestPath:(\S+)")


def read_request(header: Header) -> None:
    """Set `method`, `path`, `status` and `duration_ms` where the message tells of a request."""
    message = header.message
    found = None
    if message.startswith("Request "):
        found = _FINISHED.match(message)
    elif message.startswith("HTTP "):
        found = _RESPONDED.match(message)
    if found is None:
        return
    header.fields |= {"method": found["method"], "path": path_of(found["path"])}
    if found["status"]:
        header.fields["status"] = int(found["status"])
        header.fields["duration_ms"] = float(found["ms"])


def read_scopes(header: Header, scopes: str) -> None:
    """Set trace and request from the scopes as the console prints them: `=> SpanId:…, TraceId:… => RequestPath:/x RequestId:…`."""
    trace, request, path = _TRACE.search(scopes), _REQUEST.search(scopes), _PATH.search(scopes)
    if trace is not None:
        header.scope["trace"] = trace[1]
    if request is not None or trace is not None:
        header.scope["request"] = request[1] if request is not None else header.scope["trace"]
    if path is not None:
        header.fields.setdefault("path", path_of(path[1]))


def status_patterns(name: str, test: str) -> tuple[str, ...]:
    """Where a status that may pass a test stands in such messages; () for other fields."""
    if name not in ("status", "method", "path", "duration_ms"):
        return ()
    found = statuses(test if name == "status" else "")
    return *spelled((" responded ",), found, (" in ",)), *spelled((" - ",), found, (" ",))

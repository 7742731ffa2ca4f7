"""Notices by HTTP: POST, JSON, one try; who calls tries again.

What a receiver asks with `Retry-After` (RFC 9110, 10.2.3) is handed on. Redirects are not followed: what was named gets the notice, nobody else.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from diagnose import __version__
from diagnose.errors import UsageError
from diagnose.sinks import Notice, Undelivered

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
"""https://developer.pagerduty.com/docs/send-alert-event"""

PATIENCE = 10.0
"""Seconds for a connection, and for each part of an answer."""

REFUSED = frozenset({400, 413, 422})
"""Answers that will be the same next time."""

LONGEST = 3_600.0
"""Seconds that a receiver may ask to wait."""

Shape = Callable[[Notice, str], Any]


class Webhook:
    """`shape` makes the body of a notice; `key` is what it needs to know besides (a routing key)."""

    def __init__(self, kind: str, url: str, shape: Shape, key: str = "") -> None:
        """Raises UsageError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"the address of a {kind} sink cannot be read: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"a {kind} sink needs an address that begins with http:// or https://")
        # Paths and queries hold tokens: they are not shown.
        self.name = f"{kind}:{parts.hostname}" + (f":{port}" if port else "")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, port
        path = parts.path or "/"
        if kind == "alertmanager" and path == "/":
            path = "/api/v2/alerts"
        if kind == "otlp" and not path.endswith("/v1/logs"):
            path = path.rstrip("/") + "/v1/logs"
        self._path = path + (f"?{parts.query}" if parts.query else "")
        self._shape, self._key = shape, key

    def send(self, notice: Notice) -> None:
        """See `Sink`."""
        body = msgspec.json.encode(self._shape(notice, self._key))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"diagnose/{__version__}",
            "Idempotency-Key": notice["id"],
            "Connection": "close",
        }
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request("POST", self._path, body, headers)
            answer = connection.getresponse()
            answer.read(65_536)
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(f"{self.name}: {_reason(error)}") from error
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            after = seconds(answer.getheader("Retry-After", ""))
            raise Undelivered(f"{self.name}: answered {answer.status}", after=after, refused=answer.status in REFUSED)


def seconds(text: str) -> float:
    """What `Retry-After` asks for: seconds or a date; 0 where it says nothing."""
    if text.strip().isdecimal():
        return min(LONGEST, float(text))
    try:
        return min(LONGEST, max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

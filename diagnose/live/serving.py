"""`--metrics HOST:PORT`: /metrics, /healthz and /readyz over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from diagnose.errors import UsageError

STUCK = 30.0
"""Seconds without a round after which a tail is not healthy."""


class Serving:
    """Answers until `close`. `text` makes the metrics; `heard`: when the last round ended, monotonic; `ready`: whether it reads.

    Raises UsageError where the address cannot be had. Without a host it is the loopback's.
    """

    def __init__(self, address: str, text: Callable[[], str], heard: Callable[[], float], ready: Callable[[], bool]) -> None:
        host, _, port = address.rpartition(":")
        if not port.isdecimal():
            raise UsageError(f"--metrics takes HOST:PORT, as in 127.0.0.1:9464; not {address!r}")

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                path = self.path.split("?", 1)[0]
                if path == "/metrics":
                    self._answer(200, text(), "text/plain; version=0.0.4; charset=utf-8")
                elif path == "/healthz":
                    well = time.monotonic() - heard() < STUCK
                    self._answer(200 if well else 503, "ok\n" if well else "no round for too long\n")
                elif path == "/readyz":
                    self._answer(200, "ok\n") if ready() else self._answer(503, "not reading\n")
                else:
                    self._answer(404, "/metrics, /healthz, /readyz\n")

            def _answer(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
                data = body.encode("utf-8", "replace")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                """Nothing: standard error is for what a person must know."""

        try:
            self._server = ThreadingHTTPServer((host.strip("[]") or "127.0.0.1", int(port)), Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(f"--metrics {address}: {getattr(error, 'strerror', None) or error}") from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

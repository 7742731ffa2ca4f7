"""`--trace FILE`: what a tail does, as OpenTelemetry spans.

A line of the file is one request of OTLP as JSON, as the file exporter of the specification writes it (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter),
so that a collector's `otlpjsonfile` receiver takes it. Rounds in which nothing was read make no span.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from diagnose import __version__
from diagnose.errors import UsageError

ROOM = 64 << 20
"""Bytes after which the file becomes FILE.1, and a new one begins."""

WAITING = 1_000
"""Spans that wait to be written at most."""

EVERY = 1.0
"""Seconds between two writes, at least."""


class Span(Protocol):
    """Something that is being done."""

    def note(self, **attributes: str | int | float) -> None:
        """Say more of it."""

    def forget(self) -> None:
        """It was nothing worth telling, nor was what it consisted of."""


class Tracer(Protocol):
    """Makes spans; one that begins within another of the same thread is a part of it."""

    def span(self, name: str, **attributes: str | int | float) -> contextlib.AbstractContextManager[Span]:
        """Something that takes time, from entering to leaving."""

    def close(self) -> None:
        """Nothing more will be done."""


class _Nothing:
    def note(self, **attributes: str | int | float) -> None: ...
    def forget(self) -> None: ...


class Untraced:
    """Nobody asked for spans."""

    @contextlib.contextmanager
    def span(self, name: str, **attributes: str | int | float) -> Iterator[Span]:
        """See `Tracer`."""
        yield _NOTHING

    def close(self) -> None:
        """See `Tracer`."""


_NOTHING = _Nothing()


class _Open:
    """A span that goes on."""

    def __init__(self, name: str, parent: _Open | None, attributes: dict[str, Any]) -> None:
        self.name, self.parent, self.attributes = name, parent, attributes
        self.trace: str = parent.trace if parent is not None else secrets.token_hex(16)
        self.id = secrets.token_hex(8)
        self.start = time.time_ns()
        self.parts: list[dict[str, Any]] = []
        self.forgotten = False

    def note(self, **attributes: str | int | float) -> None:
        """See `Span`."""
        self.attributes.update(attributes)

    def forget(self) -> None:
        """See `Span`."""
        self.forgotten = True

    def data(self, error: str) -> dict[str, Any]:
        """As OTLP has it: https://github.com/open-telemetry/opentelemetry-proto (trace/v1/trace.proto)."""
        return {
            "traceId": self.trace,
            "spanId": self.id,
            **({"parentSpanId": self.parent.id} if self.parent is not None else {}),
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": str(self.start),
            "endTimeUnixNano": str(time.time_ns()),
            "attributes": list(map(_attribute, self.attributes.items())),
            "status": {"code": 2, "message": error} if error else {},
        }


class Traced:
    """Spans into a file. `tell` is given what goes wrong with it, once. Raises UsageError where it cannot be written."""

    def __init__(self, path: str, tell: Callable[[str], None]) -> None:
        self._path, self._tell, self._failed = path, tell, False
        self._lock = threading.Lock()
        self._here = threading.local()
        self._waiting: list[dict[str, Any]] = []
        self._due = 0.0
        try:
            os.close(self._open())
        except OSError as error:
            raise UsageError(f"--trace {path}: {error.strerror or error}") from error

    @contextlib.contextmanager
    def span(self, name: str, **attributes: str | int | float) -> Iterator[Span]:
        """See `Tracer`."""
        parent: _Open | None = getattr(self._here, "span", None)
        span = self._here.span = _Open(name, parent, dict(attributes))
        error = ""
        try:
            yield span
        except BaseException as fault:
            error = str(fault) or type(fault).__name__
            raise
        finally:
            self._here.span = parent
            if not span.forgotten:
                done = [*span.parts, span.data(error)]
                if parent is not None:
                    parent.parts += done
                else:
                    self._keep(done)

    def _keep(self, done: list[dict[str, Any]]) -> None:
        with self._lock:
            self._waiting = (self._waiting + done)[-WAITING:]
            if time.monotonic() >= self._due:
                self._write()

    def _write(self) -> None:
        self._due = time.monotonic() + EVERY
        if not self._waiting:
            return
        resource = {"service.name": "diagnose", "service.version": __version__, "process.pid": os.getpid()}
        request = {
            "resourceSpans": [
                {
                    "resource": {"attributes": list(map(_attribute, resource.items()))},
                    "scopeSpans": [{"scope": {"name": "diagnose", "version": __version__}, "spans": self._waiting}],
                }
            ]
        }
        self._waiting = []
        try:
            descriptor = self._open()
            try:
                os.write(descriptor, msgspec.json.encode(request) + b"\n")
                if os.fstat(descriptor).st_size > ROOM:
                    os.replace(self._path, f"{self._path}.1")
            finally:
                os.close(descriptor)
        except OSError as error:
            if not self._failed:
                self._tell(f"--trace {self._path}: {error.strerror or error}")
            self._failed = True

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def close(self) -> None:
        """Write what waits."""
        with self._lock:
            self._write()


def _attribute(pair: tuple[str, Any]) -> dict[str, Any]:
    name, value = pair
    if isinstance(value, int):
        return {"key": name, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": name, "value": {"doubleValue": value}}
    return {"key": name, "value": {"stringValue": str(value)}}

"""What a tail sees and how it does, as Prometheus text (exposition format 0.0.4).

Of the logs: how long requests and queries took, the share that failed, how many there are. Of itself: bytes, events, lag of each file, open cases,
evictions, the queue. The numbers of labels are bounded: what comes after is counted as `other`.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from diagnose.model import Event
from diagnose.sighter import endpoint
from diagnose.triage import DATABASES

if TYPE_CHECKING:
    from diagnose.live.tailing import Tail
    from diagnose.sinks.queue import Queue

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; those of Prometheus' own clients."""

ROUTES = 300
FILES = 500
"""Labels of one name at most."""

SPAN = 60.0
"""Seconds that rates look back."""

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Counts by labels and bucket."""

    def __init__(self) -> None:
        self._rows: dict[Labels, list[float]] = {}

    def add(self, labels: Labels, seconds: float) -> None:
        """Count one."""
        if labels not in self._rows and len(self._rows) >= ROUTES:
            labels = tuple((name, "other") for name, _ in labels)
        row = self._rows.setdefault(labels, [0.0] * (len(BUCKETS) + 2))
        row[bisect_left(BUCKETS, seconds)] += 1
        row[-1] += seconds

    def text(self, name: str, about: str) -> Iterator[str]:
        """Its lines."""
        yield from _head(name, about, "histogram")
        for labels, row in list(self._rows.items()):
            total = 0.0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), row, strict=False):
                total += count
                yield _line(f"{name}_bucket", (*labels, ("le", bound)), total)
            yield _line(f"{name}_sum", labels, row[-1])
            yield _line(f"{name}_count", labels, total)


class Rate:
    """Events a second over the last minute, in steps of a second."""

    def __init__(self) -> None:
        self._steps: deque[tuple[int, Counter[str]]] = deque()

    def add(self, kind: str, count: float = 1) -> None:
        """Count some."""
        now = int(time.monotonic())
        if not self._steps or self._steps[-1][0] != now:
            self._steps.append((now, Counter()))
        self._steps[-1][1][kind] += count  # type: ignore[assignment]

    def totals(self) -> Mapping[str, int]:
        """Within the last minute."""
        while self._steps and self._steps[0][0] < time.monotonic() - SPAN:
            self._steps.popleft()
        return sum((counts for _, counts in self._steps), Counter())


class Metrics:
    """Observes events of a run; `text` is asked from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests, self._queries, self._rate = Histogram(), Histogram(), Rate()
        self._bytes = 0

    def observe(self, event: Event) -> None:
        """Count what an event tells of a request or a query."""
        fields = event.fields
        took, status = fields.get("duration_ms"), fields.get("status")
        where = endpoint(event)
        with self._lock:
            if isinstance(status, int):
                self._rate.add("requests")
                if status >= 500:
                    self._rate.add("errors")
            if not isinstance(took, int | float) or not 0 <= took < 1e9:
                return
            if where is not None:
                self._requests.add((("method", where[0]), ("route", where[1])), took / 1e3)
            elif database := next((name for name in event.technologies if name in DATABASES), ""):
                self._queries.add((("database", database),), took / 1e3)

    def text(self, tail: Tail, queue: Queue) -> str:
        """All of it."""
        with self._lock:
            return "\n".join((*self._of_logs(tail), *_of_tail(tail), *_of_queue(queue), ""))

    def _of_logs(self, tail: Tail) -> Iterator[str]:
        yield from self._requests.text("api_response_time", "Seconds that requests took, from access logs and request lines.")
        yield from self._queries.text("database_query_time", "Seconds that queries took, from query logs.")
        read = tail.bytes_read
        self._rate.add("bytes", read - self._bytes)
        self._bytes = read
        totals = self._rate.totals()
        requests = totals.get("requests", 0)
        yield from _gauge(
            "error_rate",
            "Share of requests in the last minute that failed (status 500 or above).",
            totals.get("errors", 0) / requests if requests else 0.0,
        )
        yield from _head("throughput", "A second, over the last minute.", "gauge")
        yield _line("throughput", (("of", "requests"),), requests / SPAN)
        yield _line("throughput", (("of", "bytes"),), totals.get("bytes", 0) / SPAN)


def _of_tail(tail: Tail) -> Iterator[str]:
    run, report = tail.run, tail.report
    counts: Counter[tuple[str, str]] = Counter()
    for finding in report.findings:
        counts[finding.of_class, finding.severity.name.lower()] += finding.count
    yield from _head("diagnose_findings", "Sightings of findings by class.", "gauge")
    for (of_class, severity), count in sorted(counts.items()):
        yield _line("diagnose_findings", (("class", of_class), ("severity", severity)), count)
    yield from _counter("diagnose_bytes_total", "Bytes read.", tail.bytes_read)
    yield from _counter("diagnose_events_total", "Records that a pattern hit.", run.tally.events)
    yield from _counter("diagnose_evicted_total", "Sightings and clusters given up for lack of room.", report.summary.evicted)
    yield from _gauge("diagnose_cases", "Findings that are kept.", len(report.findings))
    yield from _gauge("diagnose_waiting_bytes", "Memory of sightings that wait for a condition.", run.engine.waiting)
    yield from _gauge("diagnose_kept", "1 where the state could be kept last time.", 0.0 if tail.unkept else 1.0)
    yield from _gauge("diagnose_blocked", "1 where reading waits for deliveries.", float(tail.blocked))
    yield from _head("diagnose_lag_bytes", "Bytes of a file that are there and not yet read.", "gauge")
    lags = sorted(((feed.lag, feed.location) for source in tail.sources for feed in source.feeds()), reverse=True)
    for lag, location in lags[:FILES]:
        yield _line("diagnose_lag_bytes", (("file", location),), lag)


def _of_queue(queue: Queue) -> Iterator[str]:
    yield from _gauge("diagnose_queue", "Notices that wait to be delivered.", queue.waiting)
    for name, about, counts in (
        ("diagnose_delivered_total", "Notices delivered.", queue.delivered),
        ("diagnose_delivery_failures_total", "Notices that a sink did not take in four tries.", queue.failed),
    ):
        yield from _head(name, about, "counter")
        for sink, count in counts.items():
            yield _line(name, (("sink", sink),), count)


def _gauge(name: str, about: str, value: float) -> Iterator[str]:
    yield from _head(name, about, "gauge")
    yield _line(name, (), value)


def _counter(name: str, about: str, value: float) -> Iterator[str]:
    yield from _head(name, about, "counter")
    yield _line(name, (), value)


def _head(name: str, about: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: Labels, value: float) -> str:
    shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{shown}}} {value:.10g}" if labels else f"{name} {value:.10g}"


def _escaped(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""Records taken out of log stores as text: `aws logs tail` (AWS CLI), `logcli query` (Grafana Loki)."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.formats.carriers.inner import Inner
from diagnose.formats.json.batches import read_scope
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_STREAM = (
    r"(?:[\w.-]{1,200}/[\w./-]{1,200}/[0-9a-f]{32}|\d{4}/\d\d/\d\d/\[[^\]\s]{1,60}\][0-9a-f]{32}"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
)
"""ECS names a stream prefix/container/task, Lambda date/[version]instance, EventBridge by a UUID."""
_TAIL = lazy(rf"(?P<time>{DATE_TIME}(?:\.\d{{6}})?\+00:00) (?P<stream>{_STREAM})\s")
_LOGCLI = lazy(rf"(?P<time>{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:\d\d)) \{{(?P<labels>[^}}]*)\}} +")
_LABEL = lazy(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')


class Exported(BaseFormat):
    """`2026-…+00:00 api/api/0123… text`, `2026-…Z {app="api"} text`: what stands behind may be another format's record."""

    name = "exported"
    priority = 47
    start = rf"{DATE_TIME}(?:\.\d{{6}})?\+00:00 {_STREAM}(?: |\r?$)|{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:\d\d) \{{[A-Za-z_]\w{{0,60}}=\""
    samples: tuple[Sample, ...] = (
        Sample(
            '2026-11-23T10:00:00.123000+00:00 api/api/0123456789abcdef0123456789abcdef {"level":50,"msg":"boom"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "boom",
        ),
        Sample(
            "2026-11-23T10:00:00.123000+00:00 2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef Task timed out after 3.00 seconds",
            "2026-11-23T10:00:00.123Z",
            message="Task timed out",
        ),
        Sample('2026-11-23T10:00:00Z {app="api", pod="api-0"} order 7 paid', "2026-11-23T10:00:00Z", message="order 7 paid"),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = tuple(dict.fromkeys((*Exported.errors, *(pattern for form in formats for pattern in form.errors))))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the first part of a stream is the service, and so are the labels that say so."""
        match = _TAIL.match(record) or _LOGCLI.match(record)
        if match is None:
            return None
        found = match.groupdict()
        header = Header(record[match.end() :])
        moment = clock.iso(found["time"])
        if moment is not None:
            header.time, header.resolution = moment
        stream = found.get("stream")
        if stream and "/" in stream and not stream[0].isdigit():
            header.scope["service"] = stream.split("/", 1)[0]
        read_scope(dict(_LABEL.findall(found.get("labels") or "")), header)
        return self._inner.within(header, clock)

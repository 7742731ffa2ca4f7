"""Node's `debug` module: `time namespace message`.

On a terminal it writes `  namespace message +12ms` instead, which no line tells from the continuation of another record.
"""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.fields import read_request
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_NAMESPACE = r"[a-z][\w-]{0,40}(?::[\w*.-]{1,40}){1,4}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_LINE = lazy(rf"(?P<time>{_TIME}) (?P<logger>{_NAMESPACE}) ")


class Debug(BaseFormat):
    """`2026-11-23T10:00:00.123Z tickets:http GET /health 200 5 ms`. There is no level; the namespace is the logger."""

    name = "debug"
    priority = 41
    start = rf"{_TIME} {_NAMESPACE} "
    samples: tuple[Sample, ...] = (
        Sample("2026-11-23T10:00:00.123Z tickets:seats listening on port 6000", "2026-11-23T10:00:00.123Z", "", "listening"),
        Sample(
            "2026-11-23T10:00:00.123Z express:router:layer new '/' \n    at next (/app/x.js:3:4)",
            "2026-11-23T10:00:00.123Z",
            "",
            "new '/'",
        ),
        Sample("2026-11-23T10:00:00.123Z tickets:http GET /health 200 5.2 ms", "2026-11-23T10:00:00.123Z", "", "GET /health"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], fields={"logger": match["logger"]})
        header.technologies = ("node",)
        read_request(header.message, header.fields)
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        return header

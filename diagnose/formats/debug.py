"""Node's `debug` module: `time namespace message`, or on a terminal `  namespace message +12ms`."""

from __future__ import annotations

import re

from diagnose.formats.base import BaseFormat
from diagnose.formats.fields import read_request
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_NAMESPACE = r"[a-z][\w-]{0,40}(?::[\w*.-]{1,40}){1,4}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_LINE = lazy(rf"(?:(?P<time>{_TIME})|  ?) ?(?P<logger>{_NAMESPACE}) ")
_TOOK = lazy(r" \+\d+(?:ms|s|m|h|d)$", re.MULTILINE)


class Debug(BaseFormat):
    """`2026-11-23T10:00:00.123Z tickets:http GET /health 200 5 ms`. There is no level; the namespace is the logger."""

    name = "debug"
    priority = 41
    start = rf"{_TIME} {_NAMESPACE} |  {_NAMESPACE} [^\n]{{1,400}} \+\d{{1,6}}(?:ms|s|m|h|d)\r?$"
    samples: tuple[Sample, ...] = (
        Sample("2026-11-23T10:00:00.123Z tickets:seats listening on port 6000", "2026-11-23T10:00:00.123Z", "", "listening"),
        Sample(
            "2026-11-23T10:00:00.123Z express:router:layer new '/' \n    at next (/app/x.js:3:4)",
            "2026-11-23T10:00:00.123Z",
            "",
            "new '/'",
        ),
        Sample("  tickets:http GET /health 200 22.8 ms +41ms", message="GET /health 200 22.8 ms"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the time since the last one (`+12ms`) is left out."""
        match = _LINE.match(record)
        if match is None:
            return None
        message = record[match.end() :]
        header = Header(message if match["time"] else _TOOK.sub("", message, count=1), fields={"logger": match["logger"]})
        header.technologies = ("node",)
        read_request(header.message, header.fields)
        moment = clock.parse(match["time"] or "")
        if moment is not None:
            header.time, header.resolution = moment
        return header

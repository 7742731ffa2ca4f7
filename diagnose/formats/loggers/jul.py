"""java.util.logging's SimpleFormatter: a line with time, class and method, then one with level and message."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

# Newer JDKs write U+202F before AM and PM (CLDR 42).
_LINE = lazy(
    r"(?P<time>[A-Z][a-z]{2} \d\d?, \d{4},? \d\d?:\d\d:\d\d[ \u202f][AP]M) (?P<logger>[\w.$]+)(?: (?P<method>[^\n]+))?"
    r"(?:\n(?P<level>[A-Z]+): )?"
)


class JavaUtilLogging(BaseFormat):
    """`Nov 23, 2026 10:00:00 AM com.example.Batch main`, newline, `SEVERE: message`."""

    name = "jul"
    priority = 27
    start = r"[A-Z][a-z]{2} \d\d?, \d{4},? \d\d?:\d\d:\d\d(?: |\xe2\x80\xaf)[AP]M [\w.$]+"
    errors: tuple[str, ...] = (r"SEVERE: ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "Nov 23, 2026 10:00:00 AM com.example.shop.batch.Batch main\nSEVERE: job failed",
            "2026-11-23T10:00:00Z",
            "error",
            "job failed",
        ),
        Sample(
            "Nov 3, 2026 1:05:09 PM com.example.shop.batch.Invoice lambda$run$0\nINFO: invoice",
            "2026-11-03T13:05:09Z",
            "info",
            "invoice",
        ),
        Sample("Nov 23, 2026, 10:00:00\u202fAM org.example.Main\nWARNING: slow", "2026-11-23T10:00:00Z", "warning", "slow"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record of two lines or more."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :].lstrip("\n"), level=level_of_word(match["level"] or ""), technologies=("java",))
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        header.fields["logger"] = match["logger"]
        return header

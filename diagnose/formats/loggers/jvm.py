"""Lines of the JVM's loggers that begin with something else than an ISO time: the level, the thread, the milliseconds since
the program started, a date as Spark, log4j's `DATE` or Europeans write it.
"""

from __future__ import annotations

from diagnose.formats.loggers import layouts
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LEVELS = "(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)"
_LEVEL = rf"(?P<level>{_LEVELS})"
_THREAD = r"\[(?P<thread>[^\]]+)\]"
_LOGGER = r"(?P<logger>[\w$.]+)"

# Ordered: the more a shape asks for, the earlier it stands.
_SHAPES = tuple(
    lazy(shape)
    for shape in (
        # `[LEVEL] time [thread] logger - message`
        rf"\[{_LEVEL} *\] (?P<time>{DATE_TIME}{FRACTION}) {_THREAD} {_LOGGER} +-+ ",
        rf"\[{_LEVEL} *\] (?P<time>{DATE_TIME}{FRACTION})[ :-]+",
        # Cassandra: `LEVEL [thread] time File.java:12 - message`
        rf"{_LEVEL} +{_THREAD} (?P<time>{DATE_TIME}{FRACTION}) (?P<logger>[\w$]+)\.\w+:\d+ +- ",
        # TTCC: `1042 [thread] LEVEL logger - message`
        rf"\d+ +{_THREAD} {_LEVEL} +{_LOGGER} +(?:\S+ )?- ",
        # `[10:00:00] [thread/LEVEL]: message`, with a logger in the middle
        rf"\[(?P<time>[\d:]+)\] \[(?P<thread>[^\]]+)/{_LEVEL}\] ?(?:[\[(](?P<logger>[\w$./ -]+)[\])]|:) ",
    )
)

_DATES = (
    # log4j 1's `DATE`: 23 Nov 2026 10:00:00,123
    (lazy(r"(?P<day>\d\d) (?P<name>[A-Z][a-z]{2}) (?P<year>\d{4}) (?P<clock>\d\d:\d\d:\d\d[.,]\d{3}) +"), "{day} {name} {year} {clock}"),
    # 23.11.2026 10:00:00.123
    (lazy(r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4}) (?P<clock>\d\d:\d\d:\d\d[.,]\d{3}) +"), "{year}-{month}-{day} {clock}"),
    # Spark: 26/11/23 10:00:00
    (lazy(r"(?P<year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d) +"), "20{year}-{month}-{day} {clock}"),
    # 1795428000123
    (lazy(r"(?P<clock>\d{13}) +"), "{clock}"),
)  # fmt: skip
"""What a time looks like, and how the clock is told of it; `layouts` reads what follows."""


_SPARK = lazy(rf"{_LEVELS} (?P<logger>[\w$.]+): ")


class Jvm(BaseFormat):
    """`[INFO ] 2026-11-23 10:00:00.123 …`, `INFO  [main] 2026-11-23T10:00:00,123 …`, `26/11/23 10:00:00 INFO …` and their like."""

    name = "jvm"
    priority = 36
    start = (
        rf"\[{_LEVELS} ?\] {DATE_TIME}"
        rf"|{_LEVELS} +\[[^\]\n]{{1,100}}\] {DATE_TIME}{FRACTION} [\w$]{{1,100}}\.\w+:\d"
        rf"|\d{{1,10}} +\[[^\]\n]{{1,100}}\] {_LEVELS} +[\w$.]{{1,200}} "
        rf"|\[\d\d:\d\d:\d\d\] \[[^\]\n]{{1,100}}/{_LEVELS}\]"
        rf"|\d\d [A-Z][a-z]{{2}} \d{{4}} \d\d:\d\d:\d\d[.,]\d{{3}} +\[?{_LEVELS}\b"
        rf"|\d\d\.\d\d\.\d{{4}} \d\d:\d\d:\d\d[.,]\d{{3}} +(?:\[|{_LEVELS}\b)"
        rf"|\d\d/\d\d/\d\d \d\d:\d\d:\d\d {_LEVELS}\b"
        rf"|\d{{13}} +\[?{_LEVELS}\b"
    )
    errors: tuple[str, ...] = (r"(?:ERROR|FATAL)\b",)
    samples: tuple[Sample, ...] = (
        Sample("[ERROR] 2026-11-23 10:00:00.123 [main] Worker - not shipped", "2026-11-23T10:00:00.123Z", "error", "not shipped"),
        Sample(
            "WARN  [Native-Transport-Requests-1] 2026-11-23 10:00:00,123 SelectStatement.java:12 - slow",
            "2026-11-23T10:00:00.123Z",
            "warning",
            "slow",
        ),
        Sample("1132 [shipping-1] ERROR com.example.shop.Worker - not shipped", "", "error", "not shipped"),
        Sample("[10:00:00] [shipping-1/ERROR]: not shipped", "2026-11-23T10:00:00Z", "error", "not shipped"),
        Sample("[10:00:00] [main/INFO] (FabricLoader) loading", "2026-11-23T10:00:00Z", "info", "loading"),
        Sample("26/11/23 10:00:00 ERROR TaskSetManager: Task 0 failed", "2026-11-23T10:00:00Z", "error", "Task 0 failed"),
        Sample("23 Nov 2026 10:00:00,123 INFO  main com.example.Worker - started", "2026-11-23T10:00:00.123Z", "info", "started"),
        Sample("23.11.2026 10:00:00.123 FATAL [main] com.example.Worker - gone", "2026-11-23T10:00:00.123Z", "fatal", "gone"),
        Sample("1795428000123 ERROR com.example.Worker not shipped", "2026-11-23T10:00:00.123Z", "error", "not shipped"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; behind a date stands what `layouts` knows."""
        for shape in _SHAPES:
            match = shape.match(record)
            if match is not None:
                found = match.groupdict()
                header = Header(record[match.end() :], level=level_of_word(found["level"]))
                _set_time(header, found.get("time") or "", clock)
                if found.get("logger"):
                    header.fields["logger"] = found["logger"]
                if found.get("thread"):
                    header.scope["thread"] = found["thread"]
                return header
        for date, notation in _DATES:
            match = date.match(record)
            if match is not None:
                header = Header("")
                _set_time(header, notation.format_map(match.groupdict()), clock)
                spark = _SPARK.match(record, match.end()) if "20{year}" in notation else None
                layouts.read(record[match.end() :], header)
                if spark is not None:
                    header.message, header.fields["logger"] = record[spark.end() :], spark["logger"]
                return header
        return None


def _set_time(header: Header, text: str, clock: Clock) -> None:
    moment = clock.parse(text)
    if moment is not None:
        header.time, header.resolution = moment

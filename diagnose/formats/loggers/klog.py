"""The log of Kubernetes' components and of other users of glog."""

from __future__ import annotations

import re

from diagnose.formats.parts.base import BaseFormat, spelled
from diagnose.formats.parts.levels import level_of_word
from diagnose.formats.parts.pairs import add_context, value_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(
    r"(?P<level>[IWEF])(?P<year>20\d\d)?(?P<month>\d\d)(?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d\.\d{6}) +(?P<process>\d+) (?P<place>[^\]]+)\] "
)
_TOLD = lazy(r'("(?:[^"\\\n]|\\.)*") (.*)', re.DOTALL)
_PAIR = lazy(r'([\w.@/-]+)=("(?:[^"\\]|\\.)*"|<\n(?:\t[^\n]*\n)* >|\S*)')
"""InfoS and ErrorS: a text of several lines stands between `<` and `>`, each line behind a tab."""

_REST = r"\d\d:\d\d:\d\d\.\d{6} +\d+ [\w./-]+:\d+\] "
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Klog(BaseFormat):
    """`E1123 10:00:00.123456       1 reflector.go:158] message`; glog 0.5 and later put the year before the month, and name the thread."""

    name = "klog"
    priority = 29
    start = r"[IWEF](?:20\d\d)?\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ [\w./-]+:\d+\] "
    errors: tuple[str, ...] = (
        *spelled("EF", [f"{month:02}" for month in range(1, 13)], (rf"\d\d {_REST}",)),
        *spelled("EF", ("20",), (rf"\d{{6}} {_REST}",)),
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "E1123 10:00:00.123456       1 reflector.go:158] Failed to watch *v1.Pod",
            "2026-11-23T10:00:00.123456Z",
            "error",
            "Failed",
        ),
        Sample(
            'I1123 10:00:00.123456       1 server.go:12] "Starting" port=8080',
            "2026-11-23T10:00:00.123456Z",
            "info",
            '"Starting"',
        ),
        Sample("F1123 10:00:00.123456   12345 main.go:7] no leader", "2026-11-23T10:00:00.123456Z", "fatal", "no leader"),
        Sample("E20251123 10:00:00.123456 14493 stock.cpp:172] no stock", "2025-11-23T10:00:00.123456Z", "error", "no stock"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the year is the reference's where the line has none."""
        match = _LINE.match(record)
        if match is None or not 1 <= int(match["month"]) <= 12:
            return None
        header = Header(record[match.end() :], level=level_of_word(match["level"]))
        day = f"{match['year']}-{match['month']}-{match['day']}"
        moment = clock.parse(
            f"{day if match['year'] else _MONTHS[int(match['month']) - 1] + ' ' + match['day']} {match['clock']}"
        )
        if moment is not None:
            header.time, header.resolution = moment
        header.scope["process"] = match["process"]
        header.fields["logger"] = match["place"]
        told = _TOLD.match(header.message)
        if told is not None:
            fields = {key: value_of(value) if value[:1] != "<" else value[2:-2] for key, value in _PAIR.findall(told[2])}
            return add_context(header, header.message, fields, clock)
        return header

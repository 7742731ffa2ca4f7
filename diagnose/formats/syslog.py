"""Syslog lines (RFC 3164 and 5424, journalctl's output) and the kernel's.

What stands behind the prefix may be another format's record.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.formats.base import BaseFormat, spelled
from diagnose.formats.inner import Inner
from diagnose.formats.levels import level_of_syslog
from diagnose.formats.timed import DATE_TIME, FRACTION
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_PRIORITY = r"(?:<(?P<priority>\d{1,3})>)?"
_BSD_TIME = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
_ISO_TIME = rf"{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:?\d\d)"

_CLASSIC = lazy(
    rf"{_PRIORITY}(?P<time>{_BSD_TIME}|{_ISO_TIME}) (?P<host>[^\s:]+) (?P<service>[^\s:\[]+)(?:\[(?P<process>\d+)\])?: ?"
)
_MODERN = lazy(
    rf"{_PRIORITY}1 (?P<time>{_ISO_TIME}|-) (?P<host>\S+) (?P<service>\S+) (?P<process>\S+) (?P<id>\S+) "
    r'(?P<data>-|(?:\[[^\]"]*(?:"(?:[^"\\]|\\.)*"[^\]"]*)*\])+) ?(?:\ufeff)?'
)
_KERNEL = lazy(r"(?P<service>\[) *\d+\.\d{6}\] ")
_UPTIME = lazy(r"\[ *\d+\.\d{6}\] ")


class Syslog(BaseFormat):
    """`Nov 23 10:00:00 host program[pid]: message`, `<34>1 2026-… host app pid id [data] message`, `[ 12.345678] kernel message`.

    A program without process id is believed only behind the classic time, or where it is one of the system's.
    """

    name = "syslog"
    priority = 32
    continues = False
    start = (
        rf"(?:<\d{{1,3}}>)?{_BSD_TIME} [^\s:]{{1,255}} [^\s:\[]{{1,100}}(?:\[\d+\])?: "
        rf"|(?:<\d{{1,3}}>)?{_ISO_TIME} [A-Za-z0-9][\w.-]{{0,254}} "
        rf"(?:[\w./@-]{{1,100}}\[\d+\]|kernel|systemd|sudo|CRON|su|sshd|audit|dockerd): "
        rf"|<\d{{1,3}}>1 (?:{_ISO_TIME}|-) "
        r"|\[ *\d{1,9}\.\d{6}\] [^\s]"
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "Nov 23 10:00:00 shop-1 kernel: [285790.557159] Out of memory: Killed process 812 (postgres) total-vm:8176kB",
            "2026-11-23T10:00:00Z",
            "",
            "Out of memory: Killed",
        ),
        Sample(
            "2026-11-23T10:00:00.557159+00:00 shop-1 kernel: [285790.557159] Out of memory: Killed process 812 (postgres)",
            "2026-11-23T10:00:00.557159Z",
            "",
            "Out of memory",
        ),
        Sample('Nov 23 10:00:00 shop-1 api[773]: {"level":50,"msg":"boom","pid":773}', "2026-11-23T10:00:00Z", "error", "boom"),
        Sample(
            '<165>1 2026-11-23T10:00:00.003Z shop-1 api 773 ID47 [ex@32473 a="1"] started',
            "2026-11-23T10:00:00.003Z",
            "info",
            "started",
        ),
        Sample("<11>Nov 23 10:00:00 shop-1 api[773]: it broke", "2026-11-23T10:00:00Z", "error", "it broke"),
        Sample("[285790.557159] Out of memory: Killed process 812 (postgres)", "", "", "Out of memory"),
    )
    # A priority is 8 × facility + severity (RFC 5424, 6.2.1).
    errors: tuple[str, ...] = (
        *spelled([f"<{priority}>" for priority in range(192) if priority % 8 <= 3], (r"1? ?(?:[A-Z][a-z]{2} |\d{4}-)",)),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = (*Syslog.errors, *(pattern for form in formats for pattern in form.errors))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line; a record of another format inside is read too, and takes from outside what it does not tell itself."""
        match = _CLASSIC.match(record) or _MODERN.match(record) or _KERNEL.match(record)
        if match is None:
            return None
        found = match.groupdict()
        header = Header(record[match.end() :])
        moment = clock.parse(found.get("time") or "")
        if moment is not None:
            header.time, header.resolution = moment
        if found.get("priority"):
            header.level = level_of_syslog(int(found["priority"]) & 7)
        for name in ("host", "service", "process"):
            value = found.get(name)
            if value and value not in ("-", "["):
                header.scope[name] = value
        if found["service"] in ("kernel", "["):
            header.message = _UPTIME.sub("", header.message, count=1)
            header.technologies = ("linux",)
            return header
        return self._inner.within(header, clock)

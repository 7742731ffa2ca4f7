"""Syslog lines (RFC 3164 and 5424, journalctl's short modes) and the kernel's.

What stands behind the prefix may be another format's record. journalctl indents the later lines of a message by the width of the
prefix; PostgreSQL numbers the lines that it hands to syslog (`[3-1]`, `[3-2]`); the kernel's reports are read by `kernel`.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.formats.carriers import kernel
from diagnose.formats.carriers.inner import Inner
from diagnose.formats.carriers.kernel import BSD_TIME, ISO_TIME, UPTIME
from diagnose.formats.parts.base import BaseFormat, spelled
from diagnose.formats.parts.levels import level_of_syslog, level_of_word
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_PRIORITY = r"(?:<(?P<priority>\d{1,3})>)?"
_FULL_TIME = r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]{3,5}"
_UNIX_TIME = r"\d{10}\.\d{6}"

_CLASSIC = lazy(
    rf"{_PRIORITY}(?P<time>{BSD_TIME}|{ISO_TIME}|{_FULL_TIME}|{_UNIX_TIME}) (?P<host>[^\s:]+) (?P<service>[^\s:\[]+)"
    r"(?:\[(?P<process>\d+)\])?: ?"
)
_DATA = r'(?:-|(?:\[[^\]"]*(?:"(?:[^"\\]|\\.)*"[^\]"]*)*\])+)'
_MODERN = lazy(
    rf"{_PRIORITY}1 (?P<time>{ISO_TIME}|-) (?P<host>\S+) (?P<service>\S+) (?P<process>\S+) (?P<id>\S+)"
    rf"(?: (?P<data>{_DATA}))?(?: |$) *(?:\ufeff)?"
)
_KERNEL = lazy(r"(?:[a-z]{3,8} *:(?P<level>[a-z]{3,6}) *: )?(?P<service>\[) *\d+\.\d{6}\] ")
_UPTIME = lazy(UPTIME)
_UNIT = lazy(r"([\w@.:\\-]{1,200}\.(?:service|scope|socket|mount|timer|slice)): ")
_EACH = (
    rf"(?:<\d{{1,3}}>)?(?:(?:{BSD_TIME}|{ISO_TIME}|{_FULL_TIME}|{_UNIX_TIME}) (?P<whose>[^\s:]+ (?!kernel:)[^\s:\[]+(?:\[\d+\])?): ?"
    rf"|1 (?:{ISO_TIME}|-) (?P<modern>\S+ (?!kernel )\S+ \S+) \S+(?: {_DATA})? {{0,2}})"
)
"""What stands before each line that a program prints. rsyslog writes two blanks in RFC 5424's form, Heroku's Logplex one."""

_CARRIED = lazy(_EACH.encode())
_PREFIX = lazy(r"\n" + _EACH)
_PARAMETER = lazy(r' ([\w.-]{1,32})="((?:[^"\\]|\\.)*)"')

_NUMBERED = r"[^\s:]{1,255} [^\s\[]{1,255}(?:\[\d+\]:| \d+ - -) \[\d{1,9}-(?:[2-9]|[1-9]\d{1,4})\] "
_LATER_PREFIX = lazy(rf"\n(?:<\d{{1,3}}>)?(?:1 )?(?:{BSD_TIME}|{ISO_TIME}) {_NUMBERED}")
_FIRST_NUMBER = lazy(r"\[\d{1,9}-1\] ")


class Syslog(BaseFormat):
    """`Nov 23 10:00:00 host program[pid]: message`, `<34>1 2026-… host app pid id [data] message`, `[ 12.345678] kernel message`.

    A program without process id is believed only behind the classic time, or where it is one of the system's.
    """

    name = "syslog"
    priority = 32
    start = (
        rf"(?:<\d{{1,3}}>)?{BSD_TIME} [^\s:]{{1,255}} [^\s:\[]{{1,100}}(?:\[\d+\])?: "
        rf"|(?:(?:<\d{{1,3}}>)?{ISO_TIME}|{_FULL_TIME}|{_UNIX_TIME}) [A-Za-z0-9][\w.-]{{0,254}} "
        r"(?:[\w./@\\-]{1,100}\[\d+\]|kernel|systemd|sudo|CRON|crond|su|sshd|audit|dockerd|rsyslogd): "
        rf"|<\d{{1,3}}>1 (?:{ISO_TIME}|-) "
        rf"|(?:[a-z]{{3,8}} *:[a-z]{{3,6}} *: )?{UPTIME}[^\s]"
    )
    later = (
        *(rf"{time} (?:{kernel.CARRIED}|{_NUMBERED})" for time in (BSD_TIME, ISO_TIME)),
        rf"<\d{{1,3}}>(?:1 )?(?:{BSD_TIME}|{ISO_TIME}) (?:{kernel.CARRIED}|{_NUMBERED})",
        *kernel.LATER,
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
        Sample("kern  :err   : [285790.557159] EXT4-fs error (device sda1): bad entry", "", "error", "EXT4-fs error"),
        Sample(
            "Wed 2026-11-25 23:29:36 UTC app-4 shop[742]: Exception on /orders [GET]\n"
            "                                             Traceback (most recent call last):",
            "2026-11-25T23:29:36Z",
            "",
            "Exception on /orders [GET]\nTraceback",
        ),
        Sample(
            "Nov 23 10:00:00 app-4 shop[742]: Traceback (most recent call last):\n"
            'Nov 23 10:00:00 app-4 shop[742]:   File "/srv/shop/orders.py", line 12, in pay\n'
            "Nov 23 10:00:01 app-4 shop[742]: KeyError: 'id'",
            "2026-11-23T10:00:00Z",
            "",
            "Traceback (most recent call last):\n  File",
        ),
        Sample("1795428000.123456 app-4 shop[742]: order 7 paid", "2026-11-23T10:00:00.123456Z", "", "order 7"),
        Sample(
            'Nov 23 10:00:00 db-1 postgres[1175]: [5-1] shop_app@shop ERROR:  duplicate key value violates unique constraint "k"\n'
            "Nov 23 10:00:00 db-1 postgres[1175]: [5-2] shop_app@shop DETAIL:  Key (id)=(7) already exists.",
            "2026-11-23T10:00:00Z",
            "error",
            'duplicate key value violates unique constraint "k"\nDETAIL:  Key',
        ),
    )
    # A priority is 8 × facility + severity (RFC 5424, 6.2.1); `dmesg -x` pads the words.
    errors: tuple[str, ...] = (
        *spelled([f"<{priority}>" for priority in range(192) if priority % 8 <= 3], (r"1? ?(?:[A-Z][a-z]{2} |\d{4}-)",)),
        *spelled((":err   : ", ":crit  : ", ":alert : ", ":emerg : "), (r"\[ *\d",)),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = tuple(dict.fromkeys((*Syslog.errors, *(pattern for form in formats for pattern in form.errors))))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; one of another format inside is read too, and takes from outside what it does not tell itself."""
        match = _CLASSIC.match(record) or _MODERN.match(record) or _KERNEL.match(record)
        if match is None:
            return None
        found = match.groupdict()
        header = Header(_message(record, match.end()))
        time = found.get("time") or ""
        moment = clock.parse(time[4:] if time[3:4] == " " and time[4:8].isdigit() else time)
        if moment is not None:
            header.time, header.resolution = moment
        if found.get("priority"):
            header.level = level_of_syslog(int(found["priority"]) & 7)
        elif found.get("level"):
            header.level = level_of_word(found["level"])
        for name in ("host", "service", "process"):
            value = found.get(name)
            if value and value not in ("-", "["):
                header.scope[name] = value
        if found["service"] in ("kernel", "["):
            header.message = kernel.strip(_UPTIME.sub("", header.message, count=1))
            header.technologies = ("linux",)
            return header
        return self._within(header, found.get("data") or "", clock)

    def carried(self, line: bytes) -> tuple[bytes, bytes] | None:
        """Host, program and process, and the line that the program printed; of the kernel's lines `later` says more."""
        match = _CARRIED.match(line)
        return None if match is None else (match["whose"] or match["modern"], line[match.end() :].replace(b"#011", b"\t"))

    def _within(self, header: Header, data: str, clock: Clock) -> Header:
        """The record in the message; structured data and the unit that systemd tells of become fields."""
        outer = dict(_PARAMETER.findall(data)) if len(data) > 1 else {}
        unit = _UNIT.match(header.message) if header.scope.get("service") == "systemd" else None
        if unit is not None:
            outer["unit"] = unit[1]
        header = self._inner.within(header, clock)
        for name, value in outer.items():
            header.fields.setdefault(name, value)
        return header


def _message(record: str, start: int) -> str:
    """What stands behind the prefix; of later lines it is gone too, or the indent of its width, or PostgreSQL's number, with rsyslog's `#011`."""
    first = record.find("\n")
    numbered = _FIRST_NUMBER.match(record, start)
    if numbered is not None:
        start = numbered.end()
        return _LATER_PREFIX.sub("\n", record)[start:].replace("#011", "\t") if first > 0 else record[start:]
    if first < 0:
        return record[start:]
    # journalctl indents the later lines of one message; of a program's output each line has a prefix.
    unindented = record[start:].replace("\n" + " " * start, "\n")
    return _PREFIX.sub("\n", unindented).replace("#011", "\t")

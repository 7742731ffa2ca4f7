"""PHP's own errors, wherever its SAPIs write them: the error log, the command line, the built-in server, PHP-FPM and its slow log."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from diagnose.formats.parts.base import BaseFormat, spelled, statuses
from diagnose.formats.parts.fields import path_of
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_DATE = r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d"
_ASCTIME = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_KINDS = "(?:Fatal error|Parse error|Recoverable fatal error|Warning|Notice|Deprecated|Strict Standards|Unknown error)"
_FPM_LEVELS = "(?:ALERT|ERROR|WARNING|NOTICE|DEBUG)"

_TIME = lazy(rf"\[(?:(?P<date>{_DATE})(?: (?P<zone>[A-Za-z][\w/+-]*))?|(?P<asctime>{_ASCTIME}))\] *")
_KIND = lazy(rf"(?:NOTICE: )?(?:PHP message: )?(?:PHP )?(?P<kind>{_KINDS}): ")
_MESSAGE = lazy(r"(?:NOTICE: )?PHP message: ")
_FPM = lazy(rf"(?P<level>{_FPM_LEVELS}): +")
_POOL = lazy(r"\[pool (?P<pool>[^\]]+)\] (?:(?:child|pid) (?P<process>\d+))?")
_CHILD = lazy(r"child (?P<process>\d+) ")
_REQUEST = lazy(r'\(request: "(?P<method>[A-Z]+) (?P<path>[^" ]+)[^"]*"\)(?:[^\n(]*\((?P<seconds>\d+\.\d+) sec\))?')
_SERVED = lazy(r"(?P<client>\S+) (?P<text>\[(?P<status>\d{3})\]: (?P<method>[A-Z]+) (?P<path>\S+).*)", re.DOTALL)
_PLACE = lazy(r" in \S[^\n]* on line \d+| in \S[^\n]*:\d+\r?(?:\n|$)")

# https://www.php.net/manual/en/errorfunc.constants.php: what PHP prints for each kind of error.
_LEVELS = {
    "Fatal error": Level.FATAL, "Parse error": Level.FATAL, "Recoverable fatal error": Level.ERROR, "Warning": Level.WARNING,
    "Notice": Level.INFO, "Deprecated": Level.INFO, "Strict Standards": Level.INFO, "Unknown error": Level.ERROR,
}  # fmt: skip

_CLOCKS: dict[str, Clock | None] = {}
_REMEMBERED = 100
"""Zones kept: a log names one or two."""


class Php(BaseFormat):
    """`[23-Nov-2026 10:00:00 UTC] PHP Fatal error:  …`, `PHP Warning:  …`, `[23-Nov-2026 10:00:00] WARNING: [pool www] …`."""

    name = "php"
    priority = 38
    start = (
        rf"\[{_DATE}(?: [A-Za-z][\w/+-]{{1,40}})?\] "
        rf"|\[{_ASCTIME}\] (?:PHP |\S{{1,60}} (?:\[\d{{3}}\]: |Accepted|Clos(?:ing|ed without sending)))"
        rf"|(?:NOTICE: )?PHP message: "
        rf"|PHP {_KINDS}:  "
        r"|(?:Fatal|Parse) error: (?:Uncaught |syntax error|Allowed memory size|Maximum execution)"
    )
    errors: tuple[str, ...] = (
        r"(?:Fatal|Parse|Recoverable fatal|Unknown) error: ",
        r"\] (?:ALERT|ERROR): ",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "[23-Nov-2026 10:00:00 UTC] PHP Fatal error:  Uncaught RuntimeException: no stock in /app/pay.php:12\nStack trace:\n#0 "
            "{main}\n  thrown in /app/pay.php on line 12",
            "2026-11-23T10:00:00Z",
            "fatal",
            "PHP Fatal error:  Uncaught",
        ),
        Sample("[23-Nov-2026 11:00:00 Europe/Berlin] order 17 paid", "2026-11-23T10:00:00Z", "", "order 17 paid"),
        Sample("PHP Warning:  Undefined variable $x in /app/pay.php on line 3", "", "warning", "PHP Warning:  Undefined"),
        Sample("NOTICE: PHP message: PHP Parse error:  syntax error in /app/pay.php on line 3", "", "fatal", "PHP Parse error"),
        Sample(
            "[Mon Nov 23 10:00:00 2026] PHP Notice:  x in /app/pay.php on line 3", "2026-11-23T10:00:00Z", "info", "PHP Notice"
        ),
        Sample(
            "[Mon Nov 23 10:00:00 2026] 127.0.0.1:50000 [500]: GET /orders?id=7 - Uncaught Error: x in /app/pay.php:3\nStack trace:",
            "2026-11-23T10:00:00Z",
            "",
            "[500]: GET /orders",
        ),
        Sample("[Mon Nov 23 10:00:00 2026] 127.0.0.1:50000 Accepted", "2026-11-23T10:00:00Z", "", "127.0.0.1:50000 Accepted"),
        Sample(
            "[23-Nov-2026 10:00:00] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
            "2026-11-23T10:00:00Z",
            "warning",
            "[pool www] server reached",
        ),
        Sample(
            "[23-Nov-2026 10:00:00] ALERT: [pool www] user 'x' is unknown", "2026-11-23T10:00:00Z", "fatal", "[pool www] user"
        ),
        Sample(
            "[23-Nov-2026 10:00:00]  [pool www] pid 812\nscript_filename = /app/index.php\n[0x00007f1c64a130e0] sleep() /app/x.php:3",
            "2026-11-23T10:00:00Z",
            "",
            "[pool www] pid 812\nscript",
        ),
        Sample("Fatal error: Uncaught Error: x in /app/pay.php:3\nStack trace:\n#0 {main}", "", "fatal", "Fatal error: Uncaught"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; `Fatal error:` alone is PHP's only where a place in the code follows."""
        header = Header("", technologies=("php",))
        time = _TIME.match(record)
        rest = record[time.end() :] if time is not None else record
        if time is not None:
            _set_time(header, time, clock)
        served = _SERVED.match(rest) if time is not None else None
        if served is not None:
            header.message = served["text"]
            header.fields |= {"status": int(served["status"]), "method": served["method"], "path": path_of(served["path"])}
            header.fields["client"] = served["client"]
            return header
        kind = _KIND.match(rest)
        if kind is not None and (time is not None or "PHP " in kind[0] or _PLACE.search(rest)):
            header.level = _LEVELS[kind["kind"]]
            mark = _MESSAGE.match(rest)
            header.message = rest[mark.end() :] if mark is not None else rest
            return header
        mark = _MESSAGE.match(rest)
        if mark is not None or time is not None:
            _read_manager(header, rest[mark.end() :] if mark is not None else rest)
            return header
        return None

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The statuses that may pass, where the built-in server writes them; FPM writes no status here."""
        if name not in ("status", "method", "path", "client"):
            return super().field_patterns(name, test)
        return spelled((r"\[",), statuses(test if name == "status" else ""), (r"\]: [A-Z]",))


def _read_manager(header: Header, text: str) -> None:
    """What FPM's process manager says of its children and their requests; any other text is the message."""
    level = _FPM.match(text)
    if level is not None:
        header.level = level_of_word(level["level"])
        text = text[level.end() :]
    header.message = text
    pool = _POOL.match(text)
    child = pool or _CHILD.match(text)
    if pool is not None:
        header.fields["pool"] = pool["pool"]
    if child is not None and child["process"]:
        header.scope["process"] = child["process"]
    request = _REQUEST.search(text) if pool is not None else None
    if request is not None:
        header.fields |= {"method": request["method"], "path": path_of(request["path"])}
        if request["seconds"]:
            header.fields["duration_ms"] = float(request["seconds"]) * 1e3


def _set_time(header: Header, time: re.Match[str], clock: Clock) -> None:
    """PHP names its zone as the time zone database does: a summer's and a winter's time in it differ."""
    text, zone = time["date"] or time["asctime"], time["zone"]
    moment = (_clock_in(zone) or clock).parse(text) if zone else clock.parse(text)
    if moment is not None:
        header.time, header.resolution = moment


def _clock_in(zone: str) -> Clock | None:
    """The clock of a zone; None where the zone is not known."""
    if zone not in _CLOCKS:
        if len(_CLOCKS) >= _REMEMBERED:
            _CLOCKS.clear()
        try:
            _CLOCKS[zone] = Clock(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):
            _CLOCKS[zone] = None
    return _CLOCKS[zone]

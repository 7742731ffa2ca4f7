"""Go's text loggers where their lines begin with something else than a date: logrus and zerolog on a terminal, zap's production
console, the standard logger behind a prefix, Gin's own messages, chi's panics.
"""

from __future__ import annotations

import re

from diagnose.formats.loggers import layouts
from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.formats.parts.pairs import add_context, split_pairs
from diagnose.formats.parts.tail import split_object
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_DATE = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
_LOGRUS = "(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)"
_ZEROLOG = "(?:TRC|DBG|INF|WRN|ERR|FTL|PNC)"
_ZAP = "(?:debug|info|warn|error|dpanic|panic|fatal|DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)"

_MINUTE = 60_000_000
"""What `10:00AM` is exact to, in µs."""

_TERMINAL = lazy(rf"(?P<level>{_LOGRUS})\[(?P<time>[^\]]+)\] ?(?:(?P<place>[\w./-]+:\d+) )?")
_CONSOLE = lazy(rf"(?P<time>\d\d?:\d\d[AP]M|<nil>) (?P<level>{_ZEROLOG}) (?:(?P<place>\S+:\d+) > )?")
_EPOCH = lazy(rf"(?P<time>\d\.\d+e\+\d\d)\t(?P<level>{_ZAP})\t(?:(?P<logger>[\w./-]+)\t(?=\S+\.go:\d+\t))?(?:\S+\.go:\d+\t)?")
_PREFIX = lazy(rf"(?P<prefix>\[?[\w./-]+\]?:? ?) *(?P<time>{_DATE}(?:\.\d{{6}})?) (?:(?P<place>\S+\.go:\d+): )?")
_GIN = lazy(r"\[GIN-debug\] (?:\[(?P<level>[A-Z]+)\] )?")


class Golang(BaseFormat):
    """`ERRO[0000] …`, `10:00AM ERR …`, `1.7e+09 <tab> error <tab> …`, `[worker] 2026/11/23 10:00:00 …`, `[GIN-debug] …`."""

    name = "go"
    priority = 37
    start = (
        rf"{_LOGRUS}\[\d{{4}}[^\]\n]{{0,40}}\] "
        rf"|(?:\d\d?:\d\d[AP]M|<nil>) {_ZEROLOG} "
        rf"|\d\.\d{{3,20}}e\+\d\d\t{_ZAP}\t"
        rf"|(?:\[[\w./-]{{1,40}}\]|[\w./-]{{1,40}}:) {_DATE}\b"
        r"|\[GIN-debug\] "
        r"| panic: [^\n]"
    )
    errors: tuple[str, ...] = (
        r"(?:ERRO|FATA|PANI)\b",
        rf"\d[AP]M{COLOUR} {COLOUR}(?:ERR|FTL|PNC)\b",
        r"e\+\d\d(?:\t|\\t)(?:error|dpanic|panic|fatal|ERROR|DPANIC|PANIC|FATAL)\b",
        r"\[?(?:ERROR|FATAL|PANIC|Error|Fatal|error|fatal)\]?:? +\d{4}/\d\d",
        r"\[GIN-debug\] \[ERROR\]",
        r"^ panic: ",
    )
    samples: tuple[Sample, ...] = (
        Sample('ERRO[0000] not shipped        error="dial tcp: refused" order=17', "", "error", "not shipped\ndial tcp: refused"),
        Sample("DEBU[2026-11-23T10:00:00Z] order is next   order=17", "2026-11-23T10:00:00Z", "debug", "order is next"),
        Sample(
            '10:00AM ERR not shipped error="dial tcp: refused" order=17', "2026-11-23T10:00:00Z", "error", "not shipped\ndial"
        ),
        Sample(
            '1.7954280001234567e+09\terror\tshipping\tworker/main.go:7\tnot shipped\t{"order": 17}',
            "2026-11-23T10:00:00.123457Z",
            "error",
            "not shipped",
        ),
        Sample("[worker] 2026/11/23 10:00:00 not shipped: dial tcp", "2026-11-23T10:00:00Z", "", "not shipped: dial tcp"),
        Sample("ERROR: 2026/11/23 10:00:00 main.go:7: not shipped", "2026-11-23T10:00:00Z", "error", "not shipped"),
        Sample(" panic: assignment to entry in nil map\n \n -> main.totals\n ->   /srv/main.go:38", "", "error", "panic: assign"),
        Sample("[GIN-debug] Listening and serving HTTP on :8080", "", "debug", "Listening"),
        Sample("[GIN-debug] [ERROR] listen tcp :8080: bind: address already in use", "", "error", "listen tcp"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; `ERRO[0012]` counts seconds since the program started, which is no time."""
        match = _GIN.match(record)
        if match is not None:
            level = level_of_word(match["level"]) if match["level"] else Level.DEBUG
            return Header(record[match.end() :], level=level, technologies=("gin", "go"))
        if record.startswith(" panic: "):
            return Header(record[1:], level=Level.ERROR, technologies=("chi", "go"))
        match = _PREFIX.match(record)
        if match is not None:
            return _prefixed(match, record[match.end() :], clock)
        for shape in (_TERMINAL, _CONSOLE, _EPOCH):
            match = shape.match(record)
            if match is not None:
                return _structured(match, record[match.end() :], clock)
        return None


def _prefixed(match: re.Match[str], rest: str, clock: Clock) -> Header:
    """The standard logger: a prefix that is a level's name is the level, any other the logger's name."""
    header = Header(rest, technologies=("go",))
    word = match["prefix"].strip("[]: ")
    header.level = level_of_word(word)
    if header.level is None:
        layouts.read(rest, header)
        header.fields["logger"] = word
    moment = clock.parse(match["time"])
    if moment is not None:
        header.time, header.resolution = moment
    return header


def _structured(match: re.Match[str], rest: str, clock: Clock) -> Header:
    found = match.groupdict()
    header = Header("", level=level_of_word(found["level"]), technologies=("go",))
    time = found["time"]
    moment = clock.epoch(time) if "e+" in time else None if time.isdigit() else clock.parse(_morning(time))
    if moment is not None:
        header.time, header.resolution = moment[0], moment[1] if "M" not in time else _MINUTE
    if found.get("logger"):
        header.fields["logger"] = found["logger"]
    return with_tail(header, rest, clock)


def _morning(time: str) -> str:
    """zerolog's `10:00AM` as a time that the clock reads; any other text as it is."""
    return f"{time[:-2]}:00 {time[-2:]}" if time[-2:] in ("AM", "PM") else time


def with_tail(header: Header, rest: str, clock: Clock) -> Header:
    """The header with the message in `rest` and with what stands behind that: an object, or pairs."""
    message, fields, stack = split_object(rest)
    if fields:
        # `ts` is what zap calls its time: it tells that durations count seconds.
        fields = {**fields, "ts": 1e9}
    else:
        message, fields = split_pairs(rest)
    if fields:
        return add_context(header, message, fields, clock, stack)
    header.message = rest
    return header

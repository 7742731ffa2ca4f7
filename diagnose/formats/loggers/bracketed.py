"""Text lines whose time stands in brackets: gunicorn, Celery, Flask, the JVM's own log, Elasticsearch, Kafka, Apache's error log,
`dmesg -T`, Ruby's Logger.
"""

from __future__ import annotations

from diagnose.formats.carriers import kernel
from diagnose.formats.loggers import layouts
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import LOUD_LOWER, level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_ISO = rf"{DATE_TIME}{FRACTION}(?: ?(?:Z|[+-]\d\d:?\d\d))?"
_ASCTIME = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{6})? \d{4}"

_CELERY = lazy(rf"\[(?P<time>{_ISO}): (?P<level>[A-Z]+)/(?P<thread>[^\]]+)\] ")
_TASK = lazy(r"(?P<name>[\w.]+)\[(?P<id>[0-9a-f-]{36})\](?P<own>: )?(?: succeeded in (?P<took>\d+(?:\.\d+)?(?:e-?\d+)?)s)?")
_RUBY = lazy(rf"[A-Z], \[(?P<time>{_ISO}) #(?P<process>\d+)\] +(?P<level>[A-Z]+) -- [^:]*: ")
_JVM = lazy(rf"\[(?:(?P<time>{_ISO})|[\d.]+s)\](?:\[[^\]]*\])?\[(?P<level>[a-z]+) *\]\[(?P<logger>[\w,+]+) *\] ")
_APACHE = lazy(
    rf"\[(?P<time>{_ASCTIME})\] \[(?P<logger>\w*):?(?P<level>[a-z]+)\] (?:\[pid (?P<process>\d+)(?::tid (?P<thread>\d+))?\] )?"
)
_APACHE_CLIENT = lazy(r"\[(?:client|remote) ([^\s\]]+?)(?::\d+)?\] ")
_APACHE_PEER = lazy(r"(?:attempt to connect to|from remote server) (\S+:\d+)(?=\s|$)")
_ELASTIC = lazy(rf"\[(?P<time>{_ISO})\] ?\[(?P<level>[A-Z]+) *\]\[(?P<logger>[\w.$]+) *\] ?")
_GUNICORN = lazy(
    rf"\[(?P<time>{_ISO})\] \[(?P<process>\d+)\] \[(?P<level>[A-Z]+)\] (?:(?P<logger>[a-z_]\w*(?:\.[A-Za-z_]\w*)+): )?"
)
_FLASK = lazy(rf"\[(?P<time>{_ISO})\] (?P<level>[A-Z]+) in (?P<logger>\w+): ")
_ANY = lazy(rf"\[(?P<time>{_ISO}|{_ASCTIME})\][:,]? *")

_SHAPES = (_GUNICORN, _CELERY, _JVM, _FLASK, _ELASTIC, _APACHE, _RUBY)


class Bracketed(BaseFormat):
    """`[time] [pid] [LEVEL] message` and its relatives."""

    name = "bracketed"
    priority = 70
    start = (
        rf"\[(?:{DATE_TIME}{FRACTION}(?:Z| ?[+-]\d\d:?\d\d)?(?:\]|: [A-Z]+/)|{_ASCTIME}\] )"
        r"|\[\d+\.\d{3}s\]\["
        rf"|[A-Z], \[{DATE_TIME}"
    )
    errors: tuple[str, ...] = (
        *layouts.ERRORS,
        rf"\[\w*:?{LOUD_LOWER}\] ",
        rf"\]\[{LOUD_LOWER} *\]\[",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "[2026-11-23 10:00:00 +0000] [106] [CRITICAL] WORKER TIMEOUT (pid:109)", "2026-11-23T10:00:00Z", "fatal", "WORKER"
        ),
        Sample(
            "[2026-11-23 10:00:00,123: ERROR/ForkPoolWorker-1] Task shop.pay[0c6b1c1e-7f1c-4e0e-9f0b-5b8f0f0c1d2e] raised "
            "unexpected: x",
            "2026-11-23T10:00:00.123Z",
            "error",
            "Task shop.pay",
        ),
        Sample(
            "[2026-11-23 10:00:00,123] ERROR in app: Exception on /orders [GET]",
            "2026-11-23T10:00:00.123Z",
            "error",
            "Exception on",
        ),
        Sample("[2026-11-23T10:00:00.123+0000][info][gc] GC(0) Pause Young", "2026-11-23T10:00:00.123Z", "info", "GC(0)"),
        Sample("[0.123s][warning][gc] too small", "", "warning", "too small"),
        Sample(
            "[2026-11-23T10:00:00,123][ERROR][o.e.b.Elasticsearch] [n1] fatal", "2026-11-23T10:00:00.123Z", "error", "[n1] fatal"
        ),
        Sample(
            "[2026-11-23 10:00:00,123] ERROR Shutdown broker (kafka.Kafka)",
            "2026-11-23T10:00:00.123Z",
            "error",
            "Shutdown broker",
        ),
        Sample(
            "[Mon Nov 23 10:00:00.123456 2026] [proxy:error] [pid 8:tid 9] (111)Connection refused: AH00957: http: attempt to "
            "connect",
            "2026-11-23T10:00:00.123456Z",
            "error",
            "(111)Connection refused",
        ),
        Sample(
            "[Mon Nov 23 10:00:00.036485 2026] [proxy_http:error] [pid 744:tid 824] (20014)Internal error (specific information not "
            "available): [client 203.0.113.32:0] AH01102: error reading status line from remote server 127.0.0.1:3000",
            "2026-11-23T10:00:00.036485Z",
            "error",
            "(20014)Internal error",
        ),
        Sample("E, [2026-11-23T10:00:00.123456 #12] ERROR -- : boom", "2026-11-23T10:00:00.123456Z", "error", "boom"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read the prefix; what no shape knows is read as a time and a text line behind it."""
        record = kernel.strip(record)
        header = Header("")
        for shape in _SHAPES:
            match = shape.match(record)
            if match is not None:
                header.message = record[match.end() :]
                _fill(match.groupdict(), header, clock)
                if shape is _CELERY:
                    _read_task(header)
                if shape is _APACHE:
                    _read_apache(header)
                return header
        match = _ANY.match(record)
        if match is None:
            return None
        layouts.read(record[match.end() :], header)
        _fill({"time": match["time"]}, header, clock)
        return header


def _read_apache(header: Header) -> None:
    """The client, and the server behind mod_proxy."""
    client = _APACHE_CLIENT.search(header.message)
    if client is not None:
        header.fields["client"] = client[1]
    peer = _APACHE_PEER.search(header.message)
    if peer is not None:
        header.fields["peer"] = peer[1]


def _fill(found: dict[str, str | None], header: Header, clock: Clock) -> None:
    moment = clock.parse(found.get("time") or "")
    if moment is not None:
        header.time, header.resolution = moment
    if found.get("level"):
        header.level = level_of_word(found["level"] or "")
    if found.get("logger"):
        header.fields["logger"] = found["logger"]
    for name in ("process", "thread"):
        value = found.get(name)
        if value:
            header.scope[name] = value


def _read_task(header: Header) -> None:
    """Celery's lines about a task, and those that the task wrote itself: `name[id]: message`."""
    header.technologies = ("celery", "python")
    task = _TASK.search(header.message[:400])
    if task is None:
        return
    header.fields["task"], header.scope["request"] = task["name"], task["id"]
    if task["took"]:
        header.fields["duration_ms"] = float(task["took"]) * 1e3
    if task["own"] and task.start() == 0:
        header.message = header.message[task.end() :]

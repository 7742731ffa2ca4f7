"""What stands between the time and the message of a text line: level, thread, logger, process, in many orders."""

from __future__ import annotations

from diagnose.formats.loggers import jvm_layouts
from diagnose.formats.parts.base import COLOUR
from diagnose.formats.parts.fields import read_request
from diagnose.formats.parts.levels import (
    LOUD_LOWER,
    LOUD_SHORT,
    LOUD_TITLE,
    LOUD_UPPER,
    LOWER,
    SHORT,
    TITLE,
    UPPER,
    level_of_word,
)
from diagnose.formats.parts.tail import read_tail
from diagnose.lazy import lazy
from diagnose.model import Header

_LEVEL = rf"(?P<level>{UPPER})"
_ANY_LEVEL = rf"(?P<level>{UPPER}|{SHORT}|{LOWER}|{TITLE})"
_LOGGER = r"(?P<logger>[\w$./:\[\]-]*[\w$\]])"
# What ends like an error's name is the message's own first word.
_NAME = r"(?P<logger>[A-Za-z_$][\w$]*(?:(?:\.|::|/)[\w$-]+)+(?<!Exception)(?<!Error))"
_PLACE = r"[\w./$-]+\.(?:go|py|rs|ts|js|java|kt):\d+"

# Ordered: the more a layout asks for, the earlier it stands.
_LAYOUTS = tuple(
    lazy(shape)
    for shape in (
        # Spring Boot: `INFO 123 --- [app] [thread] [trace-span] logger : message`;
        # older: `INFO [app,trace,span] 123 --- [thread] logger : message`
        rf"{_LEVEL} (?:\[(?P<service>[^,\]]*),(?P<trace>\w*),(?P<span>\w*)(?:,\w*)?\] )?(?P<process>\d+) --- (?:\[(?P<app>[^\]]+)\] "
        rf"(?=\[))?"
        rf"\[ *(?P<thread>[^\]]*)\] (?:\[ *(?P<ids>[^\]]*)\] ?)?{_LOGGER} *: ",
        # logback: `[thread] LEVEL logger - message`, with `[trace]` or MDC between
        rf"\[(?P<thread>[^\]]+)\] {_LEVEL} +(?:\[(?P<context>[^\]]*)\] )?{_LOGGER} +(?:\[(?P<after>[^\]]*)\] )?-+ ",
        # Quarkus, WildFly: `LEVEL [logger] (thread) message`
        rf"{_LEVEL} +\[(?P<logger>[^\]]+)\] \((?P<thread>[^)]+)\) ",
        # Symfony's console: the level in nine columns, then the channel
        rf"(?=[A-Z ]{{10}}\[){_LEVEL} +\[(?P<logger>[\w.-]+)\] ",
        # Python: `LEVEL [package.module] message`
        rf"{_LEVEL} +\[(?P<logger>[a-z_]\w*(?:\.[A-Za-z_]\w*)+)\]:? ",
        # log4j: `LEVEL [thread] logger (File.java:12) - message`
        rf"{_LEVEL} +\[(?P<thread>[^\]]+)\] {_LOGGER}(?: \([^)]*\))? ?[-:] ",
        # gunicorn before its brackets stood around the time: `[pid] [LEVEL] message`
        rf"\[(?P<process>\d+)\] \[{_LEVEL}\] ",
        # Ruby: `INFO -- : message`
        rf"{_LEVEL} -- [^:]*: ",
        # zap's console: tabs between level, logger, caller and message
        rf"{_ANY_LEVEL}\t(?:(?P<logger>[\w./-]+)\t(?=[^{{\t]))?(?:{_PLACE}\t)?",
        # loguru: `| ERROR    | module:function:12 - message`
        rf"\| {_LEVEL} +\| (?P<logger>[\w.<>]+):[\w.<>]+:\d+ - ",
        # Python: `name - LEVEL - message`, `LEVEL - name - message`, `[pid] name LEVEL message`
        rf"(?:[-|] )?{_LOGGER} - {_LEVEL} +- ",
        rf"(?:[-|] )?{_LEVEL} +- {_NAME} - ",
        rf"{_LEVEL} +(?P<logger>sqlalchemy\.[\w.]+) ",
        # Django's verbose and Airflow-like: `LEVEL name pid thread message`
        rf"{_LEVEL} {_LOGGER} (?P<process>\d+) (?P<thread>\d+) ",
        # winston with a label: `[label] level: message`
        rf"\[(?P<logger>[\w.:/-]+)\] (?P<level>{LOWER}|http|silly): ",
        # log4js: `[LEVEL] category - message`
        rf"\[{_LEVEL}\] (?P<logger>[\w.-]+) - ",
        rf"\[(?P<thread>[^\]]+)\] {_LEVEL}(?: *:|(?= )) *(?:{_NAME}(?: - |: ))?",
        # `[LEVEL] logger: message`, `LEVEL logger: message`, `LEVEL [logger] message`, `LEVEL: message`
        rf"(?:[-|:] *)?[\[(<]{_ANY_LEVEL} *[\])>](?:[:|-]? +{_NAME}(?:[: ]+-? *)|[ :|-]*)",
        rf"(?:[-|:] *)?{_ANY_LEVEL} *\| *",
        rf"(?:[-|:] *)?{_ANY_LEVEL}:? +(?:\[(?P<process>\d+)\][: ] *)?(?:{_NAME}(?:: | - )|\[(?P<thread>[\w.:-]+)\] +)",
        rf"(?:[-|:] *)?{_ANY_LEVEL}(?::|(?= )| -) *(?:- )?",
        rf"{_ANY_LEVEL}$",
        rf"{_NAME} +{_LEVEL}[: ] *",
    )
)

ERRORS = (
    rf"{LOUD_UPPER}\b",
    rf"\] {COLOUR}{LOUD_LOWER}{COLOUR}: ",
    rf"\d[\dZ+:.\]]*(?:[ \t:|(<\[-]|\\t){{1,6}}{COLOUR}(?:{LOUD_LOWER}|{LOUD_TITLE}|{LOUD_SHORT})\b",
)
"""Raw patterns of which every line that `read` finds at level error or above shows one."""


_LINE_NUMBER = lazy(r"(?<=[a-z_]):\d+$")
"""Behind the logger's name: Python's `%(name)s:%(lineno)d`."""

_ID = lazy(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What stands in a thread's place and is a request's id."""


def _read_message(header: Header) -> None:
    """What the message tells of a request, and the values that stand behind it."""
    read_request(header.message, header.fields)
    if "}" in header.message:
        read_tail(header)


def read(text: str, header: Header) -> None:
    """Read the text behind a time into the header: its level, scope and logger, and the message, which is the rest."""
    match = jvm_layouts.match(text) or jvm_layouts.first(_LAYOUTS, text)
    if match is None:
        header.message = text.lstrip("-|: ")
        _read_message(header)
        return
    found = {name: value.strip() for name, value in match.groupdict().items() if value}
    header.message = text[match.end() :]
    header.level = level_of_word(found["level"])
    if "logger" in found:
        header.fields["logger"] = _LINE_NUMBER.sub("", found["logger"])
    _read_message(header)
    if _ID.fullmatch(found.get("thread", "")):
        header.scope["request"] = found.pop("thread")
    for name in ("thread", "process"):
        if name in found:
            header.scope[name] = found[name]
    service = found.get("service") or found.get("app")
    if service:
        header.scope["service"] = service
    trace, _, span = found.get("ids", "").partition("-")
    trace, span = found.get("trace") or trace, found.get("span") or span
    request = trace
    if "context" in found or "after" in found:
        trace, request = jvm_layouts.ids_of(f"{found.get('context', '')} {found.get('after', '')}")
    if trace:
        header.scope["trace"] = trace
        if span:
            header.scope["span"] = span
    if request:
        header.scope["request"] = request

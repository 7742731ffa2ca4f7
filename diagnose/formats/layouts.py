"""What stands between the time and the message of a text line: level, thread, logger, process, in many orders."""

from __future__ import annotations

from diagnose.formats.base import COLOUR
from diagnose.formats.fields import read_request
from diagnose.formats.levels import (
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
from diagnose.lazy import lazy
from diagnose.model import Header

_LEVEL = rf"(?P<level>{UPPER})"
_ANY_LEVEL = rf"(?P<level>{UPPER}|{SHORT}|{LOWER}|{TITLE})"
_LOGGER = r"(?P<logger>[\w$./:\[\]-]*[\w$\]])"
_NAME = r"(?P<logger>[A-Za-z_$][\w$]*(?:(?:\.|::|/)[\w$-]+)+)"
_PLACE = r"[\w./$-]+\.(?:go|py|rs|ts|js|java|kt):\d+"

# Ordered: the more a layout asks for, the earlier it stands.
_LAYOUTS = tuple(
    lazy(shape)
    for shape in (
        # Spring Boot: `INFO 123 --- [app] [thread] [trace-span] logger : message`;
        # older: `INFO [app,trace,span] 123 --- [thread] logger : message`
        rf"{_LEVEL} (?:\[(?P<service>[^,\]]*),(?P<trace>\w*),\w*(?:,\w*)?\] )?(?P<process>\d+) --- (?:\[(?P<app>[^\]]+)\] "
        rf"(?=\[))?"
        rf"\[ *(?P<thread>[^\]]*)\] (?:\[ *(?P<ids>[^\]]*)\] ?)?{_LOGGER} *: ",
        # logback: `[thread] LEVEL logger - message`, with `[trace]` or MDC between
        rf"\[(?P<thread>[^\]]+)\] {_LEVEL} +(?:\[[^\]]*\] )?{_LOGGER} +(?:\[[^\]]*\] )?-+ ",
        # Quarkus, WildFly: `LEVEL [logger] (thread) message`
        rf"{_LEVEL} +\[(?P<logger>[^\]]+)\] \((?P<thread>[^)]+)\) ",
        # Python: `LEVEL [package.module] message`
        rf"{_LEVEL} +\[(?P<logger>[a-z_]\w*(?:\.[A-Za-z_]\w*)+)\]:? ",
        # log4j: `LEVEL [thread] logger (File.java:12) - message`
        rf"{_LEVEL} +\[(?P<thread>[^\]]+)\] {_LOGGER}(?: \([^)]*\))? ?[-:] ",
        # Ruby: `INFO -- : message`
        rf"{_LEVEL} -- [^:]*: ",
        # zap's console: tabs between level, logger, caller and message
        rf"{_ANY_LEVEL}\t(?:(?P<logger>[\w./-]+)\t(?=[^{{\t]))?(?:{_PLACE}\t)?",
        # loguru: `| ERROR    | module:function:12 - message`
        rf"\| {_LEVEL} +\| (?P<logger>[\w.<>]+):[\w.<>]+:\d+ - ",
        # Python: `name - LEVEL - message`, `LEVEL - name - message`, `[pid] name LEVEL message`
        rf"(?:[-|] )?{_LOGGER} - {_LEVEL} +- ",
        rf"(?:[-|] )?{_LEVEL} +- {_NAME} - ",
        # pino-pretty: `LEVEL (name/123 on host): message`
        rf"{_LEVEL} \((?:(?P<service>[^/)]+)/)?(?P<process>\d+)(?: on [^)]+)?\): ",
        rf"{_LEVEL} +(?P<logger>sqlalchemy\.[\w.]+) ",
        # Django's verbose and Airflow-like: `LEVEL name pid thread message`
        rf"{_LEVEL} {_LOGGER} (?P<process>\d+) (?P<thread>\d+) ",
        rf"\[(?P<thread>[^\]]+)\] {_LEVEL}[: ] *(?:{_NAME}(?: - |: ))?",
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
    rf"\d[\dZ+:.\]]*(?:[ \t:|(<\[-]|\\t){{1,6}}{COLOUR}(?:{LOUD_LOWER}|{LOUD_TITLE}|{LOUD_SHORT})\b",
)
"""Raw patterns of which every line that `read` finds at level error or above shows one."""


def read(text: str, header: Header) -> None:
    """Read the text behind a time into the header: its level, scope and logger, and the message, which is the rest."""
    for layout in _LAYOUTS:
        match = layout.match(text)
        if match is not None:
            break
    else:
        header.message = text.lstrip("-|: ")
        read_request(header.message, header.fields)
        return
    found = {name: value.strip() for name, value in match.groupdict().items() if value}
    header.message = text[match.end() :]
    read_request(header.message, header.fields)
    header.level = level_of_word(found["level"])
    if "logger" in found:
        header.fields["logger"] = found["logger"]
    for name in ("thread", "process"):
        if name in found:
            header.scope[name] = found[name]
    service = found.get("service") or found.get("app")
    if service:
        header.scope["service"] = service
    trace = found.get("trace") or found.get("ids", "").partition("-")[0]
    if trace:
        header.scope["trace"] = header.scope["request"] = trace

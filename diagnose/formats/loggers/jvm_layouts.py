"""What stands between time and message in the lines of the JVM's loggers: the patterns that log4j's and logback's manuals, and
the servers written in Java, are configured with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from diagnose.formats.parts.levels import UPPER
from diagnose.lazy import lazy

_LEVEL = rf"(?P<level>{UPPER}|CONFIG|FINE(?:R|ST)?)"
_LOGGER = r"(?P<logger>[\w$.]+)"
_CLASS = r"(?P<logger>[A-Za-z_]\w*(?:\.[\w$]+)*\.[A-Z][\w$]*(?<!Exception)(?<!Error))"
"""A class with its package. What ends like an error's name is the message's own first word."""

_THREAD = r"\[(?P<thread>[^\]]+)\]"
_CONTEXT = r"\[(?P<context>[^\]]*)\]"
_SOURCE = r"[\w$]+\.(?:java|kt|scala|groovy)"


def _compiled(*shapes: str) -> tuple[re.Pattern[str], ...]:
    return tuple(lazy(shape) for shape in shapes)


_SIGN_FIRST = _compiled(
    # ZooKeeper: `[myid:1] - LEVEL [thread:Class@12] - message`
    rf"\[myid:[^\]]*\] - {_LEVEL} +\[(?P<thread>[^\]]+):(?P<logger>[\w.$]+)@\d+\] - ",
    # Karaf, ActiveMQ: `| LEVEL | thread | logger | 12 - bundle - 1.0 | message`
    rf"\| {_LEVEL} +\| (?P<thread>[^|\n]*[^|\s]) *\| (?P<logger>[\w.$-]+) *\| (?:\d+ - [\w.-]+ - [\w.-]+ \| )?",
    # logback, MDC first or last: `[thread] [ids] LEVEL logger - message`, `LEVEL [thread] [ids] logger: message`
    rf"{_THREAD} {_CONTEXT} {_LEVEL} +{_LOGGER} +-+ ",
    # logback's own: `[thread] LEVEL logger -key="value"- message`
    rf"{_THREAD} {_LEVEL} +{_LOGGER} +-(?:[\w.]+=\"[^\"]*\" ?)+- ",
)

_LEVEL_FIRST = _compiled(
    # Hadoop, Hive: `LEVEL logger (File.java:method(12)) - message`
    rf"{_LEVEL} +{_LOGGER} \({_SOURCE}:[^\s()]*(?:\(\d+\))?\) +- ",
    # Quarkus with tracing: `LEVEL traceId=…, parentId=…, spanId=…, sampled=… [logger] (thread) message`
    rf"{_LEVEL} +(?P<context>traceId=\w*, (?:parentId=\w*, )?spanId=\w*, sampled=\w*) \[(?P<logger>[^\]]+)\] \((?P<thread>[^)]+)\) ",
    rf"{_LEVEL} +\[(?P<logger>[^\]]+)\] {_CONTEXT} \((?P<thread>[^)]+)\) ",
    rf"{_LEVEL} +{_THREAD} {_CONTEXT} {_LOGGER}(?: -+|:) ",
    # logback's manual: `LEVEL [thread] logger [File.java:12] message`
    rf"{_LEVEL} +{_THREAD} {_LOGGER} \[{_SOURCE}:\d+\] ",
    # log4j's manual: `LEVEL logger [thread] message`
    rf"{_LEVEL} +{_CLASS} {_THREAD} ",
    # log4j 1's TTCC with a date: `LEVEL thread logger - message`
    rf"{_LEVEL} +(?P<thread>[\w.$#-]+) {_CLASS} +-+ ",
    rf"{_LEVEL} +(?P<logger>(?:[\w$]+\.)*[A-Z][\w$]*):\d+ +- ",
    rf"{_LEVEL} +{_CLASS}(?: +-+ | +(?=[^\s:-]))",
)
"""Ordered: the more a layout asks for, the earlier it stands. `context` is what a diagnostic context printed."""

_NAMED_FIRST = lazy(rf"{_LEVEL} +(?:\[|traceId=|[\w$.]+ \(|[\w$.#-]+(?: [\w$.]+)?\.[A-Z]|[\w$.]*[A-Z][\w$]*:\d)")
"""How all of `_LEVEL_FIRST` begin: asked first, since most lines with a level have none of them."""

# log4j's own trouble: `thread LEVEL message`
_THREAD_FIRST = lazy(rf"(?P<thread>main|[\w.-]{{1,60}}-\d+) {_LEVEL} +(?=[^\s|:-])")

_NAMED = lazy(r"\b[tT]race[._-]?[iI][dD][=:] ?([\w-]+)")
_REQUEST = lazy(r"\b(?:x-)?(?:request|correlation|req)[._-]?id[=:] ?([\w-]+)", re.IGNORECASE)
_BARE = lazy(r"(?<![\w-])([0-9a-f]{32}|[0-9a-f]{16})(?![\w])")
_UUID = lazy(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])")


def match(text: str) -> re.Match[str] | None:
    """The layout that stands at the beginning of a text; None: none of these does."""
    if text[:1] in ("[", "|"):
        layouts = _SIGN_FIRST
    elif _NAMED_FIRST.match(text) is not None:
        layouts = _LEVEL_FIRST
    else:
        return _THREAD_FIRST.match(text)
    return first(layouts, text)


def first(layouts: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    """The match of the first layout that has one at the beginning of a text."""
    for layout in layouts:
        found = layout.match(text)
        if found is not None:
            return found
    return None


def ids_of(context: str) -> tuple[str, str]:
    """(trace id, request id) in what a diagnostic context printed: `trace,span`, `traceId=…, spanId=…`, `requestId=…`, a UUID."""
    named, bare = _NAMED.search(context), _BARE.search(context)
    trace = named[1] if named else bare[1] if bare and "=" not in context else ""
    request = _REQUEST.search(context)
    if request is not None:
        return trace, request[1]
    uuid = _UUID.search(context) if not trace else None
    return trace, uuid[0] if uuid else trace

"""A record made of named values (JSON, logfmt, a logger's context) becomes a header."""

from __future__ import annotations

from typing import Any

from diagnose.formats.parts.fields import duration_ms, last_peer, path_of, peer_of, read_request, request_id, roles
from diagnose.formats.parts.ids import real, trace_of
from diagnose.formats.parts.levels import level_of_number, level_of_syslog, level_of_word
from diagnose.formats.parts.names import CALLS, PORTS
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock, Moment

_SCOPES = frozenset("session user thread worker process host service container pod database trace span request".split())
_IDS = frozenset(("request", "trace", "span", "session"))
_ASKED = ("port", "user_agent", "remote_ip", "remote_addr")
_NANOSECONDS = lazy(r"\.\d{7,9}(?:Z|[+-]\d)")
_HOLE = lazy(r"\{[@$]?(\w+)(?:,[^:}]*)?(?::[^}]*)?\}")


def header_of(fields: dict[str, Any], clock: Clock, text: str = "") -> Header:
    """The header of flat fields, which it takes over. `text` is the message where no field holds one."""
    found = roles(fields)
    header = Header("", fields=fields)
    slog = _is_slog(fields, found)
    moment = _moment(fields, found, clock)
    if moment is not None:
        header.time, header.resolution = moment
        del fields[found["time"]]
    python = "levelname" in fields or "taskName" in fields or "funcName" in fields
    header.level = _level(fields, found)
    header.stack = fields.pop(found["stack"]) if "stack" in found else ""
    header.message = _message(fields, found, header.stack) or text
    _fill_scope(fields, found, header.scope, python)
    _fill_canonical(fields, found, slog)
    read_request(header.message, fields)
    return header


def _moment(fields: dict[str, Any], found: dict[str, str], clock: Clock) -> Moment | None:
    if "time" not in found:
        return None
    value = fields[found["time"]]
    if isinstance(value, str):
        return clock.parse(value)
    return clock.epoch(value) if isinstance(value, (int, float)) else None


def _level(fields: dict[str, Any], found: dict[str, str]) -> Level | None:
    name = found.get("level")
    if name is None:
        # Serilog leaves the level out where it is Information.
        return Level.INFO if "@t" in fields or "@mt" in fields else None
    value = fields[name]
    level: Level | None = None
    if isinstance(value, str) and not value.isdecimal():
        level = level_of_word(value)
    elif isinstance(value, (int, float, str)) and not isinstance(value, bool):
        number = int(value)
        syslog = name == "PRIORITY" or ("short_message" in fields and number < 8)
        level = level_of_syslog(number) if syslog else level_of_number(number)
    if level is not None:
        del fields[name]
    return level


def _message(fields: dict[str, Any], found: dict[str, str], stack: str) -> str:
    """The message, and the error's type and text where neither it nor the stack tells them."""
    message = ""
    if "message" in found and isinstance(fields[found["message"]], str):
        message = fields.pop(found["message"]).strip("\n")
        if found["message"] == "@mt":
            message = _HOLE.sub(lambda hole: str(fields.get(hole[1], hole[0])), message)
    error = fields.get(found.get("error_message", ""))
    if isinstance(error, str) and error and error not in message:
        kind = fields.get(found.get("error_type", ""))
        line = f"{kind}: {error}" if isinstance(kind, str) and not error.startswith(kind) else error
        return f"{message}\n{line}" if message else line
    return message or stack.split("\n", 1)[0]


def _fill_scope(fields: dict[str, Any], found: dict[str, str], scope: dict[str, str], python: bool) -> None:
    """`python`: the record has names of Python's `LogRecord`, whose `name` is the logger's."""
    for role, name in found.items():
        if role in _SCOPES:
            value = real(fields[name], blanks=role not in _IDS)
            if value:
                scope[role] = value
    _check_names(fields, found, scope, python)
    _fill_trace(fields, found, scope)
    if "request" in scope:
        scope["request"] = request_id(scope["request"], scope.get("process", ""))
    elif "trace" in scope:
        scope["request"] = scope["trace"]
    if "peer" in found or "peer_host" in found:
        peer = _peer(fields, found)
        if peer:
            scope["peer"] = peer


def _check_names(fields: dict[str, Any], found: dict[str, str], scope: dict[str, str], python: bool) -> None:
    """Names that mean something else in some records give no scope there."""
    if found.get("host") == "host" and (
        any(name in fields for name in _ASKED) or ("path" in found and "short_message" not in fields)
    ):
        # An address that the program talks to, or the host that a request asked for: not the machine that it runs on.
        scope.pop("host", None)
    if found.get("thread") == "ctx" and found.get("time") != "t.$date":
        # MongoDB's word for a connection's thread; elsewhere it may hold anything.
        scope.pop("thread", None)
    if python and found.get("service") == "name" and "logger" not in found:
        fields["logger"] = scope.pop("service", "")
    elif "logger" in found and isinstance(fields[found["logger"]], str):
        fields["logger"] = fields.pop(found["logger"])
    if found.get("service") == "name" and "service" in scope and "process" not in found and "host" not in found:
        # pino, bunyan and their kin write it beside the process; alone it may be anybody's name.
        del scope["service"]


def _fill_trace(fields: dict[str, Any], found: dict[str, str], scope: dict[str, str]) -> None:
    """Trace and span: of fields of their own, else of a propagation header's value, in the form that W3C gives a trace."""
    named = fields.get("trace")
    told = [scope["trace"]] if "trace" in scope else []
    if "propagated" in found:
        told.append(fields[found["propagated"]])
    if type(named) is str and named.startswith("projects/"):
        told.append(named)
    for text in told:
        trace, span = trace_of(text)
        if trace:
            scope["trace"] = trace
            if span:
                scope.setdefault("span", span)
            return


def _peer(fields: dict[str, Any], found: dict[str, str]) -> str:
    """Whom the record says was called. A bare word could be any name, so it must come with a port."""
    name = found.get("peer_host", "")
    if name and (name != "server.address" or any(call in fields for call in CALLS)):
        return peer_of(fields[name], fields.get(PORTS.get(name, "")))
    peer = peer_of(fields[found["peer"]]) if "peer" in found else ""
    return peer if peer.rpartition(":")[2].isdecimal() else ""


def _is_slog(fields: dict[str, Any], found: dict[str, str]) -> bool:
    """Whether Go's slog wrote the record: it alone has `time` in nanoseconds beside `msg`, and its durations are such, too."""
    time = fields[found["time"]] if found.get("time") == "time" and found.get("message") == "msg" else None
    return type(time) is str and _NANOSECONDS.search(time) is not None


def _fill_canonical(fields: dict[str, Any], found: dict[str, str], slog: bool) -> None:
    """`status`, `method`, `path`, `duration_ms` and `peer`, under these names."""
    if "status" in found:
        status = str(fields[found["status"]])
        if len(status) == 3 and status.isdecimal():
            fields["status"] = int(status)
    method, path = fields.get(found.get("method", "")), fields.get(found.get("path", ""))
    if isinstance(method, str) and method.isalpha():
        fields["method"] = method.upper()
    if isinstance(path, str) and "/" in path and (found["path"] != "request" or path.startswith("/")):
        fields["path"] = path_of(path)
    if "duration" in found:
        name = found["duration"]
        # Traefik is told by its `Overhead`; it counts nanoseconds.
        name = "event.duration" if name == "Duration" and "Overhead" in fields else name
        # zap is told by the name of its time; it writes durations in seconds.
        took = duration_ms(name, fields[found["duration"]], in_seconds=found.get("time") == "ts", in_nanoseconds=slog)
        if took is not None:
            fields["duration_ms"] = took
    peer = fields.get(found.get("peer", ""))
    if isinstance(peer, str) and ":" in peer:
        fields["peer"] = last_peer(peer)

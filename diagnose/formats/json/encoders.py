"""Encoders whose JSON does not say things in fields of their own: their objects are brought into the shape that `names` knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.lazy import lazy

_HOLE = lazy(r"\{\}")
_DEPTH = 16
"""Causes that are written out; a longer chain is a loop."""


def unfold(data: dict[str, Any]) -> None:
    """Change an encoder's object in place; any other object stays as it is."""
    if "short_message" in data:
        _gelf(data)
    elif "loggerName" in data:
        _java(data)
    elif type(data.get("Scopes")) is list or "MessageTemplate" in data or type(data.get("State")) is dict:
        _dotnet(data)
    elif "latency_human" in data or data.get("level") == "-":
        _echo(data)
    elif "timestampSeconds" in data or type(data.get("timestamp")) is dict:
        _google(data)
    elif type(data.get("context")) is dict and "channel" in data:
        _monolog(data["context"])


def _gelf(data: dict[str, Any]) -> None:
    """GELF: additional fields begin with `_`; `full_message` is the stack, alone or behind the message."""
    for name in [name for name in data if name[:1] == "_" and len(name) > 1]:
        data.setdefault(name[1:], data.pop(name))
    full, short = data.get("full_message"), data["short_message"]
    if type(full) is str and type(short) is str:
        data.setdefault("error_stack_trace", full.removeprefix(short).strip("\n"))
        del data["full_message"]


def _google(data: dict[str, Any]) -> None:
    """Google Cloud: seconds and nanoseconds apart."""
    parts = data.get("timestamp")
    seconds, nanos = data.get("timestampSeconds"), data.get("timestampNanos")
    if type(parts) is dict:
        seconds, nanos = parts.get("seconds"), parts.get("nanos")
    _set_instant(data, seconds, nanos)


def _echo(data: dict[str, Any]) -> None:
    """Echo's request log, where `host` is the one that the client asked for and `id` the request's, and its panics, logged without
    a level.
    """
    if data.get("level") == "-":
        message = data.get("message")
        data["level"] = "ERROR" if type(message) is str and message.startswith("[PANIC RECOVER]") else "INFO"
        return
    for name, meant in (("id", "request_id"), ("host", "http_host"), ("latency_human", "duration")):
        if name in data:
            data[meant] = data.pop(name)
    data.pop("latency", None)


def _java(data: dict[str, Any]) -> None:
    """logback's JsonEncoder, log4j's JsonLayout, Quarkus: parts of the message, the time and the stack are apart."""
    message, arguments = data.get("message"), data.get("arguments")
    if type(message) is str and type(arguments) is list:
        values = iter(arguments)
        data["message"] = _HOLE.sub(lambda hole: str(next(values, hole[0])), message)
    instant = data.get("instant")
    if type(instant) is dict:
        _set_instant(data, instant.get("epochSecond"), instant.get("nanoOfSecond"))
        del data["instant"]
    for name, read, proof in (
        ("throwable", _logback, "className"), ("thrown", _log4j, "name"), ("exception", _quarkus, "exceptionType"),
    ):  # fmt: skip
        thrown = data.get(name)
        if type(thrown) is dict and proof in thrown:
            data["stack_trace"] = read(data.pop(name), _DEPTH)


def _logback(thrown: Mapping[str, Any], depth: int) -> str:
    frames = [_frame(step, "className", "methodName", "fileName", "lineNumber") for step in _list(thrown, "stepArray")]
    head = f"{thrown.get('className')}: {thrown.get('message')}" if thrown.get("message") else str(thrown.get("className"))
    return _stack(head, frames, thrown.get("commonFramesCount"), thrown.get("cause"), _logback, depth)


def _log4j(thrown: Mapping[str, Any], depth: int) -> str:
    trace = thrown.get("extendedStackTrace")
    if type(trace) is str:
        return trace
    frames = [_frame(step, "class", "method", "file", "line") for step in _list(thrown, "extendedStackTrace")]
    head = f"{thrown.get('name')}: {thrown.get('message')}" if thrown.get("message") else str(thrown.get("name"))
    return _stack(head, frames, thrown.get("commonElementCount"), thrown.get("cause"), _log4j, depth)


def _quarkus(thrown: Mapping[str, Any], depth: int) -> str:
    kind = thrown.get("exceptionType")
    frames = [_frame(step, "class", "method", "", "line") for step in _list(thrown, "frames")]
    cause = thrown.get("causedBy")
    inner = cause.get("exception") if type(cause) is dict else None
    return _stack(f"{kind}: {thrown['message']}" if thrown.get("message") else str(kind), frames, 0, inner, _quarkus, depth)


def _frame(step: Any, owner: str, method: str, file: str, line: str) -> str:
    """A frame as Java prints it. Where the file is not named it is the class's own; a negative line is a native method."""
    if type(step) is not dict:
        return ""
    name, number = str(step.get(owner)), step.get(line)
    source = step.get(file) or name.rpartition(".")[2].partition("$")[0] + ".java"
    place = f"{source}:{number}" if type(number) is int and number >= 0 else "Native Method"
    return f"\tat {name}.{step.get(method)}({place})"


def _stack(head: str, frames: list[str], common: Any, cause: Any, read: Any, depth: int) -> str:
    rows = [head, *frames]
    if type(common) is int and common > 0:
        rows.append(f"\t... {common} more")
    if type(cause) is dict and depth:
        rows.append("Caused by: " + read(cause, depth - 1))
    return "\n".join(rows)


def _dotnet(data: dict[str, Any]) -> None:
    """Microsoft's console and Serilog: what scopes and properties hold are fields of the record."""
    for name in ("State", "Properties"):
        part = data.pop(name, None)
        if type(part) is dict:
            data.update((key, value) for key, value in part.items() if key != "Message" and data.get(key) is None)
    for scope in _list(data, "Scopes"):
        if type(scope) is dict:
            data.update((key, value) for key, value in scope.items() if key != "Message" and data.get(key) is None)
    for name in ("Scopes", "{OriginalFormat}"):
        data.pop(name, None)
    if "MessageTemplate" in data and "RenderedMessage" not in data:
        data["@mt"] = data.pop("MessageTemplate")


def _monolog(context: dict[str, Any]) -> None:
    """Monolog's exceptions name the places of a trace, not its functions: write them as PHP does, the first cause first."""
    link = context.get("exception")
    parts: list[str] = []
    while type(link) is dict and "class" in link and len(parts) < _DEPTH:
        rows = [f"{link['class']}: {link.get('message')} in {link.get('file')}", "Stack trace:"]
        for number, place in enumerate(_list(link, "trace")):
            file, _, line = str(place).rpartition(":")
            rows.append(f"#{number} {file}({line})")
        parts.append("\n".join(rows if len(rows) > 2 else rows[:1]))
        link = link.pop("previous", None)
    if parts:
        context["exception"].pop("trace", None)
        context["stack_trace"] = "\n\nNext ".join(reversed(parts))


def _set_instant(data: dict[str, Any], seconds: Any, nanos: Any) -> None:
    """A time of two numbers, as nanoseconds since 1970."""
    if type(seconds) is int and type(nanos) is int and 0 <= nanos < 1_000_000_000:
        data["timestamp"] = seconds * 1_000_000_000 + nanos
        for name in ("timestampSeconds", "timestampNanos"):
            data.pop(name, None)


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if type(value) is list else []

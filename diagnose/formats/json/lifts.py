"""Objects whose logger puts a record's values where no one else does: brought into the common shape before they are read."""

from __future__ import annotations

from typing import Any


def lift(data: dict[str, Any]) -> dict[str, Any]:
    """The object, its values where the other loggers put them."""
    if type(data.get("exception")) is list:
        _write_out_exceptions(data)
    record = data.get("record")
    if type(record) is dict and type(data.get("text")) is str and type(record.get("level")) is dict:
        return _loguru(data["text"], record)
    if type(record) is dict and "error_severity" in record:
        # CloudNativePG: PostgreSQL's own record within its manager's, which is always INFO.
        outer = {name: value for name, value in data.items() if name not in ("record", "level", "ts", "msg")}
        return {**outer, **record, "timestamp": record.get("log_time")}
    nested = data.get("@fields")
    if type(nested) is dict:
        # winston's logstash format.
        return {**{name: value for name, value in data.items() if name != "@fields"}, **nested}
    return data


def _loguru(text: str, record: dict[str, Any]) -> dict[str, Any]:
    """`serialize=True`: the line as it would be printed, and the record, whose objects are told in several ways."""
    lifted = {
        "time": _part(record, "time", "timestamp"),
        "level": _part(record, "level", "name"),
        "message": record.get("message"),
        "logger": record.get("name"),
        "function": record.get("function"),
        "line": record.get("line"),
        "process": _part(record, "process", "id"),
        "thread": _part(record, "thread", "name"),
    }
    extra = record.get("extra")
    at = text.find("Traceback (most recent call last):")
    if record.get("exception") is not None and at >= 0:
        lifted["exception"] = text[at:]
    return {**(extra if type(extra) is dict else {}), **lifted}


def _part(record: dict[str, Any], name: str, part: str) -> Any:
    value = record.get(name)
    return value.get(part) if type(value) is dict else None


def _write_out_exceptions(data: dict[str, Any]) -> None:
    """structlog's exceptions are lists of frames: write them as Python prints them, the cause first."""
    links = data["exception"]
    if not all(type(link) is dict and "exc_type" in link for link in links):
        return
    parts = []
    for link in reversed(links):
        rows = ["Traceback (most recent call last):"]
        for frame in link.get("frames") or ():
            rows.append(f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}')
        parts.append("\n".join([*rows, f"{link['exc_type']}: {link.get('exc_value', '')}"]))
    data["exception"] = "\n\nThe above exception was the direct cause of the following exception:\n\n".join(parts)

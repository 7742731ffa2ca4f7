"""JSON objects that hold a list of records: OTLP, CloudWatch Logs, Loki. Where the list has one, that record is read.

`sources/batches.py` gives a record a line; where it is not asked, as for a pipe that is followed, a line of several is read as an object like any
other, whose texts are searched but count as one record. Shapes: CloudWatch Logs' subscription filters and GetLogEvents; Loki's
`/loki/api/v1/query_range`; OpenTelemetry's OTLP/JSON (File exporter) with the severities of its log data model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from diagnose.model import Header, Level

KEYS = frozenset(("resourceLogs", "logEvents", "events", "data"))
"""One of these is a key of every batch."""

_SCOPES = {
    "service": ("service.name", "service_name", "app", "job", "container"), "host": ("host.name", "host", "hostname", "node_name"),
    "container": ("k8s.pod.name", "pod", "container.name", "container", "logStream"), "process": ("process.pid",),
}  # fmt: skip


def only_record(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(fields, what the batch says of all its records) of the one record in a batch; None where there are several, or none."""
    try:
        return _otlp(data) or _cloudwatch(data) or _loki(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _only(items: Any) -> Any:
    """The one item of a list. Raises ValueError where there is another number of them."""
    (item,) = items
    return item


def _otlp(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    if "resourceLogs" not in data:
        return None
    resource = _only(data["resourceLogs"])
    scope = _only(resource["scopeLogs"])
    record = _only(scope["logRecords"])
    fields = _attributes(record.get("attributes", ()))
    fields["message"] = str(_value(record.get("body", {})))
    fields["time"] = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
    level = _severity(record.get("severityNumber")) or record.get("severityText")
    if level:
        fields["level"] = level
    if record.get("traceId"):
        fields["trace_id"] = record["traceId"]
    if scope.get("scope", {}).get("name"):
        fields["logger"] = scope["scope"]["name"]
    return fields, _attributes(resource.get("resource", {}).get("attributes", ()))


def _severity(number: Any) -> str:
    """The level of an OTLP severity: 1 to 24, four to each level."""
    if isinstance(number, str):
        return number.removeprefix("SEVERITY_NUMBER_").rstrip("234")
    levels = tuple(level.name for level in Level)
    return levels[(number - 1) // 4] if isinstance(number, int) and 1 <= number <= 24 else ""


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair["key"]: _value(pair.get("value", {})) for pair in pairs}


def _value(value: Mapping[str, Any]) -> Any:
    """An AnyValue: a text or a number as it is, lists and maps as their JSON."""
    kind, found = next(iter(value.items()), ("", ""))
    if kind == "intValue":
        return int(found)
    return found if isinstance(found, (str, int, float)) else msgspec.json.encode(found).decode()


def _cloudwatch(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    events = data.get("logEvents") or data.get("events")
    if events is None:
        return None
    event = _only(events)
    fields = {"message": event["message"], "time": event["timestamp"]}
    fields |= {name: data[name] for name in ("logGroup", "logStream") if name in data}
    return fields, {"logStream": data["logStream"]} if "logStream" in data else {}


def _loki(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    if data.get("data", {}).get("resultType") != "streams":
        return None
    result = _only(data["data"]["result"])
    time, line = _only(result["values"])[:2]
    return {"message": line, "time": time}, dict(result["stream"])


def read_scope(context: Mapping[str, Any], header: Header) -> None:
    """Resource attributes and labels: those that name a scope, and all as fields where the record has none of the name."""
    for scope, names in _SCOPES.items():
        value = next((context[name] for name in names if context.get(name)), None)
        if value is not None and scope not in header.scope:
            header.scope[scope] = str(value)
    for name, value in context.items():
        header.fields.setdefault(name, value)

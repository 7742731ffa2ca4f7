"""Records taken out of log stores: `aws logs tail`, `logcli query`, and JSON batches that hold one record.

A batch of several records on one line is more than a line-wise format can tell: it stays a JSON line, whose texts are searched
but count as one record. Shapes: AWS CLI "logs tail", CloudWatch Logs' subscription filters and GetLogEvents, Grafana's logcli and
`/loki/api/v1/query_range`, OpenTelemetry's OTLP/JSON (File exporter) with the severities of its log data model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from diagnose.formats.base import QUOTE, BaseFormat
from diagnose.formats.inner import Inner
from diagnose.formats.structured import header_of
from diagnose.formats.timed import DATE_TIME, FRACTION
from diagnose.hooks import Format, Sample
from diagnose.model import Header, Level
from diagnose.times import Clock

_STREAM = r"(?:[\w.-]{1,200}/[\w./-]{1,200}/[0-9a-f]{32}|\d{4}/\d\d/\d\d/\[[^\]\s]{1,60}\][0-9a-f]{32})"
_TAIL = re.compile(rf"(?P<time>{DATE_TIME}\.\d{{6}}\+00:00) (?P<stream>{_STREAM}) ")
_LOGCLI = re.compile(rf"(?P<time>{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:\d\d)) \{{(?P<labels>[^}}]*)\}} +")
_LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')
_SCOPES = {
    "service": ("service.name", "service_name", "app", "job", "container"), "host": ("host.name", "host", "hostname", "node_name"),
    "container": ("k8s.pod.name", "pod", "container.name", "container", "logStream"), "process": ("process.pid",),
}  # fmt: skip


class Exported(BaseFormat):
    """`2026-…+00:00 api/api/0123… text`, `2026-…Z {app="api"} text`: what stands behind may be another format's record."""

    name = "exported"
    priority = 38
    start = rf"{DATE_TIME}\.\d{{6}}\+00:00 {_STREAM} |{DATE_TIME}{FRACTION}(?:Z|[+-]\d\d:\d\d) \{{[A-Za-z_]\w{{0,60}}=\""
    samples: tuple[Sample, ...] = (
        Sample(
            '2026-11-23T10:00:00.123000+00:00 api/api/0123456789abcdef0123456789abcdef {"level":50,"msg":"boom"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "boom",
        ),
        Sample(
            "2026-11-23T10:00:00.123000+00:00 2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef Task timed out after 3.00 seconds",
            "2026-11-23T10:00:00.123Z",
            message="Task timed out",
        ),
        Sample('2026-11-23T10:00:00Z {app="api", pod="api-0"} order 7 paid', "2026-11-23T10:00:00Z", message="order 7 paid"),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = (*Exported.errors, *(pattern for form in formats for pattern in form.errors))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the first part of a stream is the service, and so are the labels that say so."""
        match = _TAIL.match(record) or _LOGCLI.match(record)
        if match is None:
            return None
        found = match.groupdict()
        header = Header(record[match.end() :])
        moment = clock.iso(found["time"])
        if moment is not None:
            header.time, header.resolution = moment
        stream = found.get("stream")
        if stream and not stream[0].isdigit():
            header.scope["service"] = stream.split("/", 1)[0]
        _read_scope(dict(_LABEL.findall(found.get("labels") or "")), header)
        return self._inner.within(header, clock)


class Batch(BaseFormat):
    """An object that holds a list of records, where the list has one."""

    name = "batch"
    priority = 9
    continues = False
    start = r'\{ ?"(?:resourceLogs|messageType|logEvents|events|status)": ?[\["]'
    errors: tuple[str, ...] = (
        rf"severityNumber{QUOTE}: ?{QUOTE}?(?:1[7-9]|2[0-4])\b",
        rf"severityNumber{QUOTE}: ?{QUOTE}SEVERITY_NUMBER_(?:ERROR|FATAL)",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeLogs":[{"scope":'
            '{"name":"shop"},"logRecords":[{"timeUnixNano":"1795428000123000000","severityNumber":17,"severityText":"ERROR",'
            '"body":{"stringValue":"connect ECONNREFUSED 127.0.0.1:5432"},"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}]}]}]}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "connect ECONNREFUSED",
        ),
        Sample(
            '{"messageType":"DATA_MESSAGE","owner":"123456789123","logGroup":"/ecs/api","logStream":"api/api/0123","subscriptionFilters":'
            '["all"],"logEvents":[{"id":"3","timestamp":1795428000123,"message":"Task timed out after 3.00 seconds"}]}',
            "2026-11-23T10:00:00.123Z",
            "",
            "Task timed out",
        ),
        Sample(
            '{"events":[{"timestamp":1795428000123,"message":"order 7 paid","ingestionTime":1795428000200}],"nextForwardToken":"f/1"}',
            "2026-11-23T10:00:00.123Z",
            "",
            "order 7 paid",
        ),
        Sample(
            '{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"api"},"values":[["1795428000123000000",'
            '"order 7 paid"]]}]}}',
            "2026-11-23T10:00:00.123Z",
            "",
            "order 7 paid",
        ),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = (*Batch.errors, *(pattern for form in formats for pattern in form.errors))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read the one record of a batch; None where there are several, or none: then it is a JSON line like any other."""
        try:
            data = msgspec.json.decode(record)
            found = _otlp(data) or _cloudwatch(data) or _loki(data)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError, KeyError, TypeError, ValueError, AttributeError):
            return None
        if found is None:
            return None
        fields, context = found
        header = header_of(fields, clock)
        _read_scope(context, header)
        return self._inner.within(header, clock)


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


def _read_scope(context: Mapping[str, Any], header: Header) -> None:
    """Resource attributes and labels: those that name a scope, and all as fields where the record has none of the name."""
    for scope, names in _SCOPES.items():
        value = next((context[name] for name in names if context.get(name)), None)
        if value is not None and scope not in header.scope:
            header.scope[scope] = str(value)
    for name, value in context.items():
        header.fields.setdefault(name, value)

"""JSON lines, whoever wrote them: pino, bunyan, winston, zap, zerolog, slog, logrus, logstash and ECS encoders, Serilog's
compact form, structlog, loguru, python-json-logger, MongoDB, PostgreSQL's jsonlog, GELF, Google Cloud, Rust's tracing;
and GraphQL's answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from diagnose.formats.carriers.inner import Inner
from diagnose.formats.json.batches import KEYS, only_record, read_scope
from diagnose.formats.json.encoders import unfold
from diagnose.formats.json.lifts import lift
from diagnose.formats.parts.base import QUOTE, QUOTES, BaseFormat, spelled, split_test, statuses
from diagnose.formats.parts.fields import flatten
from diagnose.formats.parts.graphql import read_answer
from diagnose.formats.parts.levels import LOUD_LOWER, LOUD_SHORT, LOUD_TITLE, LOUD_UPPER
from diagnose.formats.parts.names import ROLES
from diagnose.formats.parts.structured import header_of
from diagnose.hooks import Format, Sample
from diagnose.model import Header
from diagnose.times import Clock

_COLON = " ?: ?"
_COLONS = (":", ": ", " : ")
_LOUD_NUMBERS = (*"56789", r"4\d\d", *(digit + end for digit in "0123" for end in ",}"))
"""How the numbers of loud levels begin: pino's and bunyan's from 50, Monolog's from 400, syslog's to 3, which end there."""
_LOUD = rf"(?:{LOUD_LOWER}|{LOUD_UPPER}|{LOUD_TITLE}|{LOUD_SHORT}|err|fail)"


_KUBERNETES_LEVELS = {"Normal": "info", "Warning": "warning"}


class JsonLines(BaseFormat):
    """One object a line. Nested keys are joined by dots; known names are read by `names.ROLES`."""

    name = "json"
    priority = 10
    start = r'\{ ?"[\w@$-]'
    continues = False
    errors: tuple[str, ...] = (
        rf": ?{QUOTE}{_LOUD}{QUOTE}",
        *spelled(("level", "severity", "lvl"), QUOTES, _COLONS, ("", *QUOTES), _LOUD_NUMBERS),
        *spelled(("PRIORITY",), QUOTES, _COLONS, QUOTES, "0123"),
        r"\[PANIC RECOVER\]",
        "INTERNAL_SERVER_ERROR",
        "INTERNAL_ERROR",
        "DataFetchingException",
        *spelled(("severityNumber",), QUOTES, _COLONS, ("", *QUOTES), ("17", "18", "19", "20", "21", "22", "23", "24")),
        *spelled(("SEVERITY_NUMBER_ERROR", "SEVERITY_NUMBER_FATAL")),
        rf"\$date{QUOTE}{_COLON}{QUOTE}[\dT:.+Z-]{{20,32}}{QUOTE}\}}, *{QUOTE}s{QUOTE}{_COLON}{QUOTE}[EF]",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            '{"level":50,"time":1795428000123,"pid":773,"hostname":"shop-1","req":{"id":7,"method":"GET","url":"/orders?x=1"},'
            '"res":{"statusCode":500},"err":{"type":"Error","message":"connect ECONNREFUSED 127.0.0.1:5432","stack":"Error: '
            "connect "
            "ECONNREFUSED 127.0.0.1:5432\\n    at TCPConnectWrap.afterConnect "
            '(node:net:1611:16)"},"responseTime":12,"msg":"request errored"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "request errored\nError: connect ECONNREFUSED",
        ),
        Sample(
            '{"level":"error","message":"boom","timestamp":"2026-11-23T10:00:00.123Z"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "boom",
        ),
        Sample(
            '{"level":"warn","ts":1795428000.123,"caller":"api/main.go:42","msg":"slow query","duration":1.5}',
            "2026-11-23T10:00:00.123Z",
            "warning",
            "slow query",
        ),
        Sample('{"time":"2026-11-23T10:00:00.5+01:00","level":"INFO","msg":"ready"}', "2026-11-23T09:00:00.5Z", "info", "ready"),
        Sample(
            '{"@timestamp":"2026-11-23T10:00:00.123Z","log.level":"ERROR","message":"Servlet.service() '
            'threw","ecs.version":"1.2.0",'
            '"process.thread.name":"http-nio-8080-exec-1","log.logger":"o.a.c.c.C","service.name":"shop"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "Servlet.service() threw",
        ),
        Sample(
            '{"@t":"2026-11-23T10:00:00.1234567Z","@mt":"Order {OrderId} '
            'failed","@l":"Error","@x":"System.InvalidOperationException: x\\n'
            '   at Shop.Orders.Pay() in /src/Orders.cs:line 12","OrderId":42}',
            "2026-11-23T10:00:00.123456Z",
            "error",
            "Order 42 failed",
        ),
        Sample(
            '{"t":{"$date":"2026-11-23T10:00:00.123+00:00"},"s":"E",  "c":"STORAGE",  "id":22435,   "ctx":"initandlisten",'
            '"msg":"WiredTiger error","attr":{"error":28}}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "WiredTiger error",
        ),
        Sample(
            '{"timestamp":"2026-11-23 10:00:00.123 UTC","user":"shop","dbname":"orders","pid":812,"error_severity":"ERROR",'
            '"state_code":"23505","message":"duplicate key value violates unique constraint \\"users_email_key\\""}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "duplicate key value",
        ),
        Sample(
            '{"level":"info","ts":"2026-11-23T10:00:00Z","logger":"postgres","msg":"record","record":{"log_time":"2026-11-23 '
            '10:00:00.123 UTC","error_severity":"FATAL","sql_state_code":"28P01","message":"password authentication failed"}}',
            "2026-11-23T10:00:00.123Z",
            "fatal",
            "password authentication failed",
        ),
        Sample(
            '{"event": "payment failed", "level": "critical", "timestamp": "2026-11-23T10:00:00Z"}',
            "2026-11-23T10:00:00Z",
            "fatal",
        ),
        Sample(
            '{"version":"1.1","host":"a","short_message":"disk full","timestamp":1795428000.123,"level":3}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "disk full",
        ),
        Sample(
            '{"text": "2026-11-23 10:00:00.123 | ERROR    | shop.jobs:run:25 - no stock\\n", "record": {"exception": null, "extra": '
            '{"request_id": "r1"}, "level": {"icon": "❌", "name": "ERROR", "no": 40}, "message": "no stock", "name": "shop.jobs", '
            '"process": {"id": 812, "name": "MainProcess"}, "time": {"repr": "2026-11-23 10:00:00.123000+00:00", '
            '"timestamp": 1795428000.123}}}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "no stock",
        ),
        Sample(
            '{"@fields":{"level":"error","requestId":"r1"},"@message":"boom","@timestamp":"2026-11-23T10:00:00.123Z"}',
            "2026-11-23T10:00:00.123Z",
            "error",
            "boom",
        ),
        Sample(
            '{"errors":[{"message":"fetch failed","locations":[{"line":1,"column":16}],"path":["pay"],'
            '"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":null}',
            "",
            "error",
            "fetch failed",
        ),
        Sample('{"data":null,"errors":[{"message":"sign in first","path":["me"]}]}', "", "warning", "sign in first"),
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

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one object; None where the line is not one (cut off, or only looks like JSON).

        Where the object has no level, or is a carrier's (journald), its message may be another format's record.
        """
        try:
            data = msgspec.json.decode(record)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None
        if type(data) is not dict:
            return None
        unfold(data)
        batch = None if KEYS.isdisjoint(data) else only_record(data)
        if batch is not None:
            header = header_of(batch[0], clock)
            read_scope(batch[1], header)
            return self._inner.within(header, clock)
        carried = "__REALTIME_TIMESTAMP" in data
        if carried and type(data.get("MESSAGE")) is list:
            # journald's JSON writes what is not UTF-8 as a list of bytes.
            data["MESSAGE"] = _text_of(data["MESSAGE"])
        elif data.get("kind") == "Event" and type(data.get("involvedObject")) is dict:
            data["level"] = _KUBERNETES_LEVELS.get(str(data.get("type")))
        data = lift(data)
        header = header_of(flatten(data), clock, record)
        if "errors" in record or "GraphQLError" in record:
            read_answer(data, header, alone=header.message == record)
        if (header.level is None or carried) and header.message is not record:
            return self._inner.within(header, clock)
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The key, and the value where it can stand in one way only."""
        if name.startswith("graphql."):
            return _graphql_patterns(name, test)
        keys = {name} | {other for other, (role, _) in ROLES.items() if role == _role(name)}
        last = sorted({key.rpartition(".")[2] for key in keys if len(key.rpartition(".")[2]) >= 3})
        if not last:
            return ()
        found = (tuple(map(_escape, last)), QUOTES, _COLONS)
        if name == "status":
            return spelled(*found, ("", *QUOTES), statuses(test))
        sign, operand = split_test(test)
        if sign == "==" and operand.isalnum() and not operand.isdigit():
            return spelled(*found, ("", *QUOTES) if operand in ("true", "false") else QUOTES, (operand,))
        return spelled(*found)


def _role(name: str) -> str:
    return {"duration_ms": "duration"}.get(name, name if name in ("status", "method", "path", "logger", "peer") else "")


def _escape(name: str) -> str:
    return name.replace("$", r"\$").replace("-", r"\-")


def _graphql_patterns(name: str, test: str) -> tuple[str, ...]:
    """`read_answer` sets these fields: what stands in the answer itself is what can be searched for."""
    if name != "graphql.code":
        return (*spelled(("errors",), QUOTES, _COLONS, (r"\[",)), "GraphQLError")
    sign, operand = split_test(test)
    if sign == "==" and re.fullmatch(r"\w{3,}", operand, re.ASCII):
        return spelled(QUOTES, (operand,), QUOTES)
    return spelled(("code", "classification", "errorType"), QUOTES, _COLONS, QUOTES)


def _text_of(numbers: list[Any]) -> str:
    if all(type(number) is int and 0 <= number < 256 for number in numbers):
        return bytes(numbers).decode("utf-8", "replace")
    return ""

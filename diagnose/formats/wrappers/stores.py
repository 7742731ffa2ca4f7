"""Line-wise wrappings of what log stores give back: Google Cloud's entries, CloudWatch Logs Insights' rows, Loki's lines, the journal's JSON.

Shapes: Google Cloud's LogEntry of a container's output, CloudWatch Logs Insights' results, `logcli -o jsonl`, `journalctl -o json`; each from its
program's own manual, journald's as systemd 252 writes it.
"""

from __future__ import annotations

from typing import Any

from diagnose.formats.wrappers.objects import LEVELS, OUTPUTS, Collector, Taken, part

_LOKI = frozenset(("labels", "line", "timestamp"))


class GoogleEntry(Collector):
    """A LogEntry of what a container printed: `{"insertId":"…","logName":"projects/p/logs/stderr","resource":{…},"textPayload":"line",…}`."""

    name = "google"
    marker = r'\{"(?:insertId|textPayload|logName|labels)":'
    samples: tuple[str, ...] = (
        '{"insertId":"a1b2","labels":{},"logName":"projects/shop/logs/stderr","receiveTimestamp":"2026-11-23T10:00:01Z","resource":{"labels":'
        '{"container_name":"api","pod_name":"api-7d9f5c6b8-x2x4z"},"type":"k8s_container"},"severity":"ERROR",'
        '"textPayload":"Traceback (most recent call last):","timestamp":"2026-11-23T10:00:00.123456789Z"}',
        '{"textPayload":"KeyError: 1","insertId":"a1b3","resource":{"type":"cloud_run_revision","labels":{"service_name":"shop"}},'
        '"timestamp":"2026-11-23T10:00:00.1Z","logName":"projects/shop/logs/run.googleapis.com%2Fstderr"}',
        '{"logName":"projects/shop/logs/stdout","textPayload":"","timestamp":"2026-11-23T10:00:00Z"}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`textPayload` of a container's output: its severity tells only which of the two it was."""
        text, name, labels = data.get("textPayload"), data.get("logName"), part(part(data, "resource"), "labels")
        if type(text) is not str or type(name) is not str or not name.endswith(OUTPUTS):
            return None
        pod = labels.get("pod_name") or labels.get("service_name") or labels.get("configuration_name") or ""
        return Taken(text, data.get("timestamp"), pod, labels.get("container_name", ""), name[-6:])


class InsightsRow(Collector):
    """CloudWatch Logs Insights' rows: `{"@timestamp":"2026-11-23 10:00:00.123","@message":"line","@logStream":"…"}`."""

    name = "insights"
    marker = r'\{"@(?:timestamp":"[\dT :.Z+-]{19,35}","@(?:message|log|logStream|ptr)|message|ptr|logStream|log)":'
    container = False
    samples: tuple[str, ...] = (
        '{"@timestamp":"2026-11-23 10:00:00.123","@message":"Traceback (most recent call last):","@logStream":"api/api/0123"}',
        '{"@message":"KeyError: 1\\n","@timestamp":"2026-11-23 10:00:00.123","@ptr":"CmEK"}',
        '{"@ptr":"CmEK","@message":"","@timestamp":"2026-11-23 10:00:00.123"}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`@message`; logstash's old layout has fields beside it."""
        text = data.get("@message")
        if type(text) is not str or any(name in data for name in LEVELS) or not all(name.startswith("@") for name in data):
            return None
        return Taken(text, data.get("@timestamp"), rest=data.get("@logStream", ""))


class LokiLine(Collector):
    """`logcli query -o jsonl`: `{"labels":{"app":"api"},"line":"text","timestamp":"2026-11-23T10:00:00Z"}`."""

    name = "loki"
    marker = r'\{"(?:labels":\{|line":")'
    samples: tuple[str, ...] = (
        '{"labels":{"app":"api","pod":"api-7d9f5c6b8-x2x4z","container":"api","stream":"stderr"},"line":"KeyError: 1",'
        '"timestamp":"2026-11-23T10:00:00.123Z"}',
        '{"labels":{"job":"shop","filename":"/srv/shop/app.log"},"line":"Traceback (most recent call last):","timestamp":"2026-11-23T10:00:00Z"}',
        '{"line":"","timestamp":"2026-11-23T10:00:00Z","labels":{}}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`line`, where nothing but labels and a time stands beside it."""
        text, labels = data.get("line"), data.get("labels")
        if type(text) is not str or type(labels) is not dict or not _LOKI.issuperset(data) or "timestamp" not in data:
            return None
        name = labels.get("service_name") or labels.get("app") or labels.get("job") or labels.get("container_name") or ""
        rest = labels.get("stream") or labels.get("filename") or ""
        pod = labels.get("pod", "")
        return Taken(text, data["timestamp"], pod or name, labels.get("container") or (name if pod else ""), rest)


class JournalLine(Collector):
    """`journalctl -o json` of what a service prints: `{"_TRANSPORT":"stdout","MESSAGE":"line","SYSLOG_IDENTIFIER":"shop",…}`."""

    name = "journal-json"
    marker = r'\{"_{0,2}[A-Z][A-Z0-9_]{2,60}" ?: ?["\[]'
    container = False
    samples: tuple[str, ...] = (
        '{"_TRANSPORT":"stdout","PRIORITY":"6","SYSLOG_IDENTIFIER":"shop","_PID":"812","__REALTIME_TIMESTAMP":"1795428000123456",'
        '"MESSAGE":"Traceback (most recent call last):","_HOSTNAME":"shop-1"}',
        '{"MESSAGE":[27,91,51,49,109,69,114,114,111,114],"_TRANSPORT":"stdout","PRIORITY":"6","__REALTIME_TIMESTAMP":"1795428000123456"}',
        '{"__REALTIME_TIMESTAMP":"1795428000123456","CONTAINER_NAME":"shop-api-1","PRIORITY":"3","_TRANSPORT":"journal","MESSAGE":"KeyError: 1"}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`MESSAGE` of standard output, of a container's, of `logger`'s: elsewhere the priority says something, and the object is a record."""
        text, container = data.get("MESSAGE"), data.get("CONTAINER_NAME")
        if type(text) is list and all(type(number) is int and 0 <= number < 256 for number in text):
            text = bytes(text).decode("utf-8", "replace")
        printed = data.get("_TRANSPORT") == "stdout" and data.get("PRIORITY", "6") == "6"
        logged = data.get("_TRANSPORT") == "syslog" and data.get("PRIORITY") == "5" and data.get("SYSLOG_FACILITY") == "1"
        if type(text) is not str or "__REALTIME_TIMESTAMP" not in data or not (container or printed or logged):
            return None
        rest = data.get("_PID") or data.get("SYSLOG_PID") or ""
        return Taken(text, data["__REALTIME_TIMESTAMP"], container or data.get("SYSLOG_IDENTIFIER") or "", rest=rest)


STORES = (GoogleEntry(), InsightsRow(), LokiLine(), JournalLine())

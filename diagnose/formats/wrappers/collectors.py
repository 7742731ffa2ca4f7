"""Line-wise wrappings of log collectors and stores: one JSON object around each line that a program printed.

Shapes: Fluent Bit (tail and the kubernetes filter, outputs file and stdout), Fluentd (kubernetes metadata, Docker's fluentd driver,
out_file, out_stdout), Filebeat (container and filestream input, file and console output), Vector (kubernetes_logs, docker_logs, file),
Google Cloud's LogEntry of a container's output, CloudWatch Logs Insights' results, `logcli -o jsonl`, `journalctl -o json`; each from its
program's own manual, journald's as systemd 252 writes it.

An object that is a program's own record, with a level or a message of its own, is none of these, whatever its keys are called: it is read as JSON.
A stream is told as pod/container/rest, where the rest only keeps streams apart; what is not known is empty.
"""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.formats.wrappers.base import BaseWrapper, Unwrapped
from diagnose.lazy import lazy

_TIME = r'(?:"[\dT :.,Z+-]{10,40}"|\d{10}(?:\.\d{1,9})?)'
_PLAIN = lazy(r"[\w.@:-]+(?:/[\w.@:-]+)*")
_OUTPUTS = ("stdout", "stderr")
_LEVELS = ("level", "severity", "lvl", "levelname", "log.level", "@fields", "@version")
"""Keys of records that a program wrote itself."""

_BESIDE_LOG = frozenset(
    ("date", "time", "@timestamp", "timestamp", "log", "file", "filename", "path", "tag", "hostname", "_p", "logtag")
)
"""Keys of an object that holds nothing but a line and where it was read."""


class Taken(msgspec.Struct):
    """A line out of an object: what was printed, when, by whom. `rest` tells streams of one container or none apart."""

    text: str
    time: Any = None
    pod: str = ""
    container: str = ""
    rest: str = ""
    partial: bool = False


class Collector(BaseWrapper):
    """A wrapping whose lines are JSON objects. Variants say what an object holds."""

    names_service = True

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """Take an object apart; None where the line was cut off, or is a program's own record."""
        try:
            data = msgspec.json.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        taken = self.take(data) if type(data) is dict else None
        return None if taken is None else self.wrapped(taken, line)

    def take(self, data: dict[str, Any]) -> Taken | None:
        """The line that an object holds; None where it is another program's object."""
        raise NotImplementedError

    def wrapped(self, taken: Taken, line: bytes) -> Unwrapped | None:
        """What is told of a line; None where the stream's name does not stand in it as it is."""
        stream = "/".join(
            (_plain(taken.pod).replace("/", "."), _plain(taken.container).replace("/", "."), _plain(taken.rest))
        ).encode()
        if self.needle(stream) not in line:
            return None
        # A lone surrogate may be escaped in JSON, but has no bytes.
        payload = taken.text.removesuffix("\n").encode("utf-8", "replace")
        return stream, payload, taken.partial, "" if taken.time is None else str(taken.time)

    def needle(self, stream: bytes) -> bytes:
        """The longest part of a stream's name, which stands in each of its lines."""
        return max(stream.split(b"/"), key=len)


class Fluent(Collector):
    """Fluent Bit's and Fluentd's objects: `{"date":1795428000.1,"stream":"stderr","log":"line","kubernetes":{…}}`, their keys in any order."""

    name = "fluent"
    marker = (
        r'\{"(?:log":"|date":' + _TIME + r',"|stream":"std(?:out|err)"|source":"std(?:out|err)"|container_(?:id|name)":"'
        r'|kubernetes":\{"|docker":\{"|(?:time|@timestamp|timestamp)":'
        + _TIME
        + r',"(?:stream":"std|log":"|_p":"|logtag":"|container_))'
    )
    partial = r'"(?:_p|logtag)":"P"'
    samples: tuple[str, ...] = (
        '{"date":1795428000.123456,"time":"2026-11-23T10:00:00.123456789Z","stream":"stderr","_p":"F","log":"Traceback (most recent call '
        'last):","kubernetes":{"pod_name":"api-7d9f5c6b8-x2x4z","namespace_name":"shop","container_name":"api","host":"node-1"}}',
        '{"log":"KeyError: \'id\'\\n","stream":"stderr","docker":{"container_id":"0123456789ab"},"kubernetes":{"container_name":"api",'
        '"pod_name":"api-7d9f5c6b8-x2x4z"},"tag":"kubernetes.var.log.containers.api"}',
        '{"container_id":"0123456789ab","container_name":"/shop-api-1","source":"stderr","log":"Error: connect ECONNREFUSED"}',
        '{"date":1795428000.123456,"log":"Error: connect ECONNREFUSED 127.0.0.1:5432"}',
        '{"@timestamp":"2026-11-23T10:00:00.123Z","stream":"stdout","logtag":"P","message":"the first 16 KiB","kubernetes":{}}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """The line is `log`, else `message` of an object without a level; somebody must be named who printed it."""
        kubernetes, stream = _part(data, "kubernetes"), data.get("stream", data.get("source"))
        text = data.get("log")
        if type(text) is not str:
            text = data.get("message")
            if type(text) is not str or not _of_container(data) or any(name in data for name in _LEVELS):
                return None
        elif (not _of_container(data) and not _BESIDE_LOG.issuperset(data)) or data.keys() == _OWN_DOCKER:
            return None
        time = next(
            (data[name] for name in ("time", "@timestamp", "date", "timestamp") if type(data.get(name)) in (str, float, int)),
            None,
        )
        name = str(data.get("container_name", "")).lstrip("/")
        rest = stream if stream in _OUTPUTS else data.get("filename", data.get("path", data.get("tag", "")))
        pod = kubernetes.get("pod_name") or name
        return Taken(text, time, pod, kubernetes.get("container_name", ""), rest, "P" in (data.get("_p"), data.get("logtag")))


class FluentText(Fluent):
    """Fluentd's out_file and out_stdout, Fluent Bit's plain files: `time<TAB>tag<TAB>{…}`, `time tag: {…}`, `tag: [time, {…}]`."""

    name = "fluent-text"
    marker = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)\t[\w.*/-]{1,300}\t\{"
        r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} [+-]\d{4} [\w.*/-]{1,300}: \{"
        r"|[\w.*/-]{1,300}: \[\d{10}\.\d{1,9}, \{"
    )
    samples: tuple[str, ...] = (
        '2026-11-23T10:00:00+00:00\tdocker.api\t{"container_name":"/shop-api-1","source":"stderr","log":"KeyError: 1"}',
        '2026-11-23 10:00:00.123456789 +0000 shop.api: {"level":"error","message":"boom"}',
        'kube.var.log.containers.api: [1795428000.123456, {"stream":"stderr","log":"Traceback (most recent call last):"}]',
    )
    line = lazy(
        rb"(?:(?P<early>[\dT:+Z-]{20,25})\t(?P<first>\S+)\t|(?P<time>[\d-]+ [\d:.]+ [+-]\d{4}) (?P<second>\S+): "
        rb"|(?P<third>\S+): \[(?P<epoch>[\d.]+), )(?P<object>\{.*\})\]?"
    )

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """The line in the object; a record that a program wrote as JSON is the object itself."""
        match = self.line.fullmatch(line)
        if match is None:
            return None
        try:
            data = msgspec.json.decode(match["object"])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        when = (match["early"] or match["time"] or match["epoch"]).decode("ascii", "replace")
        tag = (match["first"] or match["second"] or match["third"]).decode("ascii", "replace")
        taken = self.take({"tag": tag, **data})
        if taken is None:
            taken = Taken(match["object"].decode("utf-8", "replace"), rest=tag)
        taken.time = taken.time or when
        return self.wrapped(taken, line)


class Filebeat(Collector):
    """Filebeat's events: `{"@timestamp":"…","@metadata":{"beat":"filebeat",…},"message":"line","log":{"offset":0,"file":{…}},…}`."""

    name = "filebeat"
    marker = r'\{"@timestamp":"[\dT:.Z+-]{20,35}","@metadata":\{"beat":"'
    samples: tuple[str, ...] = (
        '{"@timestamp":"2026-11-23T10:00:00.123Z","@metadata":{"beat":"filebeat","type":"_doc","version":"8.15.0"},"stream":"stderr",'
        '"message":"Traceback (most recent call last):","container":{"id":"0123456789ab"},"log":{"offset":1204,"file":{"path":'
        '"/var/log/containers/api-7d9f5c6b8-x2x4z_shop_api-0123.log"}},"kubernetes":{"pod":{"name":"api-7d9f5c6b8-x2x4z"},'
        '"container":{"name":"api"}}}',
        '{"@timestamp":"2026-11-23T10:00:00.123Z","@metadata":{"beat":"filebeat","type":"_doc","version":"8.15.0"},"input":{"type":"filestream"},'
        '"message":"KeyError: 1","log":{"offset":1204,"file":{"path":"/srv/shop/app.log"}}}',
        '{"@timestamp":"2026-11-23T10:00:00.123Z","@metadata":{"beat":"filebeat","type":"_doc","version":"7.17.0"},"message":""}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`message`, where no parser of Filebeat's has taken a level out of it."""
        text, log, kubernetes = data.get("message"), _part(data, "log"), _part(data, "kubernetes")
        if type(text) is not str or "level" in log or any(name in data for name in _LEVELS):
            return None
        name = _part(data, "container").get("name") or ""
        rest = data.get("stream") or _part(log, "file").get("path", "")
        pod = _part(kubernetes, "pod").get("name") or name
        return Taken(text, data.get("@timestamp"), pod, _part(kubernetes, "container").get("name", ""), rest)


class Vector(Collector):
    """Vector's events, their keys in order of the alphabet: `{"file":"/var/log/pods/…","kubernetes":{…},"message":"line","source_type":"…",…}`."""

    name = "vector"
    marker = r'\{"(?:container_created_at":"|file":"/|host":"[^"]{1,253}","message":")'
    samples: tuple[str, ...] = (
        '{"file":"/var/log/pods/shop_api-7d9f5c6b8-x2x4z_1bdc/api/0.log","kubernetes":{"container_name":"api","pod_name":'
        '"api-7d9f5c6b8-x2x4z"},"message":"Traceback (most recent call last):","source_type":"kubernetes_logs","stream":"stderr",'
        '"timestamp":"2026-11-23T10:00:00.123456789Z"}',
        '{"container_created_at":"2026-11-23T09:00:00Z","container_id":"0123456789ab","container_name":"shop-api-1","host":"shop-1",'
        '"image":"shop/api","label":{},"message":"KeyError: 1","source_type":"docker_logs","stream":"stderr",'
        '"timestamp":"2026-11-23T10:00:00.123456789Z"}',
        '{"file":"/srv/shop/app.log","host":"shop-1","message":"KeyError: 1","source_type":"file","timestamp":"2026-11-23T10:00:00.1Z"}',
    )

    def take(self, data: dict[str, Any]) -> Taken | None:
        """`message` of an event that names its source and that no transform has parsed."""
        text, kubernetes = data.get("message"), _part(data, "kubernetes")
        if type(text) is not str or type(data.get("source_type")) is not str or any(name in data for name in _LEVELS):
            return None
        pod = kubernetes.get("pod_name") or data.get("container_name") or ""
        rest = data.get("stream") or data.get("file") or data["source_type"]
        return Taken(text, data.get("timestamp"), pod, kubernetes.get("container_name", ""), rest)


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
        text, name, labels = data.get("textPayload"), data.get("logName"), _part(_part(data, "resource"), "labels")
        if type(text) is not str or type(name) is not str or not name.endswith(_OUTPUTS):
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
        if type(text) is not str or any(name in data for name in _LEVELS) or not all(name.startswith("@") for name in data):
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
        return Taken(text, data["timestamp"], labels.get("pod") or name, labels.get("container", ""), rest)


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


_LOKI = frozenset(("labels", "line", "timestamp"))
_OWN_DOCKER = frozenset(("log", "stream", "time"))
"""Docker's own object: see `DockerJson`."""


def _of_container(data: dict[str, Any]) -> bool:
    """Whether an object names the container, or which of its outputs a line came from."""
    named = type(data.get("kubernetes")) is dict or type(data.get("docker")) is dict or type(data.get("container_name")) is str
    return named or data.get("stream") in _OUTPUTS or data.get("source") in _OUTPUTS


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if type(value) is dict else {}


def _plain(value: Any) -> str:
    """A name that stands in JSON as it is; empty where it would not."""
    name = value.lstrip("/") if type(value) is str else ""
    return name if _PLAIN.fullmatch(name) else ""


COLLECTORS = (Fluent(), FluentText(), Filebeat(), Vector(), GoogleEntry(), InsightsRow(), LokiLine(), JournalLine())

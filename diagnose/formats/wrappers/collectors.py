"""Line-wise wrappings of log collectors: Fluent Bit and Fluentd, Filebeat, Vector.

Shapes: Fluent Bit (tail and the kubernetes filter, outputs file and stdout), Fluentd (kubernetes metadata, Docker's fluentd driver,
out_file, out_stdout), Filebeat (container and filestream input, file and console output), Vector (kubernetes_logs, docker_logs, file);
each from its program's own manual.
"""

from __future__ import annotations

from typing import Any

from diagnose.formats.wrappers.objects import LEVELS, OUTPUTS, Collector, Taken, decoded, part
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy

_TIME = r'(?:"[\dT :.,Z+-]{10,40}"|\d{10}(?:\.\d{1,9})?)'
_BESIDE_LOG = frozenset(
    ("date", "time", "@timestamp", "timestamp", "log", "file", "filename", "path", "tag", "hostname", "_p", "logtag")
)
"""Keys of an object that holds nothing but a line and where it was read."""

_OWN_DOCKER = frozenset(("log", "stream", "time"))
"""Docker's own object: see `DockerJson`."""


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
        kubernetes, stream = part(data, "kubernetes"), data.get("stream", data.get("source"))
        text = data.get("log")
        if type(text) is not str:
            text = data.get("message")
            if type(text) is not str or not _of_container(data) or any(name in data for name in LEVELS):
                return None
        elif (not _of_container(data) and (len(data) == 1 or not _BESIDE_LOG.issuperset(data))) or data.keys() == _OWN_DOCKER:
            return None
        time = next(
            (data[name] for name in ("time", "@timestamp", "date", "timestamp") if type(data.get(name)) in (str, float, int)),
            None,
        )
        name = str(data.get("container_name", "")).lstrip("/")
        rest = stream if stream in OUTPUTS else data.get("filename", data.get("path", data.get("tag", "")))
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
        data = decoded(match["object"])
        if data is None:
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
        text, log, kubernetes = data.get("message"), part(data, "log"), part(data, "kubernetes")
        if type(text) is not str or "level" in log or any(name in data for name in LEVELS):
            return None
        name = part(data, "container").get("name") or ""
        rest = data.get("stream") or part(log, "file").get("path", "")
        pod = part(kubernetes, "pod").get("name") or name
        return Taken(text, data.get("@timestamp"), pod, part(kubernetes, "container").get("name", ""), rest)


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
        text, kubernetes = data.get("message"), part(data, "kubernetes")
        if type(text) is not str or type(data.get("source_type")) is not str or any(name in data for name in LEVELS):
            return None
        pod = kubernetes.get("pod_name") or data.get("container_name") or ""
        rest = data.get("stream") or data.get("file") or data["source_type"]
        return Taken(text, data.get("timestamp"), pod, kubernetes.get("container_name", ""), rest)


def _of_container(data: dict[str, Any]) -> bool:
    """Whether an object names the container, or which of its outputs a line came from."""
    named = type(data.get("kubernetes")) is dict or type(data.get("docker")) is dict or type(data.get("container_name")) is str
    return named or data.get("stream") in OUTPUTS or data.get("source") in OUTPUTS


COLLECTORS = (Fluent(), FluentText(), Filebeat(), Vector())

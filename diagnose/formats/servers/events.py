"""Events of what runs containers: `docker events` and `kubectl get events`.

Docker: its manual, "docker system events". Kubernetes: the printed columns of core/v1 and events.k8s.io Events. Kubernetes prints ages,
not times, so its rows have no time.
"""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_KIND = r"(?:container|image|network|volume|plugin|daemon|service|node|secret|config|builder)"
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)"
_DOCKER = lazy(
    rf"(?:(?P<time>{_STAMP}) )?(?P<kind>{_KIND}) (?P<action>[a-z_-]+(?:: [^(]*)?) (?P<id>\S+)(?: \((?P<attributes>.*)\))?$"
)
_ATTRIBUTE = lazy(r"(?:^|, )([\w./-]+)=((?:(?!, [\w./-]+=).)*)")

_AGE = r"(?:<unknown>|<invalid>|\d{1,5}[smhdy](?:\d{1,3}[smh])?)"
_ROW = lazy(
    rf"(?:(?P<namespace>[a-z0-9][a-z0-9-]*) +)?{_AGE}(?: \(x(?P<count>\d+) over {_AGE}\))? +(?P<type>Normal|Warning) +"
    r"(?P<reason>[A-Z]\w*) +(?P<kind>[a-z]+)/(?P<object>\S+) +"
)
_LEVELS = {"Normal": Level.INFO, "Warning": Level.WARNING}


class DockerEvents(BaseFormat):
    """`2026-11-23T10:00:00.123456789Z container die 3f4e… (exitCode=137, image=shop, name=api-1)`."""

    name = "docker-events"
    priority = 45
    continues = False
    start = rf"(?:{_STAMP} )?(?:container [a-z_]{{3,14}}(?:: [^(\n]{{1,200}})? [0-9a-f]{{12,64}}|{_KIND} [a-z-]{{3,12}} \S{{1,200}}) \("
    samples: tuple[Sample, ...] = (
        Sample(
            "2026-11-23T10:00:00.123456789Z container die 3f4e1c0de5b6a7980123456789abcdef0123456789abcdef0123456789abcdef "
            "(com.docker.compose.service=api, exitCode=137, image=shop:1.4, name=shop-api-1)",
            "2026-11-23T10:00:00.123456Z",
            message="container die 3f4e1c0de5b6",
        ),
        Sample("container oom 3f4e1c0de5b6a798 (image=shop:1.4, name=shop-api-1)", message="container oom"),
        Sample(
            "2026-11-23T10:00:00.123456789+01:00 network connect 91b7e0c2a4d6 (container=3f4e1c0de5b6, name=shop_default, type=bridge)",
            "2026-11-23T09:00:00.123456Z",
            message="network connect",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one event; its attributes are fields, the container's name the container, its Compose service the service."""
        match = _DOCKER.match(record)
        if match is None:
            return None
        header = Header(record[match.start("kind") :], technologies=("docker",))
        moment = clock.iso(match["time"]) if match["time"] else None
        if moment is not None:
            header.time, header.resolution = moment
        fields = dict(_ATTRIBUTE.findall(match["attributes"] or ""))
        if match["kind"] == "container":
            header.scope["container"] = fields.get("name") or match["id"][:12]
        if fields.get("com.docker.compose.service"):
            header.scope["service"] = fields["com.docker.compose.service"]
        header.fields |= fields
        header.fields["action"] = match["action"]
        return header


class KubernetesEvents(BaseFormat):
    """`2m10s   Warning   BackOff   pod/api-7d9f   Back-off restarting failed container`."""

    name = "kubernetes-events"
    priority = 46
    continues = False
    start = (
        rf"(?:[a-z0-9][a-z0-9-]{{0,62}} +)?{_AGE}(?: \(x\d+ over {_AGE}\))? +(?:Normal|Warning) +[A-Z]\w{{1,60}} +[a-z]{{2,40}}/"
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "2m10s       Warning   BackOff             pod/api-7d9f5c6b8-x2x4z       Back-off restarting failed container",
            level="warning",
            message="BackOff: Back-off restarting",
        ),
        Sample(
            "shop        5m (x3 over 9m)   Normal   Pulled   pod/api-7d9f5c6b8-x2x4z   Successfully pulled image",
            level="info",
            message="Pulled: Successfully",
        ),
        Sample(
            "30s   Warning   Unhealthy   pod/api-0   Readiness probe failed: HTTP probe failed with statuscode: 503",
            level="warning",
            message="Unhealthy: Readiness probe",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one row: `reason`, `count`, `namespace`, the object's kind and name; a pod is the container."""
        match = _ROW.match(record)
        if match is None:
            return None
        found = match.groupdict()
        header = Header(f"{found['reason']}: {record[match.end() :]}", level=_LEVELS[found["type"]], technologies=("kubernetes",))
        header.fields["reason"] = found["reason"]
        if found["namespace"]:
            header.fields["namespace"] = found["namespace"]
        if found.get("count"):
            header.fields["count"] = int(found["count"] or 0)
        if found.get("object"):
            header.fields["object"] = f"{found['kind']}/{found['object']}"
        if found.get("kind") == "pod":
            header.scope["container"] = found["object"] or ""
        return header

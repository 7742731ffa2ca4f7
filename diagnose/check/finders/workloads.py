"""Containers as compose files and Kubernetes manifests describe them, in one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.check.finders.documents import Value, documents
from diagnose.check.spots import File

_DATABASES = re.compile(
    r"(?:^|/)(?:[\w.-]+/)?(postgres|postgis|mysql|mariadb|mongo|redis|valkey|rabbitmq|mssql|elasticsearch|opensearch|kafka)[\w-]*(?::|@|$)"
)
_UNITS = {
    "": 1,
    "k": 1 << 10,
    "m": 1 << 20,
    "g": 1 << 30,
    "ki": 1 << 10,
    "mi": 1 << 20,
    "gi": 1 << 30,
    "kb": 1 << 10,
    "mb": 1 << 20,
    "gb": 1 << 30,
    "b": 1,
}
_WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet"}
_PRODUCTION = re.compile(r"(?i)(?:^|[/._-])(?:prod|production|live)(?:[/._-]|$)")
_DEVELOPMENT = re.compile(
    r"(?i)(?:^|[/._-])(?:dev|develop|development|local|test|tests|ci|example|examples|sample|demo|override|debug|kind|minikube)(?:[/._-]|$)"
)


@dataclass(frozen=True)
class Container:
    """One container. `env` by name; `limit` in bytes, None where there is none; `alone`: no other shares its network."""

    name: str
    kind: str
    """`compose`, or the kind of a Kubernetes workload."""
    at: Value
    image: str
    env: dict[str, Value] = field(default_factory=dict)
    arguments: tuple[Value, ...] = ()
    limit: int | None = None
    limit_at: Value | None = None
    replicas: int = 1
    alone: bool = True

    @property
    def database(self) -> str:
        """The database server that it runs; empty for anything else."""
        match = _DATABASES.search(self.image)
        return match[1] if match else ""


def containers(file: File) -> list[Container]:
    """All containers of a file."""
    if not file.name.endswith((".yml", ".yaml")):
        return []
    return [one for document in documents(file) for one in (*_compose(document), *_kubernetes(document))]


def is_production(file: File) -> bool:
    """Whether the file's name or folder says that it is for production."""
    return bool(_PRODUCTION.search(file.path)) and not is_development(file)


def is_development(file: File) -> bool:
    """Whether the file's name or folder says that it is for a developer's machine or for tests."""
    return bool(_DEVELOPMENT.search(file.path))


def size(text: str) -> int | None:
    """Bytes of `512m`, `1Gi`, `2GB`; None for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?i?b?)", text.strip().lower())
    return int(float(match[1]) * _UNITS[match[2]]) if match and match[2] in _UNITS else None


def _compose(document: Value) -> Iterator[Container]:
    for name, service in document.at("services").entries.items():
        if not (service.at("image") or service.at("build")):
            continue
        limit = service.at("deploy", "resources", "limits", "memory") or service.at("mem_limit")
        replicas = service.at("deploy", "replicas").text or service.at("scale").text
        command = service.at("command")
        yield Container(
            name, "compose", service, service.at("image").text, _compose_env(service), tuple(command.items or [command]),
            size(limit.text) if limit else None, limit or None, int(replicas) if replicas.isdigit() else 1,
            alone=service.at("network_mode").text == "" and not service.at("links"),
        )  # fmt: skip


def _compose_env(service: Value) -> dict[str, Value]:
    """Variables of either form; of `NAME=value` the whole item is the place."""
    given = service.at("environment")
    found = dict(given.entries)
    for item in given.items:
        found[item.text.partition("=")[0]] = item
    return found


def value_of(name: str, value: Value) -> str:
    """A variable's value, whichever form it is written in."""
    text = value.text
    return text[len(name) + 1 :] if text.startswith(f"{name}=") else text


def _kubernetes(document: Value) -> Iterator[Container]:
    kind = document.at("kind").text
    if kind == "List":
        for item in document.at("items").items:
            yield from _kubernetes(item)
    if kind not in _WORKLOADS:
        return
    pod = document.at("spec", "template", "spec")
    replicas = document.at("spec", "replicas").text
    several = pod.at("containers").items
    for one in several:
        env = {item.at("name").text: item.at("value") for item in one.at("env").items if item.at("value")}
        limit = one.at("resources", "limits", "memory")
        yield Container(
            one.at("name").text, kind, one, one.at("image").text, env, (*one.at("command").items, *one.at("args").items),
            size(limit.text) if limit else None, limit or None, int(replicas) if replicas.isdigit() else 1,
            alone=len(several) == 1 and not pod.at("hostNetwork"),
        )  # fmt: skip

"""Finders for compose files and Kubernetes manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.check.finders.workloads import Container, containers, is_development, is_production, value_of
from diagnose.check.spots import File, Spot

_DATABASE_NAME = re.compile(
    r"(?i)^(?:\w+_)?(?:database|db|postgres(?:ql)?|pg|mysql|mariadb|mongo(?:db)?|redis|datasource|connectionstrings?)(?:_\w+)?$|^pghost$"
)
_LOCAL = re.compile(r"(?i)(?:^|@|//|=|\bhost=|\bserver=)(localhost|127\.0\.0\.1|\[::1\])(?=$|[:/,;?\s])")
_POOL_NAME = re.compile(
    r"(?i)^\w*(?:pool_?(?:size|max)|max_?pool_?size|maximum_?pool_?size|pool_max_size|connection_limit|max_connections)$"
)
_POOL_IN_URL = re.compile(r"[?&](?:connection_limit|pool_size|max_pool_size|maxPoolSize)=(\d+)")
_SERVER_LIMIT = re.compile(r"max[_-]connections\s*=?\s*(\d+)")
_XMX = re.compile(r"-Xmx(\d+)([kmgKMG]?)")
_OLD_SPACE = re.compile(r"--max[-_]old[-_]space[-_]size[= ](\d+)")
_DEFAULT_LIMITS = {"postgres": 100, "postgis": 100, "mysql": 151, "mariadb": 151}
_RESERVED = 3
"""Connections that PostgreSQL keeps for superusers."""


def localhost_database(file: File) -> Iterator[Spot]:
    """Variables of a container that name its own address as that of a database."""
    for one in containers(file):
        if not one.alone or one.database:
            continue
        for name, value in one.env.items():
            local = _LOCAL.search(value_of(name, value))
            if local and _DATABASE_NAME.match(name):
                yield value.spot(NAME=name, HOST=local[1], CONTAINER=one.name)


def no_memory_limit(file: File) -> Iterator[Spot]:
    """Containers for production without a limit."""
    for one in containers(file):
        known = not is_development(file) if one.kind != "compose" else is_production(file)
        # A patch of an overlay names no image: what it patches may have the limit.
        if known and one.limit_at is None and (one.image or one.kind == "compose"):
            yield one.at.spot(CONTAINER=one.name)


def heap_above_limit(file: File) -> Iterator[Spot]:
    """Heaps that do not fit into their container."""
    for one in containers(file):
        for value in (*one.env.values(), *one.arguments):
            heap = _heap(value.text)
            if heap and one.limit and heap >= one.limit:
                yield value.spot(HEAP=_megabytes(heap), LIMIT=_megabytes(one.limit), CONTAINER=one.name)


def _heap(text: str) -> int:
    java, node = _XMX.search(text), _OLD_SPACE.search(text)
    if java:
        return int(java[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[java[2].lower()]
    return int(node[1]) << 20 if node else 0


def _megabytes(count: int) -> str:
    return f"{count >> 20:,} MiB"


def no_readiness_probe(file: File) -> Iterator[Spot]:
    """Containers of a Deployment that listen, and whose readiness nobody asks for."""
    for one in containers(file):
        if one.kind == "Deployment" and one.at.at("ports").items and not one.at.at("readinessProbe") and not is_development(file):
            yield one.at.spot(CONTAINER=one.name)


_WAITS = re.compile(r"(?i)wait|until\b|dockerize|\.sh\b")


def dependency_not_awaited(file: File) -> Iterator[Spot]:
    """Services of a compose file that start before their database answers, and are not started again."""
    by_name = {one.name: one for one in containers(file) if one.kind == "compose"}
    for one in by_name.values():
        if one.at.at("restart").text not in ("", "no") or one.at.at("deploy", "restart_policy"):
            continue
        entrypoint = one.at.at("entrypoint")
        command = " ".join([*_texts(one), entrypoint.text, *(item.text for item in entrypoint.items), *one.env])
        # An image may wait by its own command, and a script too; databases that depend on others are members of one cluster.
        if one.database or not _texts(one)[-1] or _WAITS.search(command):
            continue
        depends = one.at.at("depends_on")
        short = [(item.text, item) for item in depends.items]
        long = [(name, how) for name, how in depends.entries.items() if how.at("condition").text in ("", "service_started")]
        for name, place in (*short, *long):
            if name in by_name and by_name[name].database and by_name[name].image != one.image:
                yield place.spot(CONTAINER=one.name, DEPENDENCY=name)


def pool_above_server_limit(file: File) -> Iterator[Spot]:
    """Pools of a compose file that together are larger than what its one database server allows."""
    every = containers(file)
    servers = [one for one in every if one.database in _DEFAULT_LIMITS]
    if len(servers) != 1:
        return
    server = servers[0]
    told = next((int(match[1]) for text in _texts(server) if (match := _SERVER_LIMIT.search(text))), None)
    most = (told or _DEFAULT_LIMITS[server.database]) - (_RESERVED if server.database.startswith("postg") else 0)
    pools = [
        (name, value, one, _pool(name, value_of(name, value)))
        for one in every
        if one is not server
        for name, value in one.env.items()
    ]
    asked = sum(size * one.replicas for _, _, one, size in pools)
    if asked > most:
        name, value, _, _ = max(pools, key=lambda pool: pool[3] * pool[2].replicas)
        yield value.spot(NAME=name, ASKED=str(asked), MOST=str(most), SERVER=server.name)


def _texts(server: Container) -> list[str]:
    """What the server is told on its command line, joined too: `-c`, `max_connections=50`."""
    texts = [value.text for value in server.arguments]
    return [*texts, " ".join(texts)]


def _pool(name: str, text: str) -> int:
    """The pool that a variable sets; 0 where it sets none."""
    if _POOL_NAME.match(name) and text.isdigit() and not name.upper().startswith(("POSTGRES_MAX", "MYSQL_MAX", "PG_MAX")):
        return min(int(text), 100_000)
    match = _POOL_IN_URL.search(text)
    return min(int(match[1]), 100_000) if match else 0

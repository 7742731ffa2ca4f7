"""What stands around a log tells of all its records: file names and paths, and the prefixes of container tools.

It only fills in: what a record says of itself goes before it. A name that anybody gives to any log (`app.log`, `error.log`,
`incident-2026-11-23.log`) tells nothing, since a wrong join costs more than a missing one.

Container names and paths: https://kubernetes.io/docs/concepts/cluster-administration/logging/ and Docker's json-file driver.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from diagnose.lazy import lazy

Scope = Mapping[str, str]

GENERATION = "\0"
"""Stands between a source's name and a number where several files had that name one after the other; no path can hold it."""


def readable(name: str) -> str:
    """A file's name as text that can be written anywhere: bytes that are no UTF-8 as `\\xff`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


_DNS = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_CONTAINERS = lazy(rf"(?P<pod>{_DNS})_{_DNS}_(?P<container>{_DNS})-[0-9a-f]{{64}}\.log.*")
_PODS = lazy(rf"(?:.*/)?{_DNS}_(?P<pod>{_DNS})_[0-9a-f]{{8}}[0-9a-f-]{{24,28}}/(?P<container>{_DNS})/\d+\.log.*")
_DOCKER = lazy(r"(?P<container>[0-9a-f]{12})[0-9a-f]{52}-json\.log.*")

# The suffixes that controllers give to pods, from the alphabet that Kubernetes draws random names of.
_DRAWN = "[bcdfghjklmnpqrstvwxz2456789]"
_REPLICA = lazy(rf"(?:-{_DRAWN}{{6,10}}|-\d{{8}})?-{_DRAWN}{{5}}|-\d{{1,4}}")
_SAVED = lazy(rf"(?P<service>{_DNS})-(?:(?=[a-z]*\d){_DRAWN}{{8,10}}|\d{{8}})-{_DRAWN}{{5}}")

_PACKED = lazy(r"\.(?:gz|zst|xz|bz2|lz4|zip|tar|tgz)\Z", re.IGNORECASE)
_KIND = lazy(r"\.(?:log|logs|json|jsonl|ndjson|txt|out|err|stdout|stderr|csv|current|old|bak|prev|previous)\Z", re.IGNORECASE)
_TURN = lazy(
    r"[-._@](?:\d{4}-?\d\d-?\d\d(?:[-_T.]?\d\d[-:.]?\d\d(?:[-:.]?\d\d)?)?|\d{4}-\d\d|\d{10}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun))\Z"
)
_INDEX = lazy(r"(?<=.)\.\d{1,3}\Z")
_NUMBER = lazy(r"[-_](\d{1,5})\Z")
_DEBIAN = lazy(r"(?P<service>postgresql)-\d+(?:\.\d+)?-\w+")
_ROLE = lazy(
    r"[-_.](?:access|errors?|err|out|std(?:out|err)|logs?|slow(?:query|log)?|general|debug|info|warn(?:ing)?s?|audit|json|combined"
    r"|all|full|main|app|application|console|output|ssl|requests?|prod(?:uction)?|staging|dev(?:elopment)?|test|local)\Z",
    re.IGNORECASE,
)
_WORKERS = lazy(
    r"(?:.*[-_.])?(?:workers?|consumers?|processors?|sidekiq|celery|queues?|jobs?|runners?|instance|proc)", re.IGNORECASE
)
_NAME = lazy(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+){0,5}")
_HASH = lazy(r"(?=.*\d)[0-9a-f]{7,64}", re.IGNORECASE)

_NOTHING = frozenset(
    """
    access all alerts app apps application archive attachment audit auth backup boot bootstrap btmp bug build bundle capture case
    catalina ci client combined compose console container containers copy cron crash current daemon data debug default dev development dmesg
    docker document download downloads dump dumps dev err error errors event events example exception exceptions export file
    fail failed failure files fixture fixtures full gc general home incident incidents info input instance issue
    journal json k8s kern kernel kube kubectl lastlog local localhost log logfile logs mail main master merged message messages misc my
    new node npm old opt out output paste pod pods prod production query raw recent release report request requests result root run
    runtime sample samples screen script secure server service services session sh slow srv stage staging staged start stderr stdin
    stdout support sys syslog system tail temp term terminal test testing tests text tmp trace traces txt unknown untitled
    user users usr var verbose warn warning warnings web www work wtmp yarn
    django flask laravel rails spring symfony express java python php ruby go dotnet
    """.split()
)
"""What a log, or the folder it lies in, may be called whatever writes it."""

_SERVERS = frozenset(
    "nginx apache apache2 httpd haproxy postgresql postgres pgbouncer mysql mariadb redis mongodb rabbitmq kafka elasticsearch "
    "caddy traefik envoy varnish squid memcached zookeeper cassandra".split()
)
"""Folders below `/var/log` whose files are named for sites or clusters, and written by this one server."""


def location(source: str) -> str:
    """A source's name as a person knows it."""
    return source.partition(GENERATION)[0]


@lru_cache(4_096)
def scope_of_path(path: str) -> Scope:
    """The scope that a source's name gives to its records; empty where it tells nothing."""
    path = location(path)
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts or path == "-":
        return {}
    match = _CONTAINERS.fullmatch(parts[-1]) or _PODS.fullmatch("/".join(parts[-3:]))
    if match is not None:
        return scope_of_pod(match["pod"], match["container"])
    match = _DOCKER.fullmatch(parts[-1])
    if match is not None:
        return {"container": match["container"]}
    folder = _folder(parts[:-1])
    if folder in _SERVERS:
        return {"service": folder}
    scope = _of_stem(_stem(parts[-1]))
    return {"service": folder} if folder and not scope else scope


@lru_cache(4_096)
def scope_of_stream(stream: str) -> Scope:
    """The scope that a prefix gives: `api-7d9f5c6b8-x2x4z/api` (pod and container) or `api` (a Compose service).

    What stands behind a second slash only tells streams apart (`api//stderr`), and `//stderr` names nothing.
    """
    pod, _, rest = stream.partition("/")
    container = rest.partition("/")[0]
    if container and pod:
        return scope_of_pod(pod, container)
    return {"service": pod or container} if pod or container else {}


def scope_of_pod(pod: str, container: str) -> Scope:
    """Pod, container, and the workload that the pod is a replica of."""
    service = workload(pod)
    if service == pod and pod.startswith(container):
        service = container  # a static pod is named for its node
    return {"service": service, "pod": pod, "container": container}


def workload(pod: str) -> str:
    """The Deployment, StatefulSet, DaemonSet or Job that a pod's name begins with; the pod's own where it has no such ending."""
    for at in range(len(pod)):
        if pod[at] == "-" and at and _REPLICA.fullmatch(pod, at):
            return pod[:at]
    return pod


def _stem(name: str) -> str:
    """A file's name without what packing, rotation and its kind add, from the end on."""
    before = ""
    while name != before:
        before = name
        for ending in (_PACKED, _KIND, _TURN, _INDEX):
            name = ending.sub("", name)
    return name


def _of_stem(stem: str) -> Scope:
    debian = _DEBIAN.fullmatch(stem)
    if debian is not None:
        return {"service": debian["service"]}
    saved = _SAVED.fullmatch(stem)
    if saved is not None:
        return {"service": saved["service"], "pod": stem}
    base = _ROLE.sub("", stem)
    number = _NUMBER.search(base)
    if number is not None:
        base = base[: number.start()]
    base = _ROLE.sub("", base)
    if not names_something(base):
        return {}
    if number is not None and _WORKERS.fullmatch(base):
        return {"service": base, "worker": f"{base}-{number[1]}"}
    return {"service": base}


def names_something(name: str) -> bool:
    """Whether a name could be a service's: none of the words that anything is called, no number and no hash."""
    if not 2 <= len(name) <= 63 or not _NAME.fullmatch(name) or _HASH.fullmatch(name) or name.startswith("hs_err"):
        return False
    return any(len(word) > 1 and word.lower() not in _NOTHING and not word.isdigit() for word in re.split(r"[-_.]", name))


def _folder(folders: list[str]) -> str:
    """The service whose folder this is: below `log` or `logs`, or the home of a program that has such a folder; else empty."""
    if len(folders) >= 2 and folders[-2].lower() in ("log", "logs"):
        name = folders[-1]
    elif len(folders) >= 3 and folders[-1].lower() in ("log", "logs") and folders[-3].lower() in ("srv", "opt", "www"):
        name = folders[-2]
    else:
        return ""
    return name if names_something(name) else ""

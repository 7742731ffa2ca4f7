"""Finders: what is looked for in configuration by code, because it takes numbers or two places. A rule names them by `finds:`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from diagnose.check.finders import containers, scripts, settings, templates
from diagnose.check.spots import File, Spot

Finder = Callable[[File], Iterable[Spot]]


def _localhost(file: File) -> Iterator[Spot]:
    yield from containers.localhost_database(file)
    yield from settings.localhost_in_settings(file)


FINDERS: Mapping[str, Finder] = {
    "localhost-database": _localhost,
    "pool-above-server-limit": containers.pool_above_server_limit,
    "no-memory-limit": containers.no_memory_limit,
    "heap-above-limit": containers.heap_above_limit,
    "no-readiness-probe": containers.no_readiness_probe,
    "debug-on": settings.debug_on,
    "dependency-not-awaited": containers.dependency_not_awaited,
    "no-errexit": scripts.no_errexit,
    "query-in-template": templates.query_in_template,
}

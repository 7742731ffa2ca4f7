"""The triage checklist that closes every report: eight questions, answered from what was seen.

`problem`: a finding says so. `clear`: what would show the problem was in the logs, and nothing was wrong.
`no evidence`: the logs say nothing either way.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from diagnose.model import Endpoint, Finding, Triage

PROBLEM, CLEAR, NO_EVIDENCE = "problem", "clear", "no evidence"

DATABASES = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "redis", "sqlite"})
DRIVERS = frozenset(
    "pg mysql2 sequelize typeorm knex prisma mongoose ioredis django sqlalchemy psycopg asyncpg pymysql redis-py hikaricp hibernate "
    "postgresql-jdbc mysql-jdbc lettuce gorm pgx doctrine eloquent npgsql efcore".split()
)
_DATABASE_DOWN = frozenset(
    "pool-exhausted connection-leak too-many-connections db-auth-failed db-not-connected db-crash-recovery db-admin-shutdown "
    "server-gone-away mongo-server-selection redis-maxclients db-tls-mismatch missing-database".split()
)
_NETWORK = frozenset(
    "connection-refused connection-timeout connection-reset dns-failure read-timeout broken-pipe upstream-timeout upstream-unavailable "
    "upstream-closed tls-untrusted tls-hostname-mismatch wrong-protocol".split()
)
_ENVIRONMENT = frozenset("config-missing unset-variable jwt-missing-secret app-key-invalid config-syntax port-in-use".split())
_TOKENS = frozenset(
    "jwt-expired jwt-bad-signature jwt-malformed jwt-claim-mismatch jwt-bad-algorithm jwt-missing-secret auth-failure-storm "
    "key-rotation csrf-failure".split()
)
_MEMORY = frozenset(
    "host-oom-killed heap-oom memory-allocation-failed memory-growth memory-leak gc-pressure php-memory-exhausted "
    "event-loop-blocked thread-starvation redis-maxmemory worker-timeout".split()
)
_CHANGES = frozenset(
    "deploy-marker missing-migration missing-table missing-column missing-module crash-loop key-rotation".split()
)


@dataclass(slots=True)
class Seen:
    """What reading noticed besides findings, in the events that some pattern hit."""

    traces: int = 0
    requests: int = 0
    technologies: set[str] = field(default_factory=set)

    def merge(self, other: Seen) -> None:
        """Take what was noticed elsewhere."""
        self.traces += other.traces
        self.requests += other.requests
        self.technologies |= other.technologies


def checklist(findings: Sequence[Finding], seen: Seen) -> tuple[Triage, ...]:
    """The eight lines, in their fixed order."""
    rows: list[tuple[str, Callable[[], tuple[str, str, tuple[str, ...]]]]] = [
        ("stack traces", lambda: _traces(seen)),
        ("database connectivity", lambda: _database(findings, seen)),
        ("API endpoints", lambda: _endpoints(findings, seen)),
        ("environment variables", lambda: _by_class(findings, _ENVIRONMENT, False)),
        ("authentication tokens", lambda: _by_class(findings, _TOKENS, seen.requests > 0)),
        ("memory and CPU", lambda: _by_class(findings, _MEMORY, False)),
        ("network connectivity", lambda: _by_class(findings, _NETWORK, seen.requests > 0)),
        ("recent code changes", lambda: _by_class(findings, _CHANGES, False)),
    ]
    told = []
    for number, (name, answer) in enumerate(rows, 1):
        state, detail, commands = answer()
        told.append(Triage(number, name, state, detail, commands))
    return tuple(told)


def _traces(seen: Seen) -> tuple[str, str, tuple[str, ...]]:
    return (PROBLEM, f"{seen.traces:,}", ()) if seen.traces else (CLEAR, "", ())


def _by_class(findings: Sequence[Finding], classes: frozenset[str], witnessed: bool) -> tuple[str, str, tuple[str, ...]]:
    hit = sorted({finding.of_class for finding in findings if finding.of_class in classes})
    if hit:
        return PROBLEM, ", ".join(hit), ()
    return (CLEAR if witnessed else NO_EVIDENCE), "", ()


def _database(findings: Sequence[Finding], seen: Seen) -> tuple[str, str, tuple[str, ...]]:
    down = [f for f in findings if f.of_class in _DATABASE_DOWN or (f.of_class in _NETWORK and _is_database(f))]
    if down:
        peers = sorted({peer for finding in down for peer in finding.peers})
        return PROBLEM, ", ".join(peers or sorted({finding.of_class for finding in down})), ()
    reached = any(_is_database(finding) for finding in findings)
    return (CLEAR if reached or seen.technologies & DATABASES else NO_EVIDENCE), "", ()


def _is_database(finding: Finding) -> bool:
    return not (DATABASES | DRIVERS).isdisjoint(finding.technologies)


def _endpoints(findings: Sequence[Finding], seen: Seen) -> tuple[str, str, tuple[str, ...]]:
    failed: dict[Endpoint, None] = {}
    for finding in findings:
        failed.update(dict.fromkeys(finding.endpoints))
    if failed:
        shown = list(failed)[:5]
        names = ", ".join(f"{endpoint.method} {endpoint.path}" for endpoint in shown)
        more = f" and {len(failed) - len(shown)} more" if len(failed) > len(shown) else ""
        return PROBLEM, names + more, tuple(_curl(endpoint) for endpoint in shown)
    return (CLEAR if seen.requests else NO_EVIDENCE), "", ()


def _curl(endpoint: Endpoint) -> str:
    method = "" if endpoint.method == "GET" else f"-X {shlex.quote(endpoint.method)} "
    return f'curl -i {method}"$BASE_URL"{shlex.quote(endpoint.path.replace("{id}", "1"))}'

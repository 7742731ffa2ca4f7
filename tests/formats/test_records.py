"""Captured logs of servers and infrastructure: where their records begin and end, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from diagnose.model import Event
from tests.formats.records import events_of, iso
from tests.kit import FIXTURES


@dataclass(frozen=True)
class Row:
    """A record of a captured log, by its first line; `lines` is how many lines its message has."""

    path: str
    line: int
    form: str
    time: str
    level: str
    message: str
    lines: int = 1
    scope: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


SHOP = {"user": "shop_app", "database": "shop"}
DUPLICATE = 'duplicate key value violates unique constraint "customers_email_key"'
STATE = {"sqlstate": "23505"}
KEY = {"detail": "Key (email)=(customer7@example.com) already exists."}
LOCAL = {"client": "127.0.0.1"}
TRACE = {"host": "app-4", "service": "shop"}
SLOW = {
    "client": "127.0.0.1", "frontend": "www", "backend": "api", "server": "api-1", "termination": "sH--", "status": 504,
    "method": "GET", "path": "/api/slow/report", "duration_ms": 1001.0, "bytes": 198, "retries": 0,
}  # fmt: skip
PEER = {"peer": "127.0.0.1:3000"}
ORDERS = {"method": "GET", "path": "/api/orders", "status": 502}


def pg(
    prefix: str, time: str, *, scope: Mapping[str, str] | None = None, form: str = "postgresql", line: int = 20, **more: str
) -> Row:
    path = f"postgresql/prefix-{prefix}/input.log"
    return Row(path, line, form, time, "error", DUPLICATE, 5, scope or {}, KEY | more)


ROWS = (
    pg("angles", "2026-11-25T23:27:40.523"),
    pg("redhat", "2026-11-25T23:27:42.913"),
    pg("time-only", "2026-11-25T23:27:45"),
    pg("none", ""),
    pg("process", "", form="postgresql-prefix", scope={"process": "990"}),
    pg("pgbadger", "2026-11-25T23:27:34", scope={"process": "780", **SHOP}, app="psql", **LOCAL),
    pg("pgbadger-line", "2026-11-25T23:27:36", scope={"process": "810", **SHOP}, app="psql", **LOCAL),
    pg("rds", "2026-11-25T23:27:38", scope={"process": "840", **SHOP}, **LOCAL),
    pg("session-first", "2026-11-25T23:27:53.183", form="postgresql-prefix", scope={"process": "1020", **SHOP}),
    pg("epoch", "2026-11-25T23:27:56.93", form="postgresql-prefix", scope={"process": "1050", **SHOP}, **STATE),
    pg("bars", "2026-11-25T23:27:59.379", **STATE, **LOCAL),
    pg("brackets", "2026-11-25T23:28:01.897", form="postgresql-prefix", scope={"process": "1110", **SHOP}),
    pg("plain-words", "2026-11-25T23:28:05.122", form="postgresql-prefix"),
    pg(
        "syslog", "2026-11-25T23:28:08", line=7, form="syslog",
        scope={"process": "1175", "host": "db-1", "service": "postgres", **SHOP},
    ),
    Row(
        "postgresql/deadlock-csvlog/input.log", 21, "postgresql-csv", "2026-11-23T12:39:38.632", "info", "connection received", 1,
        {"process": "2005"}, {"client": "127.0.0.1:58012"},
    ),
    Row("haproxy/endings/input.log", 10, "haproxy", "2026-11-25T23:25:03.346", "", "www api/api-1 0/0/0/-1/1001 504", 1, {}, SLOW),
    Row(
        "haproxy/endings/input.log", 17, "haproxy", "2026-11-25T23:25:05.663", "", "www www/<NOSRV> -1/-1/-1/-1/2002 408", 1, {},
        {"status": 408, "termination": "cR--", "duration_ms": 2002.0},
    ),
    Row(
        "haproxy/endings/input.log", 23, "haproxy", "2026-11-25T23:25:08.674", "", "dead dead/db-3", 1, {},
        {"termination": "SC", "server": "db-3", "duration_ms": 1006.0, "retries": 2},
    ),
    Row(
        "haproxy/endings-syslog/input.log", 11, "syslog", "2026-11-25T23:25:12.198", "", "www api/api-1", 1,
        {"host": "edge-1", "service": "haproxy", "process": "769"}, SLOW,
    ),
    Row(
        "haproxy/endings-rfc5424/input.log", 11, "syslog", "2026-11-25T23:25:20.954", "info", "www api/api-1", 1,
        {"host": "edge-1", "service": "haproxy", "process": "795"}, SLOW,
    ),
    Row(
        "haproxy/server-down/input.log", 2, "syslog", "2026-11-25T23:25:29.687169", "", "Server api/api-1 is DOWN", 1,
        {"host": "edge-1", "service": "haproxy", "process": "824"},
    ),
    Row(
        "apache/upstream-failures/error.log", 3, "bracketed", "2026-11-25T23:28:35.958825", "error", "(70007)The timeout specified",
        1, {"process": "743", "thread": "783"}, {"logger": "proxy_http", "client": "203.0.113.31", **PEER},
    ),
    Row(
        "apache/upstream-failures/error.log", 4, "bracketed", "2026-11-25T23:28:35.958869", "error", "[client 203.0.113.31:0] AH00898",
        1, {"process": "743", "thread": "783"}, {"logger": "proxy", "client": "203.0.113.31"},
    ),
    Row(
        "apache/upstream-failures/access.log", 23, "access", "2026-11-25T23:28:36", "", '"GET /api/orders HTTP/1.1" 503', 1, {},
        {"status": 503, "vhost": "shop.example.com:80", "client": "203.0.113.34", "path": "/api/orders"},
    ),
    Row(
        "nginx/access-json/input.log", 37, "json", "2026-11-25T23:26:37", "", '{"time"', 1,
        {"request": "291c4c31d1fe2d5327484fc803fc1bfe", "peer": "127.0.0.1:3000"}, {**ORDERS, **PEER, "duration_ms": 0.0},
    ),
    Row(
        "nginx/access-timed/input.log", 37, "access", "2026-11-25T23:26:38", "", '"GET /api/orders HTTP/1.1" 502', 1,
        {"request": "bcaf024d539d05faf5321550b1543872"}, {**ORDERS, **PEER, "duration_ms": 0.0},
    ),
    Row(
        "caddy/upstream-failures-json/input.log", 31, "json", "2026-11-25T23:38:00.163742", "error", "dial tcp 127.0.0.1:3000", 1, {},
        {**ORDERS, "logger": "http.log.error", "duration_ms": 0.238195},
    ),
    Row(
        "caddy/upstream-failures-console/input.log", 20, "timed", "2026-11-25T23:38:00.582", "info", "handled request", 1, {},
        {"method": "GET", "path": "/assets/logo.svg", "status": 200, "logger": "http.log.access", "duration_ms": 0.242191},
    ),
    Row("linux/oom-report-uptime/input.log", 1, "syslog", "", "", "python3 invoked oom-killer: gfp_mask=0xcc0", 79),
    Row("linux/oom-report-uptime/input.log", 80, "syslog", "", "", "Memory cgroup out of memory: Killed process 16739"),
    Row("linux/oom-report-decoded/input.log", 1, "syslog", "", "warning", "python3 invoked oom-killer", 79),
    Row("linux/oom-report-decoded/input.log", 80, "syslog", "", "error", "Memory cgroup out of memory"),
    Row("linux/oom-report-dmesg-time/input.log", 1, "bracketed", "2026-11-25T23:29:40", "", "python3 invoked oom-killer", 79),
    Row("linux/oom-report-iso/input.log", 1, "timed", "2026-11-25T23:29:40.481946", "", "python3 invoked oom-killer", 79),
    Row(
        "linux/oom-killed/input.log", 28, "syslog", "2026-11-23T03:18:24", "", "node invoked oom-killer", 41,
        {"host": "app-3", "service": "kernel"},
    ),
    Row("sqlite/shell-errors/input.log", 1, "sqlite", "", "error", "UNIQUE constraint failed: users.email (19)", 1, {}, {"code": 19}),
    Row("sqlite/shell-errors/input.log", 3, "sqlite", "", "error", 'near "SELEC": syntax error', 3, {}, {"script_line": 6}),
    Row(
        "mysql/slow-log-verbose/input.log", 16, "mysql-slow", "2026-11-25T23:28:17", "", "# User@Host: app[app]", 13,
        {"user": "app", "thread": "4", "database": "shop"},
        {"statement": "SELECT COUNT(*),\n  SLEEP(0.25)\nFROM customers\nWHERE id = 7;", "rows_examined": 1},
    ),
    Row(
        "clean/mariadb-general.log", 4, "mysql-general", "2026-11-25T23:28:20", "", "Connect\tapp@127.0.0.1 on shop", 60,
        {"thread": "3", "user": "app", "database": "shop"}, LOCAL,
    ),
    Row(
        "redis/sentinel-failover/sentinel.log", 26, "redis", "2026-11-25T23:28:27.742", "warning", "+switch-master shop", 1,
        {"process": "759"}, {"role": "sentinel"},
    ),
    Row(
        "redis/sentinel-failover/master.log", 13, "redis", "2026-11-25T23:28:25", "", "Received SIGTERM", 1, {"process": "748"},
    ),
)  # fmt: skip


def events_by_line(path: str) -> dict[int, Event]:
    return {event.line: event for event in events_of((FIXTURES / path).read_bytes())}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.path}:{row.line}")
def test_a_captured_record(row: Row) -> None:
    event = events_by_line(row.path).get(row.line)
    assert event is not None, "no record begins there"
    assert event.format == row.form
    assert iso(event) == row.time
    assert (event.level.name.lower() if event.level is not None else "") == row.level
    assert event.message.startswith(row.message)
    assert event.message.count("\n") + 1 == row.lines, event.message
    assert dict(event.scope) == row.scope
    assert {name: event.fields.get(name) for name in row.fields} == row.fields


JOURNAL = sorted(home for home in (FIXTURES / "journald").iterdir() if home.name != "json-printed")


@pytest.mark.parametrize("home", JOURNAL, ids=lambda home: home.name)
def test_journald_s_multi_line_message_is_one_record_in_every_mode(home: Any) -> None:
    events = events_of((home / "input.log").read_bytes())
    (failed,) = [event for event in events if event.traces]
    (trace,) = failed.traces
    assert str(trace.blame) == "/srv/shop/repository.py:17 in find"
    if home.name != "cat":
        assert failed.message.startswith("Exception on /orders [GET]\nTraceback (most recent call last):\n  File")
        assert len(events) == 38
        assert (failed.scope["host"], failed.scope["service"]) == ("app-4", "shop")
        assert failed.own_time
    if home.name in ("export", "verbose", "json"):
        assert failed.level is not None
        assert failed.level.name == "ERROR"
        assert failed.fields["CODE_LINE"] == "42"


@pytest.mark.parametrize("prefix", sorted(path.name for path in (FIXTURES / "postgresql").glob("prefix-*")))
def test_no_prefix_lets_a_record_fall_apart(prefix: str) -> None:
    """Every DETAIL, CONTEXT and STATEMENT line belongs to the error before it; all records are PostgreSQL's or syslog's."""
    for event in events_of((FIXTURES / "postgresql" / prefix / "input.log").read_bytes()):
        # Without a prefix, a warning is not told from uvicorn's; empty words before the time make a blank, which starts nothing.
        odd = {"prefix-none": "python", "prefix-plain-words": "plain"}.get(prefix)
        assert event.format in ("postgresql", "postgresql-prefix", "syslog", odd)
        assert not event.message.startswith(("DETAIL", "CONTEXT", "STATEMENT", "HINT"))
        if event.message.startswith("duplicate key"):
            assert (
                event.fields["statement"]
                == "INSERT INTO customers (email, name)\n\tVALUES ('customer7@example.com',\n\t\t'New 7');"
            )


SERVERS = ("haproxy", "apache", "caddy", "traefik", "nginx-json", "journald", "mariadb-general")
HEALTHY = sorted(
    path for path in (FIXTURES / "clean").glob("*.log") if path.stem.startswith(SERVERS) and path.stem != "journald-json"
)
"""Of the journal's JSON what a service printed is taken out, and that may be plain."""


@pytest.mark.parametrize("log", HEALTHY, ids=lambda log: log.stem)
def test_a_healthy_server_has_no_plain_lines(log: Any) -> None:
    """Each line belongs to a record of a known format, but for MariaDB's banner of three lines."""
    plain = [event for event in events_of(log.read_bytes()) if event.format == "plain"]
    assert not [event.message for event in plain if event.line > 3 or log.stem != "mariadb-general"]

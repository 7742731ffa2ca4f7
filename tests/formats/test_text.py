"""Text formats: which line starts a record, and what is read from it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from diagnose.formats import BUILT_IN, WRAPPERS, Inner
from diagnose.lines import PLAIN, LineReader
from diagnose.model import Header, Level
from diagnose.times import Clock

CLOCK = Clock(reference=1_795_435_200_000_000)
TEN = 1_795_428_000_000_000
"""2026-11-23T10:00:00Z"""

READER = LineReader(BUILT_IN, WRAPPERS)


def form_of(line: str) -> str:
    form = READER.read(line.encode(), 0).form
    return "" if form == PLAIN else READER.formats[form].name


def read(record: str) -> Header:
    name = form_of(record.split("\n", 1)[0])
    header = next(form for form in BUILT_IN if form.name == name).parse(record, CLOCK)
    assert header is not None
    return header


NO_STARTS = (
    "    at Object.<anonymous> (/app/server.js:3:7)",
    "\tat com.example.Shop.main(Shop.java:12)",
    "Caused by: java.net.ConnectException: Connection refused",
    "Traceback (most recent call last):",
    '  File "/app/jobs.py", line 7, in run',
    "KeyError: 'id'",
    "goroutine 1 [running]:",
    "INFO: invoice for Customer 1",
    "SEVERE: job failed",
    "DETAIL:  Key (email)=(a@example.com) already exists.",
    "HINT:  No function matches the given name.",
    "2026-11-23 10:00:00.123 UTC [812] DETAIL:  Key (email)=(a@example.com) already exists.",
    "2026-11-23 10:00:00.123 UTC [812] shop@orders STATEMENT:  select 1",
    "2026-11-23 10:00:00.123 UTC [812]: [3-2] user=shop,db=orders,app=psql,client=10.0.0.5 HINT:  x",
    "2026-11-23 10:00:00 UTC:10.0.0.5(53434):shop@orders:[812]:STATEMENT:  select 1",
    "2026-11-23 10:00:00.123 CET [812] shop@orders TIPP:  Siehe Serverlog.",
    "2026-11-23 10:00:00.123 CET [812] DÉTAIL:  La clé existe déjà.",
    "2026-11-23 10:00:00.123 -03 [812] DETALLE:  Ya existe la llave.",
    "2026-11-23 10:00:00.123 +0545 [812] DETAIL:  x",
    "2026-11-23 10:00:00.123 MSK [812] ПОДРОБНОСТИ:  x",
    "2026-11-23 10:00:00.123 UTC [812] app=DBeaver 23.1 - Main CONTEXT:  x",
    "< 2026-11-23 10:00:00.123 UTC >DETAIL:  x",
    "# Time: 2026-11-23T10:00:00.000000Z",
    "| id | name |",
    "web  | running  | 3 days",
    "name-1 value",
    '{ a: 1, [Symbol("x")]: 2 }',
    "{",
    "[1, 2, 3]",
    "[object Object]",
    "2026-11-23",
    "200 OK",
    "GET /orders",
    "",
)


@pytest.mark.parametrize("line", NO_STARTS)
def test_lines_that_start_nothing(line: str) -> None:
    assert form_of(line) == ""


STARTS: tuple[tuple[str, str, Level | None, dict[str, Any], dict[str, str], str], ...] = (
    (
        "2026-11-23T10:00:00.000Z  WARN 13567 --- [shop] [nio-8080-exec-1] [4bf92f35-00f067aa] c.e.shop.Pool : slow",
        "timed",
        Level.WARNING,
        {"logger": "c.e.shop.Pool"},
        {
            "process": "13567",
            "service": "shop",
            "thread": "nio-8080-exec-1",
            "trace": "4bf92f35",
            "request": "4bf92f35",
            "span": "00f067aa",
        },
        "slow",
    ),
    (
        "2026-11-23 10:00:00.000 ERROR [shop,4bf92f35,00f067aa] 13567 --- [main] c.e.Shop : boom",
        "timed",
        Level.ERROR,
        {"logger": "c.e.Shop"},
        {"process": "13567", "service": "shop", "thread": "main", "trace": "4bf92f35", "request": "4bf92f35", "span": "00f067aa"},
        "boom",
    ),
    (
        "2026-11-23 10:00:00,000 ERROR [http-1] com.example.Shop (Shop.java:12) - boom",
        "timed",
        Level.ERROR,
        {"logger": "com.example.Shop"},
        {"thread": "http-1"},
        "boom",
    ),
    (
        "2026-11-23 10:00:00,000 INFO sqlalchemy.engine.Engine SELECT users.id \nFROM users",
        "timed",
        Level.INFO,
        {"logger": "sqlalchemy.engine.Engine"},
        {},
        "SELECT users.id \nFROM users",
    ),
    ("2026-11-23 10:00:00,000 INFO worker.jobs: ready", "timed", Level.INFO, {"logger": "worker.jobs"}, {}, "ready"),
    ("2026-11-23T10:00:00.000Z [error] GET /x 500 12 ms", "timed", Level.ERROR, {"status": 500, "path": "/x"}, {}, "GET /x 500"),
    ("2026-11-23 10:00:00 UTC ERROR it broke", "timed", Level.ERROR, {}, {}, "it broke"),
    ("2026-11-23T10:00:00Z\tINFO\tapi\tapi/main.go:3\tready", "timed", Level.INFO, {"logger": "api"}, {}, "ready"),
    ("2026/11/23 10:00:00 ERROR query failed err=x", "timed", Level.ERROR, {"err": "x"}, {}, "query failed"),
    ("2026/11/23 10:00:00 listening", "timed", None, {}, {}, "listening"),
    ('[23/Nov/2026 10:00:00] "GET /admin/ HTTP/1.1" 500 145', "access", None, {"status": 500, "bytes": 145}, {}, '"GET /admin/'),
    (
        "10.0.0.1 - jo [23/Nov/2026:10:00:00 +0000] "
        '"GET /a?b=c HTTP/1.1" 502 157 "-" "x" 0123456789abcdef0123456789abcdef rt=0.250',
        "access",
        None,
        {"status": 502, "method": "GET", "path": "/a", "duration_ms": 250.0, "client": "10.0.0.1"},
        {"user": "jo", "request": "0123456789abcdef0123456789abcdef"},
        '"GET /a?b=c',
    ),
    (
        '10.0.0.1 - - [23/Nov/2026:10:00:00 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"',
        "access",
        None,
        {"status": 400},
        {},
        '"\\x16',
    ),
    (
        '[GIN] 2026/11/23 - 10:00:00 | 503 |  1.25s | 10.0.0.1 | GET "/a"',
        "access",
        None,
        {"duration_ms": 1250.0, "path": "/a"},
        {},
        "503",
    ),
    (
        "[2026-11-23 10:00:00,000: WARNING/ForkPoolWorker-1] Task shop.pay[0c6b1c1e-7f1c-4e0e-9f0b-5b8f0f0c1d2e] retry",
        "bracketed",
        Level.WARNING,
        {"task": "shop.pay"},
        {"thread": "ForkPoolWorker-1", "request": "0c6b1c1e-7f1c-4e0e-9f0b-5b8f0f0c1d2e"},
        "Task shop.pay",
    ),
    ("[2026-11-23 10:00:00 +0000] [7] [INFO] Booting", "bracketed", Level.INFO, {}, {"process": "7"}, "Booting"),
    ("[23-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key", "php", Level.WARNING, {}, {}, "PHP Warning:"),
    (
        "[23-Nov-2026 10:00:00] WARNING: [pool www] server reached max_children",
        "php",
        Level.WARNING,
        {"pool": "www"},
        {},
        "[pool www]",
    ),
    ("[Mon Nov 23 10:00:00 2026] Out of memory: Killed process 812", "bracketed", None, {}, {}, "Out of memory"),
    (
        "2026-11-23 10:00:00.000 UTC [812] shop@orders ERROR:  23505: duplicate key\n"
        "2026-11-23 10:00:00.000 UTC [812] shop@orders DETAIL:  Key (id)=(1).\n"
        "2026-11-23 10:00:00.000 UTC [812] shop@orders STATEMENT:  insert into t\n\tvalues (1)",
        "postgresql",
        Level.ERROR,
        {"sqlstate": "23505", "detail": "Key (id)=(1).", "statement": "insert into t\n\tvalues (1)"},
        {"process": "812", "user": "shop", "database": "orders"},
        "duplicate key\nDETAIL:  Key (id)=(1).\nSTATEMENT:  insert",
    ),
    (
        "2026-11-23 10:00:00.000 UTC [812] LOG:  duration: 12.500 ms  statement: x",
        "postgresql",
        Level.INFO,
        {"duration_ms": 12.5},
        {"process": "812"},
        "duration",
    ),
    (
        "2026-11-23 10:00:00.000 UTC [812] FATALE:  troppe connessioni",
        "postgresql",
        Level.FATAL,
        {},
        {"process": "812"},
        "troppe",
    ),
    ("2026-11-23 10:00:00.000 UTC [812] 错误:  重复", "postgresql", Level.ERROR, {}, {"process": "812"}, "重复"),
    ("2026-11-23 10:00:00 12 [Warning] Aborted connection", "mysql", Level.WARNING, {}, {"thread": "12"}, "Aborted"),
    (
        "2026-11-23T10:00:00.000000Z 0 [Warning] [MY-010068] [Server] CA",
        "mysql",
        Level.WARNING,
        {"code": "MY-010068", "logger": "Server"},
        {},
        "CA",
    ),
    (
        "7:S 23 Nov 2026 10:00:00.000 # Connection lost",
        "redis",
        Level.WARNING,
        {"role": "replica"},
        {"process": "7"},
        "Connection",
    ),
    (
        '2026/11/23 10:00:00 [crit] 7#8: *9 open() failed, client: 10.0.0.1, server: _, request: "GET /a?b HTTP/1.1", host: "h"',
        "nginx",
        Level.FATAL,
        {"client": "10.0.0.1", "method": "GET", "path": "/a", "http_host": "h", "connection": 9},
        {"process": "7"},
        "open() failed",
    ),
    (
        "[Nest] 7  - 11/23/2026, 10:00:00 AM   ERROR [HTTP] GET /health 500 8ms",
        "nestjs",
        Level.ERROR,
        {"logger": "HTTP", "status": 500},
        {"process": "7"},
        "GET /health",
    ),
    ("Nov 23 10:00:00 web-1 app[7]: hello", "syslog", None, {}, {"host": "web-1", "service": "app", "process": "7"}, "hello"),
    (
        "Nov 23 10:00:00 db-1 postgres[812]: 2026-11-23 10:00:00.000 UTC [812] ERROR:  deadlock detected",
        "syslog",
        Level.ERROR,
        {},
        {"host": "db-1", "service": "postgres", "process": "812"},
        "deadlock detected",
    ),
    (
        '2026-11-23T10:00:00.000+00:00 web-1 nginx[7]: 10.0.0.1 - - [23/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 502 157',
        "syslog",
        None,
        {"status": 502},
        {"host": "web-1", "service": "nginx", "process": "7"},
        '"GET /',
    ),
    ("info: Shop[0]\n      paid", "dotnet", Level.INFO, {"logger": "Shop"}, {}, "paid"),
    ("Hibernate: select 1", "statements", None, {"statement": "select 1"}, {}, "select 1"),
    ("Executed (default): SELECT 1; Elapsed time: 12ms", "statements", None, {"duration_ms": 12.0}, {}, "SELECT 1"),
)


@pytest.mark.parametrize(
    ("record", "name", "level", "fields", "scope", "message"), STARTS, ids=[start[0][:60] for start in STARTS]
)
def test_lines_that_start_a_record(
    record: str, name: str, level: Level | None, fields: dict[str, Any], scope: dict[str, str], message: str
) -> None:
    assert form_of(record.split("\n", 1)[0]) == name
    header = read(record)
    assert header.level == level
    assert {key: header.fields.get(key) for key in fields} == fields
    assert header.scope == scope
    assert header.message.startswith(message)
    if re.search("10:00:00", record):
        assert header.time == TEN


def test_the_jvms_thread_dump_starts_with_a_bare_time() -> None:
    header = read("2026-11-23 10:00:00\nFull thread dump OpenJDK 64-Bit Server VM")
    assert (header.time, header.message) == (TEN, "\nFull thread dump OpenJDK 64-Bit Server VM")


def test_an_inner_record_keeps_what_it_tells_and_takes_the_rest_from_outside() -> None:
    header = read('Nov 23 10:00:00 web-1 api[7]: {"level":50,"time":1795428000123,"pid":8,"msg":"boom"}')
    assert (header.time, header.level, header.message) == (TEN + 123_000, Level.ERROR, "boom")
    assert header.scope == {"process": "8", "host": "web-1", "service": "api"}
    header = read('2026-11-23T10:00:00.123456Z {"level":50,"msg":"boom"}')
    assert (header.time, header.resolution, header.level, header.message) == (TEN + 123_456, 1, Level.ERROR, "boom")
    assert Inner(()).parse("x", CLOCK) is None


@pytest.mark.parametrize(
    ("line", "stream", "payload", "partial", "time"),
    [
        (r'{"log":"a \"b\" \u00e9\n","stream":"stdout","time":"T"}', "stdout", 'a "b" é', False, "T"),
        (r'{"log":"a","stream":"stderr","time":"T"}', "stderr", "a", True, "T"),
        (r'{"log":"C:\\n","stream":"stderr","time":"T"}', "stderr", "C:\\n", True, "T"),
        (r'{"log":"\n","stream":"stdout","time":"T"}', "stdout", "", False, "T"),
        ("2026-11-23T10:00:00.1Z stdout F", "stdout", "", False, "2026-11-23T10:00:00.1Z"),
        ("2026-11-23T10:00:00.1Z stderr P part", "stderr", "part", True, "2026-11-23T10:00:00.1Z"),
        ("api-1  | x | y", "api", "x | y", False, ""),
        ("api-12      |   indented", "api-12", "  indented", False, ""),
        ("shop_db_1  |", "shop_db", "", False, ""),
        ("\x1b[36mapi-1  | \x1b[0mboom", "api", "boom", False, ""),
        ("[pod/a-1/api] boom", "a-1/api", "boom", False, ""),
    ],
)
def test_wrappings(line: str, stream: str, payload: str, partial: bool, time: str) -> None:
    read = READER.read(line.encode(), 0)
    assert (read.name, read.payload, read.partial, read.outer_time) == (stream.encode(), payload.encode(), partial, time)
    assert read.wrapper >= 0
    if partial:
        assert re.search(WRAPPERS[read.wrapper].partial.encode(), line.encode())


@pytest.mark.parametrize(
    "line",
    [
        " id | name ",
        "| a | b |",
        "name  | type",
        "ls -1 | wc -l",
        "cat x-1 | sort",
        "A-1 | x",
        '{"log":"x"}',
        '{"log":{"level":"error"}}',
        '{"log":"cut',
        "2026-11-23T10:00:00.1Z stdout",
        "2026-11-23T10:00:00Z stdout F x",
        "[pod/api] x",
        "a-1|x",
        "x-1 | sort",
    ],
)
def test_what_looks_wrapped_and_is_not(line: str) -> None:
    assert READER.read(line.encode(), 0).wrapper == -1

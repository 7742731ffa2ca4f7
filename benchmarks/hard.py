"""Logs that are hard to read quickly, since nearly every line is looked at: an error storm, SQL debug logs, access logs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.corpus import MB, folder

FORM = 1
"""Counted up whenever the same arguments give other bytes."""

_TABLES = ("orders", "customers", "products", "order_items", "invoices", "addresses")
_PATHS = ("/", "/api/orders", "/api/orders/{}", "/api/cart", "/assets/app.{}.js", "/login", "/api/products?page={}")
_AGENTS = ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "curl/8.5.0", "okhttp/4.12.0")
_DAY = 86_400_000


def _clock(milliseconds: int) -> tuple[int, int, int, int]:
    rest = milliseconds % _DAY
    return rest // 3_600_000, rest // 60_000 % 60, rest // 1_000 % 60, rest % 1_000


def storm(rng: random.Random) -> Iterator[str]:
    """A service whose database is gone: every other line is the same error, with another request each time."""
    now = 0
    while True:
        now += rng.randrange(1, 4)
        time = "2026-11-23T%02d:%02d:%02d.%03dZ" % _clock(now)
        request = f"{rng.getrandbits(128):032x}"
        yield (
            f'{{"level":30,"time":"{time}","pid":17,"hostname":"api-7","reqId":"{request}","msg":"incoming request GET /api/orders/{rng.randrange(9_999)}"}}\n'
            f'{{"level":50,"time":"{time}","pid":17,"hostname":"api-7","reqId":"{request}","err":{{"type":"Error","message":"connect ECONNREFUSED 10.0.3.7:5432",'
            f'"code":"ECONNREFUSED"}},"msg":"connect ECONNREFUSED 10.0.3.7:5432"}}\n'
        )


def sql(rng: random.Random) -> Iterator[str]:
    """A Spring Boot service that logs each statement: some requests read rows one by one."""
    now = 0
    while True:
        thread, table = rng.randrange(1, 20), rng.choice(_TABLES)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 12))):
            now += rng.randrange(1, 9)
            time = "2026-11-23T%02d:%02d:%02d.%03dZ" % _clock(now)
            yield (
                f"{time} DEBUG 1 --- [shop] [nio-8080-exec-{thread}] org.hibernate.SQL                        : "
                f"select t1_0.id,t1_0.name,t1_0.price,t1_0.created_at,t1_0.updated_at from {table} t1_0 where t1_0.id=?\n"
            )


def access(rng: random.Random) -> Iterator[str]:
    """nginx in its combined form with the time that each request took; one of a hundred fails."""
    now = 0
    while True:
        now += rng.randrange(1, 9)
        hour, minute, second, _ = _clock(now)
        status = rng.choices((200, 304, 404, 499, 500, 502), (85, 8, 4, 1, 1, 1))[0]
        yield (
            f"203.0.113.{rng.randrange(256)} - - [23/Nov/2026:{hour:02d}:{minute:02d}:{second:02d} +0000] "
            f'"GET {rng.choice(_PATHS).format(rng.randrange(9_999))} HTTP/1.1" {status} {rng.randrange(200, 20_000)} "-" '
            f'"{rng.choice(_AGENTS)}" {rng.random() * 2:.3f}\n'
        )


CASES: dict[str, Callable[[random.Random], Iterator[str]]] = {"storm": storm, "sql": sql, "access": access}


def hard(case: str, size: float, seed: int = 1) -> Path:
    """The log of a case of `size` MB, from the folder of corpora; made where it is not there yet."""
    path = folder() / f"{case}-{FORM}-{size:g}mb-{seed}.log"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        left = int(size * MB)
        with part.open("w", encoding="ascii") as out:
            for text in CASES[case](random.Random(seed)):
                out.write(text)
                left -= len(text)
                if left <= 0:
                    break
        part.replace(path)
    return path

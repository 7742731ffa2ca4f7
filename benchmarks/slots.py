"""What varies between two lines of one template: ids, addresses, paths, durations, times.

A template is text with slots, `«name»`. Each slot takes the next value of its pool; the same name within one template
is the same value, and `«ip2»` is another value of the pool `ip`. Pools differ in length, so combinations hardly repeat.
Values hold no character that JSON or a regex would escape: a template is dressed first and filled last.
"""

from __future__ import annotations

import itertools
import random
import re
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter

from benchmarks.moments import TIMES

_SLOT = re.compile(r"«(\w+)»")

HOSTS = "orders-db payments stock-db cache search mailer billing-db ledger rates auth inventory-db queue".split()
PORTS = (5432, 3306, 6379, 8080)
TABLES = "orders customers invoices items payments shipments carts coupons sessions audit_log price_list level_history".split()
COLUMNS = "email sku number reference idempotency_key slug phone username external_id code".split()
RESOURCES = "orders customers products carts invoices payments shipments reports sessions coupons reviews stock".split()
USERS = "anna ben carla deniz emil farah greta hamid ines jonas kira lars mara nils olga pavel".split()
PROCESSES = "postgres java node python3 mysqld redis-server gunicorn worker".split()
METHODS = ("GET", "GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    "okhttp/5.3.2",
    "curl/8.14.1",
    "python-requests/2.32.4",
    "kube-probe/1.33",
)


def _path(rng: random.Random) -> str:
    path = f"/{rng.choice(('api', 'api/v1', 'api/v2', 'shop', 'internal'))}/{rng.choice(RESOURCES)}"
    if rng.random() < 0.6:
        path += f"/{rng.randrange(1, 90_000) if rng.random() < 0.7 else uuid.UUID(int=rng.getrandbits(128))}"
    if rng.random() < 0.25:
        path += f"/{rng.choice(('items', 'history', 'label', 'summary', 'lines', 'notes'))}"
    if rng.random() < 0.2:
        path += f"?page={rng.randrange(1, 60)}&limit={rng.choice((10, 20, 50))}"
    return path


_MAKERS: dict[str, tuple[int, Callable[[random.Random], object]]] = {
    "id": (20_011, lambda rng: rng.randrange(1, 2_000_000)),
    "n": (1_009, lambda rng: rng.randrange(1, 1_000)),
    "digit": (101, lambda rng: rng.randrange(1, 10)),
    "pid": (499, lambda rng: rng.randrange(100, 32_000)),
    "ms": (4_001, lambda rng: rng.randrange(1, 1_800)),
    "slow": (2_003, lambda rng: rng.randrange(1_000, 30_000)),
    "float": (5_003, lambda rng: f"{rng.expovariate(0.05):.3f}"),
    "bytes": (6_007, lambda rng: rng.randrange(12, 90_000)),
    "kb": (997, lambda rng: rng.randrange(200_000, 8_000_000)),
    "uuid": (30_011, lambda rng: uuid.UUID(int=rng.getrandbits(128), version=4)),
    "hex": (25_013, lambda rng: f"{rng.getrandbits(48):012x}"),
    "trace": (25_031, lambda rng: f"{rng.getrandbits(128):032x}"),
    "address": (7_001, lambda rng: f"0x{rng.getrandbits(36):010x}"),
    "client": (
        9_001,
        lambda rng: f"{rng.choice((192, 198, 203))}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
    ),
    "sport": (10_007, lambda rng: rng.randrange(32_768, 60_999)),
    "ip": (12, lambda rng: f"10.{rng.randrange(2, 60)}.{rng.randrange(4)}.{rng.randrange(2, 250)}"),
    "port": (7, lambda rng: rng.choice(PORTS)),
    "host": (11, lambda rng: rng.choice(HOSTS)),
    "fqdn": (13, lambda rng: f"{rng.choice(HOSTS)}.{rng.choice(('shop', 'prod', 'eu'))}.example"),
    "table": (17, lambda rng: rng.choice(TABLES)),
    "column": (19, lambda rng: rng.choice(COLUMNS)),
    "process": (23, lambda rng: rng.choice(PROCESSES)),
    "user": (211, lambda rng: f"{rng.choice(USERS)}{rng.randrange(1, 400)}"),
    "email": (15_013, lambda rng: f"{rng.choice(USERS)}.{rng.randrange(1, 9_000)}@example.com"),
    "ref": (16_033, lambda rng: f"{rng.choice('ABKPRS')}-{rng.randrange(2024, 2027)}-{rng.randrange(100_000)}"),
    "method": (89, lambda rng: rng.choice(METHODS)),
    "path": (12_007, _path),
    "ok": (307, lambda rng: rng.choices((200, 201, 204, 301, 304, 400, 401, 404), (70, 8, 5, 2, 8, 1, 2, 4))[0]),
    "agent": (53, lambda rng: rng.choice(AGENTS)),
    "pod": (29, lambda rng: f"{rng.getrandbits(36):09x}-{rng.choice('bcdfghjk')}{rng.getrandbits(16):04x}"),
}


_OF_PLACE = frozenset(("ip", "port", "host", "fqdn", "table", "column", "process"))
"""What a place in a program always names the same: whom it calls, what it reads. A system fails in few places, often."""


class Slots:
    """The pools of one corpus: values to draw, always in the same order for the same seed."""

    def __init__(self, rng: random.Random) -> None:
        self.now: dict[str, bytes] = {}
        """What the clock says, in each way of writing it; whoever fills templates sets it."""
        self._pools: dict[str, Iterator[bytes]] = {
            name: itertools.cycle([str(make(rng)).encode() for _ in range(size)]) for name, (size, make) in _MAKERS.items()
        }
        for name in TIMES:
            self._pools[name] = iter(partial(self.now.__getitem__, name), None)

    def _fixed(self) -> Callable[[re.Match[str]], str]:
        """Fills in what one template names the same in each record."""
        drawn: dict[str, str] = {}

        def fill(slot: re.Match[str]) -> str:
            name = slot[1]
            if name.rstrip("0123456789") not in _OF_PLACE:
                return slot[0]
            if name not in drawn:
                drawn[name] = next(self._pools[name.rstrip("0123456789")]).decode()
            return drawn[name]

        return fill

    def compile(self, template: str) -> Callable[[], bytes]:
        """A function that gives the template's next filling. Raises KeyError for a slot without a pool."""
        template = _SLOT.sub(self._fixed(), template)
        names = _SLOT.findall(template)
        text = _SLOT.sub("%b", template.replace("%", "%%")).encode()
        distinct = list(dict.fromkeys(names))
        pools = [self._pools[name if name in self._pools else name.rstrip("0123456789")] for name in distinct]
        if not pools:
            done = text % ()
            return lambda: done
        if len(distinct) == len(names):
            return lambda: text % tuple(map(next, pools))
        # A name that comes twice is drawn once.
        spread = itemgetter(*(distinct.index(name) for name in names))
        return lambda: text % spread(tuple(map(next, pools)))

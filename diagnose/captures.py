"""What a regex captured, as values: numbers and durations read, and the parts of an address completed."""

from __future__ import annotations

import math
import re

from diagnose.model import Value

UNKNOWN_TEXT = "?"
"""What Hibernate prints for a bound parameter: a capture of it is unknown."""

DEPENDENCIES = {
    "5432": "PostgreSQL", "6432": "PgBouncer", "3306": "MySQL", "6379": "Redis", "27017": "MongoDB", "5672": "RabbitMQ", "9092": "Kafka",
    "9200": "Elasticsearch", "11211": "Memcached", "1433": "SQL Server", "1521": "Oracle", "25": "the mail server", "465": "the mail server",
    "587": "the mail server", "2181": "ZooKeeper", "8500": "Consul", "2379": "etcd", "4222": "NATS", "1883": "the MQTT broker",
}  # fmt: skip
"""What usually listens on a port, by the IANA registry of port numbers and the servers' own defaults."""


def complete_peer(captured: dict[str, Value]) -> None:
    """Make `peer` of `host` and `port` and the other way round, and name the `dependency` that usually listens there."""
    host, port, peer = captured.get("host"), captured.get("port"), captured.get("peer")
    if peer is None and host and port:
        captured["peer"] = f"[{host}]:{port}" if ":" in str(host) and not str(host).startswith("[") else f"{host}:{port}"
    elif isinstance(peer, str) and port is None and ":" in peer and peer.rpartition(":")[2].isdigit():
        captured["port"] = port = peer.rpartition(":")[2]
    if port is not None and "dependency" not in captured:
        captured["dependency"] = DEPENDENCIES.get(str(port), "the server")


_UNITS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "m": 6e4, "min": 6e4, "h": 3.6e6}


_LARGEST = 1 << 63
"""Numbers beyond are no measurements; nothing that computes or prints needs to expect them."""


def convert(text: str, kind: str) -> Value:
    """Read a capture; None (unknown) where the text is not of its type."""
    if kind == "str":
        return text
    number: int | float
    try:
        if kind == "int":
            number = int(text.replace(",", "").replace("_", ""))
        elif kind == "float":
            number = float(text.replace(",", ""))
        else:
            match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)\s*", text)
            number = float(match[1]) * _UNITS.get(match[2] or "ms", 1.0) if match else math.nan
    except ValueError:
        return None
    return number if abs(number) < _LARGEST else None

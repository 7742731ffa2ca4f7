"""The fields of structured records: flattened, and known by what they mean whatever a logger calls them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

from diagnose.formats.parts.ids import is_counter, real
from diagnose.formats.parts.names import ROLES
from diagnose.lazy import lazy

_DEPTH = 8
_ITEMS = 20
"""Items of a list that become fields of their own."""

_UNIT_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_DURATION = lazy(r"(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_GO_DURATION = lazy(r"(?:(\d+)h)?(?:(\d+)m)?(\d+(?:\.\d+)?)s", re.ASCII)
_SCHEMES = {
    "http": "80", "https": "443", "postgres": "5432", "postgresql": "5432", "mysql": "3306", "redis": "6379", "mongodb": "27017",
    "amqp": "5672", "kafka": "9092",
}  # fmt: skip
"""The ports that URLs leave out."""

_ADDRESS = lazy(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^@/\s]*@)?)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,7}|[A-Za-z0-9_](?:[\w.-]{0,252}[\w])?)"
    r"(?::(?P<port>\d{1,5}))?(?:[/?#]\S*)?"
)
_SECONDS = frozenset(("request_time", "response_time"))
_METHOD = r"(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)"
_QUOTED = lazy(
    rf'"{_METHOD} (?P<path>\S+) HTTP/[\d.]+"(?: from \S+ -)?(?: (?P<status>[1-5]\d\d)\b(?: \d+B in (?P<took>\d[\w.µ]*))?)?'
)
_BARE = lazy(rf"{_METHOD} (?P<path>/\S*)(?: (?P<status>[1-5]\d\d)\b(?: (?P<took>\d+(?:\.\d+)? ?ms)\b)?)?(?:\s|$)")
_DJANGO = lazy(rf"<\w+Request: {_METHOD} '(?P<path>[^']*)'>")


def flatten(value: Mapping[str, Any]) -> dict[str, Any]:
    """Nested objects as one flat mapping: dots join the keys, lists count from 0."""
    flat: dict[str, Any] = {}
    _flatten(value, "", flat, _DEPTH)
    return flat


def object_of(text: str) -> dict[str, Any]:
    """The flat fields of a JSON object; {} where the text is none."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    return flatten(value) if isinstance(value, dict) else {}


def _flatten(value: Mapping[str, Any], prefix: str, flat: dict[str, Any], depth: int) -> None:
    for key, item in value.items():
        name = prefix + key
        kind = type(item)
        if kind is dict and depth and item:
            _flatten(item, name + ".", flat, depth - 1)
        elif kind is list and depth and item:
            if all(type(part) is str for part in item):
                flat[name] = "\n".join(item)
            else:
                _flatten({str(at): part for at, part in enumerate(item[:_ITEMS])}, name + ".", flat, depth - 1)
        else:
            flat[name] = item


def roles(flat: Mapping[str, Any]) -> dict[str, str]:
    """The field that plays each role: role → its name in `flat`. Fields without a value play none; a stack has lines."""
    found: dict[str, str] = {}
    ranks: dict[str, int] = {}
    for name, value in flat.items():
        known = ROLES.get(name)
        if known is not None and value is not None and value != "" and type(value) is not dict and type(value) is not list:
            role, rank = known
            if role == "stack" and not (type(value) is str and "\n" in value):
                continue
            if role not in found or rank < ranks[role]:
                found[role] = name
                ranks[role] = rank
    return found


def path_of(url: str) -> str:
    """The path of a URL or request target, without host, query and fragment."""
    if not url.startswith("/"):
        scheme = url.find("://")
        slash = url.find("/", scheme + 3) if scheme > 0 else -1
        url = url[slash:] if slash > 0 else url
    return url.split("?", 1)[0].split("#", 1)[0]


def peer_of(address: object, port: object = None) -> str:
    """Whom an address and a port name, as `host:port`; empty where they name nobody, or several (nginx's retries).

    The address may hold the port, or be a URL. Sockets without a host stay as they are.
    """
    match = _ADDRESS.fullmatch(real(address))
    if match is None:
        return ""
    host, within = match["host"], match["port"]
    number = (
        within
        or (str(port) if isinstance(port, int | str) and str(port).isdecimal() else "")
        or _SCHEMES.get(match["scheme"] or "", "")
    )
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"{host}:{number}" if number else host


def last_peer(addresses: str) -> str:
    """Of the services that nginx tried one after the other the last: it is the one that answered, or did not."""
    return peer_of(addresses.rsplit(",", 1)[-1].rsplit(" : ", 1)[-1].strip())


def duration_ms(name: str, value: object, in_seconds: bool = False, in_nanoseconds: bool = False) -> float | None:
    """A duration in ms, read from its text (`1.2s`, `835.4µs`, `1m2.5s`) or told by its name and size.

    ECS counts nanoseconds (`event.duration`), Go's slog does (`in_nanoseconds`), and so do integers over a million;
    nginx counts seconds, and zap does (`in_seconds`); the rest count milliseconds.
    """
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is not None:
            return float(match[1]) * _UNIT_MS[match[2]]
        match = _GO_DURATION.fullmatch(value.strip())
        if match is not None:
            return int(match[1] or 0) * 3.6e6 + int(match[2] or 0) * 6e4 + float(match[3]) * 1e3
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    if name.endswith(("Micros", "_us")):
        return value / 1e3
    whole = isinstance(value, int) and not name.lower().endswith("ms")
    if name == "event.duration" or (whole and (in_nanoseconds or value > 1_000_000)):
        return value / 1e6
    if name.lower().endswith(("ms", "millis", "milliseconds", "responsetime")):
        return float(value)
    return value * 1e3 if in_seconds or name in _SECONDS else float(value)


def read_request(message: str, fields: dict[str, Any]) -> None:
    """Set `method`, `path`, `status` and `duration_ms` from a message that tells of a request, where no field does.

    Messages like `… "GET /x HTTP/1.1" 500 …`, `GET /x 500 12 ms`, and Django's `request: <WSGIRequest: GET '/x'>`.
    """
    found = None
    if "HTTP/" in message:
        found = _QUOTED.search(message)
    elif message[:1] in "GPDHO" and " /" in message[:9]:
        found = _BARE.match(message)
    if found is None:
        named = fields.get("request")
        found = _DJANGO.match(named) if type(named) is str else None
        if found is None:
            return
    parts = found.groupdict()
    fields.setdefault("method", parts["method"])
    fields.setdefault("path", path_of(parts["path"]))
    if parts.get("status"):
        fields.setdefault("status", int(parts["status"]))
    took = duration_ms("", parts["took"]) if parts.get("took") else None
    if took is not None:
        fields.setdefault("duration_ms", took)


def request_id(value: object, process: str = "") -> str:
    """A request id as text. A counter (`1`, `req-a`) is unique in its process only, so the process is added."""
    text = str(value)
    return f"{text}@{process}" if process and is_counter(text) else text

"""Finders for settings: `.env` files, Spring's application files, appsettings.json, nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.check.finders.documents import Value, documents
from diagnose.check.finders.workloads import containers, is_development, is_production, value_of
from diagnose.check.spots import File, Spot

_ASSIGNED = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_][\w.\[\]-]*)\s*[=:]\s*(?P<value>.*?)\s*$")
_ON = {"true", "1", "on", "yes"}
_DEBUG_NAMES = {"DEBUG", "APP_DEBUG", "FLASK_DEBUG", "DJANGO_DEBUG", "RAILS_DEBUG"}
_DEVELOPMENT_NAMES = {"NODE_ENV", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "FLASK_ENV", "RAILS_ENV"}
_SPRING = {
    "debug": _ON,
    "trace": _ON,
    "logging.level.root": {"debug", "trace"},
    "spring.jpa.show-sql": _ON,
    "server.error.include-stacktrace": {"always"},
}
_APPSETTINGS = {
    "DetailedErrors": _ON,
    "Logging.LogLevel.Default": {"debug", "trace"},
    "Serilog.MinimumLevel.Default": {"debug", "verbose"},
}
_JDBC_LOCAL = re.compile(
    r"(?i)(?:jdbc:\w+:|mongodb(?:\+srv)?:|postgres(?:ql)?:|mysql:|redis:)//(?:[^@/\s]*@)?(localhost|127\.0\.0\.1)\b"
    r"|\b(?:Server|Host|Data Source)=(localhost|127\.0\.0\.1)\b"
)
_NAMED_LOCAL = re.compile(r"(?i)^(localhost|127\.0\.0\.1)$")
_HOST_NAME = re.compile(r"(?i)^(?:DB|DATABASE|POSTGRES|PG|MYSQL|MONGO|MONGODB|REDIS)_?HOST$")
_CONTAINED = re.compile(r"(?i)(?:^|[._-])(?:docker|container|compose|k8s|kubernetes|prod|production|staging)(?:[._-]|$)")


def debug_on(file: File) -> Iterator[Spot]:
    """Debug mode in files for production."""
    if is_development(file):
        return
    for name, value, spot in _settings(file):
        if _is_debug(name, value):
            yield _with(spot, NAME=name, VALUE=value)
    if file.name.endswith(".conf") and "nginx" in file.path.lower():
        for number, line in enumerate(file.lines, 1):
            if re.match(r"\s*error_log\s+\S+\s+debug\s*;", line):
                yield file.spot(number, len(line) - len(line.lstrip()) + 1, NAME="error_log", VALUE="debug")


def localhost_in_settings(file: File) -> Iterator[Spot]:
    """Settings for containers or for production that look for a database on the machine itself."""
    if not _CONTAINED.search(file.name) or is_development(file):
        return
    for name, value, spot in _settings(file):
        local = _JDBC_LOCAL.search(value) or (_NAMED_LOCAL.match(value) if _HOST_NAME.match(name) else None)
        if local:
            yield _with(spot, NAME=name, HOST=next(filter(None, local.groups())), CONTAINER="the container")


def _is_debug(name: str, value: str) -> bool:
    low = value.lower()
    if name.upper() in _DEBUG_NAMES:
        return low in _ON
    if name in _DEVELOPMENT_NAMES:
        return low == "development"
    return low in _SPRING.get(name, ()) or low in _APPSETTINGS.get(name, ())


def _settings(file: File) -> Iterator[tuple[str, str, Spot]]:
    """Names, values and places of what a file for production sets."""
    name = file.name
    if name.startswith(".env") or name.endswith(".env"):
        yield from _env(file)
    elif name.endswith(".properties") and is_production(file):
        yield from _lines(file)
    elif name.startswith("appsettings") and name.endswith(".json") and is_production(file):
        for document in documents(file):
            yield from _flat(document, "")
    elif name.startswith(("application", "bootstrap")) and name.endswith((".yml", ".yaml")):
        if is_production(file) or _CONTAINED.search(name):
            for document in documents(file):
                yield from _flat(document, "")
    else:
        for one in containers(file):
            if one.kind != "compose" or is_production(file):
                yield from ((key, value_of(key, value), value.spot()) for key, value in one.env.items())


def _env(file: File) -> Iterator[tuple[str, str, Spot]]:
    """A `.env` file's, where its name or what it sets says that it is for production."""
    found = list(_lines(file))
    says = {name: value for name, value, _ in found}
    if (
        _CONTAINED.search(file.name)
        or says.get("APP_ENV", "").lower() in ("production", "prod")
        or says.get("NODE_ENV") == "production"
    ):
        yield from found


def _lines(file: File) -> Iterator[tuple[str, str, Spot]]:
    for number, line in enumerate(file.lines, 1):
        match = _ASSIGNED.match(line) if not line.lstrip().startswith(("#", ";", "!")) else None
        if match:
            yield match["name"], match["value"].strip("\"'"), file.spot(number, match.start("name") + 1)


def _flat(value: Value, prefix: str, depth: int = 0) -> Iterator[tuple[str, str, Spot]]:
    """All texts of a document by their dotted names, ten levels deep at most."""
    if depth > 10:
        return
    for key, child in value.entries.items():
        name = f"{prefix}.{key}" if prefix else key
        if child.text:
            yield name, child.text, child.spot()
        else:
            yield from _flat(child, name, depth + 1)


def _with(spot: Spot, **values: str) -> Spot:
    return Spot(spot.line, spot.column, spot.end_column, spot.offset, values)

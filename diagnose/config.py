"""Settings from `diagnose.toml`, or `[tool.diagnose]` in `pyproject.toml`; the command line goes before them.

The nearest of these files from the working folder upwards counts. Keys are the long options of `diagnose scan` and `diagnose check`;
the tables `[[suppress]]` say which findings are not minded, and why.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.errors import Fault, Faults
from diagnose.suppressions import TABLE, Suppression, read_suppressions

MAX_BYTES = 1 << 20

KEYS: Mapping[str, type | tuple[type, ...]] = {
    "framework": (str, list),
    "database": (str, list),
    "rule": (str, list),
    "rules": (str, list),
    "exclude": (str, list),
    "limit": (str, list),
    "severity": str,
    "fail-on": str,
    "tz": str,
    "format": str,
    "output": (str, list),
    "baseline": str,
    "source": str,
    "unknown": bool,
    "workers": int,
    "history": bool,
    "history-file": str,
}
"""What may be set, and the types it may have; a list is a list of strings."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a file sets, by option name. `folder` is where its relative paths start. `suppressions` are in the file's order."""

    values: Mapping[str, Any]
    folder: Path
    file: Path | None = None
    suppressions: tuple[Suppression, ...] = ()


def find_config(start: Path) -> Path | None:
    """The nearest settings file at or above a folder."""
    for folder in (start, *start.parents):
        own = folder / "diagnose.toml"
        if own.is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file() and _has_table(project):
            return project
    return None


def load_config(path: Path) -> Config:
    """Read a settings file. Raises Faults with file, line and column."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Faults([Fault(error.strerror or str(error), str(path))]) from error
    if len(data) > MAX_BYTES:
        raise Faults([Fault(f"the file is larger than {MAX_BYTES:,} bytes", str(path))])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Faults([Fault("this is not UTF-8", str(path), line)]) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Faults([_syntax(path, text, str(error))]) from error
    except RecursionError as error:
        raise Faults([Fault("values are nested too deeply", str(path), 1)]) from error
    if path.name == "pyproject.toml":
        tool = table.get("tool", {})
        table = tool.get("diagnose", {}) if isinstance(tool, dict) else {}
        if not isinstance(table, dict):
            raise Faults([_fault("tool.diagnose is a table: [tool.diagnose]", path, text, "diagnose")])
    suppressions, faults = read_suppressions(table.pop(TABLE, []), str(path), text)
    faults += [fault for key, value in table.items() if (fault := _check(path, text, key, value))]
    if faults:
        raise Faults(faults)
    return Config({key: [value] if KEYS[key] == (str, list) and isinstance(value, str) else value for key, value in table.items()},
                  path.resolve().parent, path, tuple(suppressions))  # fmt: skip


def _has_table(path: Path) -> bool:
    try:
        return b"[tool.diagnose" in path.read_bytes()[:MAX_BYTES]
    except OSError:
        return False


def _check(path: Path, text: str, key: str, value: object) -> Fault | None:
    kinds = KEYS.get(key)
    if kinds is None:
        known = sorted([*KEYS, TABLE])
        near = difflib.get_close_matches(key, known, 1)
        help = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return _fault(f"unknown key {key!r}", path, text, key, help)
    good = isinstance(value, kinds) and not (kinds is int and isinstance(value, bool))
    if isinstance(value, list):
        good = good and all(isinstance(item, str) for item in value)
    if good:
        return None
    wanted = "true or false" if kinds is bool else "a whole number" if kinds is int else "a string"
    if kinds == (str, list):
        wanted = "a string or a list of strings"
    return _fault(f"{key!r} takes {wanted}", path, text, key)


def _fault(reason: str, path: Path, text: str, key: str, help: str = "") -> Fault:
    """A fault at the line that sets a key."""
    line = _line_of(text, key)
    excerpt = text.splitlines()[line - 1] if line else ""
    return Fault(reason, str(path), line, excerpt.find(key) + 1, excerpt, help)


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.\]]|\s*\[+(?:tool\.diagnose\.)?\"?{re.escape(key)}\"?\]", line):
            return number
    return 0


def _syntax(path: Path, text: str, reason: str) -> Fault:
    match = re.search(r"\(at line (\d+), column (\d+)\)", reason)
    if match is None:
        lines = text.splitlines() or [""]
        return Fault(reason, str(path), len(lines), 0, lines[-1])
    line, column = int(match[1]), int(match[2])
    lines = text.splitlines()
    return Fault(reason[: match.start()].strip(), str(path), line, column, lines[line - 1] if line <= len(lines) else "")

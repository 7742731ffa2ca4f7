"""Which major version of an npm package a file's project asks for. The nearest `package.json` above it that names the package says so."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

_SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_LARGEST = 1 << 20
"""Bytes of a manifest that is read."""

_HIGHEST = 12
"""Folders that are looked at above a file: a repository's root is rarely further."""


def is_from(path: Path, package: str, major: int) -> bool:
    """Whether the project of the file at `path` asks for this major version of a package, or a later one; False where nobody says."""
    for folder in list(path.absolute().parents)[:_HIGHEST]:
        wanted = _versions(folder).get(package)
        if wanted is not None:
            return wanted >= major
    return False


@lru_cache(maxsize=1024)
def _versions(folder: Path) -> dict[str, int]:
    """The major versions that a folder's manifest asks for, by package; those that it leaves open are not there."""
    try:
        with (folder / "package.json").open("rb") as stream:
            told = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    found: dict[str, int] = {}
    for section in _SECTIONS:
        asked = told.get(section)
        for name, version in asked.items() if isinstance(asked, dict) else ():
            number = re.match(r"[\^~>=v\s]*(\d{1,6})\b", version) if isinstance(version, str) else None
            if number:
                found.setdefault(name, int(number[1]))
    return found

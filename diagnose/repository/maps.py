"""Source maps (ECMA-426, version 3): from a place in a generated file to the one it was made of.

Mappings are base-64 VLQ numbers, each relative to the one before: column, source, line, column. Lines and columns count from 0 there.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.lazy import lazy

LARGEST = 32 << 20
"""Bytes of a map that is read."""

_DIGITS = {char: value for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_LINK = lazy(rb"//[#@] sourceMappingURL=([^\s'\"]+)\s*\Z|/\*[#@] sourceMappingURL=([^\s'\"]+)\s*\*/\s*\Z")


class BadMapError(ValueError):
    """A source map that is none."""


def link_of(generated: bytes) -> str:
    """Where a generated file says that its map is: a file beside it or a `data:` URI; empty where it says nothing."""
    match = _LINK.search(generated[-LARGEST:])
    return (match[1] or match[2]).decode("utf-8", "replace") if match else ""


def inline_map(link: str) -> bytes:
    """The map that a `data:` URI holds; empty where it is none."""
    match = re.match(r"data:application/json[^,]*;base64,", link)
    try:
        return base64.b64decode(link[match.end() :], validate=True) if match else b""
    except (binascii.Error, ValueError):
        return b""


def original(data: bytes, line: int, column: int = 0) -> tuple[str, int] | None:
    """The source and line that a generated line and column (from 1; 0: not known) were made of; None where the map has none.

    Without a column the line's first mapping counts, if the whole line was made of a few lines of one source. Raises BadMapError.
    """
    try:
        table: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadMapError(str(error)) from error
    if not isinstance(table, dict) or not isinstance(table.get("mappings"), str) or not isinstance(table.get("sources"), list):
        raise BadMapError("no mappings")
    found = list(_segments(table["mappings"], line - 1))
    if not found:
        return None
    if column:
        chosen = max((segment for segment in found if segment[0] <= column - 1), default=found[0])
    elif len({source for _, source, _ in found}) > 1 or max(f[2] for f in found) - min(f[2] for f in found) > 5:
        return None
    else:
        chosen = found[0]
    _, source, number = chosen
    return _named(table, source), number + 1


def _named(table: Mapping[str, Any], index: int) -> str:
    names = table["sources"]
    if not 0 <= index < len(names) or not isinstance(names[index], str):
        raise BadMapError("a source that is not there")
    root = table.get("sourceRoot")
    return (root.rstrip("/") + "/" if isinstance(root, str) and root else "") + str(names[index])


def _segments(mappings: str, wanted: int) -> Iterator[tuple[int, int, int]]:
    """(generated column, source, line) of each mapping of one generated line."""
    source = line = 0
    for number, text in enumerate(mappings.split(";")):
        if number > wanted:
            return
        column = 0
        for segment in text.split(",") if text else ():
            values = _numbers(segment)
            column += values[0]
            if len(values) >= 4:
                source, line = source + values[1], line + values[2]
                if number == wanted:
                    yield column, source, line


def _numbers(segment: str) -> list[int]:
    values: list[int] = []
    value = shift = 0
    for char in segment:
        digit = _DIGITS.get(char, -1)
        if digit < 0 or shift > 60:
            raise BadMapError("a mapping that is none")
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        values.append(-(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
    if shift or not values:
        raise BadMapError("a mapping that breaks off")
    return values

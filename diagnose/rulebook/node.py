"""A node of a YAML file: what stands there, and where.

Plain scalars are read as YAML 1.2 reads them: only `true`, `false`, `null`, `~` and plain numbers are not text, so
that `no`, `on`, `012` and dates stay what a person wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}(?:[eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "Null": None, "~": None, "": None,
}  # fmt: skip

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]
"""The way to a node: keys and indexes from the root."""


@dataclass(slots=True)
class Node:
    """One node: exactly one of scalar, `items` (a list) or `entries` (a mapping).

    `line` and `column` count from 1; `start` and `end` are places in the document's text.
    """

    line: int
    column: int
    start: int
    end: int
    text: str = ""
    """A scalar as written, quotes and escapes undone."""
    style: str = ""
    """How a scalar is written: empty for plain, else `'`, `"`, `|` or `>`."""
    items: list[Node] | None = None
    entries: dict[str, Node] | None = None
    keys: dict[str, Node] = field(default_factory=dict)

    @property
    def is_scalar(self) -> bool:
        """True where the node is a single value."""
        return self.items is None and self.entries is None

    @property
    def kind(self) -> str:
        """What a person would call it."""
        if self.entries is not None:
            return "a mapping"
        if self.items is not None:
            return "a list"
        value = self.value
        names = {str: "text", bool: f"`{self.text}`, true or false", int: "a number", float: "a number"}
        return names.get(type(value), "nothing")

    @property
    def value(self) -> Scalar:
        """A scalar's value."""
        if self.style:
            return self.text
        if self.text in _WORDS:
            return _WORDS[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _FLOAT.fullmatch(self.text) else self.text

    def plain(self) -> object:
        """The node and all below it as plain data."""
        if self.entries is not None:
            return {key: child.plain() for key, child in self.entries.items()}
        if self.items is not None:
            return [child.plain() for child in self.items]
        return self.value

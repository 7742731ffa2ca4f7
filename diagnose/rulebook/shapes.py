"""What a value in a rule file may look like. One description serves the reader and the JSON Schema.

`read` gives plain data and notes every fault at its node. A value that is not of its shape becomes BAD: a record
leaves it out, a list or table has None in its place, and the reading goes on, so that all faults are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from diagnose.rulebook.document import Document
from diagnose.rulebook.node import Node
from diagnose.rulebook.words import meant, show

BAD: Final = object()
"""Read from a value that is not of its shape."""

Schema = dict[str, Any]


class Shape(Protocol):
    """A kind of value."""

    def read(self, node: Node, document: Document) -> Any:
        """The plain data of the node, or BAD; faults are noted in the document."""

    def schema(self) -> Schema:
        """The same as JSON Schema (2020-12)."""


@dataclass(frozen=True)
class Text:
    """Text that is not blank; `pattern` is what all of it must match, `says` the same in words."""

    pattern: str = ""
    says: str = "text"
    one_line: bool = False

    def read(self, node: Node, document: Document) -> Any:
        value = node.value if node.is_scalar else BAD
        if not isinstance(value, str):
            numeric = isinstance(value, int | float)
            document.error(node, f"expected {self.says}, found {node.kind}", f'quote it: "{node.text}"' if numeric else "")
            return BAD
        if not value.strip():
            document.error(node, f"expected {self.says}, found nothing")
            return BAD
        if self.one_line and "\n" in value:
            document.error(node, f"expected {self.says} on one line")
            return BAD
        if self.pattern and not re.fullmatch(self.pattern, value):
            document.error(node, f"expected {self.says}, found {show(value)}")
            return BAD
        return value

    def schema(self) -> Schema:
        pattern = f"^(?:{self.pattern})$" if self.pattern else r"^[^\n]*\S[^\n]*$" if self.one_line else r"\S"
        return {"type": "string", "pattern": pattern}


@dataclass(frozen=True)
class Choice:
    """One of a few words: word → what it means, or nothing where that goes without saying."""

    words: Mapping[str, str]

    def read(self, node: Node, document: Document) -> Any:
        if node.is_scalar and node.text in self.words:
            return node.text
        found = show(node.text) if node.text else node.kind
        reason = f"expected one of {', '.join(self.words)}, found {found}"
        document.error(node, reason, meant(node.text, self.words, list_up_to=0))
        return BAD

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, node: Node, document: Document) -> Any:
        if node.is_scalar and isinstance(node.value, bool):
            return node.value
        document.error(node, f"expected true or false, found {show(node.text) if node.text else node.kind}")
        return BAD

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int = 0
    most: int = 1_000_000

    def read(self, node: Node, document: Document) -> Any:
        value = node.value if node.is_scalar else BAD
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        found = show(node.text) if node.text else node.kind
        document.error(node, f"expected a whole number from {self.least} to {self.most}, found {found}")
        return BAD

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Plain:
    """A single value of any type; `as_text` keeps it as written."""

    as_text: bool = False
    none: bool = True

    def read(self, node: Node, document: Document) -> Any:
        if not node.is_scalar:
            document.error(node, f"expected a single value, found {node.kind}")
            return BAD
        value = node.value
        if isinstance(value, bool) and not self.as_text:
            document.error(node, "expected text or a number", f'quote it: "{node.text}"')
            return BAD
        if value is None and not self.none:
            document.error(node, "expected a value, found nothing")
            return BAD
        return node.text if self.as_text else value

    def schema(self) -> Schema:
        kinds = ["string", "number", *(["boolean"] if self.as_text else []), *(["null"] if self.none else [])]
        return {"type": kinds}


@dataclass(frozen=True)
class Anything:
    """A mapping that is kept as written."""

    def read(self, node: Node, document: Document) -> Any:
        if node.entries is None:
            document.error(node, f"expected a mapping, found {node.kind}")
            return BAD
        return node.plain()

    def schema(self) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True)
class Many:
    """A list; where `single` holds, one item may stand for a list of one. An item that is BAD keeps its place, with None."""

    item: Shape
    single: bool = True
    least: int = 0

    def read(self, node: Node, document: Document) -> Any:
        if node.items is None and not self.single:
            document.error(node, f"expected a list, found {node.kind}")
            return BAD
        nodes = [node] if node.items is None else node.items
        if len(nodes) < self.least:
            document.error(node, "expected at least one, found an empty list")
        values = [self.item.read(child, document) for child in nodes]
        return [None if value is BAD else value for value in values]

    def schema(self) -> Schema:
        item = self.item.schema()
        many: Schema = {"type": "array", "items": item}
        if self.least:
            many["minItems"] = self.least
        return {"anyOf": [many, item]} if self.single else many


@dataclass(frozen=True)
class Table:
    """A mapping with names of the writer's own choice; a value that is BAD keeps its name, with None."""

    name: Text
    value: Shape
    least: int = 0

    def read(self, node: Node, document: Document) -> Any:
        if node.entries is None:
            document.error(node, f"expected a mapping, found {node.kind}")
            return BAD
        if len(node.entries) < self.least:
            document.error(node, "expected at least one entry, found none")
        found: dict[str, Any] = {}
        for key, child in node.entries.items():
            if self.name.pattern and not re.fullmatch(self.name.pattern, key):
                document.error(node.keys[key], f"expected {self.name.says} found {show(key)}")
            value = self.value.read(child, document)
            found[key] = None if value is BAD else value
        return found

    def schema(self) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.value.schema()}
        if self.name.pattern:
            schema["propertyNames"] = {"pattern": f"^(?:{self.name.pattern})$"}
        if self.least:
            schema["minProperties"] = self.least
        return schema


@dataclass(frozen=True)
class Entry:
    """A key of a record: its shape and what it is for."""

    shape: Shape
    about: str
    required: bool = False


@dataclass(frozen=True)
class Record:
    """A mapping with known keys; `title` is what a message calls it.

    Where `short` names a key, a single text may stand for a record of that key alone.
    """

    entries: Mapping[str, Entry]
    title: str
    short: str = ""

    def read(self, node: Node, document: Document) -> Any:
        if self.short and node.is_scalar:
            value = self.entries[self.short].shape.read(node, document)
            return BAD if value is BAD else {self.short: value}
        if node.entries is None:
            document.error(node, f"expected {'text or ' if self.short else ''}a mapping, found {node.kind}")
            return BAD
        found: dict[str, Any] = {}
        for key, child in node.entries.items():
            entry = self.entries.get(key)
            if entry is None:
                document.error(node.keys[key], f"{self.title} has no key {show(key)}", meant(key, self.entries))
                continue
            value = entry.shape.read(child, document)
            if value is not BAD:
                found[key] = value
        for key, entry in self.entries.items():
            if entry.required and key not in node.entries:
                document.error(node, f"{self.title} lacks `{key}`", f"{key}: {entry.about}")
        return found

    def schema(self) -> Schema:
        properties = {key: {"description": entry.about, **entry.shape.schema()} for key, entry in self.entries.items()}
        record: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [key for key, entry in self.entries.items() if entry.required]
        if required:
            record["required"] = required
        return {"anyOf": [record, self.entries[self.short].shape.schema()]} if self.short else record

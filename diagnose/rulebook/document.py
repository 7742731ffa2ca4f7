"""A YAML file as nodes that know their place.

Nodes are built from the parser's events, not by its constructor: nothing in the file can name a type, share or
multiply a node (tags, anchors and aliases are faults), or nest so deep that a recursive reader falls over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import NoReturn

import yaml

from diagnose.errors import Fault
from diagnose.rulebook.files import MAX_BYTES
from diagnose.rulebook.node import Node, Path
from diagnose.rulebook.words import show

MAX_NODES = 20_000
MAX_DEPTH = 32

_LONGEST_EXCERPT = 200
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Document:
    """A file that was read: `root` (None where the text is no YAML that we take) and the faults found so far.

    Reading never raises: what is wrong with the file stands in `faults`.
    """

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self.text = ""
        self.faults: list[Fault] = []
        self.root: Node | None = None
        if len(data) > MAX_BYTES:
            self.faults.append(Fault(f"the file is larger than {MAX_BYTES >> 10} KiB", file))
            return
        try:
            self.text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.faults.append(Fault("the file is not UTF-8", file, line))
            return
        try:
            self.root = _Builder(self).build()
        except _GiveUp:
            pass
        except yaml.YAMLError as error:
            self._syntax(error)

    def fresh(self) -> Document:
        """The same document without its faults, for a second look."""
        twin = copy(self)
        twin.faults = []
        return twin

    # -------------------------------------------------------------- faults

    def error(self, node: Node, reason: str, help: str = "", offset: int | None = None) -> None:
        """Note an error at a node; `offset` is a place in its scalar's text."""
        self._note(node, reason, help, offset, "error")

    def warn(self, node: Node, reason: str, help: str = "", offset: int | None = None) -> None:
        """Note a warning at a node: the file is used."""
        self._note(node, reason, help, offset, "warning")

    @property
    def broken(self) -> bool:
        """True where an error was noted."""
        return self.root is None or any(fault.severity == "error" for fault in self.faults)

    def _note(self, node: Node, reason: str, help: str, offset: int | None, severity: str) -> None:
        line, column = self._place(node, offset) if offset is not None else (node.line, node.column)
        self.faults.append(Fault(reason, self.file, line, column, self._excerpt(line, column), help, severity))

    def _syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "the file cannot be read"
        at = getattr(error, "position", 0)
        line, column = (mark.line + 1, mark.column + 1) if mark else self._line_and_column(_first_control(self.text, at))
        excerpt = self._excerpt(line, column)
        self.faults.append(Fault(f"this is no YAML: {reason}", self.file, line, column, excerpt))

    def _excerpt(self, line: int, column: int) -> str:
        if column > _LONGEST_EXCERPT:
            return ""
        lines = _LINE_BREAK.split(self.text)
        found = lines[line - 1] if line <= len(lines) else ""
        return "".join(char if char.isprintable() else " " for char in found[:_LONGEST_EXCERPT])

    def _line_and_column(self, at: int) -> tuple[int, int]:
        line, begin = 1, 0
        for match in _LINE_BREAK.finditer(self.text, 0, at):
            line, begin = line + 1, match.end()
        return line, at - begin + 1

    def _place(self, node: Node, offset: int) -> tuple[int, int]:
        """Where the character `offset` of a scalar's text stands in the file.

        The text is walked along the source: what the source has more (quotes, escapes, folding, indentation)
        is stepped over. Where that leads astray, the scalar's own start is the answer.
        """
        at = self.text.find("\n", node.start) + 1 if node.style in ("|", ">") else node.start + len(node.style)
        for char in node.text[:offset]:
            if not char.isspace():
                at = self.text.find(char, at, node.end) + 1
                if at == 0:
                    return node.line, node.column
        rest = node.text[offset : offset + 1]
        if rest and not rest.isspace():
            at = max(at, self.text.find(rest, at, node.end))
        return self._line_and_column(min(at, node.end))

    # -------------------------------------------------------------- looking nodes up

    def at(self, *path: str | int) -> Node:
        """The node at a path, or the deepest one on the way: short forms leave steps out."""
        node, _ = self._walk(path)
        return node

    def key(self, *path: str | int) -> Node:
        """The key of the last step of a path, for faults that are about the name."""
        node, parent = self._walk(path)
        return parent.keys.get(str(path[-1]), node) if parent else node

    def _walk(self, path: Path) -> tuple[Node, Node | None]:
        node, parent = self.root, None
        assert node is not None, "only a document that could be read has places"
        for step in path:
            below: Node | None = None
            if isinstance(step, str) and node.entries is not None:
                below = node.entries.get(step)
            elif isinstance(step, int) and node.items is not None and step < len(node.items):
                below = node.items[step]
            if below is not None:
                node, parent = below, node
        return node, parent


class _GiveUp(Exception):
    """The document cannot be built; the fault is noted."""


class _Builder:
    """Builds the nodes of one document from the parser's events, with a stack of its own."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def build(self) -> Node:
        root: Node | None = None
        documents = 0
        stack: list[_Open] = []
        for event in self._events():
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._give_up(_node(event), "a second document starts here", "one file holds one rule")
            elif isinstance(event, yaml.NodeEvent):
                node = self._node_of(event, len(stack))
                if stack:
                    stack[-1].take(node, self.document)
                else:
                    root = node
                if not isinstance(event, yaml.ScalarEvent):
                    stack.append(_Open(node))
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
        if root is None:
            self._give_up(Node(0, 0, 0, 0), "the file is empty")
        return root

    def _events(self) -> Iterator[yaml.Event]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        events: Iterator[yaml.Event] = yaml.parse(self.document.text, Loader=loader)
        return events

    def _node_of(self, event: yaml.NodeEvent, depth: int) -> Node:
        node = _node(event)
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent):
            self._give_up(node, f"aliases (*{event.anchor}) are not taken", "write the value out")
        if event.anchor:
            self._give_up(node, f"anchors (&{event.anchor}) are not taken", "write the value out where it is needed")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            help = "a rule is plain text, numbers, lists and mappings"
            self._give_up(node, f"tags ({show(event.tag)}) are not taken", help)
        if depth >= MAX_DEPTH:
            self._give_up(node, f"nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            self._give_up(node, f"more than {MAX_NODES:,} values in one file")
        return node

    def _give_up(self, node: Node, reason: str, help: str = "") -> NoReturn:
        self.document.error(node, reason, help)
        raise _GiveUp


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `key` waits for its value."""

    node: Node
    key: Node | None = None

    def take(self, child: Node, document: Document) -> None:
        node = self.node
        if node.items is not None:
            node.items.append(child)
        elif self.key is None:
            self.key = child
        else:
            key, self.key = self.key, None
            self._enter(key, child, document)

    def _enter(self, key: Node, child: Node, document: Document) -> None:
        entries = self.node.entries
        assert entries is not None
        if not key.is_scalar:
            document.error(key, f"a key must be a word, not {key.kind}")
        elif key.text in entries:
            first = self.node.keys[key.text].line
            document.error(key, f"the key {show(key.text)} stands twice", f"the first is on line {first}")
        else:
            entries[key.text] = child
            self.node.keys[key.text] = key


def _node(event: yaml.Event) -> Node:
    start, end = event.start_mark, event.end_mark
    assert start is not None, "the parser marks every event"
    assert end is not None
    node = Node(start.line + 1, start.column + 1, start.index, end.index)
    if isinstance(event, yaml.ScalarEvent):
        node.text, node.style = event.value, event.style or ""
    elif isinstance(event, yaml.MappingStartEvent):
        node.entries = {}
    elif isinstance(event, yaml.SequenceStartEvent):
        node.items = []
    return node


def _first_control(text: str, otherwise: int) -> int:
    match = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return match.start() if match else min(otherwise, len(text))

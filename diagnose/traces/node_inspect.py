"""The block of properties that `util.inspect` (and so `console.error`) prints behind a stack.

Indentation alone decides what belongs to what: each nested object, list or error stands two blanks further in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from diagnose.lazy import lazy
from diagnose.model import Value
from diagnose.traces.draft import Draft
from diagnose.traces.escapes import unescape
from diagnose.traces.node_lines import read_frame, read_header

BLOCK_KEY = lazy(r"\n[ \t]+(?:\"[\w$]+\"|[\w$]+|\[\w+\]): ")
"""A property that stands behind the frames without an opening brace (Node 10, pino-pretty)."""

MAX_LINES = 2_000
"""Lines of one block; an HTTP client's error prints its sockets too."""

MAX_PROPERTIES = 60
MAX_VALUE = 1_000
"""Characters kept of one string."""

MAX_DOTS = 1
"""Nesting of keys: `response.status` is kept, what lies deeper is not."""

_KEY = lazy(r"(\[?[\w$]+\]?|'[^']*'|\"[^\"]*\"): ?(.*)")
_QUOTED = "|".join(rf"{quote}(?:[^{quote}\\]|\\.)*+(?:{quote}|\\?\Z)" for quote in "'\"`")
"""A string; one that is cut off reaches to the end, which also keeps the search linear."""

_DATE = r"\d{4}-\d\d-\d\dT[\d:.]+Z"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=n?(?:[\s,}\]]|$))"
_TOKEN = lazy(rf"{_QUOTED}|{_DATE}|[{{}}\[\],:]|{_NUMBER}|[^\s,{{}}\[\]:'\"`]+")
_STRING = lazy(rf"({_QUOTED}),?(?: \+)?$")
_WORDS: dict[str, Value] = {"true": "true", "false": "false", "null": None, "undefined": None}


def read_block(text: str, start: int, owner: Draft) -> int:
    """Read the lines behind the newline at `start` into the owner; returns where the block ends."""
    block = _Block(owner)
    for _ in range(MAX_LINES):
        end = text.find("\n", start + 1)
        if end < 0:
            end = len(text)
        if start >= end or not block.take(text[start + 1 : end]):
            break
        start = end
    return start


def read_inline(text: str, owner: Draft, path: str = "") -> None:
    """Read the scalars of an object or value on one line into the owner's properties."""
    for name, value in _scalars(text, path):
        dots = name.count(".")
        if len(owner.properties) < MAX_PROPERTIES and dots <= MAX_DOTS and not (dots and value is None):
            owner.properties.setdefault(name, value)
            if name == "name" and owner.kind == "Error" and isinstance(value, str):
                owner.kind = value


@dataclass(slots=True)
class _Scope:
    """What the lines further in than `indent` belong to: `path` is None in a list and in what stands in one."""

    indent: int
    draft: Draft
    path: str | None = ""
    listing: bool = False
    naming: bool = False
    """True for an error whose frames are still to come: its lines are its message."""


class _Block:
    def __init__(self, owner: Draft) -> None:
        self.least = 0
        """The indent of the first line; a line with less is behind the block."""
        self.scopes = [_Scope(-1, owner)]
        self.string = ""
        """The property whose string goes on in the next line (`'…' +`)."""

    def take(self, line: str) -> bool:
        """Read a line; False where it is behind the block."""
        body = line.strip()
        if not body:
            return True
        indent = len(line) - len(line.lstrip())
        self.least = self.least or indent
        if indent < self.least or not indent:
            return False
        while indent <= self.scopes[-1].indent:
            self.scopes.pop()
        scope = self.scopes[-1]
        frame = read_frame(body[3:]) if body.startswith("at ") else None
        if frame is not None:
            scope.draft.frames.append(frame)
            scope.naming = False
        elif scope.naming:
            scope.draft.message = f"{scope.draft.message}\n{body}".lstrip()
        else:
            self._entry(scope, indent, body)
        return True

    def _entry(self, scope: _Scope, indent: int, body: str) -> None:
        if self.string:
            self._go_on(scope, body)
            return
        match = None if scope.listing else _KEY.match(body)
        if match is not None:
            key, value = match[1].strip("'\""), match[2]
        elif scope.listing:
            key, value = "", body
        else:
            return
        error = read_header(value)
        if error is not None:
            self._error(scope, indent, key, *error)
        elif value.endswith("{"):
            path = None if scope.path is None else f"{scope.path}{key}."
            self.scopes.append(_Scope(indent, scope.draft, path))
        elif value.endswith("["):
            self.scopes.append(_Scope(indent, scope.draft, None, listing=True))
        elif scope.path is not None:
            name = f"{scope.path}{key.strip('[]')}"
            read_inline(value, scope.draft, name)
            if value.endswith("' +"):
                self.string = name

    def _error(self, scope: _Scope, indent: int, key: str, draft: Draft, behind: str | None) -> None:
        if scope.path:
            scope.draft.others.append(draft)
        else:
            _attach(scope.draft, key, draft)
        if behind is None or behind == "{":
            self.scopes.append(_Scope(indent, draft, naming=behind is None))
        else:
            read_inline(behind, draft)

    def _go_on(self, scope: _Scope, body: str) -> None:
        match = _STRING.match(body)
        before = scope.draft.properties.get(self.string)
        if match is not None and isinstance(before, str):
            scope.draft.properties[self.string] = (before + unescape(match[1][1:-1]))[:MAX_VALUE]
        if not body.endswith("+"):
            self.string = ""


def _attach(owner: Draft, key: str, draft: Draft) -> None:
    """Make the draft the owner's cause, or a further error of it. Libraries name one cause twice (parent, original)."""
    former = owner.cause
    if not key:
        owner.others.append(draft)
    elif former is None:
        owner.cause = draft
    elif key == "[cause]":
        owner.cause = draft
        if not _same(former, draft):
            owner.others.append(former)
    elif not _same(former, draft):
        owner.others.append(draft)


def _same(one: Draft, other: Draft) -> bool:
    return one.kind == other.kind and one.message.partition("\n")[0] == other.message.partition("\n")[0]


def _scalars(text: str, path: str) -> Iterator[tuple[str, Value]]:
    """(dotted key, value) of each scalar in a value: `5432`, `'x'`, `{ email: 1, at: { line: 3 } }`; lists are left out."""
    tokens = _TOKEN.findall(text)
    prefixes: list[str | None] = []
    name: str | None = path or None
    for token, following in pairwise([*tokens, ""]):
        if token in "{[":
            named = token == "{" and len(prefixes) <= MAX_DOTS and (name is not None or not prefixes)
            prefixes.append((f"{name}." if name else "") if named else None)
            name = None
        elif token in "}]":
            if prefixes:
                prefixes.pop()
            name = None
        elif following == ":" and token != ":":
            prefix = prefixes[-1] if prefixes else ""
            name = None if prefix is None else prefix + token.strip("'\"")
        elif token not in ":," and name is not None:
            known = token in _WORDS or token[0] in "'\"`-0123456789"
            if known and name[0] != "_" and "._" not in name:
                yield name, _scalar(token)
            name = None


def _scalar(token: str) -> Value:
    if token in _WORDS:
        return _WORDS[token]
    if token[0] in "'\"`":
        return unescape(token[1:].removesuffix(token[0]))[:MAX_VALUE]
    try:
        return float(token) if "." in token or "e" in token else int(token)
    except ValueError:
        return token[:MAX_VALUE]

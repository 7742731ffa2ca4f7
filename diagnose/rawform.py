"""The raw form of a signal: what its text looks like in bytes, whatever encoder wrote the log.

A message reaches a file bare, JSON-encoded (`"` becomes `\\"` or `\\u0022`, PHP writes `\\/`, .NET escapes `+ ' & < >`),
or coloured. Its *safe runs*, the characters that no encoder touches, stay as they are. A gate is a pattern made
of the safe runs that every match must contain, in order, on one line: the native search looks for gates only.
"""

from __future__ import annotations

import re
import re._constants as op
import re._parser as sre
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:;()[]{}=#@!?*%$|^~")
"""ASCII that JSON encoders leave alone, in their strictest settings (System.Text.Json, Go with HTML escaping, PHP)."""

MIN_RUN = 3
"""A gate needs one run at least this long, else it would hit nearly every line."""

MAX_RUNS = 3
"""Runs in one gate. A third costs the automaton 2 % of its size; it may be the status behind a method and a path. A fourth was not seen to matter."""

MAX_BRANCHES = 24
"""Alternatives spelled out for one regex; beyond, an alternation counts as a gap."""

COLOR = r"(?:\x1b\[[0-9;]*m)*"


@dataclass(frozen=True, slots=True)
class Gate:
    """A pattern over the raw bytes of one line: `runs` joined by anything, or a ready-made `raw` regex."""

    runs: tuple[str, ...] = ()
    ignore_case: bool = False
    raw: str = ""

    def pattern(self) -> str:
        """As a regex that `re` over bytes and Hyperscan read alike."""
        return self._raw() or ".*".join(re.escape(run).replace("\\ ", " ") for run in self.runs)

    def coloured(self) -> str:
        """The same, with colour codes allowed at word borders."""
        return self._raw() or ".*".join(_with_colours(run) for run in self.runs)

    def _raw(self) -> str:
        # Inside a wrapper's JSON each quote of an inner JSON line has one backslash or more before it.
        return self.raw.replace('"', '\\\\{0,3}"')


def _with_colours(run: str) -> str:
    words = re.findall(r"\w+|\W", run)
    return COLOR.join(re.escape(word) for word in words)


def literal_gate(literal: str, ignore_case: bool) -> Gate | None:
    """The gate of a literal; None where no run is long enough or it holds a newline."""
    if "\n" in literal:
        return None
    branch: list[_Item] = []
    for char in literal:
        _add_char(branch, char)
    return _best(branch, ignore_case)


def regex_gates(pattern: str, ignore_case: bool) -> tuple[Gate, ...] | None:
    """The gates of a regex, one for each alternative; None where some alternative has no run.

    Raises re.error where the standard library's parser does not read the pattern.
    """
    tree = _parsed(pattern, re.IGNORECASE if ignore_case else 0)
    flags = tree.state.flags | (_scoped_flags(tree) if _SCOPED.search(pattern) else 0)
    ignore_case = ignore_case or bool(flags & re.IGNORECASE)
    gates: dict[Gate, None] = {}
    for branch in _Walk(bool(flags & re.DOTALL)).branches(tree, [[]]):
        gate = _best(branch, ignore_case)
        if gate is None:
            return None
        gates[gate] = None
    return tuple(gates)


_NAMED = re.compile(r"(?<!\\)\(\?P<\w+>")
_SCOPED = re.compile(r"\(\?[aiLmsux-]+:")


@lru_cache(maxsize=8)
def _parsed(pattern: str, flags: int) -> Any:
    """The parse tree. `regex` lets alternatives give one name twice, which the standard library does not: no name is kept.

    A pattern is asked for twice in a row: for its gates and for its repeats.
    """
    return sre.parse(pattern if "(?P=" in pattern else _NAMED.sub("(", pattern), flags)


_Node = tuple[Any, Any]
"""(code, value) as the standard library's parser gives it."""


def _scoped_flags(nodes: object) -> int:
    """The flags that groups of a parse tree set, as `(?i:…)` does, wherever they stand."""
    flags = 0
    if isinstance(nodes, sre.SubPattern | tuple | list):
        for node in nodes:
            if isinstance(node, tuple) and len(node) == 2 and node[0] is op.SUBPATTERN:
                flags |= node[1][1]
            flags |= _scoped_flags(node)
    return flags


# An item of a branch is a run (str), or a gap: True where the gap may cross a newline, False where it cannot.
_Item = str | bool


def _add_char(branch: list[_Item], char: str) -> None:
    if char not in SAFE:
        branch.append(char == "\n")
    elif branch and isinstance(branch[-1], str):
        branch[-1] += char
    else:
        branch.append(char)


def _best(branch: Iterable[_Item], ignore_case: bool) -> Gate | None:
    """The segment between newline-crossing gaps with the most characters in its longest runs."""
    segments: list[list[str]] = [[]]
    for item in branch:
        if item is True:
            segments.append([])
        elif isinstance(item, str) and len(item) >= MIN_RUN:
            segments[-1].append(item)
    best: list[str] = []
    for segment in segments:
        longest = sorted(range(len(segment)), key=lambda i: (-len(segment[i]), i))[:MAX_RUNS]
        chosen = [segment[i] for i in sorted(longest)]
        if sum(map(len, chosen)) > sum(map(len, best)):
            best = chosen
    return Gate(tuple(best), ignore_case) if best else None


class _Walk:
    """Reads the standard library's parse tree of a regex into branches of runs and gaps."""

    def __init__(self, dotall: bool) -> None:
        self.dotall = dotall

    def branches(self, nodes: Iterable[_Node], heads: list[list[_Item]]) -> list[list[_Item]]:
        for code, value in nodes:
            heads = self._node(code, value, heads)
        return heads

    def _node(self, code: Any, value: Any, heads: list[list[_Item]]) -> list[list[_Item]]:
        if code is op.LITERAL:
            for head in heads:
                _add_char(head, chr(value))
        elif code is op.SUBPATTERN:
            return self.branches(value[-1], heads)
        elif code is op.ATOMIC_GROUP:
            return self.branches(value, heads)
        elif code is op.BRANCH:
            return self._alternatives(value[1], heads)
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = value
            return self._repeat(low, high, body, heads)
        elif code not in (op.AT, op.ASSERT, op.ASSERT_NOT):
            crossing = self._crosses(code, value)
            for head in heads:
                head.append(crossing)
        return heads

    def _alternatives(self, options: list[Iterable[_Node]], heads: list[list[_Item]]) -> list[list[_Item]]:
        if len(heads) * len(options) > MAX_BRANCHES:
            for head in heads:
                head.append(True)
            return heads
        return [branch for option in options for branch in self.branches(option, [list(head) for head in heads])]

    def _repeat(self, low: int, high: int, body: Iterable[_Node], heads: list[list[_Item]]) -> list[list[_Item]]:
        if low == high == 1:
            return self.branches(body, heads)
        crossing = any(self._crosses(code, value) for code, value in body)
        if low == 0:
            for head in heads:
                head.append(crossing)
            return heads
        heads = self.branches(body, heads)
        for head in heads:
            head.append(crossing)
        return heads

    def _crosses(self, code: Any, value: Any) -> bool:
        """True where the node may match a newline."""
        if code is op.ANY:
            return self.dotall
        if code is op.NOT_LITERAL:
            return bool(value != 10)
        if code is op.LITERAL:
            return bool(value == 10)
        if code is op.IN:
            return self._class_has_newline(value)
        if code in (op.AT, op.ASSERT, op.ASSERT_NOT):
            return False
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return any(self._crosses(*node) for node in value[2])
        if code is op.SUBPATTERN:
            return any(self._crosses(*node) for node in value[-1])
        if code is op.BRANCH:
            return any(self._crosses(*node) for option in value[1] for node in option)
        return True

    @staticmethod
    def _class_has_newline(items: list[_Node]) -> bool:
        negated = bool(items) and items[0][0] is op.NEGATE
        found = False
        for code, value in items:
            if code is op.LITERAL:
                found = found or value == 10
            elif code is op.RANGE:
                found = found or value[0] <= 10 <= value[1]
            elif code is op.CATEGORY:
                found = found or value in (op.CATEGORY_SPACE, op.CATEGORY_NOT_DIGIT, op.CATEGORY_NOT_WORD)
        return found != negated


def repeat_depth(pattern: str) -> tuple[int, int]:
    """(how deep open repeats nest, how many stand in the pattern); (2, 2) where the pattern cannot be read.

    A repeat is open where it may run more than 50 times.
    """
    try:
        tree = _parsed(pattern, 0)
    except (re.error, OverflowError, RecursionError):
        return 2, 2
    return _depth(tree)


def _depth(nodes: Iterable[_Node]) -> tuple[int, int]:
    deepest, total = 0, 0
    for code, value in nodes:
        below: tuple[int, int] = (0, 0)
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            _, high, body = value
            inner_depth, inner_total = _depth(body)
            open_repeat = int(high is op.MAXREPEAT or high > 50)
            below = (inner_depth + open_repeat, inner_total + open_repeat)
        elif code is op.SUBPATTERN:
            below = _depth(value[-1])
        elif code is op.ATOMIC_GROUP or code in (op.ASSERT, op.ASSERT_NOT):
            below = _depth(value if code is op.ATOMIC_GROUP else value[1])
        elif code is op.BRANCH:
            parts = [_depth(option) for option in value[1]]
            below = (max(d for d, _ in parts), sum(t for _, t in parts))
        deepest, total = max(deepest, below[0]), total + below[1]
    return deepest, total

"""Syntax tree to condition; what the grammar lets through but means nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from diagnose.condition.nodes import (
    EVERYWHERE,
    Aggregate,
    Chain,
    Compare,
    Condition,
    Const,
    Fact,
    Key,
    Measure,
    Ref,
    Scope,
    Seen,
    Term,
    Trend,
    Window,
)
from diagnose.condition.questions import anchors
from diagnose.condition.spread import Group, Joint, Loose, Wrong, both, either, neither, spread
from diagnose.model import SECOND

if TYPE_CHECKING:
    from lark import Token, Tree

    Node = Tree[Token]

UNITS = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}
DEEPEST = 20
"""Levels of parentheses and `not`."""

ON_SIGNALS = {"count": 1, "run": 1, "share": 2}
"""Aggregates that take whole signals, and how many; the others take one capture."""


def build(tree: Node, anchored: bool) -> Condition:
    """The condition of a syntax tree. Raises Wrong."""
    condition = spread(_loose(_child(tree, 0), 0), EVERYWHERE, anchored)
    if anchored and not anchors(condition):
        raise Wrong(
            "the condition has no anchor: no signal that must be there",
            "name a signal that is not under `not`; with `or`, one on each side",
            0,
        )
    return condition


def _loose(tree: Node, depth: int) -> Loose:
    if depth > DEEPEST:
        raise Wrong(f"more than {DEEPEST} levels deep", "split it into several rules", _start(tree))
    kind = str(tree.data)
    if kind in ("or", "and", "absent"):
        parts = tuple(_loose(child, depth + 1) for child in _children(tree))
        return Joint({"or": either, "and": both, "absent": neither}[kind], parts)
    if kind == "near":
        children = _children(tree)
        return Group(_loose(children[0], depth + 1), _scope(children[1:]), _start(tree))
    return FACTS[kind](tree)


def _seen(tree: Node) -> Seen:
    return Seen(_word(tree, 0))


def _chain(tree: Node) -> Chain:
    def signals(step: Node) -> tuple[str, ...]:
        if step.data == "seen":
            return (_word(step, 0),)
        if step.data == "or":
            return tuple(signal for side in _children(step) for signal in signals(side))
        raise Wrong(
            "a step of `then` is a signal, or signals joined by `or`",
            "put tests and `not` beside the chain, joined by `and`",
            _start(step),
        )

    return Chain(tuple(signals(step) for step in _children(tree)))


def _compare(tree: Node) -> Compare | Measure:
    left, right = _term(_child(tree, 0)), _term(_child(tree, 2))
    op = _word(tree, 1)
    if isinstance(left, Aggregate) or isinstance(right, Aggregate):
        for term in (left, right):
            if isinstance(term, Ref) and term.signal:
                raise Wrong(f"`{term}` beside an aggregate", f"write `{term.name}`: the anchor's capture", _start(tree))
            if isinstance(term, Const) and isinstance(term.value, str):
                raise Wrong("an aggregate is compared with a text", "write a number", _start(tree))
        return Measure(left, op, right)
    if isinstance(left, Const) and isinstance(right, Const):
        raise Wrong("two constants are compared", "name a capture on one side", _start(tree))
    return Compare(left, op, right, _one_signal((left, right), tree))


def _one_signal(terms: tuple[Const | Ref, ...], tree: Node) -> str:
    signals = {term.signal for term in terms if isinstance(term, Ref)}
    if len(signals) > 1:
        raise Wrong(
            "captures of two sightings are compared",
            "two sightings are tied by keys: `other by capture within 30s`",
            _start(tree),
        )
    return signals.pop()


def _among(tree: Node) -> Compare:
    ref = _ref(_child(tree, 0))
    return Compare(ref, "in", tuple(_const(child) for child in _children(tree)[1:]), ref.signal)


def _trend(tree: Node) -> Trend:
    over = int(_word(tree, 2))
    if not 2 <= over <= 1000:
        raise Wrong(f"a trend over {over} values", "a trend needs 2 to 1000 values", _start(tree))
    return Trend(_word(tree, 0) == "rising", _capture(_child(tree, 1), _word(tree, 0)), over)


def _term(tree: Node) -> Term:
    if tree.data == "aggregate":
        return _aggregate(tree)
    return _const(tree) if tree.data == "const" else _ref(tree)


def _aggregate(tree: Node) -> Aggregate:
    function, paths = _word(tree, 0), _children(tree)
    wanted = ON_SIGNALS.get(function, 1)
    if len(paths) != wanted:
        raise Wrong(
            f"`{function}` takes {wanted}, not {len(paths)}",
            f"write `{function}(…)` with {wanted}",
            _start(tree),
        )
    if function not in ON_SIGNALS:
        return Aggregate(function, (_capture(paths[0], function),))
    for path in paths:
        if len(path.children) != 1:
            raise Wrong(f"`{function}` takes signals, not captures", f"write `{_word(path, 0)}`", _start(path))
    return Aggregate(function, tuple(Ref(_word(path, 0), "") for path in paths))


def _capture(tree: Node, function: str) -> Ref:
    ref = _ref(tree)
    if not ref.signal:
        raise Wrong(f"`{function}` takes a capture", f"write `{function}(signal.capture)`", _start(tree))
    return ref


def _ref(tree: Node) -> Ref:
    words = [str(word) for word in tree.children]
    if len(words) > 2:
        raise Wrong(f"`{'.'.join(words)}` has too many parts", "write `capture` or `signal.capture`", _start(tree))
    return Ref("", words[0]) if len(words) == 1 else Ref(words[0], words[1])


def _const(tree: Node) -> Const:
    text = _word(tree, 0)
    if text.startswith('"'):
        return Const(text[1:-1])
    digits = text.rstrip("%mshdb")
    unit = text[len(digits) :]
    if unit in UNITS:
        number: float = int(digits) * UNITS[unit] / UNITS["ms"]
    else:
        number = float(digits) / (100 if unit == "%" else 1)
    return Const(int(number) if number.is_integer() and abs(number) < 1e15 else number)


def _scope(trees: list[Node]) -> Scope:
    by: tuple[Key, ...] = ()
    window: Window | None = None
    for tree in trees:
        if by if tree.data == "by" else window:
            raise Wrong("two scopes of one kind", "one `by` with commas, and one window", _start(tree))
        if tree.data == "by":
            by = tuple(Key(tuple(_ref(path) for path in _children(key))) for key in _children(tree))
        else:
            window = _window(tree)
    return Scope(by, window)


def _window(tree: Node) -> Window:
    text = _word(tree, 1)
    digits = text.rstrip("msdh")
    length = int(digits) * UNITS[text[len(digits) :]]
    if not 0 < length <= 30 * UNITS["d"]:
        raise Wrong(f"a window of {text}", "a window is longer than nothing and at most 30d", _start(tree))
    return Window(_word(tree, 0), length)


def _children(tree: Node) -> list[Node]:
    return [child for child in tree.children if not isinstance(child, str)]


def _child(tree: Node, index: int) -> Node:
    child = tree.children[index]
    assert not isinstance(child, str)
    return child


def _word(tree: Node, index: int) -> str:
    return str(tree.children[index])


def _start(tree: Node) -> int:
    return int(tree.meta.start_pos)


FACTS: dict[str, Callable[[Node], Fact]] = {
    "step": _chain,
    "seen": _seen,
    "compare": _compare,
    "among": _among,
    "trend": _trend,
}

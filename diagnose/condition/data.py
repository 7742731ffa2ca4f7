"""Conditions as plain lists, numbers and texts, and back: what the rulebook's cache stores instead of code."""

from __future__ import annotations

from diagnose.condition.nodes import (
    EVERYWHERE,
    Aggregate,
    All,
    Any,
    Chain,
    Compare,
    Condition,
    Const,
    Key,
    Measure,
    Not,
    Ref,
    Scope,
    Seen,
    Term,
    Trend,
    Window,
)

Data = list["Data"] | str | int | float | bool | None
"""What JSON and MessagePack hold."""


def to_data(condition: Condition) -> Data:
    """The condition as nested lists, the first item of each naming the node."""
    if isinstance(condition, All | Any):
        return ["all" if isinstance(condition, All) else "any", *(to_data(part) for part in condition.parts)]
    if isinstance(condition, Not):
        return ["not", to_data(condition.part)]
    return [*_fact(condition), _scope(condition.scope)]


def from_data(data: Data) -> Condition:
    """The condition of `to_data`. Raises ValueError where the data is nothing of the kind."""
    try:
        return _condition(data)
    except (TypeError, IndexError, AttributeError, KeyError) as error:
        raise ValueError(f"no condition: {error}") from error


def _fact(fact: Seen | Chain | Compare | Measure | Trend) -> list[Data]:
    if isinstance(fact, Seen):
        return ["seen", fact.signal]
    if isinstance(fact, Chain):
        return ["chain", [list(step) for step in fact.steps]]
    if isinstance(fact, Trend):
        return ["trend", fact.rising, _term(fact.ref), fact.over]
    if isinstance(fact, Measure):
        return ["measure", _term(fact.left), fact.op, _term(fact.right)]
    right: Data = [_term(c) for c in fact.right] if isinstance(fact.right, tuple) else _term(fact.right)
    return ["compare", _term(fact.left), fact.op, right, fact.signal]


def _term(term: Term) -> Data:
    if isinstance(term, Const):
        return ["const", term.value]
    if isinstance(term, Ref):
        return ["ref", term.signal, term.name]
    return ["aggregate", term.function, *(_term(ref) for ref in term.refs)]


def _scope(scope: Scope) -> Data:
    by: Data = [[_term(ref) for ref in key.choices] for key in scope.by]
    return [by, scope.window.where, scope.window.length] if scope.window else [by]


def _condition(data: Data) -> Condition:
    kind, rest = _list(data)[0], _list(data)[1:]
    if kind in ("all", "any"):
        parts = tuple(_condition(part) for part in rest)
        return All(parts) if kind == "all" else Any(parts)
    if kind == "not":
        return Not(_condition(rest[0]))
    return _read_fact(str(kind), rest[:-1], _read_scope(_list(rest[-1])))


def _read_fact(kind: str, rest: list[Data], scope: Scope) -> Condition:
    if kind == "seen":
        return Seen(str(rest[0]), scope)
    if kind == "chain":
        return Chain(tuple(tuple(str(name) for name in _list(step)) for step in _list(rest[0])), scope)
    if kind == "trend":
        return Trend(bool(rest[0]), _read_ref(rest[1]), int(str(rest[2])), scope)
    if kind == "measure":
        return Measure(_read_term(rest[0]), str(rest[1]), _read_term(rest[2]), scope)
    if kind != "compare":
        raise ValueError(f"no condition begins with {kind!r}")
    left, op, right = _read_plain(rest[0]), str(rest[1]), _list(rest[2])
    if op == "in":
        return Compare(left, op, tuple(_read_const(const) for const in right), str(rest[3]), scope)
    return Compare(left, op, _read_plain(right), str(rest[3]), scope)


def _read_term(data: Data) -> Term:
    kind, *rest = _list(data)
    if kind == "aggregate":
        return Aggregate(str(rest[0]), tuple(_read_ref(ref) for ref in rest[1:]))
    return _read_plain(data)


def _read_plain(data: Data) -> Const | Ref:
    return _read_ref(data) if _list(data)[0] == "ref" else _read_const(data)


def _read_ref(data: Data) -> Ref:
    _, signal, name = _list(data)
    return Ref(str(signal), str(name))


def _read_const(data: Data) -> Const:
    kind, value = _list(data)
    if kind != "const" or not isinstance(value, str | int | float):
        raise ValueError(f"no constant: {data!r}")
    return Const(value)


def _read_scope(data: list[Data]) -> Scope:
    by = tuple(Key(tuple(_read_ref(ref) for ref in _list(key))) for key in _list(data[0]))
    window = Window(str(data[1]), int(str(data[2]))) if len(data) == 3 else None
    return Scope(by, window) if by or window else EVERYWHERE


def _list(data: Data) -> list[Data]:
    if not isinstance(data, list):
        raise ValueError(f"no list: {data!r}")
    return data

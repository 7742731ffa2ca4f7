"""What one may ask of a condition without evaluating it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagnose.condition.nodes import (
    LONG_AGO,
    NEARBY,
    Aggregate,
    All,
    Any,
    Chain,
    Compare,
    Condition,
    Const,
    Fact,
    Measure,
    Not,
    Ref,
    Seen,
    Trend,
)


def facts(condition: Condition) -> Iterator[Fact]:
    """The facts from left to right, under whatever joints."""
    if isinstance(condition, Not):
        yield from facts(condition.part)
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from facts(part)
    else:
        yield condition


def signals(condition: Condition) -> tuple[str, ...]:
    """The signals named, in order of first mention."""
    return tuple(dict.fromkeys(name for fact in facts(condition) for name in _signals(fact)))


def anchors(condition: Condition) -> tuple[str, ...]:
    """The signals at whose sightings the condition is asked: the leftmost positive one, with `or` of each side.

    Empty where there is none, or where a side of the `or` has none.
    """
    if isinstance(condition, Not):
        return ()
    if isinstance(condition, All):
        return next((found for part in condition.parts if (found := anchors(part))), ())
    if isinstance(condition, Any):
        sides = [anchors(part) for part in condition.parts]
        return tuple(dict.fromkeys(name for side in sides for name in side)) if all(sides) else ()
    if isinstance(condition, Chain):
        return condition.steps[0]
    return _signals(condition)[:1]


def at_anchor(condition: Condition, signal: str) -> Condition:
    """The condition as it is asked at a sighting of `signal`: sides of an `or` with other anchors are left out."""
    if isinstance(condition, All):
        lead = next((i for i, part in enumerate(condition.parts) if anchors(part)), None)
        return All(tuple(at_anchor(part, signal) if i == lead else part for i, part in enumerate(condition.parts)))
    if isinstance(condition, Any) and signal in anchors(condition):
        sides = tuple(at_anchor(part, signal) for part in condition.parts if signal in anchors(part))
        return sides[0] if len(sides) == 1 else Any(sides)
    return condition


def refs(condition: Condition) -> tuple[Ref, ...]:
    """The captures read by tests, aggregates and trends; a bare name is the anchor's."""
    found: dict[Ref, None] = {}
    for fact in facts(condition):
        if isinstance(fact, Trend):
            found[fact.ref] = None
        elif isinstance(fact, Compare | Measure):
            for term in (fact.left, fact.right):
                if isinstance(term, Ref):
                    found[term] = None
                elif isinstance(term, Aggregate):
                    found.update((ref, None) for ref in term.refs if ref.name)
    return tuple(found)


def keys(condition: Condition) -> tuple[Ref, ...]:
    """The keys named after `by`, fallbacks included."""
    return tuple(dict.fromkeys(r for fact in facts(condition) for key in fact.scope.by for r in key.choices))


def horizon(condition: Condition, anchor: str = "") -> tuple[int, int]:
    """How far back and how far ahead of an anchor it looks, in µs. `anchor`: its signal, where known."""
    spans = [_horizon(fact, anchor) for fact in facts(condition)]
    return max(back for back, _ in spans), max(ahead for _, ahead in spans)


def is_simple(condition: Condition) -> bool:
    """True where each anchor's own sighting decides: bare signals, joined by `or`."""
    if isinstance(condition, Any):
        return all(isinstance(part, Seen) and is_simple(part) for part in condition.parts)
    return isinstance(condition, Seen) and condition.scope.window is None


def is_hopeless(condition: Condition, seen: Callable[[str], bool]) -> bool:
    """True where the condition cannot hold at any anchor, since a signal that it needs was never seen."""
    if isinstance(condition, All):
        return any(is_hopeless(part, seen) for part in condition.parts)
    if isinstance(condition, Any):
        return all(is_hopeless(part, seen) for part in condition.parts)
    if isinstance(condition, Seen | Compare):
        return bool(condition.signal) and not seen(condition.signal)
    if isinstance(condition, Chain):
        return any(not any(map(seen, step)) for step in condition.steps)
    if isinstance(condition, Measure) and condition.op in (">", ">="):
        left, right = condition.left, condition.right
        counts = isinstance(left, Aggregate) and left.function in ("count", "distinct", "run")
        enough = isinstance(right, Const) and not isinstance(right.value, str) and right.value > 0
        return counts and enough and not any(seen(ref.signal) for ref in left.refs)  # type: ignore[union-attr]
    return False


def _signals(fact: Fact) -> tuple[str, ...]:
    if isinstance(fact, Chain):
        return tuple(name for step in fact.steps for name in step)
    if isinstance(fact, Trend):
        return (fact.ref.signal,)
    if isinstance(fact, Measure):
        terms = (term for term in (fact.left, fact.right) if isinstance(term, Aggregate))
        return tuple(ref.signal for term in terms for ref in term.refs)
    return (fact.signal,) if fact.signal else ()


def _horizon(fact: Fact, anchor: str) -> tuple[int, int]:
    if isinstance(fact, Trend):
        return fact.scope.length(LONG_AGO), 0
    if isinstance(fact, Measure):
        by_place = any(isinstance(t, Aggregate) and t.function == "run" for t in (fact.left, fact.right))
        return fact.scope.length(LONG_AGO if by_place else NEARBY), 0
    if fact.scope.window is None and _is_at_anchor(fact, anchor):
        return 0, 0
    length = fact.scope.length(NEARBY)
    if isinstance(fact, Chain):
        return (0, length) if anchor and anchor in fact.steps[0] else (length, 2 * length)
    where = "around" if fact.scope.window is None else fact.scope.window.where
    return (0 if where == "within" else length), (0 if where == "before" else length)


def _is_at_anchor(fact: Seen | Compare | Chain, anchor: str) -> bool:
    return not isinstance(fact, Chain) and (not fact.signal or fact.signal == anchor)

"""A scope behind parentheses reaches the facts inside that have none of their own.

`(refused and not recovered) within 30s` means `refused and not recovered within 30s`: the first fact holds the
anchor, where the window begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from diagnose.condition.nodes import (
    All,
    Any,
    Chain,
    Compare,
    Condition,
    Fact,
    Measure,
    Not,
    Scope,
    Seen,
    Trend,
    Window,
)
from diagnose.condition.questions import anchors


class Wrong(Exception):
    """What is wrong, what to do instead, and the character where it begins."""

    def __init__(self, reason: str, help: str, at: int) -> None:
        self.reason, self.help, self.at = reason, help, at
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Group:
    """A part with a scope that is still to be spread over its facts; `at`: where it begins in the text."""

    part: Loose
    scope: Scope
    at: int


@dataclass(frozen=True, slots=True)
class Joint:
    """`and` or `or` over loose parts; `not` over one."""

    make: Callable[[tuple[Condition, ...]], Condition]
    parts: tuple[Loose, ...]


Loose = Fact | Group | Joint


def spread(loose: Loose, scope: Scope, lead: bool) -> Condition:
    """Hand the scope of groups down to facts without their own. `lead`: the part holds the anchor, where a window begins."""
    if isinstance(loose, Joint):
        return _joint(loose, scope, lead)
    if not isinstance(loose, Group):
        return _place(loose, scope, lead)
    own = Scope(loose.scope.by or scope.by, loose.scope.window or scope.window)
    if isinstance(loose.part, Group | Joint):
        return spread(loose.part, own, lead)
    _check_scope(loose.part, loose)
    return _place(loose.part, own, lead and loose.scope.window is None)


def _place(fact: Fact, scope: Scope, lead: bool) -> Fact:
    if isinstance(fact, Compare) and not fact.signal:
        return fact
    if lead and isinstance(fact, Seen):
        return replace(fact, scope=Scope(scope.by))
    return replace(fact, scope=_fitting(fact, scope))


def _joint(joint: Joint, scope: Scope, lead: bool) -> Condition:
    parts: list[Condition] = []
    for part in joint.parts:
        done = spread(part, scope, lead and joint.make is not neither)
        parts.append(done)
        if joint.make is both and anchors(done):
            lead = False
    return joint.make(tuple(parts))


def _fitting(fact: Fact, scope: Scope) -> Scope:
    """The inherited scope, its window turned where the fact can only look one way."""
    where = {Chain: "within", Measure: "within", Trend: "within"}.get(type(fact))
    if scope.window is None or where is None:
        return scope
    return Scope(scope.by, Window(where, scope.window.length))


def _check_scope(fact: Fact, group: Group) -> None:
    window = group.scope.window
    if isinstance(fact, Compare) and not fact.signal:
        raise Wrong(
            "a capture of the anchor itself has no window and no keys",
            "name the sighting: `signal.capture`, or drop the scope",
            group.at,
        )
    if window is not None and window.where != "within" and isinstance(fact, Chain | Measure | Trend):
        what = "a chain" if isinstance(fact, Chain) else "an aggregate"
        raise Wrong(f"{what} takes `within`", "aggregates look back, a chain runs forward by itself", group.at)


def both(parts: tuple[Condition, ...]) -> Condition:
    """`and`, flat."""
    return All(tuple(inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))))


def either(parts: tuple[Condition, ...]) -> Condition:
    """`or`, flat."""
    return Any(tuple(inner for part in parts for inner in (part.parts if isinstance(part, Any) else (part,))))


def neither(parts: tuple[Condition, ...]) -> Condition:
    """`not`; twice is nothing."""
    part = parts[0]
    return part.part if isinstance(part, Not) else Not(part)

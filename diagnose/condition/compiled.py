"""A rule with its conditions parsed, and the order in which rules that refer to each other's classes are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from diagnose.condition.nodes import Condition
from diagnose.condition.questions import anchors, horizon, is_simple, signals
from diagnose.errors import Fault
from diagnose.model import Rule
from diagnose.signals import Prepared


@dataclass(frozen=True)
class CompiledRule:
    """`evidence[i][j]` is the parsed condition of `rule.causes[i].evidence[j]`; `prepared` is by signal.

    What its conditions alone say is worked out once, when first asked for: each run asks for it of every rule.
    """

    rule: Rule
    when: Condition
    evidence: tuple[tuple[Condition, ...], ...] = ()
    prepared: Mapping[str, Prepared] = field(default_factory=dict)

    @cached_property
    def anchors(self) -> tuple[str, ...]:
        """The signals at whose sightings the rule is asked."""
        return anchors(self.when)

    @cached_property
    def simple(self) -> bool:
        """Each anchor is a case at once, and need not be asked or kept."""
        of_class = any(self.rule.signals[name].of_class for name in self.anchors)
        return is_simple(self.when) and not self.rule.generic and not of_class

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The signals whose sightings some condition looks at, by name."""
        named = {name for some in self.evidence for condition in some for name in signals(condition)} | {
            self.rule.resolved_by
        } - {""}
        return tuple(sorted(named if self.simple else named.union(signals(self.when), self.anchors)))

    @cached_property
    def reach(self) -> Reach:
        """How far from an anchor its conditions look."""
        own, others = horizon(self.when), [horizon(condition) for some in self.evidence for condition in some]
        back = max(back for back, _ in (own, *others))
        return Reach(back, own[1], max((ahead for _, ahead in others), default=0))


class Reach(NamedTuple):
    """In µs: how far back anything is asked for, how far ahead the rule looks, and how far ahead its evidence does."""

    back: int
    ahead: int
    evidence: int


def stratify(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """Rules in layers: a signal with `class:` refers to rules of earlier layers only. Raises Fault for a cycle.

    A rule's reference to its own class means the other rules of that class.
    """
    by_id = {rule.id: rule for rule in rules}
    of_class: dict[str, list[str]] = {}
    for rule in rules:
        of_class.setdefault(rule.of_class, []).append(rule.id)
    # Most rules refer to none and are referred to by none: they are in the first layer, and the sorter need not know them.
    graph = {rule.id: referred for rule in rules if (referred := _referred(rule, of_class))}
    alone = by_id.keys() - graph.keys() - {name for referred in graph.values() for name in referred}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        raise Fault(
            f"rules refer to each other's classes in a circle: {' → '.join(reversed(circle))}",
            by_id[circle[0]].file,
            help="let one of them look for its own signal instead of a `class:`",
        ) from None
    layers: list[set[str]] = []
    while sorter.is_active():
        layers.append(set(sorter.get_ready()))
        sorter.done(*layers[-1])
    first, *others = layers or [set()]
    return tuple(tuple(by_id[name] for name in sorted(names)) for names in (first | alone, *others) if names)


def _referred(rule: Rule, of_class: dict[str, list[str]]) -> list[str]:
    classes = {signal.of_class for signal in rule.signals.values() if signal.of_class}
    return [name for word in sorted(classes) for name in of_class.get(word, ()) if name != rule.id]

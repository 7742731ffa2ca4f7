"""A rule with its conditions parsed, and the order in which rules that refer to each other's classes are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from diagnose.condition.nodes import Condition
from diagnose.errors import Fault
from diagnose.model import Rule
from diagnose.signals import Prepared


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """`evidence[i][j]` is the parsed condition of `rule.causes[i].evidence[j]`; `prepared` is by signal."""

    rule: Rule
    when: Condition
    evidence: tuple[tuple[Condition, ...], ...] = ()
    prepared: Mapping[str, Prepared] = field(default_factory=dict)


def stratify(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """Rules in layers: a signal with `class:` refers to rules of earlier layers only. Raises Fault for a cycle.

    A rule's reference to its own class means the other rules of that class.
    """
    by_id = {rule.id: rule for rule in rules}
    of_class: dict[str, list[str]] = {}
    for rule in rules:
        of_class.setdefault(rule.of_class, []).append(rule.id)
    graph = {rule.id: _referred(rule, of_class) for rule in rules}
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
    layers = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        layers.append(tuple(by_id[name] for name in ready))
        sorter.done(*ready)
    return tuple(layers)


def _referred(rule: Rule, of_class: dict[str, list[str]]) -> list[str]:
    classes = {signal.of_class for signal in rule.signals.values() if signal.of_class}
    return [name for word in sorted(classes) for name in of_class.get(word, ()) if name != rule.id]

"""Error events that no rule explains, grouped by template: `<*>` stands for what varies between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from diagnose.lazy import lazy
from diagnose.model import Cluster, Event, Level, Proof
from diagnose.origins import location

MAX_GROUPS = 4_096
"""Distinct templates kept; up to here counts are exact, beyond the smallest are given up and counted."""

_VARIES = lazy(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<quoted>(?<!\w)'[^'\n]{0,200}'|\"[^\"\n]{0,200}\")"
    r"|(?P<url>\bhttps?://[^\s'\"]+)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)[0-9a-f]{8,}\b)"
    r"|(?P<number>(?<![A-Za-z\d])\d+(?:\.\d+)?|(?<=[a-z])\d{4,})"
)
_LENGTH = 300
_DIGITS = str.maketrans("123456789", "000000000")
_TEMPLATES: dict[str, str] = {}
"""A pure memo: head with its digits levelled → template; empty where digits are left in it."""


def template(event: Event) -> str:
    """What the events of one cluster share: the trace's kind and message, else the message's first line."""
    head = event.message.split("\n", 1)[0].strip()
    if event.traces:
        error = event.traces[0].root
        kind = ": ".join(filter(None, (error.kind, error.message))).split("\n", 1)[0].strip()
        if kind and (not head or error.kind in head or head.startswith("Traceback")):
            head = kind
        elif kind:
            head = f"{head} [{kind}]"
    # Numbers alone never change what else varies: one substitution serves all heads that differ in digits only.
    shape = head[: 2 * _LENGTH].translate(_DIGITS)
    known = _TEMPLATES.get(shape)
    if known is None:
        if len(_TEMPLATES) >= MAX_GROUPS:
            _TEMPLATES.clear()
        levelled = _VARIES.sub("<*>", shape)[:_LENGTH]
        known = _TEMPLATES[shape] = "" if "0" in levelled else levelled
    # What is left of the digits are names (E11000, utf8): they stay as they are.
    return known or _VARIES.sub("<*>", head[: 2 * _LENGTH])[:_LENGTH]


@dataclass(slots=True)
class _Group:
    count: int
    first: int | None
    last: int | None
    place: tuple[int, str, int]
    example: Proof
    level: Level | None

    def join(self, other: _Group) -> None:
        """Take what another group of the same template holds."""
        self.count += other.count
        self.first = min((time for time in (self.first, other.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, other.last) if time is not None), default=None)
        if other.place < self.place:
            self.place, self.example, self.level = other.place, other.example, other.level


_NUMBERS = ("count", "first", "last", "level")


class Clusters:
    """Collects error events with the rules that had a sighting in them; which of those held is known at the end."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, frozenset[str]], _Group] = {}
        self._counts: dict[frozenset[str], int] = {}
        self.events = 0
        self.evicted = 0

    def add(self, event: Event, rules: frozenset[str], explained: bool = False) -> None:
        """Count one error event. `explained`: one of the rules is sure to hold, so that no cluster will show it."""
        self.events += 1
        self._counts[rules] = self._counts.get(rules, 0) + 1
        if explained:
            return
        key = (template(event), rules)
        place = (event.time if event.time is not None else 1 << 62, event.source, event.offset)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= 2 * MAX_GROUPS:
                self._shrink()
            self._groups[key] = _Group(1, event.time, event.time, place, _proof(event), event.level)
            return
        group.count += 1
        if event.time is not None:
            group.first = event.time if group.first is None else min(group.first, event.time)
            group.last = event.time if group.last is None else max(group.last, event.time)
        if place < group.place:
            group.place, group.example, group.level = place, _proof(event), event.level

    def data(self) -> list[Any]:
        """All of it as plain data: what `merge` takes."""
        groups = [
            [key[0], sorted(key[1]), *(getattr(group, name) for name in _NUMBERS), *astuple(group.example)]
            for key, group in self._groups.items()
        ]
        return [self.events, self.evicted, [[sorted(rules), count] for rules, count in self._counts.items()], groups]

    def merge(self, data: Sequence[Any], lines: int = 0) -> None:
        """Take what others collected elsewhere. `lines`: how many stand before the part of the file that they read."""
        events, evicted, counts, groups = data
        self.events += events
        self.evicted += evicted
        for rules, count in counts:
            self._counts[frozenset(rules)] = self._counts.get(frozenset(rules), 0) + count
        for text, rules, count, first, last, level, source, line, *rest in groups:
            proof = Proof(source, line + lines, *rest)
            place = (proof.time if proof.time is not None else 1 << 62, source, proof.offset)
            key = (text, frozenset(rules))
            other = _Group(count, first, last, place, proof, None if level is None else Level(level))
            group = self._groups.get(key)
            if group is None:
                if len(self._groups) >= 2 * MAX_GROUPS:
                    self._shrink()
                self._groups[key] = other
            else:
                group.join(other)

    def explained(self, held: Collection[str]) -> int:
        """How many of the events show a rule that held."""
        return sum(count for rules, count in self._counts.items() if not rules.isdisjoint(held))

    def unknown(self, held: Collection[str]) -> tuple[Cluster, ...]:
        """The clusters that no rule that held explains, the largest first; their examples are not yet redacted."""
        merged: dict[str, list[_Group]] = {}
        for (text, rules), group in self._groups.items():
            if rules.isdisjoint(held):
                merged.setdefault(text, []).append(group)
        clusters = [_cluster(text, groups) for text, groups in merged.items()]
        return tuple(sorted(clusters, key=lambda cluster: (-cluster.count, cluster.template)))

    def _shrink(self) -> None:
        ranked = sorted(self._groups.items(), key=lambda item: (-item[1].count, item[0][0]))
        for key, group in ranked[MAX_GROUPS:]:
            self.evicted += group.count
            del self._groups[key]


def _proof(event: Event) -> Proof:
    text = event.message.split("\n", 1)[0][:500]
    return Proof(location(event.source), event.line, event.offset, text, event.time, str(event.blame or ""))


def _cluster(text: str, groups: list[_Group]) -> Cluster:
    first = min(groups, key=lambda group: group.place)
    firsts = [group.first for group in groups if group.first is not None]
    lasts = [group.last for group in groups if group.last is not None]
    count = sum(group.count for group in groups)
    return Cluster(text, count, min(firsts, default=None), max(lasts, default=None), first.example, first.level)

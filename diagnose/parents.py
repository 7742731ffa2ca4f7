"""Nodes, and which of them explains which: the best parent of each, found without asking all the others.

Causes wait on shelves: those of one linked class that share one thing (peer, service, request, file, server), apart by what the order
of times is reckoned with. A shelf gives the latest cause that fits in a logarithm's time; what shares nothing is asked for only where
nothing shared explains the node.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from diagnose.model import SECOND, ClockOffset, Explains, Finding

CLOCK_SLACK = 2 * SECOND
"""How much later a cause may appear than its symptom: clocks of two hosts differ, and a proxy's time-out is written first."""

LEAST_SLACK = SECOND // 10
"""The same where the clocks are known: what is written at one moment is not written in order."""

PLACE_SLACK = 256
"""The same in bytes, for lines without times: uvicorn tells of the 500 that it answered with just before the trace that says why."""

MARKER = "deploy-marker"
"""The class of start-up and deploy lines: told, but neither a root nor a symptom."""

_KINDS = ("peer", "service", "request", "file", "server")
_ALWAYS = ("peer", "request", "file", "server")
"""What counts as shared whatever a link asks for."""

_NEVER = -(1 << 62)


@dataclass(slots=True, eq=False)
class Node:
    """Findings of one class at one place. `shared`: what it may have in common with others, by kind."""

    of_class: str
    findings: list[Finding]
    links: tuple[Explains, ...]
    onset: int | None
    end: int | None
    shared: Mapping[str, frozenset[str]]
    resolution: int = 1
    clock: str = ""
    """The source whose clock told the onset; empty where it is not known."""
    generic: bool = False
    """It says of requests that they fail, not why: only what goes on failing can explain it for long."""
    parent: Node | None = None
    strong: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def head(self) -> Finding:
        """The finding that speaks for the node: the gravest, then one that knows the place in the code, then the earliest."""
        return min(self.findings, key=lambda f: (-f.severity, not f.blame, f.first_seen or 0, -f.count, f.fingerprint))

    @property
    def span(self) -> tuple[int, int] | None:
        """From its onset to its end; None where it has a place only."""
        return None if self.onset is None or self.end is None else (self.onset, self.end)

    @property
    def lasting(self) -> bool:
        """It went on for longer than clocks differ."""
        return self.onset is not None and self.end is not None and self.end - self.onset > CLOCK_SLACK


def kinds_of(link: Explains) -> tuple[str, ...]:
    """What counts as shared for a link."""
    return (*link.by, *_ALWAYS) if link.by else _KINDS


class Offsets:
    """How the clock of an effect reads against that of its cause."""

    def __init__(self, learnt: Iterable[ClockOffset] = ()) -> None:
        self._known: dict[tuple[str, str], tuple[int, int]] = {}
        for one in learnt:
            slack = max(one.spread, LEAST_SLACK)
            self._known[one.source, one.other] = one.offset, slack
            self._known[one.other, one.source] = -one.offset, slack
        self.sources = frozenset(source for source, _ in self._known)

    def between(self, cause: str, effect: str) -> tuple[int, int]:
        """(how far the effect's clock is ahead, how much later than its effect a cause may appear), in µs."""
        if cause == effect:
            return 0, CLOCK_SLACK
        return self._known.get((cause, effect), (0, CLOCK_SLACK))


@dataclass(frozen=True, slots=True, order=True)
class _Worth:
    """What makes one parent better than another. `number` is negative, so that the first of equals wins."""

    strong: bool
    lasting: bool
    depth: int
    onset: int
    number: int


_Group = tuple[int, int, int, str, bool]
"""What the causes of one shelf have in common: depth, resolution, the link's `within`, the clock, whether they lasted."""


class Parents:
    """The causes among some nodes, by what they explain and share."""

    def __init__(self, nodes: Sequence[Node], depths: Mapping[str, int], offsets: Offsets) -> None:
        self._nodes, self._depths, self._offsets = nodes, depths, offsets
        self._numbers = {id(node): number for number, node in enumerate(nodes)}
        self._heaps: dict[tuple[str, str, str], dict[_Group, list[Node]]] = {}
        self._shelves: dict[tuple[str, str, str, _Group], _Shelf] = {}
        self._rows: dict[tuple[str, str, bool], _Rows] = {}
        present = {node.of_class for node in nodes}
        for node in nodes:
            for link in node.links:
                if link.of_class in present - {node.of_class, MARKER} and node.of_class != MARKER:
                    self._put(node, link)
        for rows in self._rows.values():
            rows.settle()

    def _put(self, node: Node, link: Explains) -> None:
        """Let the node be found by what it shares, as far as the link counts it, and by nothing at all."""
        for source, offset in _firsts(node):
            rows = self._rows.setdefault((link.of_class, source, node.span is not None), _Rows())
            rows.add(offset, self._worth(node, True, False))
        if node.span is None:
            return
        clock = node.clock if node.clock in self._offsets.sources else ""
        group = (self._depths.get(node.of_class, 0), node.resolution, link.within, clock, node.lasting)
        self._heap(link.of_class, "", "", group).append(node)
        for kind in kinds_of(link):
            for value in node.shared.get(kind, ()):
                self._heap(link.of_class, kind, value, group).append(node)

    def _heap(self, of_class: str, kind: str, value: str, group: _Group) -> list[Node]:
        return self._heaps.setdefault((of_class, kind, value), {}).setdefault(group, [])

    def _worth(self, node: Node, strong: bool, lasting: bool) -> _Worth:
        return _Worth(strong, lasting, self._depths.get(node.of_class, 0), node.onset or 0, -self._numbers[id(node)])

    # ------------------------------------------------------------ asking

    def best(self, node: Node, besides: Iterable[Node] = ()) -> tuple[Node, bool] | None:
        """The best parent and whether the edge is strong: it shares something. None: nothing explains the node.

        `besides`: nodes that are not asked.
        """
        if node.of_class == MARKER:
            return None
        skip = frozenset(-self._numbers[id(one)] for one in besides)
        shared = ((kind, value) for kind, values in node.shared.items() for value in values)
        found = [worth for kind, value in shared for worth in self._latest(node, kind, value, skip)]
        found += self._before(node, skip)
        found = found or [replace(worth, strong=False) for worth in self._latest(node, "", "", skip)]
        best = max(found, default=None)
        return None if best is None else (self._nodes[-best.number], best.strong)

    def _latest(self, node: Node, kind: str, value: str, skip: frozenset[int]) -> Iterator[_Worth]:
        """The best causes in time that share a thing."""
        if node.span is None:
            return
        for group, causes in self._heaps.get((node.of_class, kind, value), {}).items():
            _, resolution, within, clock, lasting = group
            ahead, slack = self._offsets.between(clock, node.clock)
            onset = node.span[0] - ahead
            place = (node.of_class, kind, value, group)
            shelf = self._shelves.get(place)
            if shelf is None:
                shelf = self._shelves[place] = _Shelf([(*_span(cause), -self._numbers[id(cause)]) for cause in causes])
            number = shelf.latest(onset + slack + max(resolution, node.resolution), onset - within, skip)
            if number is not None:
                yield self._worth(self._nodes[-number], True, lasting and node.generic and node.lasting)

    def _before(self, node: Node, skip: frozenset[int]) -> Iterator[_Worth]:
        """Without times: within one file, the cause's first evidence stands before the effect's last, or just behind a request that failed."""
        slack = PLACE_SLACK if node.generic else 0
        for source, offset in _lasts(node):
            for timed in (False, True) if node.span is None else (False,):
                rows = self._rows.get((node.of_class, source, timed))
                best = rows.best(offset + slack, skip) if rows is not None else None
                if best is not None:
                    yield best


def _span(node: Node) -> tuple[int, int]:
    assert node.span is not None
    return node.span


def _firsts(node: Node) -> Iterable[tuple[str, int]]:
    firsts: dict[str, int] = {}
    for proof in (proof for finding in node.findings for proof in finding.evidence):
        firsts[proof.source] = min(proof.offset, firsts.get(proof.source, proof.offset))
    return firsts.items()


def _lasts(node: Node) -> Iterable[tuple[str, int]]:
    lasts: dict[str, int] = {}
    for proof in (proof for finding in node.findings for proof in finding.evidence):
        lasts[proof.source] = max(proof.offset, lasts.get(proof.source, proof.offset))
    return lasts.items()


class _Rows:
    """Causes in order of place, beside each the best up to it."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, _Worth]] = []
        self._best: list[_Worth] = []

    def add(self, offset: int, worth: _Worth) -> None:
        self._rows.append((offset, worth))

    def settle(self) -> None:
        """All are there."""
        self._rows.sort()
        self._best = list(accumulate((worth for _, worth in self._rows), max))

    def best(self, offset: int, skip: frozenset[int]) -> _Worth | None:
        """The best cause whose place is no later than `offset`; `skip`: numbers of those that are not asked."""
        at = bisect_right(self._rows, offset, key=lambda row: row[0])
        if at and self._best[at - 1].number in skip:
            return max((worth for _, worth in self._rows[:at] if worth.number not in skip), default=None)
        return self._best[at - 1] if at else None


class _Shelf:
    """Spans in order of onset, over which stands a tree of the latest ends."""

    def __init__(self, spans: list[tuple[int, int, int]]) -> None:
        """`spans`: (onset, end, number); of equal onsets the greatest number comes first out."""
        spans.sort(key=lambda span: (span[0], span[2]))
        self._onsets = [onset for onset, _, _ in spans]
        self._numbers = [number for _, _, number in spans]
        self._size = size = 1 << len(spans).bit_length()
        self._ends = [_NEVER] * size + [end for _, end, _ in spans] + [_NEVER] * (size - len(spans))
        for at in range(size - 1, 0, -1):
            self._ends[at] = max(self._ends[2 * at], self._ends[2 * at + 1])

    def latest(self, onset: int, end: int, skip: frozenset[int]) -> int | None:
        """The number of the last span that begins no later than `onset` and ends no earlier than `end`, and is not in `skip`."""
        at = self._last(bisect_right(self._onsets, onset), end)
        while at is not None and self._numbers[at] in skip:
            at = self._last(at, end)
        return None if at is None else self._numbers[at]

    def _last(self, before: int, end: int) -> int | None:
        """The last place before `before` whose span ends no earlier than `end`."""
        ends, size = self._ends, self._size
        at = before + size
        while at > 1:
            if at & 1:
                at -= 1
                if ends[at] >= end:
                    while at < size:
                        at = 2 * at + 1 if ends[2 * at + 1] >= end else 2 * at
                    return at - size
            at >>= 1
        return None


# ---------------------------------------------------------------- cycles


def break_cycles(nodes: Sequence[Node], parents: Parents) -> None:
    """Take the weakest edge out of each circle of parents; the next best cause that the node has not itself brought about takes its place."""
    children: dict[int, list[Node]] = {}
    for node in nodes:
        if node.parent is not None:
            children.setdefault(id(node.parent), []).append(node)
    free: set[Node] = set()
    for node in nodes:
        path: dict[Node, None] = {}
        here: Node | None = node
        while here is not None and here not in path and here not in free:
            path[here] = None
            here = here.parent
        if here is not None and here in path:
            way = list(path)
            cycle = way[way.index(here) :]
            _set_right(min(cycle, key=lambda n: (n.strong, n.onset or 0, n.of_class)), parents, children)
        free.update(path)


def _set_right(node: Node, parents: Parents, children: dict[int, list[Node]]) -> None:
    """Give the node another parent than one of those that follow from it. `children`: by a node's identity, kept true."""
    children[id(node.parent)].remove(node)
    effects = [node]
    for effect in effects:
        effects.extend(children.get(id(effect), ()))
    node.parent, node.strong = parents.best(node, effects) or (None, False)
    if node.parent is not None:
        children.setdefault(id(node.parent), []).append(node)

"""The index that finds parents gives what asking every node about every other one gives, and costs little."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.model import SECOND, ClockOffset, Explains
from diagnose.parents import CLOCK_SLACK, LEAST_SLACK, MARKER, PLACE_SLACK, Node, Offsets, Parents, break_cycles, kinds_of
from tests.test_incidents import CLASSES, seen

DEPTHS = {"oom": 0, "refused": 1, "pool": 1, "http-500": 2, "slow": 2}

# ---------------------------------------------------------------- the naive way


def naive(node: Node, nodes: Sequence[Node], offsets: Offsets) -> tuple[Node, bool] | None:
    """The best parent, from the definition in `diagnose/incidents.py`: every other node is asked."""
    best, found = None, None
    for other in nodes:
        edge = _edge(other, node, offsets)
        if edge is not None:
            lasting = node.generic and node.lasting and other.lasting
            worth = (edge, lasting, DEPTHS.get(other.of_class, 0), other.onset or 0)
            if best is None or worth > best:
                best, found = worth, (other, edge)
    return found


def _edge(cause: Node, effect: Node, offsets: Offsets) -> bool | None:
    if cause.of_class == effect.of_class or MARKER in (cause.of_class, effect.of_class):
        return None
    edge = None
    for link in cause.links:
        if link.of_class == effect.of_class and _in_time(cause, effect, link.within, offsets):
            shares = any(cause.shared.get(k, frozenset()) & effect.shared.get(k, frozenset()) for k in kinds_of(link))
            edge = edge or shares
    return edge


def _in_time(cause: Node, effect: Node, within: int, offsets: Offsets) -> bool:
    if cause.onset is None or effect.onset is None or cause.end is None:
        firsts: dict[str, int] = {}
        for proof in (proof for f in cause.findings for proof in f.evidence):
            firsts[proof.source] = min(proof.offset, firsts.get(proof.source, proof.offset))
        slack = PLACE_SLACK if effect.generic else 0
        return any(firsts.get(p.source, 1 << 62) <= p.offset + slack for f in effect.findings for p in f.evidence)
    ahead, slack = offsets.between(cause.clock, effect.clock)
    onset = effect.onset - ahead
    return cause.onset <= onset + slack + max(cause.resolution, effect.resolution) and onset <= cause.end + within


def naive_cycles(nodes: Sequence[Node], offsets: Offsets) -> None:
    for node in nodes:
        path = [node]
        while path[-1].parent is not None and path[-1].parent not in path:
            path.append(path[-1].parent)
        closing = path[-1].parent
        if closing is not None:
            weakest = min(path[path.index(closing) :], key=lambda n: (n.strong, n.onset or 0, n.of_class))
            weakest.parent, weakest.strong = None, False
            others = [other for other in nodes if not _leads_to(other, weakest)]
            weakest.parent, weakest.strong = naive(weakest, others, offsets) or (None, False)


def _leads_to(node: Node, ancestor: Node) -> bool:
    path = [node]
    while path[-1].parent is not None and path[-1].parent not in path:
        path.append(path[-1].parent)
    return ancestor in path


# ---------------------------------------------------------------- worlds

FILES = ["a.log", "b.log", "c.log"]
LINKS = st.builds(
    Explains,
    st.sampled_from((*CLASSES, MARKER)),
    st.sampled_from([(), ("request",), ("service",), ("peer",), ("service", "request")]),
    st.sampled_from([0, 1, 5, 20]).map(lambda seconds: seconds * SECOND),
)
NAMES = st.sets(st.sampled_from("xyz"), max_size=2)


@st.composite
def worlds(draw: st.DrawFn) -> list[Node]:
    links = {of_class: draw(st.lists(LINKS, max_size=4)) for of_class in (*CLASSES, MARKER)}
    nodes = []
    for number in range(draw(st.integers(0, 14))):
        of_class = draw(st.sampled_from((*CLASSES, MARKER)))
        first = draw(st.one_of(st.none(), st.integers(0, 12)))
        last = None if first is None else first + draw(st.integers(0, 6))
        source = draw(st.sampled_from(FILES))
        findings = [
            seen(of_class, first, last, id=f"f{number}.{at}", source=source, offset=100 * draw(st.integers(0, 9)))
            for at in range(draw(st.integers(1, 2)))
        ]
        shared = {kind: frozenset(draw(NAMES)) for kind in ("peer", "service", "request", "server")}
        nodes.append(
            Node(
                of_class,
                findings,
                tuple(dict.fromkeys(draw(st.sampled_from([links[of_class], links[of_class][:1]])))),
                None if first is None else first * SECOND,
                None if last is None else last * SECOND,
                {**shared, "file": frozenset((source,))},
                draw(st.sampled_from([1, 1_000, SECOND])),
                draw(st.sampled_from([source, ""])),
                draw(st.booleans()),
            )
        )
    return nodes


OFFSETS = st.lists(
    st.builds(
        ClockOffset,
        st.just("a.log"),
        st.sampled_from(["b.log", "c.log"]),
        st.integers(-5 * SECOND, 5 * SECOND),
        st.sampled_from([0, 3_000, SECOND]),
        st.just(3),
    ),
    max_size=2,
).map(Offsets)


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(worlds(), OFFSETS)
def test_the_index_finds_the_parents_that_asking_all_finds(nodes: list[Node], offsets: Offsets) -> None:
    parents = Parents(nodes, DEPTHS, offsets)
    for node in nodes:
        assert parents.best(node) == naive(node, nodes, offsets)


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(worlds(), OFFSETS)
def test_who_lost_a_cycle_s_edge_gets_its_next_best_parent(nodes: list[Node], offsets: Offsets) -> None:
    parents = Parents(nodes, DEPTHS, offsets)
    told = []
    for break_them in (lambda: break_cycles(nodes, parents), lambda: naive_cycles(nodes, offsets)):
        for node in nodes:
            node.parent, node.strong = parents.best(node) or (None, False)
        break_them()
        told.append([(None if node.parent is None else nodes.index(node.parent), node.strong) for node in nodes])
    assert told[0] == told[1]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12))
def test_cycles_lose_the_same_edges_as_when_every_path_is_walked(rows: list[tuple[int, bool, int]]) -> None:
    def made() -> list[Node]:
        nodes = [Node(f"c{number % 2}", [], (), onset, onset, {}) for number, (_, _, onset) in enumerate(rows)]
        for node, (at, strong, _) in zip(nodes, rows, strict=True):
            if nodes[at % len(nodes)] is not node:
                node.parent, node.strong = nodes[at % len(nodes)], strong
        return nodes

    one, other = made(), made()
    break_cycles(one, Parents(one, DEPTHS, Offsets()))
    naive_cycles(other, Offsets())
    left = [[None if node.parent is None else nodes.index(node.parent) for node in nodes] for nodes in (one, other)]
    assert left[0] == left[1]
    assert [node.strong for node in one] == [node.strong for node in other]


# ---------------------------------------------------------------- clocks


def test_a_learnt_offset_stands_in_place_of_the_slack() -> None:
    offsets = Offsets([ClockOffset("a.log", "b.log", 5 * SECOND, 20_000, 9)])
    assert offsets.between("a.log", "b.log") == (5 * SECOND, LEAST_SLACK)
    assert offsets.between("b.log", "a.log") == (-5 * SECOND, LEAST_SLACK)
    assert offsets.between("a.log", "c.log") == (0, CLOCK_SLACK)
    assert offsets.between("a.log", "a.log") == (0, CLOCK_SLACK)


# ---------------------------------------------------------------- cost


def _many(count: int) -> list[Node]:
    """So many refused connections and as many failed requests, in one file of their own each, of one service."""
    nodes = []
    for number in range(count):
        for of_class, links in (("refused", (Explains("http-500", (), SECOND),)), ("http-500", ())):
            at, name = number * 7 * SECOND, f"{number}.log"
            shared: dict[str, Any] = {"service": frozenset(("shop",)), "file": frozenset((name,))}
            nodes.append(Node(of_class, [seen(of_class, at, source=name)], links, at, at + SECOND, shared, 1_000, name))
    return nodes


def _seconds(count: int) -> float:
    nodes = _many(count)
    before = time.process_time()
    parents = Parents(nodes, DEPTHS, Offsets())
    for node in nodes:
        parents.best(node)
    return time.process_time() - before


def test_ten_times_the_nodes_cost_about_ten_times_as_much() -> None:
    small = max(min(_seconds(400) for _ in range(3)), 1e-3)
    assert min(_seconds(4_000) for _ in range(2)) < 60 * small

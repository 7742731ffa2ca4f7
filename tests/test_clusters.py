"""Unknown errors by template: what varies is left out, what is counted adds up, and the order of reading does not show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diagnose.clusters
from diagnose.clusters import Clusters, template
from diagnose.model import Event, Level, Trace


def event(message: str, offset: int = 0, time: int | None = None, **fields: Any) -> Event:
    base = {"source": "log", "line": 1, "format": "plain", "own_time": True, "resolution": 1_000, "level": Level.ERROR}
    base |= {"text": message, "fields": {}, "scope": {}, "traces": (), "technologies": ()}
    return Event(message=message, offset=offset, time=time, **{**base, **fields})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("order 42 failed after 1.5 s", "order <*> failed after <*> s"),
        ("user 'ada' is gone", "user <*> is gone"),
        ('user "ada" is gone', "user <*> is gone"),
        ("can't open 'a.txt'", "can't open <*>"),
        ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 lost", "request <*> lost"),
        ("at 10.0.3.7:5432 and 0xdeadbeef", "at <*> and <*>"),
        ("GET https://shop.example/a?b=1 failed", "GET <*> failed"),
        ("commit 8f3a2b1c9d gone", "commit <*> gone"),
        ("job_8123 failed", "job_<*> failed"),
        ("user12345 failed", "user<*> failed"),
        ("E11000 duplicate key", "E11000 duplicate key"),
        ("utf8 is not latin1", "utf8 is not latin1"),
        ("deadbeef is a word", "deadbeef is a word"),
        ("first line 1\nsecond", "first line <*>"),
        ("", ""),
    ],
)
def test_what_varies_is_left_out(message: str, expected: str) -> None:
    for _ in range(2):  # the second answer comes from memory
        assert template(event(message)) == expected


def test_a_trace_gives_its_root_cause() -> None:
    trace = Trace("python", "DatabaseError", "lost 7", cause=Trace("python", "TimeoutError", "after 30 s"))
    assert template(event("Traceback (most recent call last):", traces=(trace,))) == "TimeoutError: after <*> s"
    assert template(event("checkout failed", traces=(trace,))) == "checkout failed [TimeoutError: after <*> s]"
    assert template(event("TimeoutError: after 30 s", traces=(trace,))) == "TimeoutError: after <*> s"
    assert template(event("Emitted 'error' event at:", traces=(Trace("node", ""),))) == "Emitted <*> event at:"


@given(st.text("abcE x'\"0123456789._-/:", max_size=40), st.text("0123456789", min_size=40, max_size=40))
def test_the_memory_of_templates_does_not_show(message: str, digits: str) -> None:
    """Another message of the same shape, asked first, changes nothing."""
    source = iter(digits)
    other = "".join(next(source) if char.isdigit() else char for char in message)
    diagnose.clusters._TEMPLATES.clear()
    alone = template(event(message))
    diagnose.clusters._TEMPLATES.clear()
    template(event(other))
    assert template(event(message)) == alone


RULES = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["boom", "bang 1", "bang 2", "E1 x", "E2 x"]), st.none() | st.integers(0, 99), RULES), max_size=30
)


def collect(rows: list[tuple[int, tuple[str, int | None, frozenset[str]]]]) -> Clusters:
    clusters = Clusters()
    for offset, (message, time, rules) in rows:
        clusters.add(event(message, offset, time), rules)
    return clusters


@given(EVENTS, RULES, st.randoms(use_true_random=False))
def test_counts_add_up_and_the_order_does_not_matter(events: list[Any], held: frozenset[str], random: Any) -> None:
    rows = list(enumerate(events))
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = collect(rows), collect(shuffled)
    assert one.unknown(held) == other.unknown(held)
    assert one.explained(held) == other.explained(held) == sum(not rules.isdisjoint(held) for _, _, rules in events)
    assert one.explained(held) + sum(cluster.count for cluster in one.unknown(held)) == one.events == len(events)
    counts = [cluster.count for cluster in one.unknown(held)]
    assert counts == sorted(counts, reverse=True)
    assert len({cluster.template for cluster in one.unknown(held)}) == len(counts)


def test_a_cluster_tells_its_first_event_and_its_span() -> None:
    rows = [("bang 3", 30, frozenset()), ("bang 1", 10, frozenset()), ("bang 2", None, frozenset("a"))]
    (cluster,) = collect(list(enumerate(rows))).unknown(())
    assert (cluster.count, cluster.first_seen, cluster.last_seen, cluster.example.text) == (3, 10, 30, "bang 1")


def test_what_an_unheld_rule_saw_is_still_unknown() -> None:
    clusters = collect([(0, ("boom", 1, frozenset("a"))), (1, ("boom", 2, frozenset()))])
    assert [cluster.count for cluster in clusters.unknown(())] == [2]
    assert [cluster.count for cluster in clusters.unknown("a")] == [1]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 60), max_size=200))
def test_room_is_bounded_and_what_is_given_up_is_counted(numbers: list[int]) -> None:
    room = diagnose.clusters.MAX_GROUPS
    diagnose.clusters.MAX_GROUPS = 8
    try:
        clusters = Clusters()
        for offset, number in enumerate(numbers):
            clusters.add(event("x" * (number + 1), offset), frozenset())
    finally:
        diagnose.clusters.MAX_GROUPS = room
    left = clusters.unknown(())
    assert len(left) <= 16
    assert clusters.evicted + sum(cluster.count for cluster in left) == len(numbers) == clusters.events

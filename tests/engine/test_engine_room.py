"""Room and time: what the engine keeps is bounded, and asking is not quadratic."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from diagnose.condition import Lookup, Timeline, ask, parse
from diagnose.engine import Engine
from tests.engine.rules import SECOND, compiled, sighting


def test_a_simple_rule_keeps_no_more_for_more_hits():
    def size(number):
        engine = Engine([compiled("r", "x", keys=("key",))])
        tracemalloc.start()
        for start in range(0, number, 1000):
            engine.add(
                sighting("r", "x", i / 9, i, captures={"key": i % 5}, scope={"request": str(i)})
                for i in range(start, start + 1000)
            )
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert sum(finding.count for finding in engine.findings().findings) == number
        return grown

    size(1000)
    assert size(20_000) < size(2_000) * 1.2


@pytest.mark.slow
def test_waiting_sightings_are_bounded_and_the_stalest_go_first():
    limit = 4 << 20
    engine = Engine([compiled("r", "q and never before 1s", keys=("key",))], limit=limit)
    number, peak = 60_000, 0
    tracemalloc.start()
    for start in range(0, number, 1000):
        engine.add(
            sighting("r", "q", i / 9, i, text=f"select {i} " * 9, captures={"key": str(i)}) for i in range(start, start + 1000)
        )
        peak = max(peak, tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert peak < limit * 1.6
    engine.add([sighting("r", "never", number / 9 - 0.5, number), sighting("r", "never", 0.05, number + 1)])
    result = engine.findings()
    assert result.evicted > number / 2
    assert {finding.captures["key"] for finding in result.findings} <= {str(i) for i in range(number - 9, number)}
    assert result.findings


def test_anchors_that_are_given_up_are_counted_first():
    engine = Engine([compiled("r", "count(q) >= 3 within 1s")], limit=1 << 20)
    for start in range(0, 20_000, 500):
        engine.add(sighting("r", "q", i / 10, i, text="x" * 200) for i in range(start, start + 500))
    result = engine.findings()
    assert result.evicted > 10_000
    [finding] = result.findings
    assert finding.count == pytest.approx(19_998, abs=60)


@pytest.mark.slow
def test_a_live_engine_forgets_what_no_anchor_can_ask_for():
    engine = Engine([compiled("r", "q and slow within 1s")])
    sizes = []
    for minute in range(120):
        engine.add(sighting("r", "q", minute * 60 + i / 10, minute * 600 + i, text="x" * 100) for i in range(600))
        engine.findings(minute * 60 * SECOND)
        sizes.append(engine.waiting)
    assert max(sizes[60:]) <= max(sizes[:60])
    assert engine.findings().evicted == 0


@pytest.mark.parametrize(
    "text",
    [
        "count(q) >= 99999999 by request|thread within 1h",
        "distinct(q.value) > 3600000 by thread within 1h",
        "max(q.value) > 1000000 within 1h",
        "run(q) >= 8 by value",
        "q and not r within 1h",
        "q then r within 1h",
        "q and r by request within 1h",
        "q and r.value == 1 within 1h",
        "rising(q.value) over 8",
        "share(q, r) > 99% within 1h",
        "q and (r then s within 1h)",
    ],
)
def test_asking_is_not_quadratic(text):
    """Eight times the sightings cost about eight times the steps: counted, not timed."""

    def steps(number):
        timeline = Timeline("qrs", "r")
        for i in range(number):
            for place, signal in enumerate("qr", start=2 * i):
                carried = {"captures": {"value": i % 50}, "scope": {"thread": str(i % 3)}}
                timeline.add(sighting("r", signal, i / 9, place, **carried))
        condition, lookup, count = parse(text), Lookup(timeline), 0

        def tick(frame, event, arg):
            nonlocal count
            count += 1
            return tick

        sys.settrace(tick)
        try:
            for row in range(number):
                ask(condition, timeline.columns["q"].anchor("q", row), lookup)
        finally:
            sys.settrace(None)
        return count

    assert steps(800) < 14 * steps(100)

"""Clock offsets: learnt from shared requests, whatever the order of reading, in bounded room."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diagnose.clocks
from diagnose.clocks import AGREEING, Clocks
from diagnose.model import SECOND, ClockOffset, Event
from tests.kit import scan_files

START = 1_795_435_200 * SECOND


def event(source: str, request: str, time: int, *, took: float | None = None, **given: Any) -> Event:
    """An event of a request, `time` in µs behind START."""
    fields = {} if took is None else {"duration_ms": took}
    scope = given.pop("scope", {"request": request})
    base: dict[str, Any] = {"resolution": 1, "own_time": True, **given}
    return Event(
        source, 0, 1, "json", START + time, base["own_time"], base["resolution"], None, "", "", fields, scope, (), ()
    )  # fmt: skip


def learnt(events: list[Event]) -> tuple[ClockOffset, ...]:
    clocks = Clocks()
    for one in events:
        clocks.add(one)
    return clocks.offsets()


def pairs(*differences: int) -> list[Event]:
    """Requests a minute apart, seen in `a` and so much later in `b`."""
    moments = [(number, number * 60 * SECOND, later) for number, later in enumerate(differences)]
    return [
        one
        for number, at, later in moments
        for one in (event("a", f"r{number}", at), event("b", f"r{number}", at + later))
    ]  # fmt: skip


def test_the_offset_is_the_median_and_the_spread_what_most_keep_to() -> None:
    (told,) = learnt(pairs(5_000_000, 5_010_000, 4_990_000, 5_020_000, 5_000_000))
    assert told == ClockOffset("a", "b", 5_000_000, 20_000, 5)


def test_two_requests_are_too_few_and_disagreement_tells_nothing() -> None:
    assert learnt(pairs(SECOND, SECOND)) == ()
    assert learnt(pairs(0, 5 * SECOND, 9 * SECOND)) == ()
    assert len(learnt(pairs(0, AGREEING, 2 * AGREEING))) == 1


def test_ids_of_one_request_and_requests_of_one_moment_are_one_witness() -> None:
    twice = [event(source, "", 7 * (source == "b"), scope={"request": "r", "trace": "t"}) for source in "ab"]
    third = [event(source, "x", 60 * SECOND) for source in "ab"]
    assert learnt(twice + third) == ()
    same = [event(source, f"r{number}", 7 * (source == "b")) for source in "ab" for number in range(9)]
    assert learnt(same) == ()


def test_what_latency_explains_is_no_offset() -> None:
    """The proxy writes at the end of a request, the service somewhere within it."""
    events = []
    for number in range(6):
        end = number * 60 * SECOND
        events.append(event("proxy", f"r{number}", end, took=30_000))
        events.append(event("app", f"r{number}", end - 25 * SECOND))
    assert learnt(events) == (ClockOffset("app", "proxy", 0, 0, 6),)
    ahead = [event("proxy", f"r{n}", n * 60 * SECOND + 9 * SECOND, took=1_000) for n in range(6)]
    (told,) = learnt([*ahead, *(event("app", f"r{n}", n * 60 * SECOND) for n in range(6))])
    assert told.offset == 8 * SECOND


def test_a_clock_of_whole_seconds_does_not_seem_to_be_late() -> None:
    events = []
    for number in range(5):
        at = number * 60 * SECOND + number * 190_000
        events += [event("app", f"r{number}", at, resolution=1_000), event("proxy", f"r{number}", at // SECOND * SECOND)]
        events[-1].resolution = SECOND
    (told,) = learnt(events)
    assert told.offset == 0


@pytest.mark.parametrize("given", [{"own_time": False}, {"scope": {}}, {"scope": {"thread": "r"}}])
def test_events_without_time_or_request_tell_nothing(given: dict[str, Any]) -> None:
    moments = [(source, number) for source in "ab" for number in range(5)]
    assert learnt([event(source, f"r{number}", number * 60 * SECOND, **given) for source, number in moments]) == ()


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.integers(0, 9 * SECOND)), max_size=150),
    st.randoms(use_true_random=False),
    st.sampled_from([(4, 9), (8, 1_000), (40, 1_000)]),
    st.integers(1, 50),
)
def test_neither_order_nor_asking_in_between_shows(
    rows: list[tuple[str, int, int]], random: Any, room: tuple[int, int], every: int
) -> None:
    events = [event(source, f"r{number}", number * 60 * SECOND + time) for source, number, time in rows]
    shuffled = list(events)
    random.shuffle(shuffled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnose.clocks, "REQUESTS", room[0])
        patch.setattr(diagnose.clocks, "ROOM", room[1])
        clocks = Clocks()
        for number, one in enumerate(shuffled):
            clocks.add(one)
            if number % every == 0:
                clocks.offsets()
        assert clocks.offsets() == learnt(events)


def test_room_is_bounded_and_the_same_requests_are_kept_of_each_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose.clocks, "ROOM", 600)
    clocks = Clocks()
    for number in range(20_000):
        for source, later in (("a", 0), ("b", 3 * SECOND)):
            clocks.add(event(source, f"request-{number}", number * SECOND + later))
        assert sum(len(kept.spans) for kept in clocks._sources.values()) <= 1_201
    (told,) = clocks.offsets()
    assert (told.offset, told.spread) == (3 * SECOND, 0)
    assert 200 <= told.requests <= 300


# ---------------------------------------------------------------- through a scan

NGINX = (
    '{{"time":"{time}Z","status":500,"request_method":"GET","uri":"/orders","request_id":"{id}","request_time":0.01}}'
)  # fmt: skip
APP = '{{"level":50,"time":"{time}Z","msg":"connect ECONNREFUSED 10.0.0.5:5432","request_id":"{id}"}}'


def test_a_scan_learns_the_offset_and_reports_it(tmp_path: Any) -> None:
    """The app's clock is 7 s behind: its errors come before the proxy's by that, and more than the slack."""
    ids = [f"{number:032x}" for number in range(0x1000, 0x1008)]
    app = [APP.format(time=f"2026-11-23T10:{n:02}:10.{n:03}", id=name) for n, name in enumerate(ids)]
    proxy = [NGINX.format(time=f"2026-11-23T10:{n:02}:03.{n:03}", id=name) for n, name in enumerate(ids)]
    for name, lines in (("app.log", app), ("proxy.log", proxy)):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    report = scan_files([tmp_path])
    (clock,) = report.summary.clocks
    assert (clock.source, clock.other) == (str(tmp_path / "app.log"), str(tmp_path / "proxy.log"))
    assert (round(clock.offset / SECOND), clock.requests) == (-7, 8)
    refused = [finding for finding in report.findings if finding.of_class == "connection-refused"]
    failed = [finding for finding in report.findings if finding.of_class == "unhandled-500"]
    assert refused
    assert failed
    assert {finding.explained_by for finding in failed} == {refused[0].fingerprint}

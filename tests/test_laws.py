"""Law 1: the fast way equals the slow way. Law 2: chunking does not matter. Neither may ever be loosened."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.blocks import BLOCK, Windows
from diagnose.events import is_error
from diagnose.framing import Framer, Record
from diagnose.lines import PLAIN, LineReader
from diagnose.model import Event, Report, Sighting
from diagnose.pipeline import Options, Run
from diagnose.rawform import Gate
from diagnose.search import available, make_searcher, pattern_set
from diagnose.sighter import sightings_of
from diagnose.sources import Input
from tests.documents import CutStream, documents, reach
from tests.kit import NOW, STORE, kit, rulebook
from tests.reference import Framed, compile_patterns, frame, lines_of, patterns_of

BLOCKS = st.sampled_from([16, 100, 1_000, 70_000, BLOCK])
CUTS = st.lists(st.sampled_from([9, 50, 400, 5_000, 1_000_000]), min_size=1, max_size=4)
REACHES = st.sampled_from([200, 700, 3_000, 65_536])
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


class Recording(Run):
    """A run that keeps what it admits."""

    def __init__(self, options: Options) -> None:
        super().__init__(rulebook(), kit(), options, STORE)
        self.admitted: list[tuple[Event, tuple[Sighting, ...]]] = []

    def admit(self, event: Event, sightings: Any) -> None:
        self.admitted.append((event, tuple(sightings)))
        super().admit(event, sightings)


def fast(document: bytes, block: int, cuts: list[int], engine: str = "") -> Recording:
    run = Recording(Options(now=NOW, block=block, engine=engine))
    run.read(Input("log", NOW), CutStream(document, cuts))  # type: ignore[arg-type]
    return run


def slow(document: bytes) -> list[tuple[Event, tuple[Sighting, ...]]]:
    """Frame every line, try every pattern on every line with `re`, then confirm."""
    run = Recording(Options(now=NOW))
    patterns = compile_patterns(run.plan.patterns.texts(coloured=True))
    reader, lines = run.events(Input("log", NOW)), lines_of(document, run.reader)
    seen = []
    for framed in frame(document, run.reader):
        hits = patterns_of(document, framed, patterns)
        if not hits:
            continue
        record = _record(document, framed, hits, lambda framed=framed: _time_before(framed, lines, reader))
        event = reader.event(record)
        # Every signal is tried whose gate is among the hits; joined lines were searched already.
        candidates = [signal for signal in run.plan.signals if any(signal in run.plan.leads[hit] for hit in hits)]
        seen.append((event, tuple(sightings_of(event, run.sighter.look(event, candidates, hits)))))
    return seen


def _record(document: bytes, framed: Framed, hits: frozenset[int], time: Any) -> Record:
    first = framed.lines[0]
    wrapper = kit().wrappers[first.wrapper] if first.wrapper >= 0 else None
    stream = first.name.decode("utf-8", "replace") if wrapper is not None and wrapper.names_service else ""
    form = first.form if framed.header else PLAIN
    name = wrapper.name if wrapper is not None else ""
    number = document.count(b"\n", 0, first.start) + 1
    return Record(first.start, number, form, framed.text(), hits, first.outer_time, time, stream, name, framed.orphan)


def _time_before(framed: Framed, lines: list[Any], reader: Any) -> Any:
    """The nearest earlier line of the stream with a time, within reach: looked for from the definition."""
    import tests.reference

    first = framed.lines[0]
    nearest = None
    stream = [line for line in lines if line.stream == first.stream and line.start <= first.start]
    for later, line in zip([*stream[1:], None], stream, strict=True):
        # The walk back goes from line to line, each within reach of the one after it.
        if later is not None and line.start <= later.start - tests.reference.REACH:
            nearest = None
            continue
        if line.start > first.start - tests.reference.REACH and (line.form != PLAIN or line.outer_time):
            nearest = reader.time_of(line) or nearest
    return nearest


def comparable(admitted: list[tuple[Event, tuple[Sighting, ...]]]) -> list[tuple[Any, ...]]:
    rows = [
        (
            e.offset,
            e.line,
            e.format,
            e.time,
            e.level,
            e.message,
            e.text,
            dict(e.fields),
            dict(e.scope),
            e.traces,
            e.technologies,
            is_error(e),
            s,
        )
        for e, s in admitted
    ]
    return sorted(rows, key=lambda row: row[0])


@pytest.mark.slow
@SLOW
@given(documents(), BLOCKS, CUTS, REACHES)
def test_law_1_events_and_sightings_of_the_fast_way_equal_the_slow_way(
    document: bytes, block: int, cuts: list[int], width: int
) -> None:
    with reach(width):
        assert comparable(fast(document, block, cuts).admitted) == comparable(slow(document))


@pytest.mark.slow
@SLOW
@given(documents(), BLOCKS, CUTS, REACHES)
def test_law_2_the_report_does_not_depend_on_how_a_source_is_cut(
    document: bytes, block: int, cuts: list[int], width: int
) -> None:
    with reach(width):
        assert told(fast(document, block, cuts).report()) == told(fast(document, BLOCK, [1 << 30]).report())


@pytest.mark.slow
@SLOW
@given(st.lists(documents(), min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_law_2_the_report_does_not_depend_on_the_order_of_files(contents: list[bytes], random: Any) -> None:
    def report(order: list[int]) -> Report:
        run = Run(rulebook(), kit(), Options(now=NOW), STORE)
        for index in order:
            run.read(Input(f"log{index}", NOW), io.BytesIO(contents[index]))  # type: ignore[arg-type]
        return run.report()

    order = list(range(len(contents)))
    random.shuffle(order)
    assert told(report(order)) == told(report(sorted(order)))


@pytest.mark.slow
@SLOW
@given(documents(), CUTS, st.integers(1, 4))
def test_law_2_asking_again_and_again_changes_nothing(document: bytes, cuts: list[int], every: int) -> None:
    run = Run(rulebook(), kit(), Options(now=NOW, block=1_000), STORE)
    for number, _ in enumerate(run.follow(Input("log", NOW), CutStream(document, cuts))):  # type: ignore[arg-type]
        if number % every == 0:
            run.report(run.latest)
    assert told(run.report()) == told(fast(document, BLOCK, [1 << 30]).report())


def told(report: Report) -> Report:
    """A report without what differs between any two runs."""
    return replace(report, summary=replace(report.summary, seconds=0.0))


# ---------------------------------------------------------------- parts of law 1, without rules


GATES = (
    Gate(("ECONNREFUSED",)),
    Gate(("Error",)),
    Gate(("time",)),
    Gate(("duplicate key",)),
    Gate(("000",)),
    Gate(("exec", "Orders"), True),
)


@pytest.mark.slow
@SLOW
@given(documents(), BLOCKS, CUTS, REACHES, st.sampled_from(available()))
def test_framing_around_hits_equals_framing_every_line(
    document: bytes, block: int, cuts: list[int], width: int, engine: str
) -> None:
    reader = LineReader(kit().formats, kit().wrappers)
    patterns = pattern_set(GATES)
    searchers = {coloured: make_searcher(patterns, coloured=coloured, engine=engine) for coloured in (False, True)}
    slow_patterns = compile_patterns(patterns.texts(coloured=True))
    with reach(width):
        framer, found = Framer(reader, lambda line: None), []
        for window in Windows(CutStream(document, cuts), block):
            coloured = window.data.find(b"\x1b", window.new, window.end) >= 0
            hits = searchers[coloured].scan(memoryview(window.data)[window.new : window.end]) if window.end > window.new else []
            found += [(r.offset, r.number, r.text, r.orphan) for r in framer.records(window, hits)]
        expected = [
            (framed.start, document.count(b"\n", 0, framed.start) + 1, framed.text(), framed.orphan)
            for framed in frame(document, reader)
            if any(p.search(document[line.start : line.end][:width]) for line in framed.lines for p in slow_patterns)
        ]
    assert sorted(found) == sorted(expected)
    assert framer.lines == document.count(b"\n")


@pytest.mark.parametrize("engine", available())
@SLOW
@given(documents())
def test_both_engines_hit_the_lines_that_re_hits(engine: str, document: bytes) -> None:
    patterns = pattern_set(GATES)
    for coloured in (False, True):
        texts = [re.compile(text.encode(), re.IGNORECASE if caseless else 0) for text, caseless in patterns.texts(coloured)]
        expected = {
            (number, index)
            for number, line in enumerate(document.split(b"\n"))
            for index, p in enumerate(texts)
            if p.search(line)
        }
        hits = make_searcher(patterns, coloured=coloured, engine=engine).scan(document)
        assert {(document.count(b"\n", 0, (hit >> 16) - 1), hit & 0xFFFF) for hit in hits} == expected

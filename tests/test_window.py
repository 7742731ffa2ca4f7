"""What is left out because of --since and --until would not have been told: of large files in order of time, and of old ones."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from diagnose.model import SECOND, Report
from diagnose.pipeline import Options, Run
from diagnose.sources import Input
from diagnose.workers import window
from diagnose.workers.cuts import parts_of
from diagnose.workers.merge import merge
from diagnose.workers.recipe import Bench
from diagnose.workers.step import Step
from diagnose.workers.window import WHOLE, Window, is_stale, window_of
from tests.kit import NOW, STORE, kit, rulebook

HOUR = 3_600 * SECOND
NIGHT = NOW - 12 * HOUR
"""2026-11-23T00:00:00Z."""


def lines(first: int, last: int, step: int = 2) -> bytes:
    """A line every two seconds of the day, an error every hundred."""
    return b"".join(
        b"2026-11-23T%02d:%02d:%02d.000Z %s\n    at somewhere in the code\n"
        % (n // 3600, n // 60 % 60, n % 60, b"ERROR connect ECONNREFUSED 10.0.3.7:5432" if n % 200 == 0 else b"INFO all is well")
        for n in range(first, last, step)
    )


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LARGE", 100_000)
    monkeypatch.setattr(window, "_PROBE", 8_192)


def plant(folder: Path, data: bytes) -> Input:
    path = folder / "app.log"
    path.write_bytes(data)
    return Input(str(path), NOW, len(data))


def run_of(since: int | None, until: int | None) -> Run:
    return Run(rulebook(), kit(), Options(now=NOW, since=since, until=until), STORE)


def told(report: Report) -> Report:
    """A report without how much was read."""
    summary = replace(report.summary, seconds=0.0, bytes=0, lines=0)
    return replace(report, summary=summary)


@pytest.mark.slow
@pytest.mark.parametrize(("since", "until"), [(6, None), (None, 3), (4, 5), (0, 24), (11, None), (30, None), (None, -3), (5, 5)])
@pytest.mark.parametrize("piece", [40_000, 1 << 30])
def test_a_window_tells_what_the_whole_file_tells(tmp_path: Path, since: int | None, until: int | None, piece: int) -> None:
    item = plant(tmp_path, lines(0, 11 * 3_600))
    since, until = (None if hour is None else NIGHT + hour * HOUR for hour in (since, until))
    whole, part = run_of(since, until), run_of(since, until)
    whole.scan([item])
    step = Step(Bench(kit(), rulebook(), part.options, STORE))
    parts = parts_of([item], piece, window=lambda item: astuple(window_of(part, item)))
    results = []
    for one in parts:
        results.append(tmp_path / f"{one.number}.result")
        step.scan_object(one, results[-1])
    merge(part, results, tmp_path)
    assert told(part.report()) == told(whole.report())


def test_an_hour_of_a_day_is_a_small_part_of_its_file(tmp_path: Path) -> None:
    item = plant(tmp_path, lines(0, 11 * 3_600))
    found = window_of(run_of(NIGHT + 5 * HOUR, NIGHT + 6 * HOUR), item)
    assert item.size is not None
    assert found.stop is not None
    assert item.size * 0.25 < found.stop - found.start < item.size * 0.35
    data = Path(item.name).read_bytes()
    assert data[found.start - 1] == data[found.stop - 1] == 10
    assert found.lines == data.count(b"\n", 0, found.start)


@pytest.mark.parametrize("kind", ["no limits", "small", "unsorted", "untimed", "packed"])
def test_what_cannot_be_halved_is_read_whole(tmp_path: Path, kind: str) -> None:
    import gzip

    data = lines(0, 9 * 3_600)
    data = {
        "small": lines(0, 60), "unsorted": lines(18_000, 36_000) + lines(0, 18_000), "untimed": b"a line\n" * 30_000,
        "packed": gzip.compress(data, 0),
    }.get(kind, data)  # fmt: skip
    item = plant(tmp_path, data)
    assert window_of(run_of(None if kind == "no limits" else NIGHT + 5 * HOUR, None), item) == WHOLE == Window()


def test_a_file_is_passed_over_only_a_day_after_its_last_change() -> None:
    assert is_stale(Input("a", NOW - 25 * HOUR), NOW)
    assert not is_stale(Input("a", NOW - 23 * HOUR), NOW)
    assert not is_stale(Input("a", NOW - 99 * HOUR), None)
    assert not is_stale(Input("https://a"), NOW)

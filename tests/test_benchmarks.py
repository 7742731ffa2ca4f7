"""The benchmark measures what it says: corpora are the same every time, hold what they tell, and are counted exactly."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.archives_page import Measured
from benchmarks.archives_page import page as archives_page
from benchmarks.contest import contest
from benchmarks.corpus import Planted, corpus, write
from benchmarks.dress import UNKNOWN
from benchmarks.exact import differences
from benchmarks.figures import Figures, Round, Setting
from benchmarks.filler import fill
from benchmarks.hard import CASES, hard
from benchmarks.measure import Cost, interleaved, run
from benchmarks.page import page
from benchmarks.profiling import by_module
from benchmarks.shapes import errors
from diagnose.pipeline import Options, Run
from diagnose.plugins import rulebook_in
from diagnose.printers.json import report_data
from diagnose.sources import Input
from tests.kit import NOW, STORE, kit, rulebook


def scanned(path: Path) -> dict[str, object]:
    run = Run(rulebook(), kit(), Options(now=NOW), STORE)
    run.scan([Input(str(path), NOW)])
    return report_data(run.report())


# ---------------------------------------------------------------- corpora


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    assert write(first, 0.2, 0.05, seed=3) == write(again, 0.2, 0.05, seed=3)
    assert first.read_bytes() == again.read_bytes()
    write(other, 0.2, 0.05, seed=4)
    assert other.read_bytes() != first.read_bytes()


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_as_many_errors_are_planted_as_the_rate_says(tmp_path: Path, rate: float) -> None:
    path = tmp_path / "log"
    planted = write(path, 2, rate)
    data = path.read_bytes()
    assert (planted.bytes, planted.lines) == (len(data), data.count(b"\n"))
    assert planted.records == sum(planted.rules.values())
    assert planted.records / planted.lines == pytest.approx(rate, rel=0.15)
    assert 2e6 <= len(data) < 3e6


def test_lines_differ(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, 1, 0.1)
    lines = path.read_bytes().splitlines()
    told = [line for line in lines if b'"err":{"type"' in line]
    assert len(told) > 50
    assert len(set(told)) == len(told)


def test_a_corpus_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    path, planted = corpus(0.05, 0.1)
    made = path.stat().st_mtime_ns
    assert corpus(0.05, 0.1) == (path, planted)
    assert path.stat().st_mtime_ns == made
    assert corpus(0.05, 0.01)[0] != path


# ---------------------------------------------------------------- exactness


@pytest.mark.slow
def test_what_is_planted_is_counted_exactly(tmp_path: Path) -> None:
    path = tmp_path / "log"
    planted = write(path, 2, 0.1)
    assert set(planted.rules) >= {error.rule for error in errors()}
    assert differences(planted, scanned(path)) == {}


@pytest.mark.slow
def test_nothing_is_said_of_healthy_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    planted = write(path, 2, 0)
    told = scanned(path)
    assert planted.records == 0
    assert differences(planted, told) == {}
    assert (told["findings"], told["unknown"]) == ([], [])


def test_a_wrong_count_is_told() -> None:
    planted = Planted(bytes=9, lines=3, records=3, rules={"a/b": 2, UNKNOWN: 1})
    finding = {"rule": "a/b", "count": 1}
    summary = {"lines": 3, "bytes": 9}
    assert differences(planted, {"findings": [finding], "unknown": [], "summary": summary}) == {"a/b": (2, 1), UNKNOWN: (1, 0)}
    right = {"findings": [finding, finding], "unknown": [{"count": 1}], "summary": summary}
    assert differences(planted, right) == {}
    extra = {**right, "findings": [finding, finding, {"rule": "c/d", "count": 4}]}
    assert differences(planted, extra) == {"c/d": (0, 4)}


# ---------------------------------------------------------------- rivals


def test_filler_rules_are_in_order_and_as_many_as_asked_for(tmp_path: Path) -> None:
    fill(tmp_path, 40)
    book = rulebook_in([tmp_path], kit())
    assert book.faults == ()
    assert len(book.signals) == 40


@pytest.mark.slow
def test_ripgrep_and_the_native_search_hit_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    path, planted = corpus(1, 0.1)
    with contest(300) as rivals:
        assert len(rivals.plan.signals) >= 300
        rivals.ripgrep(path)
        counted = int(rivals.output.read_text())
        assert rivals.lines_hit(path) == counted
        assert planted.records < counted < planted.lines
        rivals.wc(path)
        assert int(rivals.output.read_text().split()[0]) == planted.lines


def test_costs_are_those_of_the_process(tmp_path: Path) -> None:
    output = tmp_path / "output"
    small = run([sys.executable, "-I", "-S", "-c", "print('x')"], output, os.environ)
    assert output.read_text() == "x\n"
    large = run([sys.executable, "-I", "-S", "-c", "b'x' * 80_000_000; sum(range(3_000_000))"], output, os.environ)
    assert large.peak > small.peak + 70
    assert large.cpu > small.cpu
    with pytest.raises(RuntimeError, match="ended with 3: gone"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('gone'); sys.exit(3)"], output, os.environ)


def test_jobs_take_turns() -> None:
    order: list[str] = []
    costs = iter(Cost(cpu, cpu, cpu) for cpu in (1.0, 10.0, 5.0, 30.0, 3.0, 20.0))

    def job(name: str) -> Cost:
        order.append(name)
        return next(costs)

    found = interleaved({"a": lambda: job("a"), "b": lambda: job("b")}, 3)
    assert order == ["a", "b"] * 3
    assert (found["a"].cpu, found["b"].cpu) == (3.0, 20.0)


# ---------------------------------------------------------------- hard logs, and their page


@pytest.mark.parametrize("case", sorted(CASES))
def test_hard_logs_are_the_same_every_time_and_full_of_hits(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DIR", str(tmp_path / "one"))
    first = hard(case, 0.05).read_bytes()
    monkeypatch.setenv("BENCH_DIR", str(tmp_path / "two"))
    assert hard(case, 0.05).read_bytes() == first
    assert 50_000 <= len(first) < 60_000
    sign = {"storm": b"ECONNREFUSED 10.0.3.7", "sql": b"select t1_0.id", "access": b"HTTP/1.1"}[case]
    lines = first.splitlines()
    assert sum(sign in line for line in lines) >= len(lines) // 2


def test_the_page_of_archives_holds_what_was_reached_against_what_was_asked() -> None:
    def cost(cpu: float) -> Cost:
        return Cost(cpu, cpu, 50)

    told = Setting("2026-11-23", "a machine", "Linux", {"Python": "3.11"}, 40, 150, 300, 700, 3)
    both = {"ripgrep": cost(6.0), "diagnose": cost(1.0)}
    slow = {"whole": cost(10.0), "tenth": cost(1.0)}
    measured = Measured(
        told, 100, 20, {"plain": both, "gzip": both, "zstd": {**both, "ripgrep": cost(2.0)}}, dict.fromkeys(CASES, slow),
        {"diagnose": cost(1.0), "lnav -n": cost(3.0)}, {"1": cost(3.0), "2": cost(1.5)}, {10.0: cost(1.0)}, {"storm": {"events:event": 1}},
    )  # fmt: skip
    text = archives_page(measured)
    assert "| gzip against `rg -z`, CPU of one core | 5 × | 6 × | yes |" in text
    assert "| zstd against `rg -z`, CPU of one core | 5 × | 2 × | **no** |" in text
    assert "| two workers against one, wall clock | 1.7 × | 2 × | yes |" in text
    assert "100 MB/s | 2 MB/s | **no** |" in text
    assert "| lnav -n | 3.00 | 3.00 | 3.00 | 50 |" in text
    assert "| `events` | 100.0 % | `event` 100.0 % |" in text


# ---------------------------------------------------------------- the page


def figures(seconds: float, peak: float, counted: dict[str, tuple[int, int]]) -> Figures:
    told = Setting("2026-11-23", "a machine", "Linux", {"Python": "3.11"}, 40, 150, 300, 700, 5)
    costs = {"wc -l": Cost(0.1, 0.1, 5), "ripgrep": Cost(2.0, 2.0, 10), "diagnose": Cost(seconds, seconds, peak)}
    planted = Planted(1_000_000_000, 5_000_000, 50_000, {"a/b": 50_000})
    one = Round(1000, 0.01, planted, costs, 60_000, 60_000, counted, 12, 0, Cost(1.0, 1.0, 100))
    return Figures(told, (one,), {"`diagnose --version`": Cost(0.1, 0.1, 15)}, {"pattern:search": 3, "framing:records": 1})


def test_the_page_tells_what_falls_short() -> None:
    text = page(figures(5.0, 300, {"a/b": (50_000, 49_999)}))
    assert "2.5 times the CPU of ripgrep, 200 MB a second" in text
    assert "100 MB for 100 MB, 300 MB for 1 GB" in text
    assert "`a/b` differ: 50,000 are there, 49,999 were told" in text


def test_the_page_praises_only_what_is_so() -> None:
    text = page(figures(1.0, 110, {}))
    assert "Nothing of what is measured here." in text
    assert "| diagnose | 1.00 | 1.00 | 0.50 | 0.50 | 1,000 |" in text
    assert "| `pattern` | 75 % | `search` 75 % |" in text


def test_samples_are_told_by_module() -> None:
    modules = by_module({"pattern:search": 2, "pattern:confirm": 1, "(imports)": 1})
    assert modules[0] == ("pattern", 0.75, [("search", 0.5), ("confirm", 0.25)])
    assert modules[1] == ("(imports)", 0.25, [])

"""`python -m benchmarks.scan`: measures everything and writes `docs/performance.md`.

Corpora are kept (see `benchmarks.corpus.folder`): three of the size asked for, three of a tenth of it, a small one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.contest import DIAGNOSE, RIPGREP, Contest, contest
from benchmarks.corpus import corpus
from benchmarks.exact import differences
from benchmarks.figures import Figures, Round, setting
from benchmarks.measure import Cost, interleaved, run
from benchmarks.page import page
from benchmarks.profiling import profile

RATES = (0.001, 0.01, 0.1)
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
SMALL = 0.02
"""MB: some hundred lines."""


def measure_round(rivals: Contest, size: float, rate: float, times: int) -> Round:
    """One corpus: first what each one counts, then what it costs."""
    file, planted = corpus(size, rate)
    less, _ = corpus(size / 10, rate)
    rivals.ripgrep(file)
    ripgrep_lines = int(rivals.output.read_text() or 0)
    cheaper = rivals.diagnose(less)
    costs = interleaved(rivals.jobs(file), times)
    # The last of the interleaved runs left its report.
    report = json.loads(rivals.output.read_bytes())
    return Round(
        size, rate, planted, costs,
        native_lines=rivals.lines_hit(file),
        ripgrep_lines=ripgrep_lines,
        differences=differences(planted, report),
        findings=len(report["findings"]),
        evicted=report["summary"]["evicted"],
        less=cheaper,
    )  # fmt: skip


def starts(rivals: Contest, times: int) -> dict[str, Cost]:
    """Small jobs, where starting is most of the cost."""
    small, planted = corpus(SMALL, RATES[-1])
    bare = [sys.executable, "-c", "pass"]
    return interleaved(
        {
            "Python alone": lambda: run(bare, rivals.output, rivals.environment),
            "`diagnose --version`": rivals.version,
            f"`diagnose scan`, {planted.lines} lines with {planted.records} errors": lambda: rivals.diagnose(small),
        },
        times,
    )


def measure(size: float, signals: int, times: int) -> Figures:
    """All figures."""
    with contest(signals) as rivals:
        told = setting(rivals.rule_count, rivals.own_signals, len(rivals.plan.signals), len(rivals.plan.patterns.gates), times)
        rivals.diagnose(corpus(SMALL, RATES[-1])[0])
        rounds = []
        for rate in RATES:
            rounds.append(measure_round(rivals, size, rate, times))
            _say(rounds[-1])
        samples = profile(rivals.rules, corpus(size / 10, RATES[-1])[0], rivals.environment)
        return Figures(told, tuple(rounds), starts(rivals, 2 * times), dict(samples))


def _say(one: Round) -> None:
    cost, other = one.costs[DIAGNOSE], one.costs[RIPGREP]
    print(
        f"{one.size:g} MB, {100 * one.rate:g} %: diagnose {cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.peak:.0f} MB; "
        f"ripgrep {other.cpu:.2f} s, {other.wall:.2f} s; CPU ratio {one.ratio():.2f}; differences {one.differences or 'none'}",
        flush=True,
    )


def main() -> None:
    """See module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--size", type=float, default=1000, help="MB of each corpus  [default: 1000]")
    parser.add_argument("--signals", type=int, default=300, help="fill the rulebook up to so many  [default: 300]")
    parser.add_argument("--times", type=int, default=5, help="runs of each  [default: 5]")
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write  [default: docs/performance.md]")
    given = parser.parse_args()
    text = page(measure(given.size, given.signals, given.times))
    given.page.write_text(text, "utf-8")
    print(f"written: {given.page}")


if __name__ == "__main__":
    main()

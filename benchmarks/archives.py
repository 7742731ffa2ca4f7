"""`python -m benchmarks.archives`: packed logs, hard logs, others' programs, two workers, size; writes `docs/performance-archives.md`."""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.archives_page import Measured, page
from benchmarks.contest import Contest, contest, ripgrep
from benchmarks.corpus import corpus
from benchmarks.figures import setting
from benchmarks.hard import CASES, hard
from benchmarks.measure import Cost, interleaved, run
from benchmarks.profiling import profile
from benchmarks.rivals import Rivals, versions

PAGE = Path(__file__).parent.parent / "docs" / "performance-archives.md"
RATE = 0.001
"""Errors among the lines of the log that is packed: an archive's usual day."""

_COUNTED = """\
title: "Too many requests fail"
class: unhandled-500
severity: error
signals:
  failed: {fields: {status: ">= 500"}}
  served: {fields: {status: "< 500"}}
  slow: {fields: {duration_ms: ">= 1900"}}
when: share(failed, served) >= 50% within 60s or count(slow) >= 100000 within 60s
cause: A benchmark counts them.
fix: Nothing.
"""


def packed(file: Path, kind: str) -> Path:
    """The same log, packed as programs do it by default; kept beside it."""
    if kind == "plain":
        return file
    path = file.with_name(file.name + {"gzip": ".gz", "zstd": ".zst"}[kind])
    if not path.exists():
        part = path.with_suffix(".part")
        if kind == "gzip":
            part.write_bytes(gzip.compress(file.read_bytes(), 6))
        else:
            subprocess.run(["zstd", "--quiet", "--force", str(file), "-o", str(part)], check=True)
        part.replace(path)
    return path


def scan(rivals: Contest, *words: str | Path) -> Cost:
    """The whole process: with all rules, and those that fill up the rulebook."""
    command = [sys.executable, "-m", "diagnose", "scan", *map(str, words), "--format", "json", "--fail-on", "never"]
    return run([*command, "--rules", str(rivals.rules)], rivals.output, rivals.environment)


def packings(rivals: Contest, size: float, times: int) -> dict[str, dict[str, Cost]]:
    """ripgrep and diagnose on one log, packed in each way."""
    flags = ["--no-config", "--no-unicode", "--text", "--count", "--search-zip", "--file", str(rivals.patterns)]
    found = {}
    for kind in ("plain", "gzip", "zstd"):
        path = packed(corpus(size, RATE)[0], kind)
        jobs: dict[str, Callable[[], Cost]] = {
            "ripgrep": lambda path=path: run([ripgrep(), *flags, str(path)], rivals.output, rivals.environment, (0, 1)),  # type: ignore[misc]
            "diagnose": lambda path=path: scan(rivals, path, "--workers", "1"),  # type: ignore[misc]
        }
        found[kind] = interleaved(jobs, times)
    return found


def hard_cases(rivals: Contest, size: float, times: int) -> dict[str, dict[str, Cost]]:
    """diagnose on the hard logs with all rules; the access log with requests counted by a rule of its own."""
    counted = rivals.output.parent / "counted"
    (counted / "bench").mkdir(parents=True, exist_ok=True)
    (counted / "bench" / "share.yaml").write_text(_COUNTED)
    jobs: dict[str, Callable[[], Cost]] = {}
    for case in CASES:
        more = ["--rules", str(counted)] if case == "access" else []
        jobs[case] = lambda case=case, more=more: scan(rivals, hard(case, size), "--workers", "1", *more)  # type: ignore[misc]
        jobs[f"{case}, a tenth"] = lambda case=case, more=more: scan(rivals, hard(case, size / 10), "--workers", "1", *more)  # type: ignore[misc]
    costs = interleaved(jobs, times)
    return {case: {"whole": costs[case], "tenth": costs[f"{case}, a tenth"]} for case in CASES}


def others(rivals: Contest, size: float, times: int) -> dict[str, Cost]:
    """Ten texts, looked for by each."""
    few = Rivals(rivals.output.parent / "few", rivals.environment)
    few.folder.mkdir()
    few.prepare()
    file, here = corpus(size, RATE)[0], versions()
    jobs: dict[str, Callable[[], Cost]] = {"ripgrep": lambda: few.ripgrep(file), "diagnose": lambda: few.diagnose(file)}
    if "lnav" in here:
        jobs["lnav -n"] = lambda: few.lnav(file)
    if "searchkit" in here:
        jobs["searchkit"] = lambda: few.searchkit(file)
    few.diagnose(corpus(0.02, 0.1)[0])
    return interleaved(jobs, times)


def scaling(rivals: Contest, size: float, times: int) -> dict[str, Cost]:
    """Four packed logs of a quarter of the size each, read by one process and by two. The processor time is that of all processes."""
    folder = rivals.output.parent / "series"
    folder.mkdir()
    for number in range(4):
        shutil.copy(packed(corpus(size / 4, 0.01)[0], "gzip"), folder / f"app{number}.log.gz")
    return interleaved({str(n): lambda n=n: scan(rivals, folder, "--workers", str(n)) for n in (1, 2)}, times)  # type: ignore[misc]


def sizes(rivals: Contest, size: float) -> dict[float, Cost]:
    """The same kind of log in three sizes."""
    return {one: scan(rivals, corpus(one, RATE)[0], "--workers", "1") for one in (size / 10, size, size * 10)}


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=__doc__)
    parser.add_argument("--size", type=float, default=100, help="MB of log  [default: 100]")
    parser.add_argument("--hard", type=float, default=20, help="MB of each hard log  [default: 20]")
    parser.add_argument("--signals", type=int, default=300)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    with contest(given.signals) as rivals:
        rivals.diagnose(corpus(0.02, 0.1)[0])  # compiles the rules
        told = setting(
            rivals.rule_count, rivals.own_signals, len(rivals.plan.signals), len(rivals.plan.patterns.gates), given.times
        )
        told.versions.update(versions())
        cases = hard_cases(rivals, given.hard, given.times)
        profiles = {case: dict(profile(rivals.rules, hard(case, given.hard / 4), rivals.environment)) for case in CASES}
        measured = Measured(
            told, given.size, given.hard, packings(rivals, given.size, given.times), cases, others(rivals, given.size, given.times),
            scaling(rivals, given.size, given.times), sizes(rivals, given.size), profiles,
        )  # fmt: skip
    given.page.write_text(page(measured), "utf-8")
    print(json.dumps({"written": str(given.page)}))


if __name__ == "__main__":
    main()

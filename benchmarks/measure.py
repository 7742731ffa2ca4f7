"""Runs a program and says what it cost: CPU, wall clock and peak memory of that one process."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU (user and system) and of wall clock; `peak` resident memory in MB (10⁶ bytes)."""

    cpu: float
    wall: float
    peak: float


def run(command: Sequence[str], output: Path, environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end, its standard output into a file. Raises RuntimeError for another exit code."""
    with output.open("wb") as out:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=dict(environment))
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode not in codes:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}: {said.decode('utf-8', 'replace')[:2000]}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e6)


def interleaved(jobs: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, Cost]:
    """The median of each job, all of them run in turn so that a busy moment of the machine meets each alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for _ in range(times):
        for name, job in jobs.items():
            costs[name].append(job())
    return {name: median(several) for name, several in costs.items()}


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.peak for cost in costs),
    )

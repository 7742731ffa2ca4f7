"""Runs a program and says what it cost: CPU, wall clock and peak memory of that one process."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STARTER = Path(__file__).with_name("starter.py")

_UNIT = 1 if sys.platform == "darwin" else 1024
"""Of what `ru_maxrss` counts, in bytes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU (user and system) and of wall clock; `peak` resident memory in MB (10⁶ bytes)."""

    cpu: float
    wall: float
    peak: float


def run(command: Sequence[str], output: Path, environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end, its standard output into a file. Raises RuntimeError for another exit code."""
    program = shutil.which(command[0])
    if program is None:
        raise RuntimeError(f"there is no {command[0]}")
    starter = [sys.executable, "-I", "-S", str(_STARTER), str(output), program, *command[1:]]
    told = subprocess.run(starter, capture_output=True, text=True, env=dict(environment), check=True)
    code, cpu, wall, peak = told.stdout.split()
    if int(code) not in codes:
        raise RuntimeError(f"{command[0]} ended with {code}: {told.stderr[:2000]}")
    return Cost(float(cpu), float(wall), int(peak) * _UNIT / 1e6)


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

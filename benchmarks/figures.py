"""What a benchmark found out: plain data, from which the page is made."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.contest import DIAGNOSE, RIPGREP, ripgrep
from benchmarks.corpus import Planted
from benchmarks.measure import Cost
from diagnose import __version__


@dataclass(frozen=True)
class Setting:
    """Where and with what it was measured."""

    day: str
    machine: str
    system: str
    versions: dict[str, str]
    rules: int
    own_signals: int
    signals: int
    patterns: int
    times: int
    """Runs of which the medians are told."""


@dataclass(frozen=True)
class Round:
    """One corpus: what all three cost on it, and whether the counts were right."""

    size: float
    """MB asked for; `planted.bytes` is what it became."""
    rate: float
    planted: Planted
    costs: dict[str, Cost]
    native_lines: int
    ripgrep_lines: int
    differences: dict[str, tuple[int, int]]
    findings: int
    evicted: int
    less: Cost
    """`diagnose` on a corpus of a tenth of the size, to see whether memory grows."""

    def ratio(self, name: str = DIAGNOSE, *, wall: bool = False) -> float:
        """Cost of one by that of ripgrep."""
        one, other = self.costs[name], self.costs[RIPGREP]
        return one.wall / other.wall if wall else one.cpu / other.cpu

    @property
    def speed(self) -> float:
        """MB that `diagnose` reads in a second of CPU."""
        return self.planted.bytes / 1e6 / self.costs[DIAGNOSE].cpu


@dataclass(frozen=True)
class Figures:
    """All of it. `starts`: small jobs by name. `profile`: samples of a scan at the highest rate, by `module:function`."""

    setting: Setting
    rounds: tuple[Round, ...]
    starts: dict[str, Cost] = field(default_factory=dict)
    profile: dict[str, int] = field(default_factory=dict)


def setting(rules: int, own_signals: int, signals: int, patterns: int, times: int) -> Setting:
    """This machine, and the versions at work."""
    said = subprocess.run([ripgrep(), "--version"], capture_output=True, text=True, check=True).stdout
    versions = {
        "diagnose": __version__,
        "Python": platform.python_version(),
        "hyperscan": version("hyperscan"),
        "regex": version("regex"),
        "ripgrep": said.split()[1],
    }
    machine = f"{_processor()}, {os.cpu_count()} processors"
    system = f"{platform.system()} {platform.release()}"
    return Setting(f"{datetime.now(UTC):%Y-%m-%d}", machine, system, versions, rules, own_signals, signals, patterns, times)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            return next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()

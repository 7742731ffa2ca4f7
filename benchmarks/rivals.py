"""Others that look for several things in logs: ripgrep, lnav and searchkit, with the same few patterns as `diagnose`."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.contest import ripgrep
from benchmarks.measure import Cost, run

_RULE = """\
title: "It was seen: {literal}"
class: uncaught-exception
severity: error
signals:
  seen: {{literals: ["{literal}"]}}
when: seen
cause: A benchmark looks for it.
fix: Nothing.
"""

_SEARCHKIT = """
import sys
from searchkit import FileSearcher, SearchDef
searcher = FileSearcher(max_parallel_tasks=1)
with open(sys.argv[1]) as patterns:
    for pattern in patterns:
        searcher.add(SearchDef(".*" + pattern.rstrip("\\n"), store_result_contents=False), sys.argv[2])
print(len(searcher.run()))
"""

LITERALS = (
    "Connection reset by peer", "ECONNREFUSED", "deadlock detected", "Duplicate entry", "Out of memory", "too many connections",
    "No space left on device", "permission denied for", "certificate has expired", "upstream timed out",
)  # fmt: skip
"""What all of them look for: the same ten texts."""


@dataclass(frozen=True)
class Rivals:
    """Files that stand ready in a folder: ten rules, and the same ten patterns."""

    folder: Path
    environment: Mapping[str, str]

    def prepare(self) -> None:
        """Write rules and patterns."""
        rules = self.folder / "rules" / "few"
        rules.mkdir(parents=True)
        for number, literal in enumerate(LITERALS):
            (rules / f"n{number}.yaml").write_text(_RULE.format(literal=literal))
        (self.folder / "patterns").write_text("\n".join(map(re.escape, LITERALS)).replace("\\ ", " ") + "\n")

    @property
    def output(self) -> Path:
        """Where what they print goes."""
        return self.folder / "output"

    def diagnose(self, file: Path) -> Cost:
        """The whole process, with those ten rules only."""
        options = [
            "--rules",
            str(self.folder / "rules"),
            "--rule",
            "few/*",
            "--format",
            "json",
            "--fail-on",
            "never",
            "--workers",
            "1",
        ]
        return run([sys.executable, "-m", "diagnose", "scan", str(file), *options], self.output, self.environment)

    def ripgrep(self, file: Path) -> Cost:
        """Count lines."""
        flags = ["--no-config", "--no-unicode", "--text", "--count", "--search-zip", "--file", str(self.folder / "patterns")]
        return run([ripgrep(), *flags, str(file)], self.output, self.environment, (0, 1))

    def lnav(self, file: Path) -> Cost:
        """Lines that match, printed as they are."""
        either = "|".join((self.folder / "patterns").read_text().splitlines())
        return run(["lnav", "-n", "-c", f":filter-in {either}", str(file)], self.output, self.environment)

    def searchkit(self, file: Path) -> Cost:
        """Results of ten searches over one file, in one process of its own."""
        words: Sequence[str] = [sys.executable, "-c", _SEARCHKIT, str(self.folder / "patterns"), str(file)]
        return run(words, self.output, self.environment)


def versions() -> dict[str, str]:
    """Who of them is here, and in which version."""
    found = {}
    if shutil.which("lnav"):
        said = subprocess.run(["lnav", "-V"], capture_output=True, text=True, check=True).stdout
        found["lnav"] = said.split()[1]
    if importlib.util.find_spec("searchkit"):
        found["searchkit"] = version("searchkit")
    return found

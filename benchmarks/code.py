"""`python -m benchmarks.code PACKAGES`: `diagnose check` against ast-grep and semgrep on the same files; writes `docs/check-speed.md`.

PACKAGES is the folder that `benchmarks.packages` filled. ast-grep is given the very patterns of `diagnose` (without `needs`, which it does not know), semgrep
those of `semgrep.yaml`, which are fewer: its own registry of rules needs the network. Both come from PyPI; `--rivals FOLDER` says
where their programs are (else the path is searched).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from benchmarks.codebase import gather
from benchmarks.measure import Cost, interleaved, run
from diagnose.check.detector import Detector, detectors
from diagnose.plugins import load_kit, rulebook_in

PAGE = Path(__file__).parent.parent / "docs" / "check-speed.md"
PATTERNS = Path(__file__).with_name("semgrep.yaml")
DIAGNOSE, AST_GREP, SEMGREP = "diagnose", "ast-grep", "semgrep"

LARGE, SMALL = (1_000, 9_000_000), (10, 90_000)
"""Files and bytes: a repository, and what a commit changes."""

GOALS = {LARGE: 5.0, SMALL: 0.3}
"""Seconds of wall clock that `diagnose check` may take, on two cores."""

_NAMES = {
    "javascript": ("JavaScript",), "typescript": ("TypeScript", "Tsx"), "python": ("Python",), "php": ("Php",), "java": ("Java",),
    "kotlin": ("Kotlin",), "go": ("Go",), "csharp": ("CSharp",), "cpp": ("Cpp",), "bash": ("Bash",),
}  # fmt: skip


@dataclass(frozen=True)
class Round:
    """One body of code: what is in it, what each program costs, how many lines each told."""

    wanted: tuple[int, int]
    files: int
    bytes: int
    costs: Mapping[str, Cost]
    told: Mapping[str, int]


def ast_grep_rules(every: Sequence[Detector]) -> str:
    """The patterns of all detectors as ast-grep's command line takes them."""
    documents = []
    for one in every:
        for language in sorted(one.languages):
            for name in _NAMES[language]:
                parser = "tsx" if name == "Tsx" else language
                id = f"{one.rule.id.replace('/', '-')}-{one.number}-{name.lower()}"
                documents.append(
                    {"id": id, "language": name, "severity": "warning", "message": one.rule.title, **one.config(parser)}
                )
    return yaml.safe_dump_all(documents, sort_keys=False, width=1_000)


@dataclass(frozen=True)
class Rivals:
    """The three programs, their rules, and a folder for what they write."""

    programs: Path | None
    base: Path
    environment: Mapping[str, str]

    @property
    def output(self) -> Path:
        """What the last of them printed."""
        return self.base / "output"

    def program(self, name: str) -> str:
        """Where a program is. Raises RuntimeError where it is missing."""
        beside = self.programs / name if self.programs else None
        found = str(beside) if beside and beside.exists() else shutil.which(name)
        if not found:
            raise RuntimeError(f"there is no {name}: pip install ast-grep-cli semgrep, and name their folder by --rivals")
        return found

    def jobs(self, folder: Path) -> dict[str, Callable[[], Cost]]:
        """All three on one folder, printing JSON."""
        ours = [sys.executable, "-m", "diagnose", "check", str(folder), "--format", "json", "--no-plugins", "--fail-on", "never"]
        ast_grep = [
            self.program(AST_GREP),
            "scan",
            "--rule",
            str(self.base / "ast-grep.yml"),
            "--json=stream",
            "--no-ignore",
            "hidden",
            str(folder),
        ]
        semgrep = [
            self.program(SEMGREP), "scan", "--config", str(PATTERNS), "--metrics=off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet",
            str(folder),
        ]  # fmt: skip
        return {
            DIAGNOSE: lambda: run(ours, self.output, self.environment),
            AST_GREP: lambda: run(ast_grep, self.output, self.environment, (0, 1)),
            SEMGREP: lambda: run(semgrep, self.output, self.environment, (0, 1)),
        }

    def told(self, name: str, job: Callable[[], Cost]) -> int:
        """How many matches a program tells."""
        job()
        text = self.output.read_text("utf-8", "replace")
        marks = {DIAGNOSE: '"fingerprint":', AST_GREP: '"ruleId":', SEMGREP: '"check_id":'}
        return text.count(marks[name])


@contextmanager
def rivals(programs: Path | None, every: Sequence[Detector]) -> Iterator[Rivals]:
    """The programs, ready to run; `diagnose` keeps its compiled rules in a cache of its own."""
    with tempfile.TemporaryDirectory(prefix="rivals-") as temporary:
        base = Path(temporary)
        (base / "ast-grep.yml").write_text(ast_grep_rules(every))
        path = f"{programs}{os.pathsep}{os.environ['PATH']}" if programs else os.environ["PATH"]
        added = {"PATH": path, "DIAGNOSE_CACHE": str(base / "cache"), "SEMGREP_SETTINGS_FILE": str(base / "settings.yml")}
        yield Rivals(programs, base, {**os.environ, **added})


def measure(packages: Path, programs: Path | None, times: int, every: Sequence[Detector]) -> list[Round]:
    """Both bodies of code."""
    rounds = []
    with rivals(programs, every) as three:
        for wanted in (SMALL, LARGE):
            folder = three.base / f"code-{wanted[0]}"
            files, size = gather(packages, folder, *wanted)
            jobs = three.jobs(folder)
            told = {name: three.told(name, job) for name, job in jobs.items()}
            rounds.append(Round(wanted, files, size, interleaved(jobs, times), told))
            print(
                f"{files} files: " + ", ".join(f"{name} {cost.wall:.2f} s" for name, cost in rounds[-1].costs.items()), flush=True
            )
    return rounds


def versions(programs: Path | None) -> dict[str, str]:
    """What each program says that it is."""
    found = {}
    for name in (AST_GREP, SEMGREP):
        program = str(programs / name) if programs else name
        path = f"{programs}{os.pathsep}{os.environ['PATH']}" if programs else os.environ["PATH"]
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, env={**os.environ, "PATH": path}
        )
        found[name] = told.stdout.split()[-1]
    return found


def page(rounds: Sequence[Round], every: Sequence[Detector], numbers: Mapping[str, str], times: int) -> str:
    """The whole page."""
    patterns = sum(len(one.languages) for one in every)
    theirs = len(yaml.safe_load(PATTERNS.read_text())["rules"])
    told = ", ".join(f"{name} {number}" for name, number in numbers.items())
    parts = [
        f"""# How fast `diagnose check` is

`python -m benchmarks.code PACKAGES` writes this page. Measured on {date.today()}: {os.cpu_count()} cores, {platform.system()}, Python
{platform.python_version()}, {told}; the machine was shared with other work, which moves wall clocks more than CPU and more than ratios. Medians of {times} runs in turn.

The three programs read the same files, drawn from the open packages of `benchmarks/packages.yaml`: ten languages, no tests, nothing generated.

- `diagnose check --format json`: all of its detectors, {patterns} patterns by language and the finders, report and fixes included.
- `ast-grep scan --json=stream` with the same {patterns} patterns. It has no `needs`, so it parses every file.
- `semgrep scan --json` with the {theirs} patterns of `benchmarks/semgrep.yaml` for some of the same failures, since its registry needs the network.
"""
    ]
    for one in rounds:
        rows = ["| | wall s | CPU s | peak MB | matches | CPU / diagnose |", "| :-- | --: | --: | --: | --: | --: |"]
        for name, cost in one.costs.items():
            ratio = cost.cpu / one.costs[DIAGNOSE].cpu
            rows.append(f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:.0f} | {one.told[name]} | {ratio:.1f} |")
        parts.append(f"## {one.files:,} files, {one.bytes / 1e6:.1f} MB\n\n" + "\n".join(rows) + "\n\n" + _goal(one))
    parts.append("""## What the numbers of matches mean

ast-grep tells every match of a pattern, `diagnose` one a line and rule, of matches inside each other the outermost, and what finders see besides; it leaves out files that
`needs` rules out. semgrep's patterns are others, so its number only says that it looked.
""")
    return "\n".join(parts)


def _goal(one: Round) -> str:
    goal, wall, cpu = GOALS[one.wanted], one.costs[DIAGNOSE].wall, one.costs[DIAGNOSE].cpu
    if wall <= goal:
        return f"The goal, {goal:g} s of wall clock for `diagnose`, is met.\n"
    if cpu <= goal:
        return f"The goal is {goal:g} s of wall clock for `diagnose`: not met on this busy machine, whose CPU took {cpu:.2f} s for it.\n"
    return f"The goal, {goal:g} s of wall clock for `diagnose`, is **not met**: {wall:.2f} s.\n"


def main() -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("packages", type=Path)
    parser.add_argument("--rivals", type=Path)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    kit = load_kit(plugins=False)
    every = [one for one in detectors(rulebook_in(kit.rules, kit).rules) if not one.finder]
    rounds = measure(given.packages, given.rivals, given.times, every)
    PAGE.write_text(page(rounds, every, versions(given.rivals), given.times))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How often `diagnose check` is right: `python -m benchmarks.precision run FOLDER`, then `sample`, then `page`.

`run` checks the packages that `benchmarks.packages` has fetched, each in a process of its own. `sample` draws findings by a seed, and shows those that nobody has
judged yet, with the code around them. A person reads the code there, and writes `right` or `wrong` and why into `judged.yaml`. `page` writes
`docs/precision.md` of that. Judgements are kept by package, rule, path and line of code.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.judging import page
from benchmarks.packages import packages

JUDGED = Path(__file__).with_name("judged.yaml")
PAGE = Path(__file__).parent.parent / "docs" / "precision.md"
SEED = 20261207
DRAWN = 100
MOST = 5
"""Findings of one rule in one package that may be drawn: no single habit decides."""

AROUND = 5
"""Lines of code shown before and after a finding."""

RESULTS = "results"
"""Where `run` leaves what it found, below the folder of packages."""


@dataclass(frozen=True)
class Told:
    """One finding in one package."""

    package: str
    rule: str
    path: str
    line: int
    code: str
    message: str
    severity: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a judgement is kept by: a line's number moves, its text does not."""
        return self.package, self.rule, self.path, self.code


def check(folder: Path, name: str) -> dict[str, Any]:
    """What a run over one package gives: findings, files, bytes, seconds. Raises RuntimeError where the program does not end well."""
    command = [sys.executable, "-m", "diagnose", "check", ".", "--format", "json", "--fail-on", "never", "--no-plugins"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    if done.returncode not in (0, 3) or "Traceback" in done.stderr:
        raise RuntimeError(f"{name}: exit code {done.returncode}: {done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    told = []
    for finding in report["findings"]:
        proof = finding["evidence"][0]
        told.append(
            Told(name, finding["rule"], proof["source"], proof["line"], proof["text"], finding["title"], finding["severity"])
        )
    summary = report["summary"]
    return {
        "name": name, "findings": [asdict(one) for one in told], "files": summary["sources"], "bytes": summary["bytes"],
        "seconds": round(time.perf_counter() - begun, 2),
    }  # fmt: skip


def run(base: Path, names: Sequence[str] = ()) -> None:
    """Check the packages that are there (or those of them that are named), each anew."""
    for package in packages():
        folder = base / package.folder
        if folder.is_dir() and (not names or package.folder in names):
            result = check(folder, package.folder)
            target = base / RESULTS / f"{package.folder}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(result))
            print(
                f"{package.folder}: {len(result['findings'])} findings, {result['files']} files, {result['seconds']} s",
                flush=True,
            )


def drawn(base: Path, seed: int = SEED, count: int = DRAWN) -> list[Told]:
    """The sample: of the findings in packages that are held out, in an order that the seed alone decides, few of each package and rule.

    What was judged in an earlier round is not drawn again.
    """
    held_out = {package.folder for package in packages() if package.held_out}
    every = sorted(
        (Told(**one) for result in _results(base) if result["name"] in held_out for one in result["findings"]),
        key=lambda one: (one.key, one.line),
    )
    random.Random(seed).shuffle(every)
    taken: Counter[tuple[str, str]] = Counter()
    chosen: list[Told] = []
    known = _known()
    for one in every:
        if one.key in known:
            continue
        taken[one.package, one.rule] += 1
        if taken[one.package, one.rule] <= MOST:
            chosen.append(one)
    return chosen[:count]


def _results(base: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((base / RESULTS).rglob("*.json"))]


def _known() -> set[tuple[str, str, str, str]]:
    """What was judged already, in any round."""
    rounds = yaml.safe_load(JUDGED.read_text())["rounds"] if JUDGED.exists() else []
    return {(each["package"], each["rule"], each["path"], each["code"]) for one in rounds for each in one["findings"]}


def sample(base: Path, seed: int) -> None:
    """Show what of the sample nobody has judged yet."""
    for number, one in enumerate(drawn(base, seed)):
        print(f"\n===== {number} {one.package} {one.severity} {one.rule}\n{one.path}:{one.line}: {one.message}")
        lines = (base / one.package / one.path).read_text("utf-8", "replace").split("\n")
        for at in range(max(0, one.line - 1 - AROUND), min(len(lines), one.line + AROUND)):
            print(f"{'>' if at == one.line - 1 else ' '} {at + 1:5} {lines[at][:170]}")


def main() -> int:
    """One of the three steps."""
    step, base = sys.argv[1], Path(sys.argv[2])
    if step == "run":
        run(base, sys.argv[3:])
    elif step == "sample":
        sample(base, int(sys.argv[3]) if len(sys.argv) > 3 else SEED)
    elif step == "page":
        PAGE.write_text(page(yaml.safe_load(JUDGED.read_text()), _results(base)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Those who are compared: `wc -l`, ripgrep with the same patterns, and `diagnose` with everything on."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import folder
from benchmarks.filler import fill
from benchmarks.measure import Cost, run
from diagnose.blocks import Windows
from diagnose.plan import Plan, make_plan
from diagnose.plugins import load_kit, rulebook_in
from diagnose.search import ID_BITS, make_searcher

WC, RIPGREP, DIAGNOSE = "wc -l", "ripgrep", "diagnose"


@dataclass(frozen=True)
class Contest:
    """What a run compares with: files that stand ready below a temporary folder."""

    rules: Path
    patterns: Path
    output: Path
    plan: Plan
    own_signals: int
    rule_count: int

    @property
    def environment(self) -> dict[str, str]:
        """Compiled rules are kept in a cache of their own, so that the first run alone pays for them."""
        return {**os.environ, "DIAGNOSE_CACHE": str(self.output.parent / "cache"), "LC_ALL": "C"}

    def wc(self, file: Path) -> Cost:
        """Count lines."""
        return run(["wc", "-l", str(file)], self.output, self.environment)

    def ripgrep(self, file: Path) -> Cost:
        """Count lines that some pattern matches; bytes as they are, as the native search takes them."""
        flags = ["--no-config", "--no-unicode", "--text", "--count"]
        return run([ripgrep(), *flags, "--file", str(self.patterns), str(file)], self.output, self.environment, (0, 1))

    def diagnose(self, file: Path) -> Cost:
        """The whole process, from the command line to the report in JSON."""
        options = ["--rules", str(self.rules), "--format", "json", "--fail-on", "never"]
        return run([sys.executable, "-m", "diagnose", "scan", str(file), *options], self.output, self.environment)

    def version(self) -> Cost:
        """`diagnose --version`."""
        return run([sys.executable, "-m", "diagnose", "--version"], self.output, self.environment)

    def jobs(self, file: Path) -> dict[str, Callable[[], Cost]]:
        """All three on one file."""
        return {
            WC: lambda: self.wc(file),
            RIPGREP: lambda: self.ripgrep(file),
            DIAGNOSE: lambda: self.diagnose(file),
        }

    def lines_hit(self, file: Path) -> int:
        """Lines that the native search hits, to be held against ripgrep's count."""
        searcher = make_searcher(self.plan.patterns)
        count = 0
        with file.open("rb", buffering=0) as stream:
            for window in Windows(stream):
                last = -1
                for hit in searcher.scan(memoryview(window.data)[window.new : window.end]):
                    position = window.new + (hit >> ID_BITS)
                    if position > last:
                        count += 1
                        end = window.data.find(b"\n", position, window.end)
                        last = window.end if end < 0 else end
        return count


def ripgrep() -> str:
    """The program of the PyPI package, else one on the path. Raises RuntimeError where there is none."""
    beside = Path(sys.executable).parent / "rg"
    found = str(beside) if beside.exists() else shutil.which("rg")
    if not found:
        raise RuntimeError("there is no rg: pip install ripgrep")
    return found


@contextmanager
def contest(signals: int) -> Iterator[Contest]:
    """Rulebook filled up to `signals` signals, its patterns written down for ripgrep."""
    kit = load_kit(plugins=False)
    own = len(rulebook_in(kit.rules, kit).signals)
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder()) as temporary:
        base = Path(temporary)
        fill(base / "rules", max(0, signals - own))
        book = rulebook_in((*kit.rules, base / "rules"), kit)
        plan = make_plan(book.signals, kit.formats, kit.wrappers)
        patterns = base / "patterns.txt"
        texts = [f"(?i:{text})" if caseless else text for text, caseless in plan.patterns.texts(False)]
        patterns.write_text("\n".join(texts) + "\n", "latin-1")
        yield Contest(base / "rules", patterns, base / "output", plan, own, len(book.rules))

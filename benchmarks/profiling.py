"""Where a scan spends its CPU: samples of the running code, by module.

`python -m benchmarks.profiling RULES FILE` scans with those rules besides the built-in ones and prints samples as JSON.
A timer of CPU time interrupts the scan; the sample goes to the innermost function of `diagnose` that is at work, so what
a library does for it (Hyperscan, `regex`, `msgspec`) counts there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

EVERY = 0.002
"""CPU seconds between two samples."""

IMPORTS = "(imports)"

_PACKAGE = f"{os.sep}diagnose{os.sep}"


class Sampler:
    """Samples of this process while it is entered, as `module:function`."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()

    def __enter__(self) -> Sampler:
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _take(self, _: int, frame: FrameType | None) -> None:
        self.samples[_place(frame)] += 1


def _place(frame: FrameType | None) -> str:
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return IMPORTS
        if _PACKAGE in name:
            module = name.rpartition(_PACKAGE)[2].removesuffix(".py").removesuffix(f"{os.sep}__init__").replace(os.sep, ".")
            return f"{module}:{frame.f_code.co_name}"
        frame = frame.f_back
    return "(elsewhere)"


def profile(rules: Path, file: Path, environment: Mapping[str, str]) -> Counter[str]:
    """The samples of one scan, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.profiling", str(rules), str(file)]
    told = subprocess.run(command, stdout=subprocess.PIPE, env=dict(environment), check=True, cwd=Path(__file__).parent.parent)
    return Counter(json.loads(told.stdout))


def by_module(samples: Mapping[str, int]) -> list[tuple[str, float, list[tuple[str, float]]]]:
    """(module, its share, its functions with theirs), the largest first. Shares are of all samples."""
    total = sum(samples.values())
    modules: dict[str, Counter[str]] = {}
    for place, count in samples.items():
        module, _, function = place.partition(":")
        modules.setdefault(module, Counter())[function] += count
    ranked = sorted(modules.items(), key=lambda item: -item[1].total())
    return [
        (module, functions.total() / total, [(name, count / total) for name, count in functions.most_common() if name])
        for module, functions in ranked
    ]


def main(rules: str, file: str) -> None:
    """See module."""
    with Sampler() as sampler:
        from diagnose.cli import main as cli

        sys.argv = ["diagnose", "scan", "--rules", rules, file, "--format", "json", "--fail-on", "never"]
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        try:
            cli()
        except SystemExit as end:
            if end.code not in (0, None):
                raise
        finally:
            sys.stdout = sys.__stdout__
    print(json.dumps(sampler.samples))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The page `docs/performance-archives.md`, made from the figures: what was asked for stands beside what was reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.figures import Setting
from benchmarks.measure import Cost
from benchmarks.page import _size, _table
from benchmarks.profiling import by_module

PACKED, SCALED = 5.0, 1.7
ASKED = {"storm": 100, "sql": 30, "access": 100}
"""MB a second of one core."""

_SHOWN = 8
_WORDS = {
    "storm": "a log storm: every other line the same error",
    "sql": "SQL debug logs: every line a query, N+1 rules on",
    "access": "access logs: every line counted by status and time",
}


@dataclass(frozen=True)
class Measured:
    """All figures. `packed` by packing and program, `hard` by case (`whole` and `tenth`), `scaled` by number of workers."""

    setting: Setting
    size: float
    hard_size: float
    packed: Mapping[str, Mapping[str, Cost]]
    hard: Mapping[str, Mapping[str, Cost]]
    others: Mapping[str, Cost]
    scaled: Mapping[str, Cost]
    sizes: Mapping[float, Cost]
    profiles: Mapping[str, Mapping[str, int]]

    def speed(self, case: str) -> float:
        """MB a second of CPU, the start of the program aside: what nine tenths of the log cost."""
        whole, tenth = self.hard[case]["whole"], self.hard[case]["tenth"]
        return 0.9 * self.hard_size / max(whole.cpu - tenth.cpu, 1e-9)

    def packing(self, kind: str) -> float:
        """How many times faster than ripgrep."""
        costs = self.packed[kind]
        return costs["ripgrep"].cpu / costs["diagnose"].cpu

    @property
    def scaling(self) -> float:
        """How many times faster two workers are."""
        return self.scaled["1"].wall / self.scaled["2"].wall


def page(figures: Measured) -> str:
    """The whole page."""
    return "\n".join(
        [_head(figures), _goals(figures), _packed(figures), _hard(figures), _others(figures), _rest(figures), _profiles(figures)]
    )


def _head(figures: Measured) -> str:
    told = figures.setting
    versions = ", ".join(f"{name} {number}" for name, number in told.versions.items())
    return f"""# Performance on archives and on hard logs

`python -m benchmarks.archives` writes this page. Measured on {told.day}: {told.machine}; {told.system}; {versions}.

Programs take turns on the same files, {told.times} times; the tables tell medians. CPU is that of a process with all its children: a machine that others use too
moves wall clock more than CPU. `diagnose` is the whole process with {told.rules} rules ({told.signals} signals) where nothing else is said.
The logs are generated: a mixed one with 0.1 % errors ([what is in it](performance.md)), and the hard ones of `benchmarks/hard.py`.
"""


def _goals(figures: Measured) -> str:
    rows = [
        [what, f"{asked:g} {unit}", f"{reached:.3g} {unit}", "yes" if reached >= asked else "**no**"]
        for what, asked, reached, unit in _reached(figures)
    ]
    return "## What was asked for\n\n" + _table(["", "asked", "reached", ""], rows)


def _reached(figures: Measured) -> Iterator[tuple[str, float, float, str]]:
    for kind in ("gzip", "zstd"):
        yield f"{kind} against `rg -z`, CPU of one core", PACKED, figures.packing(kind), "×"
    yield "two workers against one, wall clock", SCALED, figures.scaling, "×"
    for case, asked in ASKED.items():
        yield _WORDS[case], asked, figures.speed(case), "MB/s"


def _packed(figures: Measured) -> str:
    rows = []
    for kind, costs in figures.packed.items():
        one, other = costs["diagnose"], costs["ripgrep"]
        rows.append([
            kind, f"{other.cpu:.2f}", f"{one.cpu:.2f}", f"{figures.packing(kind):.2f}", f"{other.wall:.2f}", f"{one.wall:.2f}", f"{one.peak:.0f}",
        ])  # fmt: skip
    header = [
        f"{_size(figures.size)}, packed as",
        "rg -z: CPU s",
        "diagnose: CPU s",
        "times faster",
        "rg -z: wall s",
        "diagnose: wall s",
        "peak MB",
    ]
    text = f"`rg -z --count --file` counts lines that any of {figures.setting.patterns} patterns match; it unpacks with the programs `gzip` and `zstd`."
    return f"## Packed logs\n\n{text}\n\n" + _table(header, rows)


def _hard(figures: Measured) -> str:
    rows = []
    for case, costs in figures.hard.items():
        whole = costs["whole"]
        rows.append(
            [
                _WORDS[case],
                f"{whole.cpu:.2f}",
                f"{figures.hard_size / whole.cpu:.1f}",
                f"{figures.speed(case):.1f}",
                f"{whole.peak:.0f}",
            ]
        )
    header = [_size(figures.hard_size), "CPU s", "MB per CPU s", "the start aside", "peak MB"]
    return "## Hard logs\n\n" + _table(header, rows)


def _others(figures: Measured) -> str:
    base = figures.others["diagnose"]
    rows = [
        [name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.cpu / base.cpu:.2f}", f"{cost.peak:.0f}"]
        for name, cost in figures.others.items()
    ]
    text = "Ten texts looked for by each: ripgrep counts lines, lnav prints them, searchkit collects places, `diagnose` makes its report by ten rules."
    header = [_size(figures.size), "CPU s", "wall s", "CPU / diagnose", "peak MB"]
    return f"## The same few things to look for\n\n{text}\n\n" + _table(header, rows)


def _rest(figures: Measured) -> str:
    rows = [
        [f"{count} worker{'s' if count != '1' else ''}", f"{cost.cpu:.2f}", f"{cost.wall:.2f}"]
        for count, cost in figures.scaled.items()
    ]
    scaled = _table([f"four gzip files, {_size(figures.size)} of lines, 1 % errors", "CPU s", "wall s"], rows)
    rows = [
        [_size(size), f"{cost.cpu:.2f}", f"{size / cost.cpu:.0f}", f"{cost.peak:.0f}"] for size, cost in figures.sizes.items()
    ]
    return f"## Workers\n\n{scaled}\n## Size\n\n" + _table(["one plain file", "CPU s", "MB per CPU s", "peak MB"], rows)


def _profiles(figures: Measured) -> str:
    parts = [
        "## Where the time goes\n\nCPU of the hard cases, sampled; what a library does counts for the module that called it.\n"
    ]
    for case, samples in figures.profiles.items():
        rows = [
            [f"`{module}`", f"{100 * share:.1f} %", ", ".join(f"`{name}` {100 * part:.1f} %" for name, part in functions[:4])]
            for module, share, functions in by_module(samples)[:_SHOWN]
        ]
        parts.append(f"{_WORDS[case]}:\n\n" + _table(["module", "share", "most of it in"], rows))
    return "\n".join(parts)

"""The page `docs/performance.md`, made from the figures; what falls short is told by them too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.contest import DIAGNOSE, RIPGREP, WC
from benchmarks.figures import Figures, Round
from benchmarks.profiling import by_module

FLAT = 1.25
"""Ten times the input may take this much of the memory."""

SHOWN = 14
"""Modules in the profile."""


def page(figures: Figures) -> str:
    """The whole page."""
    parts = [
        _head(figures),
        _speed(figures),
        _short(figures),
        _memory(figures),
        _exact(figures),
        _starts(figures),
        _profile(figures),
    ]
    return "\n".join(parts)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"


def _size(size: float) -> str:
    return f"{size / 1000:g} GB" if size >= 1000 else f"{size:g} MB"


def _head(figures: Figures) -> str:
    told = figures.setting
    versions = ", ".join(f"{name} {number}" for name, number in told.versions.items())
    return f"""# Performance

`make bench` writes this page. Measured on {told.day}: {told.machine}; {told.system}; {versions}.

Three programs read the same file, in turn, {told.times} times; the tables tell medians. A shared machine moves times more than ratios.

- `wc -l` counts lines: what reading costs.
- ripgrep counts the lines that match any of {told.patterns} patterns (`rg --count --file`): the gates that `diagnose` searches for.
- `diagnose scan FILE --format json` is the whole process: start, search, records, traces, rules, causes, report. Nothing is switched off.
  Its rulebook has {told.rules} rules with {told.signals} signals, {told.signals - told.own_signals} of them made up to fill it.

The logs are generated (`benchmarks/corpus.py`): pino, winston, NestJS, Spring Boot, logback, logstash, Python, Django, uvicorn, slog, zap, logfmt,
nginx, PostgreSQL, MariaDB and syslog mixed, three of ten records wrapped by Compose, Docker or a container runtime. At the named
rate records tell an error: hundreds of templates with values of their own, many with stack traces.
"""


def _speed(figures: Figures) -> str:
    rows: list[list[str]] = []
    for one in figures.rounds:
        hit = one.native_lines / one.planted.lines
        for name in (WC, RIPGREP, DIAGNOSE):
            cost = one.costs[name]
            title = f"{_percent(one.rate)} errors, {_percent(round(hit, 4))} of the lines hit" if name == WC else ""
            rows.append([
                title, name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{one.ratio(name):.2f}", f"{one.ratio(name, wall=True):.2f}",
                f"{one.planted.bytes / 1e6 / cost.cpu:,.0f}",
            ])  # fmt: skip
    header = [
        f"{_size(figures.rounds[0].size)} of logs",
        "",
        "CPU s",
        "wall s",
        "CPU / ripgrep",
        "wall / ripgrep",
        "MB per CPU s",
    ]
    return "## Speed\n\n" + _table(header, rows)


def _short(figures: Figures) -> str:
    shortcomings = [f"- {text}" for text in _shortcomings(figures)]
    told = "\n".join(shortcomings) if shortcomings else "Nothing of what is measured here."
    return f"## What falls short\n\n{told}\n"


def _shortcomings(figures: Figures) -> Iterator[str]:
    for one in figures.rounds:
        if one.ratio() > 1:
            yield (
                f"At {_percent(one.rate)} errors `diagnose` takes {one.ratio():.1f} times the CPU of ripgrep, "
                f"{one.speed:,.0f} MB a second of CPU."
            )
    for one in figures.rounds:
        if _growth(one) > FLAT:
            yield (
                f"Memory grows with the input at {_percent(one.rate)} errors: "
                f"{one.less.peak:,.0f} MB for {_size(one.size / 10)}, {one.costs[DIAGNOSE].peak:,.0f} MB for {_size(one.size)}."
            )
        if one.evicted:
            yield f"At {_percent(one.rate)} errors {one.evicted:,} sightings or clusters were given up to bound memory."
        if one.native_lines != one.ripgrep_lines:
            yield f"At {_percent(one.rate)} errors the native search hits {one.native_lines:,} lines, ripgrep {one.ripgrep_lines:,}."
        for name, (planted, counted) in one.differences.items():
            yield f"At {_percent(one.rate)} errors the counts of `{name}` differ: {planted:,} are there, {counted:,} were told."


def _growth(one: Round) -> float:
    return one.costs[DIAGNOSE].peak / one.less.peak


def _memory(figures: Figures) -> str:
    rows = [
        [_percent(one.rate), f"{one.less.peak:,.0f}", f"{one.costs[DIAGNOSE].peak:,.0f}", f"{_growth(one):.2f}"]
        for one in figures.rounds
    ]
    size = figures.rounds[0].size
    header = ["errors", f"{_size(size / 10)} of logs: peak MB", f"{_size(size)}: peak MB", "growth"]
    return "## Memory\n\nPeak resident memory of the whole process.\n\n" + _table(header, rows)


def _exact(figures: Figures) -> str:
    rows = [
        [
            _percent(one.rate), f"{one.planted.lines:,}", f"{one.native_lines:,}", f"{one.ripgrep_lines:,}", f"{one.planted.records:,}",
            f"{len(one.planted.rules)}", f"{len(one.differences)}", f"{one.findings:,}",
        ]
        for one in figures.rounds
    ]  # fmt: skip
    header = [
        "errors",
        "lines",
        "lines hit: native",
        "ripgrep",
        "records planted",
        "rules planted",
        "counts that differ",
        "findings",
    ]
    return (
        "## Exactness\n\n"
        "Sampling would be quicker; nothing is sampled. The generator knows which rule is to count each record, and the sum over a rule's\n"
        "findings must be the number planted. Errors that no rule knows are planted too: they must be in the clusters of unknown errors.\n"
        "The findings are many, since peers, keys and places in the code are drawn at random: a harder case than one system's log.\n\n"
        + _table(header, rows)
    )


def _starts(figures: Figures) -> str:
    rows = [
        [name, f"{1000 * cost.wall:.0f}", f"{1000 * cost.cpu:.0f}", f"{cost.peak:.0f}"] for name, cost in figures.starts.items()
    ]
    told = f"With a warm cache; medians of {2 * figures.setting.times}."
    return f"## Starting\n\n{told}\n\n" + _table(["", "wall ms", "CPU ms", "peak MB"], rows)


def _profile(figures: Figures) -> str:
    rows = [
        [
            f"`{module}`",
            _percent(round(share, 3)),
            ", ".join(f"`{name}` {_percent(round(part, 3))}" for name, part in functions[:4]),
        ]
        for module, share, functions in by_module(figures.profile)[:SHOWN]
    ]
    last = figures.rounds[-1]
    return (
        f"## Where the time goes\n\nCPU of `diagnose` at {_percent(last.rate)} errors, {_size(last.size / 10)}, sampled. "
        "What a library does counts for the module that called it:\n`search.vector` is Hyperscan, `pattern` is `regex`.\n\n"
        + _table(["module", "share", "most of it in"], rows)
    )

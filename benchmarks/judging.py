"""The page `docs/precision.md`, made of what was judged: `judged.yaml` has each round, and of each finding what a person said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.packages import packages

GOAL = 0.9
_REGISTRIES = {
    "npm": "npm", "pypi": "PyPI", "maven": "Maven Central", "go": "Go", "debian": "Debian (PHP)", "source": "Debian sources (C++, C)",
}  # fmt: skip


def page(judged: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> str:
    """The whole page."""
    return "\n".join([_head(results), *(_round(one) for one in judged["rounds"]), _last(judged["rounds"][-1]), judged["closing"]])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, [":--"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"


def _head(results: Sequence[Mapping[str, Any]]) -> str:
    held = {package.folder for package in packages() if package.held_out}
    by_registry: dict[str, tuple[list[str], list[str]]] = {}
    named = {package.folder for package in packages()}
    results = [one for one in results if one["name"] in named]
    for one in results:
        registry, _, name = one["name"].partition("/")
        by_registry.setdefault(registry, ([], []))[one["name"] in held].append(name)
    rows = [
        [
            label,
            *(f"{len(names)}: {', '.join(names)}" if names else "0" for names in by_registry[key]),
        ]
        for key, label in _REGISTRIES.items()
        if key in by_registry
    ]
    files, size = sum(one["files"] for one in results), sum(one["bytes"] for one in results)
    return f"""# How often `diagnose check` is right

`python -m benchmarks.precision page FOLDER` writes this page from `benchmarks/judged.yaml`, which has each finding that was judged, its place and its
line. The packages of `benchmarks/packages.yaml` are fetched by their registries' own clients (`python -m benchmarks.packages FOLDER`), checked (`run`), and a sample is
drawn by a seed (`sample`): at most five findings of one rule in one package.

A finding is **right** where the construct is there and does what the message says, and nothing beside it (a comment, a handler, the purpose of the function or of the
program) shows that it is meant so. What could not be decided by reading the code counts as wrong. One reader judged each once.

{len(results)} packages, {files:,} files, {size / 1e6:,.0f} MB; no file made the program crash. Detectors were mended on the first ones, which earlier
samples are of; the others were fetched for the last sample, and nobody had looked at them before.

{_table(["from", "looked at before", "of the last sample"], rows)}"""


def _round(one: Mapping[str, Any]) -> str:
    told = f"{_share(one['findings'])} are right"
    grave = [each for each in one["findings"] if each.get("severity", "info") != "info"]
    if grave:
        told += f"; of those that fail a hook (warnings and errors), {_share(grave)}"
    return f"## {one['title']}\n\n{one['told']}\n\n{told}.\n\n{_by_rule(one)}"


def _share(findings: Sequence[Mapping[str, Any]]) -> str:
    right = sum(each["verdict"] == "right" for each in findings)
    return f"{right} of {len(findings)} (**{100 * right / len(findings):.0f} %**)"


def _by_rule(one: Mapping[str, Any]) -> str:
    every, right = Counter[str](), Counter[str]()
    for each in one["findings"]:
        every[each["rule"]] += 1
        right[each["rule"]] += each["verdict"] == "right"
    rows = [[f"`{rule}`", str(count), str(right[rule])] for rule, count in every.most_common()]
    return _table(["rule", "judged", "right"], rows)


def _last(one: Mapping[str, Any]) -> str:
    rows = [
        [f"`{each['rule']}`", f"{each['package']}: {each['path']}:{each['line']}", each["why"]]
        for each in one["findings"]
        if each["verdict"] == "wrong"
    ]
    right = 1 - len(rows) / len(one["findings"])
    goal = "is reached" if right >= GOAL else "is **not reached**"
    return f"The goal, {100 * GOAL:.0f} %, {goal}.\n\n### What was wrong in the last sample\n\n" + _table(
        ["rule", "place", "why"], rows
    )

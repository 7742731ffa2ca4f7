"""Each line that the search hits costs a look by Python; a literal that healthy logs hold often makes reading them many times slower."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.corpus import write
from diagnose.plan import Plan, make_plan
from diagnose.search import ID_BITS, ID_MASK, make_searcher
from tests.kit import FIXTURES, STORE, kit, rulebook

OFTEN = 0.004
"""The share of healthy lines from which a pattern is too common."""

COUNTED = {"database/n-plus-one", "postgresql/slow-query", "service/brute-force"}
"""Rules that must see ordinary lines, because they count them; as do signals on a field (a status, a duration)."""


def _healthy(tmp_path: Path) -> bytes:
    made = tmp_path / "healthy.log"
    write(made, 3, 0)
    captured = sorted(path for path in (FIXTURES / "clean").rglob("*.log"))
    return b"\n".join([made.read_bytes(), *(path.read_bytes() for path in captured)])


def _lines_by_pattern(plan: Plan, data: bytes) -> tuple[Counter[int], int]:
    """Lines hit by each pattern, and by any."""
    found: set[tuple[int, int]] = set()
    for hit in make_searcher(plan.patterns, store=STORE).scan(data):
        found.add((data.rfind(b"\n", 0, (hit >> ID_BITS) - 1), hit & ID_MASK))
    return Counter(pattern for _, pattern in found), len({line for line, _ in found})


@pytest.mark.slow
def test_no_rule_looks_for_what_healthy_lines_say(tmp_path: Path) -> None:
    plan = make_plan(rulebook().signals, kit().formats, kit().wrappers)
    data = _healthy(tmp_path)
    lines = data.count(b"\n")
    hits, hit = _lines_by_pattern(plan, data)
    common = {
        plan.patterns.gates[pattern].pattern(): [f"{one.rule}: {one.signal.name}" for one in plan.leads[pattern]]
        for pattern, count in hits.items()
        if count >= OFTEN * lines and not all(one.signal.fields or one.rule in COUNTED for one in plan.leads[pattern])
    }
    assert common == {}, "give the signal a rarer literal, or say `at:` which signal's records it is looked for in"
    assert hit < 0.04 * lines

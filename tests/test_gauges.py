"""Numbers that a service logs of itself are text, whatever the logger makes of them."""

from __future__ import annotations

import pytest

from diagnose.api import trial
from diagnose.gauges import is_gauge
from tests.kit import kit, rulebook


@pytest.mark.parametrize(
    "name", ["heapUsed", "process.memory.heap_used_mb", "rss", "rssBytes", "goroutines", "openFds", "event_loop_lag_ms"]
)
def test_a_gauge_is_told_by_its_name(name: str) -> None:
    assert is_gauge(name)


@pytest.mark.parametrize("name", ["status", "pid", "responseTime", "heap.limit", "bytes", "ms", "rssFeed", ""])
def test_other_numbers_are_none(name: str) -> None:
    assert not is_gauge(name)


TEXT = "memory heapUsed={}"
NESTED = '{{"level":30,"msg":"memory","memory":{{"heapUsed":{}}}}}'
FLAT = '{{"level":"info","message":"memory","heapUsed":{}}}'


@pytest.mark.parametrize("line", [TEXT, NESTED, FLAT])
def test_growth_is_seen_in_text_and_in_json(line: str) -> None:
    log = "".join(line.format(20 + 8 * step) + "\n" for step in range(12))
    rules = [rule for rule in rulebook().compiled if rule.rule.id == "service/memory-growth"]
    assert [finding.rule for finding in trial(log, rules, kit()).findings] == ["service/memory-growth"]

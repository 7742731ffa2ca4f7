"""Whether what `diagnose` counts is what was planted.

A planted record stands for one case of one rule, so the counts of that rule's findings, over all their fingerprints,
must sum up to the number planted; the events of the clusters that no rule explains, to the planted unknown ones. What
else is found is compared too: a rule that was not planted has 0 records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.corpus import Planted
from benchmarks.dress import UNKNOWN

RATES = frozenset(("service/server-error-rate", "service/auth-failure-storm"))
"""Rules that say how often something happens that other rules count one by one: they plant nothing of their own."""


def counted(report: Mapping[str, Any]) -> dict[str, int]:
    """What a report in JSON counts for each rule, and as unknown."""
    rules: Counter[str] = Counter()
    for finding in report["findings"]:
        if finding["rule"] not in RATES:
            rules[finding["rule"]] += finding["count"]
    rules[UNKNOWN] = sum(cluster["count"] for cluster in report["unknown"])
    return dict(rules)


def differences(planted: Planted, report: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """(planted, counted) for each rule where they differ; `lines` and `bytes` where the summary tells of others."""
    found = counted(report)
    pairs = {rule: (planted.rules.get(rule, 0), found.get(rule, 0)) for rule in sorted({*planted.rules, *found})}
    summary = report["summary"]
    pairs["lines"] = planted.lines, summary["lines"]
    pairs["bytes"] = planted.bytes, summary["bytes"]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

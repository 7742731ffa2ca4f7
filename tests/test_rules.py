"""Every rule: its own tests pass, it has a hit and a near-miss, and lint has nothing to say."""

from __future__ import annotations

import re

import pytest

from diagnose.api import trial
from diagnose.model import Rule
from diagnose.rulebook import Known, lint, load_rules, run_tests
from tests.kit import kit, rulebook

FROM_LOGS = [rule for rule in rulebook().rules if rule.signals]
"""Rules for code alone have annotated samples instead: see test_check_samples.py."""

RULES = [rule.id for rule in FROM_LOGS]


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_own_tests_pass(rule: str) -> None:
    outcomes = list(run_tests(rulebook(), lambda text, compiled: trial(text, compiled, kit()), lambda one: one.id == rule))
    assert outcomes
    failed = [str(outcome) for outcome in outcomes if not outcome.passed]
    assert not failed, "\n".join(failed)


@pytest.mark.slow
def test_lint_has_nothing_to_say() -> None:
    known = Known(frameworks=sorted({framework.name for framework in kit().frameworks}), formats=kit().formats)
    result = load_rules(kit().rules, known=known, strict=False)
    assert not [str(fault) for fault in lint(result, known)]


@pytest.mark.parametrize("rule", FROM_LOGS, ids=lambda rule: rule.id)
def test_a_rule_says_what_to_do(rule: Rule) -> None:
    assert rule.references, "no reference"
    assert rule.checklist or any(cause.checklist for cause in rule.causes), "no checklist"
    assert all(cause.fix for cause in rule.causes), "a cause without fix"
    named = rule.id.split("/")[1]
    assert named in ("use-after-free", "retry-storm") or not re.search(r"^(fix|retry|use|add)\b", named), "named for the remedy"

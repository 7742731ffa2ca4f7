"""Every rule: its own tests pass, it has a hit and a near-miss, and lint has nothing to say."""

from __future__ import annotations

import re

import pytest

from diagnose.api import trial
from diagnose.model import Rule
from diagnose.rulebook import Known, lint, load_rules, run_tests
from tests.kit import kit, rulebook

RULES = [rule.id for rule in rulebook().rules]


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_own_tests_pass(rule: str) -> None:
    outcomes = list(run_tests(rulebook(), lambda text, compiled: trial(text, compiled, kit()), lambda one: one.id == rule))
    assert outcomes
    failed = [str(outcome) for outcome in outcomes if not outcome.passed]
    assert not failed, "\n".join(failed)


def test_lint_has_nothing_to_say() -> None:
    """But that a signal waits for a class of which no rule is written yet."""
    known = Known(frameworks=sorted({framework.name for framework in kit().frameworks}), formats=kit().formats)
    result = load_rules(kit().rules, known=known, strict=False)
    faults = [fault for fault in lint(result, known) if not re.match("no other rule is of the class", fault.reason)]
    assert not [str(fault) for fault in faults]


@pytest.mark.parametrize("rule", rulebook().rules, ids=lambda rule: rule.id)
def test_a_rule_says_what_to_do(rule: Rule) -> None:
    assert rule.references, "no reference"
    assert rule.checklist or any(cause.checklist for cause in rule.causes), "no checklist"
    assert all(cause.fix for cause in rule.causes), "a cause without fix"
    assert not re.search(r"\b(fix|retry|use|add)\b", rule.id.split("/")[1].split("-")[0]), "named for the remedy"

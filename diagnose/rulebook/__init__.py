"""YAML rules: found, read, checked, cached, tested. What a rule file may say is in docs/rules.md.

What reads YAML is imported only when it is asked for: a warm start needs neither `yaml` nor `lark`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnose.rulebook.book import Rulebook, build
    from diagnose.rulebook.known import Known
    from diagnose.rulebook.linting import lint
    from diagnose.rulebook.load import LoadResult, experimental, load_rules
    from diagnose.rulebook.schema import keys_text, rule_schema, schema_text
    from diagnose.rulebook.testing import Outcome, Trial, run_tests

_HOMES = {
    "Known": "known",
    "LoadResult": "load",
    "Outcome": "testing",
    "Rulebook": "book",
    "Trial": "testing",
    "build": "book",
    "experimental": "load",
    "keys_text": "schema",
    "lint": "linting",
    "load_rules": "load",
    "rule_schema": "schema",
    "run_tests": "testing",
    "schema_text": "schema",
}

__all__ = [
    "Known",
    "LoadResult",
    "Outcome",
    "Rulebook",
    "Trial",
    "build",
    "experimental",
    "keys_text",
    "lint",
    "load_rules",
    "rule_schema",
    "run_tests",
    "schema_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'diagnose.rulebook' has no attribute {name!r}")
    return getattr(import_module(f"diagnose.rulebook.{_HOMES[name]}"), name)

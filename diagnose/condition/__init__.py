"""The `when` language: parse, ask, evaluate. What it means, rule by rule, is in docs/conditions.md."""

from diagnose.condition.compiled import CompiledRule, stratify
from diagnose.condition.data import from_data, to_data
from diagnose.condition.evaluate import ask, evaluate, why
from diagnose.condition.lookup import Lookup
from diagnose.condition.names import check_names
from diagnose.condition.nodes import Condition
from diagnose.condition.parse import parse
from diagnose.condition.questions import anchors, at_anchor, horizon, is_simple, keys, refs, signals
from diagnose.condition.timeline import UNTIMED, Anchor, Column, Timeline
from diagnose.condition.verdict import Place, State, Verdict

__all__ = [
    "UNTIMED",
    "Anchor",
    "Column",
    "CompiledRule",
    "Condition",
    "Lookup",
    "Place",
    "State",
    "Timeline",
    "Verdict",
    "anchors",
    "ask",
    "at_anchor",
    "check_names",
    "evaluate",
    "from_data",
    "horizon",
    "is_simple",
    "keys",
    "parse",
    "refs",
    "signals",
    "stratify",
    "to_data",
    "why",
]

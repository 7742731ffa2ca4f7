"""What a loop, a handler, a function is in shell scripts."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, in_body, kinds

WORDS: dict[str, Rule] = {
    "function": kinds("function_definition"),
    "loop": {"kind": "for_statement"},
    "in-loop": in_body({"matches": "loop"}),
}

"""What a loop, a handler, a function is in C++."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, in_body, kinds, secret

WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "field_expression"),
    "function": kinds("function_definition", "lambda_expression"),
    "loop": {
        "any": [
            {"kind": "for_range_loop", "not": {"has": {"field": "right", "kind": "initializer_list"}}},
            {"kind": "for_statement", "has": {"field": "condition", "regex": r"\.(size|end)\(\)"}},
        ]
    },
    "in-loop": in_body({"matches": "loop"}),
}

"""What a loop, a handler, a function is in Go."""

from __future__ import annotations

from diagnose.check.words.parts import FEW, PEERS, Rule, in_body, kinds, secret, until_found

WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "selector_expression"),
    "function": kinds("function_declaration", "method_declaration", "func_literal"),
    "loop": {
        "kind": "for_statement",
        "has": {
            "kind": "range_clause",
            "not": {
                "any": [
                    {"has": {"field": "right", "any": [{"kind": "composite_literal"}, {"kind": "int_literal"}]}},
                    {"regex": FEW},
                ]
            },
        },
    },
    "over-peers": {
        "inside": {"kind": "for_statement", "stopBy": {"matches": "function"}, "has": {"kind": "range_clause", "regex": PEERS}}
    },
    "until-found": until_found(
        "for_statement", "expression_switch_statement", "select_statement", "type_switch_statement", returns=False
    ),
    "in-loop": in_body({"matches": "loop"}),
}

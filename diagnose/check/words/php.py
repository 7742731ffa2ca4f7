"""What a loop, a handler, a function is in PHP."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, in_body, kinds, over_peers, secret, until_found

_FUNCTION = kinds("function_definition", "method_declaration", "anonymous_function", "arrow_function", "class_declaration")
WORDS: dict[str, Rule] = {
    "secret-value": secret("variable_name", "member_access_expression", "subscript_expression"),
    "function": _FUNCTION,
    "loop": {
        "kind": "foreach_statement",
        "not": {"regex": r"^foreach\s*\(\s*(\[|array\(|[^)]*(?i:chunk|batch|page|attempt|lazy\())"},
    },
    "over-peers": over_peers("foreach_statement"),
    "until-found": until_found("foreach_statement", "for_statement", "while_statement", "switch_statement"),
    "in-loop": in_body({"matches": "loop"}),
}

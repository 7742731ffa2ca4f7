"""What a loop, a handler, a function is in C#."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, in_body, kinds, over_peers, secret, until_found

WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "member_access_expression"),
    "function": kinds("method_declaration", "local_function_statement", "constructor_declaration", "lambda_expression"),
    "loop": {
        "kind": "foreach_statement",
        "not": {"regex": r"^(await\s+)?foreach\s*\([^)]*(?i:chunk|batch|page|attempt|new\[\]|new \w+\[)"},
    },
    "over-peers": over_peers("foreach_statement", "left", "right"),
    "until-found": until_found("foreach_statement", "for_statement", "while_statement", "switch_statement"),
    "in-loop": in_body({"matches": "loop"}),
}

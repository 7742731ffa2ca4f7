"""What a loop, a handler, a function is in C#."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, in_body, kinds, secret

WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "member_access_expression"),
    "function": kinds("method_declaration", "local_function_statement", "constructor_declaration", "lambda_expression"),
    "loop": {
        "kind": "foreach_statement",
        "not": {"regex": r"^(await\s+)?foreach\s*\([^)]*(?i:chunk|batch|page|attempt|new\[\]|new \w+\[)"},
    },
    "in-loop": in_body({"matches": "loop"}),
}

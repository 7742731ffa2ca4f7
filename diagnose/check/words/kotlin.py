"""What a loop, a handler, a function is in Kotlin."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, kinds

WORDS: dict[str, Rule] = {
    "function": kinds("function_declaration", "class_body", "lambda_literal", "anonymous_function"),
    "loop": {
        "kind": "for_statement",
        "not": {"regex": r"^for\s*\([^)]*\bin\s+(listOf|setOf|arrayOf|\d|[^)]*(?i:chunk|batch|window|attempt))"},
    },
    "in-loop": {
        "any": [
            {"inside": {"kind": "control_structure_body", "stopBy": {"matches": "function"}, "inside": {"matches": "loop"}}},
            {
                "inside": {
                    "kind": "lambda_literal",
                    "stopBy": {"matches": "function"},
                    "inside": {
                        "stopBy": {"kind": "call_expression"},
                        "kind": "call_expression",
                        "has": {
                            "kind": "navigation_expression",
                            "has": {
                                "kind": "navigation_suffix",
                                "regex": r"^\??\.\s*(forEach|map|mapNotNull|flatMap|associateWith|associate|onEach)$",
                            },
                            "not": {"regex": r"(?i)chunked|batch|listOf\("},
                        },
                    },
                }
            },
        ]
    },
}

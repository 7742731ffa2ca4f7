"""What a loop, a handler, a function is in JavaScript and TypeScript."""

from __future__ import annotations

from diagnose.check.words.parts import FEW, SETS_UP, STATEMENTS, Rule, in_body, kinds, over_peers, secret, until_found

_FUNCTION = kinds(
    "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function", "class_body"
)  # fmt: skip
_CALLBACK = {
    "any": [{"kind": "arrow_function"}, {"kind": "function_expression"}],
}
WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "member_expression", "subscript_expression"),
    "function": _FUNCTION,
    "async-function": {
        "all": [_FUNCTION, {"regex": r"^(export\s+)?(default\s+)?((public|private|protected|static|override)\s+)*async\b"}]
    },
    "loop": {
        "any": [
            {
                "kind": "for_in_statement",
                "not": {
                    "any": [
                        {"has": {"field": "right", "any": [{"kind": "array"}, {"kind": "object"}, {"kind": "string"}]}},
                        {"has": {"field": "right", "regex": r"^(Object\.\w+\()?(\w+\.)*[A-Z][A-Z0-9_]{2,}\)?$"}},
                        {"has": {"field": "left", "regex": STATEMENTS}},
                        {"has": {"field": "left", "regex": FEW}},
                        {"has": {"field": "right", "regex": FEW}},
                        {"regex": r"^for await\b"},
                    ]
                },
            },
            {
                "kind": "for_statement",
                "has": {"field": "condition", "regex": r"\.(length|size)\b"},
                "not": {"has": {"field": "initializer", "regex": FEW}},
            },
        ]
    },
    "over-peers": over_peers("for_in_statement", "left", "right"),
    "until-found": until_found("for_in_statement", "for_statement", "while_statement", "switch_statement"),
    "in-loop": {
        **in_body({"matches": "loop"}),
        "not": {
            "inside": {
                "stopBy": "end",
                **kinds("function_declaration", "method_definition", "variable_declarator"),
                "has": {"field": "name", "regex": SETS_UP},
            }
        },
    },
    "in-all": {
        "inside": {
            "stopBy": {"matches": "function"},
            **_CALLBACK,
            "inside": {
                "kind": "arguments",
                "inside": {
                    "kind": "call_expression",
                    "has": {
                        "field": "function",
                        "kind": "member_expression",
                        "has": {"field": "property", "regex": "^(map|flatMap)$"},
                        "not": {"has": {"field": "object", "any": [{"kind": "array"}, {"regex": FEW}]}},
                    },
                },
            },
        }
    },
    "in-catch": {"inside": {"kind": "catch_clause", "stopBy": {"matches": "function"}}},
    "handler": {
        "all": [
            {"matches": "function"},
            {
                "has": {
                    "field": "parameters",
                    "regex": r"^\(\s*_?((req|request|ctx|c)\b[^,]*(,\s*_?(res|response|reply|rep|next)\b|\))|context\b[^,]*,\s*_?next\b)",
                }
            },
        ]
    },
    "in-handler": {"inside": {"matches": "handler", "stopBy": "end"}},
}

"""What a loop, a handler, a function is in Java."""

from __future__ import annotations

from diagnose.check.words.parts import FEW, Rule, in_body, kinds, over_peers, secret, until_found

_FUNCTION = kinds("method_declaration", "constructor_declaration", "class_body", "lambda_expression")
WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "field_access"),
    "function": _FUNCTION,
    "loop": {
        "any": [
            {
                "kind": "enhanced_for_statement",
                "not": {
                    "any": [
                        {"has": {"field": "name", "regex": FEW}},
                        {
                            "has": {
                                "field": "value",
                                "regex": r"(?i)^(List|Set|Arrays|Stream)\.(of|asList)\(|\.values\(\)$|chunk|batch|partition|^new ",
                            }
                        },
                    ]
                },
            },
            {
                "kind": "for_statement",
                "has": {
                    "field": "condition",
                    "regex": r"\.(length\b|size\(\))",
                    "not": {"regex": r"(?i)quer(y|ies)|sql|statement"},
                },
            },
        ]
    },
    "over-peers": over_peers("enhanced_for_statement", "name", "value"),
    "until-found": until_found("enhanced_for_statement", "for_statement", "while_statement", "switch_expression"),
    "in-loop": {
        "any": [
            in_body({"matches": "loop"}),
            {
                "inside": {
                    "stopBy": {"matches": "function"},
                    "kind": "lambda_expression",
                    "inside": {
                        "kind": "argument_list",
                        "inside": {
                            "kind": "method_invocation",
                            "has": {"field": "name", "regex": "^(forEach|map|peek|mapToObj|flatMap)$"},
                            "not": {
                                "has": {
                                    "field": "object",
                                    "regex": r"(?i)optional|find|^(get|load)\w*\(|Mono|Flux|\.get\w*\([^()]*\)$|\bfirst",
                                }
                            },
                            "any": [
                                {"has": {"field": "name", "regex": "^forEach$"}},
                                {"has": {"field": "object", "regex": r"\.(stream|parallelStream)\(\)"}},
                            ],
                        },
                    },
                }
            },
        ]
    },
}

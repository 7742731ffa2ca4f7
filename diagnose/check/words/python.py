"""What a loop, a handler, a function is in Python."""

from __future__ import annotations

from diagnose.check.words.parts import FEW, STATEMENTS, Rule, in_body, kinds, over_peers, secret, until_found
from diagnose.check.words.rows import BY_ROW, OF_ROW

_FUNCTION = kinds("function_definition", "lambda", "class_definition")
WORDS: dict[str, Rule] = {
    "secret-value": secret("identifier", "attribute", "subscript"),
    "function": _FUNCTION,
    "async-function": {"kind": "function_definition", "regex": r"^async\b"},
    "in-async": {"inside": {"kind": "function_definition", "regex": r"^async\b", "stopBy": {"matches": "function"}}},
    "loop": {
        "any": [
            {
                "kind": "for_statement",
                "not": {
                    "any": [
                        {
                            "has": {
                                "field": "right",
                                "any": [{"kind": "list"}, {"kind": "tuple"}, {"kind": "set"}, {"kind": "string"}],
                            }
                        },
                        {"has": {"field": "right", "regex": r"^(enumerate|reversed|sorted|zip|set)\(\s*[\[(]"}},
                        {
                            "has": {
                                "field": "right",
                                "regex": r"^range\((\d|_|[A-Z_]+\b|[^)]*(?i:attempt|retr|tries|second|timeout|wait|month|days?\b|week))",
                            }
                        },
                        {"has": {"field": "right", "regex": r"^(\w+\.)*[A-Z][A-Z0-9_]{2,}\b(\.\w+\(\))?$"}},
                        {"has": {"field": "left", "regex": STATEMENTS}},
                        {"has": {"field": "left", "regex": r"\b(months?|weekdays?|dow)\b"}},
                        {"has": {"field": "right", "regex": r"\.split\(|re\.findall\("}},
                        {
                            "has": {
                                "field": "body",
                                "has": {"kind": "expression_statement", "regex": r"^(await )?(\w+\.)?sleep\("},
                            }
                        },
                        {"has": {"field": "left", "regex": FEW}},
                        {"has": {"field": "right", "regex": FEW}},
                        {"regex": r"^async\b"},
                    ]
                },
            },
            {
                "any": [
                    {"kind": "list_comprehension"},
                    {"kind": "set_comprehension"},
                    {"kind": "dictionary_comprehension"},
                    {"kind": "generator_expression"},
                ],
                "not": {
                    "has": {
                        "kind": "for_in_clause",
                        "any": [
                            {"has": {"field": "right", "any": [{"kind": "list"}, {"kind": "tuple"}]}},
                            {"has": {"field": "left", "regex": FEW}},
                            {"has": {"field": "right", "regex": r"^range\(\d"}},
                        ],
                    }
                },
            },
        ]
    },
    "over-peers": over_peers("for_statement", "left", "right"),
    "until-found": until_found("for_statement", "while_statement"),
    "has-requests": {
        "inside": {
            "kind": "module",
            "stopBy": "end",
            "has": {"kind": "import_statement", "stopBy": "end", "regex": r"\brequests\b"},
            "not": {
                "has": {
                    "stopBy": "end",
                    "any": [
                        {"kind": "import_from_statement", "regex": r"\bimport\b.*\brequests\b"},
                        {"kind": "assignment", "has": {"field": "left", "regex": r"^requests$"}},
                    ],
                }
            },
        }
    },
    "in-loop": in_body({"matches": "loop"}),
    "by-row": BY_ROW,
    "of-row": OF_ROW,
}

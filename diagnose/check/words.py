"""Words that ast-grep rules of detectors may use by `matches:`, for each language: what a loop, a handler, a function is there.

They are ast-grep rules themselves and may use each other. Only those that a detector names are handed to ast-grep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Rule = Mapping[str, Any]

_FIXED = r"(?i)\b(chunk|batch|page|attempt|retr(y|ies)|tries|bucket|partition|shard|worker|slice|constraint|column)"
"""Loops that are few by their own words: over batches, pages, attempts."""


def _kinds(*names: str) -> Rule:
    return {"any": [{"kind": name} for name in names]}


def _in_body(loops: Rule, stop: str = "function") -> Rule:
    """In the body of such a loop, with no function between."""
    return {"inside": {"field": "body", "stopBy": {"matches": stop}, **loops}}


_SECRET = (
    r"(?i)(^|[.>\]$_])\$?\w*(password|passwd|client_?secret|jwt_?secret|access_?token|refresh_?token|api_?key|private_?key|secret_?key)"
    r"(['\"]\])?$"
)
"""What code calls a secret, at the end of a name; `passwordField` and `hasPassword` are others."""

_NO_SECRET = (
    r"(?i)(^|[.>_])\$?(has|is|no|needs?|requires?|uses?|valid(ate)?|invalid|show|hide|enable|allow|check|hash(ed)?|encrypted|masked|redacted"
    r"|forgot|reset|change|update|min|max|len|num|count|missing|generate|on)(_|(?-i:[A-Z]))\w*$|\w(without|redacted|masked)_?\w*$"
)


def _secret(*kinds: str) -> Rule:
    """A variable or member that is named like a secret."""
    return {"any": [{"kind": kind} for kind in kinds], "regex": _SECRET, "not": {"regex": _NO_SECRET}}


_JS_FUNCTION = _kinds(
    "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function", "class_body"
)  # fmt: skip
_JS_CALLBACK = {
    "any": [{"kind": "arrow_function"}, {"kind": "function_expression"}],
}
_JAVASCRIPT: dict[str, Rule] = {
    "secret-value": _secret("identifier", "member_expression", "subscript_expression"),
    "function": _JS_FUNCTION,
    "async-function": {
        "all": [_JS_FUNCTION, {"regex": r"^(export\s+)?(default\s+)?((public|private|protected|static|override)\s+)*async\b"}]
    },
    "loop": {
        "any": [
            {
                "kind": "for_in_statement",
                "not": {
                    "any": [
                        {"has": {"field": "right", "any": [{"kind": "array"}, {"kind": "object"}, {"kind": "string"}]}},
                        {"has": {"field": "right", "regex": r"^(Object\.\w+\()?(\w+\.)*[A-Z][A-Z0-9_]{2,}\)?$"}},
                        {"has": {"field": "left", "regex": _FIXED}},
                        {"has": {"field": "right", "regex": _FIXED}},
                        {"regex": r"^for await\b"},
                    ]
                },
            },
            {
                "kind": "for_statement",
                "has": {"field": "condition", "regex": r"\.(length|size)\b"},
                "not": {"has": {"field": "initializer", "regex": _FIXED}},
            },
        ]
    },
    "in-loop": _in_body({"matches": "loop"}),
    "in-all": {
        "inside": {
            "stopBy": {"matches": "function"},
            **_JS_CALLBACK,
            "inside": {
                "kind": "arguments",
                "inside": {
                    "kind": "call_expression",
                    "has": {
                        "field": "function",
                        "kind": "member_expression",
                        "has": {"field": "property", "regex": "^(map|flatMap)$"},
                        "not": {"has": {"field": "object", "any": [{"kind": "array"}, {"regex": _FIXED}]}},
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
                    "regex": r"^\(\s*_?(req|request|ctx|context|c)\b[^,]*(,\s*_?(res|response|reply|rep|next)\b|\))",
                }
            },
        ]
    },
    "in-handler": {"inside": {"matches": "handler", "stopBy": "end"}},
}

_PY_FUNCTION = _kinds("function_definition", "lambda", "class_definition")
_PYTHON: dict[str, Rule] = {
    "secret-value": _secret("identifier", "attribute", "subscript"),
    "function": _PY_FUNCTION,
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
                        {"has": {"field": "right", "regex": r"^range\((\d|_|[A-Z_]+\b|[^)]*(?i:attempt|retr|tries))"}},
                        {"has": {"field": "right", "regex": r"^(\w+\.)*[A-Z][A-Z0-9_]{2,}\b(\.\w+\(\))?$"}},
                        {"has": {"field": "left", "regex": _FIXED}},
                        {"has": {"field": "right", "regex": _FIXED}},
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
                            {"has": {"field": "left", "regex": _FIXED}},
                            {"has": {"field": "right", "regex": r"^range\(\d"}},
                        ],
                    }
                },
            },
        ]
    },
    "in-loop": _in_body({"matches": "loop"}),
}

_PHP_FUNCTION = _kinds("function_definition", "method_declaration", "anonymous_function", "arrow_function", "class_declaration")
_PHP: dict[str, Rule] = {
    "secret-value": _secret("variable_name", "member_access_expression", "subscript_expression"),
    "function": _PHP_FUNCTION,
    "loop": {
        "kind": "foreach_statement",
        "not": {"regex": r"^foreach\s*\(\s*(\[|array\(|[^)]*(?i:chunk|batch|page|attempt|lazy\())"},
    },
    "in-loop": _in_body({"matches": "loop"}),
}

_JAVA_FUNCTION = _kinds("method_declaration", "constructor_declaration", "class_body", "lambda_expression")
_JAVA: dict[str, Rule] = {
    "secret-value": _secret("identifier", "field_access"),
    "function": _JAVA_FUNCTION,
    "loop": {
        "any": [
            {
                "kind": "enhanced_for_statement",
                "not": {
                    "any": [
                        {"has": {"field": "name", "regex": _FIXED}},
                        {
                            "has": {
                                "field": "value",
                                "regex": r"(?i)^(List|Set|Arrays|Stream)\.(of|asList)\(|\.values\(\)$|chunk|batch|partition|^new ",
                            }
                        },
                    ]
                },
            },
            {"kind": "for_statement", "has": {"field": "condition", "regex": r"\.(length\b|size\(\))"}},
        ]
    },
    "in-loop": {
        "any": [
            _in_body({"matches": "loop"}),
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

_KOTLIN: dict[str, Rule] = {
    "function": _kinds("function_declaration", "class_body", "lambda_literal", "anonymous_function"),
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

_GO: dict[str, Rule] = {
    "secret-value": _secret("identifier", "selector_expression"),
    "function": _kinds("function_declaration", "method_declaration", "func_literal"),
    "loop": {
        "kind": "for_statement",
        "has": {
            "kind": "range_clause",
            "not": {
                "any": [
                    {"has": {"field": "right", "any": [{"kind": "composite_literal"}, {"kind": "int_literal"}]}},
                    {"regex": _FIXED},
                ]
            },
        },
    },
    "in-loop": _in_body({"matches": "loop"}),
}

_CSHARP: dict[str, Rule] = {
    "secret-value": _secret("identifier", "member_access_expression"),
    "function": _kinds("method_declaration", "local_function_statement", "constructor_declaration", "lambda_expression"),
    "loop": {
        "kind": "foreach_statement",
        "not": {"regex": r"^(await\s+)?foreach\s*\([^)]*(?i:chunk|batch|page|attempt|new\[\]|new \w+\[)"},
    },
    "in-loop": _in_body({"matches": "loop"}),
}

_CPP: dict[str, Rule] = {
    "secret-value": _secret("identifier", "field_expression"),
    "function": _kinds("function_definition", "lambda_expression"),
    "loop": {
        "any": [
            {"kind": "for_range_loop", "not": {"has": {"field": "right", "kind": "initializer_list"}}},
            {"kind": "for_statement", "has": {"field": "condition", "regex": r"\.(size|end)\(\)"}},
        ]
    },
    "in-loop": _in_body({"matches": "loop"}),
}

_BASH: dict[str, Rule] = {
    "function": _kinds("function_definition"),
    "loop": {"kind": "for_statement"},
    "in-loop": _in_body({"matches": "loop"}),
}

WORDS: dict[str, dict[str, Rule]] = {
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "tsx": _JAVASCRIPT,
    "python": _PYTHON,
    "php": _PHP,
    "java": _JAVA,
    "kotlin": _KOTLIN,
    "go": _GO,
    "csharp": _CSHARP,
    "cpp": _CPP,
    "bash": _BASH,
}
"""By ast-grep's name of the language; `tsx` is TypeScript with JSX."""


def words_of(language: str, *rules: object) -> dict[str, Rule]:
    """The words that ast-grep rules use, those that these use included. An unknown word is left to ast-grep to refuse."""
    known, found = WORDS[language], {}
    todo = [name for rule in rules for name in _named(rule)]
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found[name] = known[name]
            todo.extend(_named(known[name]))
    return found


def _named(value: object) -> Iterator[str]:
    """What an ast-grep rule names by `matches`."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "matches" and isinstance(each, str):
                yield each
            else:
                yield from _named(each)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for each in value:
            yield from _named(each)

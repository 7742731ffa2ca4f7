"""What shows in Python that a loop goes through rows, and that a query in it asks by one of them."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, kinds

_ROWS = (
    r"\.objects\b|\.fetch(all|many)\(|\.all\(\)|\.\w+_set\b|\b\w*(?i:queryset|query_set)\b|\bqs\b|\.query\(\s*[A-Z]|\bselect\(|\bcursor\b"
    r"|\.(filter|filter_by|exclude|iterator|order_by|select_related|prefetch_related|values_list|scalars|to_list|aggregate)\("
    r"|\.values\(\s*[\"']|\.find\(\s*[{)]"
)
"""What gives rows: queries of Django and SQLAlchemy, cursors, collections of MongoDB."""

_COMPREHENSION = kinds("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")


def _bound(name: str) -> Rule:
    """The left side of a loop that binds this meta-variable."""
    return {"field": "left", "any": [{"pattern": name}, {"has": {"stopBy": "end", "kind": "identifier", "pattern": name}}]}


_OF_LOOP = {
    "stopBy": {"matches": "function"},
    "any": [
        {"kind": "for_statement", "has": _bound("$ROW")},
        {**_COMPREHENSION, "has": {"kind": "for_in_clause", "has": _bound("$ROW")}},
    ],
}
_FIELD = {
    "any": [
        # A method of a text is no field of a row.
        {
            "kind": "attribute",
            "not": {"any": [{"inside": {"kind": "call"}}, {"has": {"field": "attribute", "regex": "^_"}}]},
            "has": {"field": "object", "kind": "identifier", "pattern": "$ROW", "inside": _OF_LOOP},
        },
        {
            "kind": "subscript",
            "not": {"has": {"kind": "slice"}},
            "has": {"field": "value", "kind": "identifier", "pattern": "$ROW", "inside": _OF_LOOP},
        },
        {
            "kind": "call",
            "regex": r"^\w+\.get\(\s*[\"']",
            "has": {"field": "function", "has": {"field": "object", "kind": "identifier", "pattern": "$ROW", "inside": _OF_LOOP}},
        },
    ]
}
_VALUE_OF_FIELD = {
    "kind": "identifier",
    "pattern": "$KEY",
    "inside": {
        "kind": "for_statement",
        "stopBy": {"matches": "function"},
        "has": {
            "field": "body",
            "has": {
                "kind": "assignment",
                "stopBy": {"matches": "function"},
                "all": [
                    {"has": {"field": "left", "any": [{"pattern": "$KEY"}, {"has": {"stopBy": "end", "pattern": "$KEY"}}]}},
                    {"has": {"field": "right", "any": [_FIELD, {"has": {"stopBy": "end", **_FIELD}}]}},
                ],
            },
        },
    },
}
_WHOLE_ROW = {
    "kind": "identifier",
    "pattern": "$ROW",
    "inside": {
        "kind": "for_statement",
        "stopBy": {"matches": "function"},
        "all": [
            {"has": _bound("$ROW")},
            # What has fields is no text that somebody typed.
            {
                "has": {
                    "field": "body",
                    "has": {
                        "kind": "attribute",
                        "stopBy": "end",
                        "has": {"field": "object", "pattern": "$ROW"},
                        "not": {"inside": {"kind": "call"}},
                    },
                }
            },
        ],
    },
}
_OF_QUERY = {
    "kind": "for_statement",
    "stopBy": {"matches": "function"},
    "has": {
        "field": "right",
        "any": [
            {"regex": _ROWS},
            {
                "kind": "identifier",
                "pattern": "$ROWS",
                "inside": {
                    "kind": "function_definition",
                    "stopBy": "end",
                    "has": {
                        "kind": "assignment",
                        "stopBy": "end",
                        "all": [{"has": {"field": "left", "pattern": "$ROWS"}}, {"has": {"field": "right", "regex": _ROWS}}],
                    },
                },
            },
        ],
    },
}
BY_ROW: Rule = {
    "any": [
        {
            "has": {
                "kind": "argument_list",
                "stopBy": "end",
                "has": {"stopBy": "end", "any": [_FIELD, _VALUE_OF_FIELD, _WHOLE_ROW]},
            }
        },
        {"inside": _OF_QUERY},
    ]
}
"""A call that asks by a field of what the loop goes through, or that stands in a loop over what a query gave."""

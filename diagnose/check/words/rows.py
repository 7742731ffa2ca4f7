"""What shows in Python that a loop goes through rows, and that a query in it asks by one of them."""

from __future__ import annotations

from diagnose.check.words.parts import Rule, kinds

_ROWS = (
    r"\.objects\b|\.fetch(all|many)\(|\.all\(\)|\.\w+_set\b|\b\w*(?i:queryset|query_set)\b|\bqs\b|\.query\(\s*[A-Z]|\bselect\(|\bcursor\b"
    r"|\.(filter|filter_by|exclude|iterator|order_by|select_related|prefetch_related|values_list|scalars|to_list|aggregate)\("
    r"|\.values\(\s*[\"']|\.find\(\s*[{)]"
)
"""What gives rows: queries of Django and SQLAlchemy, cursors, collections of MongoDB."""

_KEY = r"(?i)(id|pk|uuid|guid)[\"']?$"
"""What keys of rows are called: by a name or a kind a person asks, or a setting."""

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


def _field(attribute: Rule, subscript: Rule, get: str) -> Rule:
    """A field of what a loop goes through; a method of a text is none."""
    row = {"kind": "identifier", "pattern": "$ROW", "inside": _OF_LOOP}
    return {
        "any": [
            {"kind": "attribute", "not": {"inside": {"kind": "call"}}, "all": [attribute], "has": {"field": "object", **row}},
            {"kind": "subscript", "all": [subscript], "has": {"field": "value", **row}},
            {
                "kind": "call",
                "regex": rf"(?i)^\w+\.get\(\s*[\"']{get}[\"']",
                "has": {"field": "function", "has": {"field": "object", **row}},
            },
        ]
    }


_FIELD = _field({"regex": r"\.[a-z]\w*$"}, {"not": {"has": {"kind": "slice"}}}, r"\w*")
_KEY_FIELD = _field(
    {"has": {"field": "attribute", "regex": _KEY}},
    {"has": {"field": "subscript", "any": [{"kind": "string", "regex": _KEY}, {"kind": "integer"}]}},
    r"\w*(id|pk|uuid|guid)",
)


def _value_of(field: Rule) -> Rule:
    """A variable that such a field was put into in the loop."""
    bound = {"any": [{"pattern": "$KEY"}, {"has": {"stopBy": "end", "pattern": "$KEY"}}]}
    given: Rule = {
        "kind": "assignment",
        "stopBy": {"matches": "function"},
        "all": [
            {"has": {"field": "left", **bound}},
            {"has": {"field": "right", "any": [field, {"has": {"stopBy": "end", **field}}]}},
        ],
    }
    loop = {"kind": "for_statement", "stopBy": {"matches": "function"}, "has": {"field": "body", "has": given}}
    return {"kind": "identifier", "pattern": "$KEY", "inside": loop}


_BY_KEY = {
    "kind": "keyword_argument",
    "all": [
        {"has": {"field": "name", "regex": _KEY}},
        {
            "has": {
                "field": "value",
                "any": [_FIELD, _value_of(_FIELD), {"has": {"stopBy": "end", "any": [_FIELD, _value_of(_FIELD)]}}],
            }
        },
    ],
}
_WHOLE_ROW = {
    "kind": "identifier",
    "pattern": "$ROW",
    "not": {"inside": kinds("attribute", "subscript")},
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
                "has": {"stopBy": "end", "any": [_KEY_FIELD, _value_of(_KEY_FIELD), _BY_KEY, _WHOLE_ROW]},
            }
        },
        {"inside": _OF_QUERY},
    ]
}
"""A call that asks by a field of what the loop goes through, or that stands in a loop over what a query gave."""

OF_ROW: Rule = {
    "has": {"kind": "argument_list", "stopBy": "end", "has": {"stopBy": "end", "any": [_FIELD, _value_of(_FIELD)]}},
}
"""A call that hands over any field of what the loop goes through."""

"""Errors of GraphQL answers, wherever a record carries them: as the record itself, in a field, as JSON in a string.

`graphql.code`, `graphql.message` and `graphql.path` are those of the first error, `graphql.errors` says how many there are.

https://spec.graphql.org/October2021/#sec-Errors has `message`, `locations`, `path` and `extensions`. What kind of error
it is stands in `extensions.code` (Apollo, Yoga, Mercurius, Hasura, gqlgen, Hot Chocolate) or `extensions.classification`
(graphql-java); graphene, Strawberry and plain graphql-js tell none.
"""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.model import Header, Level

_DEPTH = 4
"""How deep an answer may lie in a record: `res.body.errors` is one of three."""

_OWN = frozenset(("INTERNAL_SERVER_ERROR", "INTERNAL_ERROR", "DataFetchingException"))
"""Codes that say that the server failed, not the caller."""


def read_answer(data: dict[str, Any], header: Header, alone: bool = False) -> None:
    """Set the fields of the GraphQL errors that the object holds, if it does.

    An answer that stands `alone`, without a logger's words, gets the errors' messages as its message, and a level.
    """
    errors = _find(data, _DEPTH)
    if not errors:
        return
    fields, first = header.fields, errors[0]
    code = _code(first)
    if code:
        fields["graphql.code"] = code
    fields["graphql.message"] = first["message"]
    path = first.get("path")
    if type(path) is list and path:
        fields["graphql.path"] = ".".join(map(str, path))
    fields["graphql.errors"] = len(errors)
    if alone:
        header.message = "\n".join(error["message"] for error in errors)
        if header.level is None:
            header.level = Level.ERROR if any(_code(error) in _OWN for error in errors) else Level.WARNING


def _find(value: object, depth: int) -> list[dict[str, Any]]:
    """The first errors in a value: a list of objects under `errors`, or an error that a serializer wrote out whole."""
    if type(value) is str:
        return _find_in_text(value, depth)
    if type(value) is not dict:
        return []
    listed = value.get("errors")
    if type(listed) is list and listed and all(_is_error(error) for error in listed):
        return listed
    if value.get("type") == "GraphQLError" and type(value.get("message")) is str:
        return [value]
    if depth:
        for item in value.values():
            if type(item) is dict or type(item) is str:
                found = _find(item, depth - 1)
                if found:
                    return found
    return []


def _find_in_text(text: str, depth: int) -> list[dict[str, Any]]:
    if not depth or '"errors"' not in text or not text.startswith("{"):
        return []
    try:
        return _find(msgspec.json.decode(text), depth - 1)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return []


def _is_error(error: object) -> bool:
    """Whether it looks like GraphQL's: other APIs list `errors` with messages too, but name no place in a query."""
    if type(error) is not dict or type(error.get("message")) is not str:
        return False
    return type(error.get("locations")) is list or type(error.get("path")) is list or type(error.get("extensions")) is dict


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    known = extensions if type(extensions) is dict else {}
    for value in (known.get("code"), known.get("classification"), known.get("errorType"), error.get("errorType")):
        if type(value) is str and value:
            return value
    return ""

"""What the words of several languages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Rule = Mapping[str, Any]
"""An ast-grep rule, as YAML gives it."""

FEW = r"(?i)\b(chunk|batch|page|attempt|retr(y|ies)|tries|bucket|partition|shard|worker|slice|constraint|column|iteration|poll|max_)"
"""Loops that are few by their own words: over batches, pages, attempts."""


def kinds(*names: str) -> Rule:
    """A node of any of these kinds."""
    return {"any": [{"kind": name} for name in names]}


def in_body(loops: Rule, stop: str = "function") -> Rule:
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


def secret(*names: str) -> Rule:
    """A variable or member, of any of these kinds, that is named like a secret."""
    return {**kinds(*names), "regex": _SECRET, "not": {"regex": _NO_SECRET}}

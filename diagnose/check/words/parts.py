"""What the words of several languages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Rule = Mapping[str, Any]
"""An ast-grep rule, as YAML gives it."""

FEW = (
    r"(?i)\b(chunk|batch|page|attempt|retr(y|ies)|tries|bucket|partition|shard|worker|slice|constraint|columns?\b|fields?\b|secrets?\b|plugins?\b|providers?\b|iteration|poll|max_"
    r"|(mx|bits?|words?|releases?|locales?|languages?)\b)|settings\b"
)
"""Loops that are few by their own words: over batches, pages, attempts, settings."""

SETS_UP = r"(?i)^_?(migrat|upgrade|backfill|dedup|seed|populate|install|provision|bootstrap|set_?up)"
"""What functions are called that run once, when a program is installed or starts."""

STATEMENTS = r"(?i)^(\w*_)?(query|sql|statement|stmt)$"
"""What a loop over statements calls each of them: they cannot be one."""

_PEERS = (
    "endpoint server host mirror location source provider node peer replica region webhook url uri link cluster gateway proxy instance backend "
    "address target site domain image attachment feed channel subscription"
).split()
PEERS = (
    rf"(?:\b|_)(?i:{'|'.join(_PEERS)}|proxie)(?:s|es)?\b"
    rf"|[a-z](?:{'|'.join(name.capitalize() for name in _PEERS)}|Proxie|URL|URI)(?:s|es)?\b"
)
"""Loops over peers, by their own words: each must be asked by itself, or has an address of its own."""


def kinds(*names: str) -> Rule:
    """A node of any of these kinds."""
    return {"any": [{"kind": name} for name in names]}


def in_body(loops: Rule, stop: str = "function") -> Rule:
    """In the body of such a loop, with no function between."""
    return {"inside": {"field": "body", "stopBy": {"matches": stop}, **loops}}


def over_peers(loop: str, *fields: str) -> Rule:
    """In a loop of this kind over peers; without fields the loop's own text says so up to its first bracket."""
    said: list[dict[str, Any]] = [{"has": {"field": field, "regex": PEERS}} for field in fields] or [
        {"regex": rf"^\w+\s*\([^)]*(?:{PEERS})"}
    ]
    return {"inside": {"kind": loop, "stopBy": {"matches": "function"}, "any": said}}


def until_found(loop: str, *others: str, returns: bool = True) -> Rule:
    """In a loop of this kind that something found ends: a break of its own, not of one of the others within, or a return.

    Not so where a return also gives back failures (Go).
    """
    left: Rule = {
        "kind": "break_statement",
        "stopBy": {"any": [{"matches": "function"}, *({"kind": kind} for kind in (loop, *others))]},
    }
    ends = [left, {"kind": "return_statement", "stopBy": {"matches": "function"}}] if returns else [left]
    return {"inside": {"kind": loop, "stopBy": {"matches": "function"}, "any": [{"has": end} for end in ends]}}


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

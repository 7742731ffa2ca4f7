"""Regexes of detectors in the words of ASCII. ast-grep compiles a rule anew for each file, and Unicode's classes are most of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_INSIDE = {"w": "0-9A-Za-z_", "d": "0-9", "s": " \\t\\r\\n\\f"}
_OUTSIDE = {**{letter: f"[{chars}]" for letter, chars in _INSIDE.items()}, "b": r"(?-u:\b)"}


def in_ascii(rule: Any) -> Any:
    """An ast-grep rule whose every `regex` is one of ASCII."""
    if isinstance(rule, Mapping):
        return {
            key: ascii_regex(value) if key == "regex" and isinstance(value, str) else in_ascii(value)
            for key, value in rule.items()
        }
    return [in_ascii(each) for each in rule] if isinstance(rule, list | tuple) else rule


def ascii_regex(pattern: str) -> str:
    r"""The pattern with `\w`, `\d`, `\s` and `\b` spelled out; `\W` and the like, and what is written out, stay as they are."""
    made: list[str] = []
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            letter = pattern[at + 1]
            made.append((_INSIDE if depth else _OUTSIDE).get(letter, char + letter))
            at += 2
            continue
        depth += (char == "[") - (char == "]" and depth > 0)
        made.append(char)
        at += 1
    return "".join(made)

"""Backslash escapes of one-line encodings: JSON, logfmt, and what `util.inspect` and `repr` print."""

from __future__ import annotations

import re

from diagnose.lazy import lazy

_ESCAPE = lazy(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_PAIR = lazy("[\ud800-\udfff]{1,2}")
"""Half characters: JSON escapes what lies beyond 16 bits as two of them."""

_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_QUOTED = lazy(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\\?\Z)', re.DOTALL)
"""A quoted value; one that is cut off reaches to the end, which also keeps the search linear."""


def unescape(text: str) -> str:
    """The text with one layer of escapes read; unknown escapes lose their backslash."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_plain, text)
    return _PAIR.sub(_joined, plain) if "\\u" in text else plain


def unescape_values(text: str) -> str:
    """The quoted values of a one-line record that hold escaped newlines, unescaped, with blank lines between."""
    return "\n\n".join(unescape(value) for value in _QUOTED.findall(text) if "\\n" in value)


def _joined(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _plain(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _SIMPLE.get(match[3], match[3])

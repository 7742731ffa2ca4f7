"""Text of logs inside Markdown: it is shown as it stands and never becomes markup, a link, a mention or a formula."""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.visible import one_line, visible

_SPECIAL = lazy(r"^[\d+=-]|[\\`*_\[\]<>#|~&@$]|:(?=//|[\w+-]+:)|(?<=[wW][wW][wW])\.")
"""What begins something in CommonMark, GitHub's extensions to it, or a table. At the start of a line also lists and underlines."""

_APART = "@#$:"
"""Begins what GitHub looks for in text behind the parser (mentions, references, formulas, emoji): it stands in an element of its own."""


def inline(text: str) -> str:
    """A text within a paragraph, a heading or a cell of a table, on one line."""
    return _SPECIAL.sub(_escape, one_line(text.strip()))


def _escape(match: re.Match[str]) -> str:
    return f"<span>{match[0]}</span>" if match[0] in _APART else f"&#{ord(match[0])};"


def code(text: str) -> str:
    """A text as a span of code, on one line; not for a cell of a table, where a bar would end it."""
    text = one_line(text.strip()) or " "
    mark = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{pad}{text}{pad}{mark}"


def fence(text: str, language: str = "") -> str:
    """A text as a block of code, with a newline at its end."""
    text = visible(text.rstrip())
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}{re.sub('[^A-Za-z0-9+#-]', '', language)}\n{text}\n{mark}\n"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)

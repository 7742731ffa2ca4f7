"""Text to Condition. Every fault is located in the file that the text stands in, and says what to write instead.

`lark` costs 50–70 ms to import, so it is imported when the first text is read; parsed conditions travel as
plain data (data.py) and need it no more.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from diagnose.condition.build import build
from diagnose.condition.nodes import Condition
from diagnose.condition.spread import Wrong
from diagnose.errors import Fault

if TYPE_CHECKING:
    from lark import Lark, UnexpectedInput

LONGEST = 2_000
"""Characters of one condition; more is no condition that a person can read."""

SLIPS = {
    "&": "write `and`",
    "|": "write `or`; `|` stands between keys only",
    "!": "write `not`, or `!=` between two values",
    "=": "write `==` to compare",
    "'": "put text in double quotes",
    "AND": "keywords are lower case: `and`",
    "OR": "keywords are lower case: `or`",
    "NOT": "keywords are lower case: `not`",
    "-": "names have letters, digits and `_` only",
    "{": "captures are named without braces here",
    "[": 'write a list of values in parentheses: `in ("a", "b")`',
}
"""What a first wrong character or word usually wanted to be."""

WORDS = {
    "NAME": "a name",
    "OP": "a comparison",
    "NUM": "a number",
    "DUR": "a duration such as `30s`",
    "STRING": "a text in quotes",
    "AGG": "an aggregate",
    "TREND": "`rising(` or `falling(`",
    "WHERE": "a window such as `within 30s`",
    "_IN": "`in`",
    "INT": "a whole number",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "DOT": "`.`",
    "VBAR": "`|`",
    "$END": "the end",
}


def parse(text: str, *, file: str = "", line: int = 0, column: int = 0, excerpt: str = "", anchored: bool = True) -> Condition:
    """Read one condition.

    `line` and `column` say where the text begins in `file`, counted from 1; `excerpt` is that line as written.
    `anchored`: the condition must have an anchor of its own (`when`), unlike evidence, which is asked at the case's.
    Raises Fault.
    """
    from lark import UnexpectedInput

    try:
        if len(text) > LONGEST:
            raise Wrong(f"a condition of {len(text)} characters", "split it into several rules", 0)
        return build(_grammar().parse(text), anchored)
    except Wrong as wrong:
        reason, help_, at = wrong.reason, wrong.help, wrong.at
    except UnexpectedInput as unexpected:
        reason, help_, at = _explain(unexpected, text)
    row, place = locate(text, at, line, column)
    raise Fault(reason, file, row, place, excerpt or _shown(text, row - line, column), help_) from None


def _shown(text: str, row: int, column: int) -> str:
    """A row of the text, moved to where it stands in its file."""
    return " " * (max(1, column) - 1 if row == 0 else 0) + text.split("\n")[row]


def locate(text: str, at: int, line: int, column: int) -> tuple[int, int]:
    """The line and column in the file of the character `at` of a text that begins at `line` and `column`."""
    before = text[:at]
    rows = before.count("\n")
    if rows:
        return line + rows, at - before.rfind("\n")
    return line, max(1, column) + at


@cache
def _grammar() -> Lark:
    from lark import Lark

    grammar = resources.files("diagnose.condition").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", propagate_positions=True)


def _explain(unexpected: UnexpectedInput, text: str) -> tuple[str, str, int]:
    at = unexpected.pos_in_stream
    at_end = getattr(getattr(unexpected, "token", None), "type", "") == "$END"
    if at_end or at is None or at < 0 or not text[at:].strip():
        return "the condition ends too early", _wanted(unexpected), len(text.rstrip())
    word = text[at:].split(maxsplit=1)[0]
    wanted = _wanted(unexpected)
    help_ = SLIPS.get(word) or SLIPS.get(word[0]) or wanted
    if "duration" in wanted and word[0].isdigit():
        help_ = "a window needs a number and a unit: 500ms, 30s, 5m, 2h or 1d"
    return f"`{word}` cannot stand here", help_, at


def _wanted(unexpected: UnexpectedInput) -> str:
    names = getattr(unexpected, "expected", None) or getattr(unexpected, "allowed", None) or ()
    return "expected " + ", ".join(sorted({WORDS.get(name, f"`{name.lower()}`") for name in names}))

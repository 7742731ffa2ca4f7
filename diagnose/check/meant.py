"""Comments for other linters: what somebody has looked at and left as it is on purpose. It is not told a second time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.check.match import Match
from diagnose.lazy import lazy

_SAID = lazy(
    r"(?i)\beslint-disable(?:-next-line|-line)?\s*(?:\*/|--|$|.*(?:promise|await|async|console|-sync\b|empty|catch|secur|cors))"
    r"|#\s*noqa:.*\b(?:S\d{3}|B\d{3}|BLE\d{3}|ASYNC\d{3}|SIM115|RUF006|PERF\d{3}|TRY\d{3}|E722|PLW\d{4}|DJ\d{3})\b"
    r"|\bpylint:\s*disable=.*(?:timeout|except|using-with|await|protected-credential)"
    r"|\bnosec\b|\bNOSONAR\b|\bnosemgrep\b|//\s*nolint\b(?!:(?:lll|funlen|gocyclo|dupl|revive|stylecheck)\b)|\bcodeql\["
)
"""What such comments say of what is looked for here: those about the length of lines and the like are of no account."""

_COMMENT = lazy(r"\s*(?:#|//|/\*|\*)")
_SHORT = 8
"""Lines of a statement within which such a comment is for all of it."""


def unsaid(found: Iterable[Match], lines: Sequence[str]) -> list[Match]:
    """The matches for which no other linter was told to be silent, on their lines or in the comment before them."""
    return [match for match in found if not _said(match, lines)]


def _said(match: Match, lines: Sequence[str]) -> bool:
    first, last = match.line, match.end_line if match.end_line - match.line < _SHORT else match.line
    while first > 1 and _COMMENT.match(lines[first - 2]):
        first -= 1
    return any(_SAID.search(line) for line in lines[first - 1 : last])

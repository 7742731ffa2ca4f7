"""`diagnose: ignore[rule] reason` in comments: what a person has looked at and wants to keep.

It stands at the end of the line that it is for, or on a line of its own before it. A name is a rule's id, a glob of ids, or a failure class.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass

from diagnose.lazy import lazy

MARK = b"diagnose: ignore"
"""Without it a file has no such comment."""

UNUSED_IGNORE = "unused-ignore"
"""What a rule names by `finds` that tells of comments which suppress nothing: judged when all else is known, see `look.py`."""

_COMMENT = lazy(
    r"(?P<open>\#|//|/\*|<!--|\{\#|\{\{--|--|;|%|^\s*\*)\s*diagnose:\s*ignore(?:\[(?P<names>[^\]\n]*)\])?(?P<reason>[^\n]*)"
)
_ONLY_COMMENT = lazy(r"\s*(?:\#|//|/\*|\*|<!--|\{\#|\{\{--|--|;|%)")
_CLOSE = lazy(r"\s*(?:\*/|-->|\#\}|--\}\})\s*$")


@dataclass(slots=True)
class Ignore:
    """One comment. `line` is where it stands, `for_line` the line of code that it is for."""

    line: int
    column: int
    for_line: int
    names: tuple[str, ...]
    reason: str
    used: bool = False

    def covers(self, rule: str, of_class: str) -> bool:
        """Whether the comment names a rule."""
        return any(fnmatch.fnmatchcase(rule, name) or name == of_class for name in self.names)


def ignores(text: str) -> list[Ignore]:
    """All such comments of a file."""
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) if "diagnose:" in line else None
        if match is None:
            continue
        names = tuple(name.strip() for name in (match["names"] or "").split(",") if name.strip())
        alone = not line[: match.start()].strip()
        for_line = _next_code(lines, number) if alone else number
        found.append(Ignore(number, match.start() + 1, for_line, names, _CLOSE.sub("", match["reason"]).strip(" :-\r")))
    return found


def _next_code(lines: list[str], number: int) -> int:
    """The first line behind a comment's that is neither blank nor a comment itself."""
    for later in range(number, len(lines)):
        if lines[later].strip() and not _ONLY_COMMENT.match(lines[later]):
            return later + 1
    return number


def is_ignored(some: Iterable[Ignore], rule: str, of_class: str, first: int, last: int) -> bool:
    """Whether a comment suppresses what a rule found on these lines; those that do are marked as used."""
    hit = False
    for one in some:
        if (first <= one.for_line <= last or first <= one.line <= last) and one.covers(rule, of_class):
            one.used = hit = True
    return hit

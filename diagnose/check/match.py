"""Patterns over one file: parsed once, asked by every detector whose gates are open. The only home of ast-grep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diagnose.check.detector import Detector
from diagnose.errors import UsageError
from diagnose.lazy import lazy
from diagnose.visible import one_line

_CAPTURED = lazy(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")
_SHOWN = 60
"""Characters of code that a message quotes."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place in a file that a detector found. Lines and columns count from 1, the end stands behind the last character."""

    rule: str
    number: int
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    """Characters before it in the file's text."""
    end: int
    message: str
    rewrite: str | None = None
    text: str = ""
    """The line of code on which it begins."""


class Parsed:
    """One file's syntax tree. `broken` are the lines on which the syntax could not be read."""

    def __init__(self, path: str, text: str, language: str) -> None:
        self._text = text
        self._parser = parser_of(path, language)
        self._root = _library().SgRoot(text, self._parser).root()
        self._errors = [_span(node) for node in self._root.find_all(kind="ERROR")]

    @property
    def broken(self) -> tuple[int, ...]:
        """The lines on which something stands that the parser cannot read."""
        return tuple(self._text.count("\n", 0, start) + 1 for start, _ in self._errors)

    def find(self, detector: Detector) -> list[Match]:
        """What a detector finds, in the file's order: of places inside each other only the outermost, and one a line."""
        nodes = self._root.find_all(detector.config(self._parser))
        found: list[Match] = []
        covered, last_line = -1, -1
        for node in sorted(nodes, key=lambda node: (node.range().start.index, -node.range().end.index)):
            place = node.range()
            if place.start.index < covered or place.start.line == last_line or self._is_broken(node):
                continue
            covered, last_line = place.end.index, place.start.line
            found.append(self._match(detector, node, place))
        return found

    def _is_broken(self, node: Any) -> bool:
        """Whether the node holds, or stands in, what could not be read: what is told of such code is a guess."""
        if not self._errors:
            return False
        start, end = _span(node)
        return any(first < end and start < last for first, last in self._errors)

    def _match(self, detector: Detector, node: Any, place: Any) -> Match:
        return Match(
            detector.rule.id,
            detector.number,
            place.start.line + 1,
            place.start.column + 1,
            place.end.line + 1,
            place.end.column + 1,
            place.start.index,
            place.end.index,
            _CAPTURED.sub(lambda match: _quoted(self._captured(node, match)), detector.message),
            None if detector.rewrite is None else _CAPTURED.sub(lambda match: self._captured(node, match), detector.rewrite),
        )

    def _captured(self, node: Any, match: Any) -> str:
        """The text of a meta-variable; what is no meta-variable stays as it stands."""
        if match[1]:
            several = node.get_multiple_matches(match[1])
            return self._text[several[0].range().start.index : several[-1].range().end.index] if several else ""
        one = node.get_match(match[2])
        return str(match[0]) if one is None else str(one.text())


def parser_of(path: str, language: str) -> str:
    """ast-grep's name for the language of a file: `.tsx` has a grammar of its own."""
    return "tsx" if language == "typescript" and path.endswith(".tsx") else language


def refusal(detector: Detector) -> str:
    """Why ast-grep does not take a detector's rule; empty where it does."""
    for language in sorted(detector.languages):
        try:
            _library().SgRoot("", language).root().find_all(detector.config(language))
        except Exception as error:
            reasons = str(error).split("Stack backtrace")[0].split("Caused by:")[-1].strip().splitlines()
            return f"{language}: {' '.join(reasons[-1].split()) if reasons else error}"
    return ""


def has_errors(text: str, parser: str) -> bool:
    """Whether a text does not parse wholly: something stands there that fits nowhere, or something that must stand there does not."""
    root = _library().SgRoot(text, parser).root()
    return bool(root.find(kind="ERROR")) or _lacks(root)


def _lacks(root: Any) -> bool:
    """Whether the parser put in a token that is not in the text: a leaf without characters."""
    todo = list(root.children())
    while todo:
        node = todo.pop()
        below = node.children()
        if not below and not node.text():
            return True
        todo.extend(below)
    return False


def _library() -> Any:
    """ast-grep, imported when something is parsed (25 ms). Raises UsageError where it is missing."""
    try:
        import ast_grep_py
    except ImportError as error:
        raise UsageError(f"`diagnose check` needs ast-grep-py ({error}): pip install ast-grep-py") from error
    return ast_grep_py


def _span(node: Any) -> tuple[int, int]:
    place = node.range()
    return place.start.index, place.end.index


def _quoted(code: str) -> str:
    """Code as a message may quote it: one line, short, nothing that steers a terminal."""
    flat = one_line(" ".join(code.split()))
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"

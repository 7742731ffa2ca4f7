"""Words that ast-grep rules of detectors may use by `matches:`, for each language: what a loop, a handler, a function is there.

They are ast-grep rules themselves and may use each other. Only those that a detector names are handed to ast-grep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from diagnose.check.words.parts import Rule

_HOMES = {"typescript": "javascript", "tsx": "javascript"}
"""By ast-grep's name of the language, where its words stand under another's; `tsx` is TypeScript with JSX."""


def words_of(language: str, *rules: object) -> dict[str, Rule]:
    """The words that ast-grep rules use, those that these use included. An unknown word is left to ast-grep to refuse."""
    known: Mapping[str, Rule] = import_module(f"diagnose.check.words.{_HOMES.get(language, language)}").WORDS
    found: dict[str, Rule] = {}
    todo = [name for rule in rules for name in _named(rule)]
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found[name] = known[name]
            todo.extend(_named(known[name]))
    return found


def _named(value: object) -> Iterator[str]:
    """What an ast-grep rule names by `matches`."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "matches" and isinstance(each, str):
                yield each
            else:
                yield from _named(each)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for each in value:
            yield from _named(each)

"""The rules that have a half for code. From the cache where nothing changed: a hook must not wait for rules that read logs.

A warm start looks at the rule files' sizes and times and decodes one entry; formats, conditions and YAML are not imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from diagnose.cache import Cache
from diagnose.errors import Fault
from diagnose.model import Rule
from diagnose.rulebook.digest import stamp_of

if TYPE_CHECKING:
    from diagnose.rulebook import Rulebook


@dataclass(frozen=True)
class CodeBook:
    """Rules with detectors, in the order of their ids, without what they say of logs. `faults` as those of a rulebook."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """A code book as plain data: what the cache keeps."""

    rules: tuple[Rule, ...]
    faults: tuple[tuple[str, str, int, int, str, str, str], ...]


def code_book(folders: Sequence[Path], make: Callable[[], Rulebook], cache: Cache) -> CodeBook:
    """The rules of the folders that look at code; `make` reads all rules where the cache does not have them."""
    name = f"detectors-{stamp_of(folders)}"
    kept = cache.get(name)
    book = _from_entry(kept) if kept is not None else None
    if book is None:
        book = _proved(make())
        cache.put(name, msgspec.msgpack.encode(_Entry(book.rules, tuple(astuple(fault) for fault in book.faults))))
    return book


def _proved(whole: Rulebook) -> CodeBook:
    """The rules with those detectors that ast-grep takes; each other one is a fault, and left out."""
    from diagnose.check.detector import detectors
    from diagnose.check.match import refusal

    rules, faults = [], list(whole.faults)
    for rule in whole.rules:
        good = []
        for detector in detectors([rule]):
            reason = "" if detector.finder else refusal(detector)
            if reason:
                faults.append(Fault(f"ast-grep refuses detector {detector.number + 1}: {reason}", rule.file))
            else:
                good.append(rule.source[detector.number])
        if good:
            rules.append(replace(_for_code(rule), source=tuple(good)))
    return CodeBook(tuple(rules), tuple(faults))


def built_in_rules() -> Path:
    """Where the built-in rules are (as `plugins.rules_folder`, which costs an import of all that docks)."""
    packaged = Path(__file__).parent.parent / "_rules"
    return packaged if packaged.is_dir() else packaged.parent.parent / "rules"


def _for_code(rule: Rule) -> Rule:
    """The rule without its tests and signals, which are most of it."""
    return replace(rule, signals={}, tests=(), when="")


def _from_entry(data: bytes) -> CodeBook | None:
    """The book of an entry; None where the entry is nothing of the kind."""
    try:
        entry = msgspec.msgpack.decode(data, type=_Entry)
    except (msgspec.MsgspecError, ValueError):
        return None
    return CodeBook(entry.rules, tuple(Fault(*told) for told in entry.faults))

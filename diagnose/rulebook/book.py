"""The rulebook of a run: all rules, checked and ready. From the cache where nothing changed, else from the YAML.

A warm start reads and hashes the rule files and decodes one cache entry; neither `yaml` nor `lark` is imported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from diagnose.cache import Cache
from diagnose.condition import CompiledRule, from_data, to_data
from diagnose.errors import Fault
from diagnose.hooks import Format, Wrapper
from diagnose.model import Rule
from diagnose.rulebook.digest import digest_of
from diagnose.rulebook.files import find_files
from diagnose.rulebook.known import Known
from diagnose.signals import CompiledSignal, Prepared

if TYPE_CHECKING:
    from diagnose.plan import Plan


@dataclass(frozen=True)
class Rulebook:
    """Rules in the order of their ids. `digest` names all that they were made from."""

    compiled: tuple[CompiledRule, ...]
    digest: str
    faults: tuple[Fault, ...] = ()
    """What was found wrong: files with errors were left out, files with warnings were not."""
    classes: Mapping[str, str] = field(default_factory=dict)
    """The failure classes, and what they mean."""
    formats: tuple[Format, ...] = ()
    code_rules: tuple[Rule, ...] = ()
    """Rules that are for code alone, and so in no log."""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, without their parsed conditions."""
        return tuple(sorted((*(one.rule for one in self.compiled), *self.code_rules), key=lambda rule: rule.id))

    @cached_property
    def signals(self) -> tuple[CompiledSignal, ...]:
        """All signals that look at events, ready to match; compiled when first asked for."""
        from diagnose.plan import compile_signals

        return compile_signals(((one.rule, one.prepared) for one in self.compiled), self.formats)

    def plan(self, wrappers: Sequence[Wrapper], also: Sequence[str] = ()) -> Plan:
        """What to search for: the signals', the formats' and the wrappers' patterns and `also` others. The same plan for the same words."""
        from diagnose.plan import make_plan

        words = (tuple(wrapper.partial for wrapper in wrappers), tuple(also))
        if words not in self._plans:
            self._plans[words] = make_plan(self.signals, self.formats, wrappers, also)
        return self._plans[words]

    @cached_property
    def _plans(self) -> dict[tuple[tuple[str, ...], ...], Plan]:
        return {}


@dataclass(frozen=True)
class _Entry:
    """A rulebook as plain data: what the cache keeps."""

    rules: tuple[Rule, ...]
    code_rules: tuple[Rule, ...]
    conditions: tuple[tuple[Any, list[list[Any]]], ...]
    """Of each rule: `when`, and the evidence of its causes."""
    prepared: tuple[dict[str, Prepared], ...]
    faults: tuple[tuple[str, str, int, int, str, str, str], ...]
    classes: dict[str, str]


def build(
    folders: Sequence[Path],
    *,
    formats: Sequence[Format] = (),
    frameworks: Collection[str] = (),
    plugins: Iterable[str] = (),
    cache: Cache | None = None,
) -> Rulebook:
    """The rulebook of the folders. Never raises for what the files say: see `Rulebook.faults`.

    `frameworks` are the names that a fix may be `for`; `plugins` name whatever else the result depends on.
    """
    files = find_files(folders)
    words = sorted(frameworks)
    digest = digest_of(files, [*words, *sorted(plugins), *(form.name for form in formats)])
    name = f"rules-{digest}"
    kept = cache.get(name) if cache is not None else None
    book = _from_entry(kept, digest, tuple(formats)) if kept is not None else None
    if book is None:
        from diagnose.rulebook.load import load_files

        result = load_files(files, Known(frameworks=words, formats=tuple(formats)))
        compiled = tuple(one.compiled for one in result.loaded if one.compiled is not None)
        code_rules = tuple(one.rule for one in result.loaded if one.compiled is None)
        book = Rulebook(compiled, digest, result.faults, result.classes, tuple(formats), code_rules)
        if cache is not None:
            cache.put(name, _to_entry(book))
    return book


def _to_entry(book: Rulebook) -> bytes:
    conditions = tuple(
        (to_data(one.when), [[to_data(condition) for condition in some] for some in one.evidence]) for one in book.compiled
    )
    faults = tuple(astuple(fault) for fault in book.faults)
    prepared = tuple(dict(one.prepared) for one in book.compiled)
    return msgspec.msgpack.encode(
        _Entry(tuple(one.rule for one in book.compiled), book.code_rules, conditions, prepared, faults, dict(book.classes))
    )


def _from_entry(data: bytes, digest: str, formats: tuple[Format, ...]) -> Rulebook | None:
    """The rulebook of an entry; None where the entry is nothing of the kind."""
    try:
        entry = msgspec.msgpack.decode(data, type=_Entry)
        compiled = tuple(
            CompiledRule(rule, from_data(when), tuple(tuple(map(from_data, some)) for some in evidence), prepared)
            for rule, (when, evidence), prepared in zip(entry.rules, entry.conditions, entry.prepared, strict=True)
        )
    except (msgspec.MsgspecError, ValueError):
        return None
    faults = tuple(Fault(*told) for told in entry.faults)
    return Rulebook(compiled, digest, faults, entry.classes, formats, entry.code_rules)

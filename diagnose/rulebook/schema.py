"""The JSON Schema of a rule file and the tables of docs/rules.md, made from the form that the reader goes by."""

from __future__ import annotations

import json
from collections.abc import Iterator

from diagnose.rulebook.form import RULE
from diagnose.rulebook.shapes import Choice, Many, Record, Schema, Shape, Table


def rule_schema() -> Schema:
    """JSON Schema (2020-12) of a rule file: what each key holds. What a rule must mean beyond that, only the loader tells."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A diagnose rule",
        "description": "One failure mode. The rule's id is the file's path below the rules folder, without .yaml.",
        **RULE.schema(),
    }


def schema_text() -> str:
    """The schema as `docs/rule.schema.json` holds it."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def keys_text() -> str:
    """The keys of a rule file as Markdown, a table for each record: what docs/rules.md holds."""
    tables = [_table(record) for record in _records(RULE, set())]
    return "\n".join(tables)


def _records(record: Record, seen: set[str]) -> Iterator[Record]:
    """The record and those below it, each once, in the order of first mention."""
    if record.title in seen:
        return
    seen.add(record.title)
    yield record
    for entry in record.entries.values():
        inner = _inner(entry.shape)
        if isinstance(inner, Record):
            yield from _records(inner, seen)


def _inner(shape: Shape) -> Shape:
    """What a list or table is of, at the bottom."""
    while isinstance(shape, Many | Table):
        shape = shape.item if isinstance(shape, Many) else shape.value
    return shape


def _table(record: Record) -> str:
    rows = [f"### {record.title.capitalize()}", ""]
    if record.short:
        rows += [f"A single text stands for `{record.short}` alone.", ""]
    rows += ["| key | what it holds |", "| --- | --- |"]
    for key, entry in record.entries.items():
        inner = _inner(entry.shape)
        about = (entry.about + (_words(inner) if isinstance(inner, Choice) else "")).replace("|", "\\|")
        rows.append(f"| `{key}`{' (required)' if entry.required else ''} | {about} |")
    return "\n".join([*rows, ""])


def _words(choice: Choice) -> str:
    told = (f"`{word}` ({meaning})" if meaning else f"`{word}`" for word, meaning in choice.words.items())
    return f" One of {', '.join(told)}."

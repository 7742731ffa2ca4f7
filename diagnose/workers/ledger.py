"""A folder that remembers what was read: results by object and recipe, what was set aside, and of each run which results are its own.

A run that was killed goes on where it was, a second one reads only what is new or changed. Every file is written whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from diagnose.errors import InputError
from diagnose.model import Unread
from diagnose.workers.cuts import Part
from diagnose.workers.recipe import Recipe, recipe_data
from diagnose.workers.results import check

RESULT, ASIDE, RUN = ".result", ".aside", ".run"


@dataclass(frozen=True)
class Shard:
    """One of `count` equal shares of a run; `index` counts from 0."""

    index: int = 0
    count: int = 1


@dataclass(frozen=True)
class Account:
    """What one shard of a run read: its results by name, and what could not be read. `missing`: shards that left nothing."""

    recipe: Recipe
    results: Sequence[Path]
    unread: Sequence[Unread]
    missing: Sequence[int] = ()


class Ledger:
    """One folder. Raises OSError where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def result(self, part: Part, recipe: Recipe) -> Path:
        """Where the result of a part stands, or will stand."""
        return self.folder / f"{part.key(recipe.key)}{RESULT}"

    def open_parts(self, parts: Iterable[Part], recipe: Recipe) -> tuple[list[Part], list[Unread]]:
        """The parts that are still to be read, and those that were set aside in an earlier run."""
        left, aside = [], []
        for part in parts:
            result = self.result(part, recipe)
            note = _read_json(result.with_suffix(ASIDE))
            if isinstance(note, dict) and isinstance(note.get("reason"), str):
                aside.append(Unread(part.name, note["reason"], part.start))
            elif not (part.is_told_apart and check(result, final=True)):
                left.append(part)
        return left, aside

    def set_aside(self, part: Part, recipe: Recipe, reason: str) -> None:
        """Remember that a part cannot be read: no later run tries it again, unless it changes."""
        _write_json(self.result(part, recipe).with_suffix(ASIDE), {"name": part.name, "start": part.start, "reason": reason})

    def close(self, recipe: Recipe, shard: Shard, parts: Iterable[Part], unread: Iterable[Unread]) -> None:
        """Write down what this shard of a run is made of: `merge` reads it."""
        results = [path.name for part in parts if check(path := self.result(part, recipe))]
        account = {
            "recipe": recipe_data(recipe),
            "shard": [shard.index, shard.count],
            "results": results,
            "unread": [astuple(one) for one in unread],
        }
        _write_json(self.folder / f"{shard.index}-of-{shard.count}{RUN}", account)


def accounts(folders: Sequence[Path]) -> Account:
    """What all shards in the folders read, as one. Raises InputError where they are no shards of one run."""
    found: dict[int, tuple[Path, dict[str, Any]]] = {}
    counts, keys, recipe = set(), set(), None
    for folder in folders:
        for path in sorted(folder.glob(f"*{RUN}")):
            data = _read_json(path)
            try:
                (index, count), recipe = data["shard"], Recipe(**data["recipe"])
                found[int(index)] = (folder, data)
                counts.add(int(count))
                keys.add(recipe.key)
            except (TypeError, KeyError, ValueError):
                raise InputError(str(path), "this is no account of a scan") from None
    if recipe is None:
        raise InputError(str(folders[0]), "no scan has left its account here: diagnose scan --ledger DIR …")
    if len(counts) > 1 or len(keys) > 1:
        what = "into different numbers of shards" if len(counts) > 1 else "by different rules or options"
        raise InputError(str(folders[0]), f"these scans were divided {what}: give each run a folder of its own")
    unread = [Unread(*one) for _, data in found.values() for one in data["unread"]]
    results = [folder / name for folder, data in found.values() for name in data["results"]]
    missing = sorted(set(range(counts.pop())) - set(found))
    # Several shards looked for the same inputs and did not find the same ones.
    return Account(recipe, list(dict.fromkeys(results)), list(dict.fromkeys(unread)), missing)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write_json(path: Path, data: Any) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(data), encoding="ascii")
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()

"""A scan by parts, from inputs to a run that is ready to tell: with one process or many, all at once or in shards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from diagnose.model import Unread
from diagnose.pipeline import Run
from diagnose.sources import STDIN
from diagnose.workers.crowd import LOCAL, crowd
from diagnose.workers.cuts import Part, share
from diagnose.workers.ledger import Ledger, Shard
from diagnose.workers.merge import merge
from diagnose.workers.pool import Pool
from diagnose.workers.recipe import Bench, Recipe
from diagnose.workers.step import Step

Progress = Callable[[int], None]


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scan_parts(
    run: Run, recipe: Recipe, parts: Sequence[Part], workers: int, *,
    ledger: Path | None = None, shard: Shard | None = None, progress: Progress | None = None, engine: str = LOCAL,
) -> None:  # fmt: skip
    """Read parts (of a shard: its share) and give a run what was found. `engine`: whose processes read.

    Raises OSError where the ledger cannot be written, UsageError where the engine cannot be had.

    What is already known of `run.tally.unread` is not found anew: it belongs to the account that the ledger keeps.
    """
    with tempfile.TemporaryDirectory(prefix="diagnose-") as folder:
        book, mine = Ledger(ledger or Path(folder)), shard or Shard()
        chosen = list(share(parts, mine.index, mine.count)) if mine.count > 1 else list(parts)
        left, aside = book.open_parts(chosen, recipe)
        bench = Bench(run.kit, run.rulebook, run.options, run.store)
        alone = [part for part in left if (workers == 1 and engine == LOCAL) or part.name == STDIN]
        if alone:
            step = Step(bench)
            for part in alone:
                step.scan_object(part, book.result(part, recipe), progress)
        together = [part for part in left if part not in alone]
        if together:
            run.searcher(False)  # compiled once here, the cache has it for all of them
            pool = Pool(bench, recipe, workers, book.folder) if engine == LOCAL else crowd(engine, recipe, workers, book.folder)
            pool.read(together, progress)
            for one in pool.set_aside:
                if not one.outside:
                    book.set_aside(one.part, recipe, one.reason)
                aside.append(Unread(one.part.name, one.reason, one.part.start, one.outside))
        unread = [*run.tally.unread, *sorted(aside, key=lambda one: (one.source, one.offset))]
        if ledger is not None:
            book.close(recipe, mine, chosen, unread)
        run.tally.unread = unread
        _tell(run, book, recipe, chosen, Path(folder))


def _tell(run: Run, book: Ledger, recipe: Recipe, parts: Iterable[Part], folder: Path) -> None:
    aside = {(one.source, one.offset) for one in run.tally.unread}
    results = [
        book.result(part, recipe) for part in parts if (part.name, part.start) not in aside or book.result(part, recipe).exists()
    ]
    merge(run, results, folder)

"""A scan whose steps any engine may run: tasks as text, one for each object or piece of one, and their results put together again.

    job = Job(["s3://logs/2026/"], folder="found")
    for task in job.tasks:                     # on whatever machine
        job.take(task, scan_object(task))
    report = job.report()

`folder` is a ledger: what stands there is not read again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from diagnose.cache import user_cache
from diagnose.errors import InputError
from diagnose.model import Report, Unread
from diagnose.pipeline import Options, Run
from diagnose.plugins import load_kit, rulebook_in
from diagnose.sources import find, listing_of, opener_of
from diagnose.workers.afar import read_afar
from diagnose.workers.cuts import Part, part_of, parts_of
from diagnose.workers.ledger import Ledger
from diagnose.workers.merge import merge
from diagnose.workers.pool import HANG
from diagnose.workers.recipe import recipe_data, write_recipe
from diagnose.workers.results import check, put


def scan_object(task: str) -> dict[str, Any]:
    """Read what a task names, in any process that has the same rules: `result` (bytes), or `failed` (why) and `outside`
    (whether the object is not to blame). A process in which nothing goes on for five minutes ends itself."""
    data = json.loads(task)
    return read_afar(data["recipe"], data["part"], HANG)


class Job:
    """See module. Raises Faults for rules that are not in order, OSError where the folder cannot be written."""

    def __init__(
        self, paths: Iterable[str | Path], folder: str | Path, *, rules: Iterable[Path] = (), options: Options | None = None
    ) -> None:
        kit, more = load_kit(), list(rules)
        book = rulebook_in([*kit.rules, *more], kit, user_cache())
        self._run = Run(book, kit, options, user_cache())
        self._recipe = write_recipe(book, self._run.options, more)
        self._ledger = Ledger(Path(folder))
        inputs, errors = find((str(path) for path in paths), lambda location: listing_of(kit.openers, location))
        self._run.note_unread(errors)
        self._parts = parts_of(inputs, can_cut=self._is_file)
        left, aside = self._ledger.open_parts(self._parts, self._recipe)
        self._run.tally.unread.extend(aside)
        self.tasks = [self._task(part) for part in left]
        """What is to be read. Text; it holds the object's address as it was given."""

    def take(self, task: str, outcome: Mapping[str, Any]) -> None:
        """Keep what a step gave. Raises OSError."""
        part = part_of(json.loads(task)["part"])
        if "result" in outcome:
            put(self._ledger.result(part, self._recipe), outcome["result"])
        else:
            self._run.tally.unread.append(Unread(part.name, outcome["failed"], part.start, outcome["outside"]))

    def report(self) -> Report:
        """The report of all that was taken, now or by earlier jobs with the same folder. Asked once. Raises InputError."""
        results = [path for part in self._parts if check(path := self._ledger.result(part, self._recipe))]
        with tempfile.TemporaryDirectory(prefix="diagnose-") as folder:
            merge(self._run, results, Path(folder))
        return self._run.report()

    def _is_file(self, name: str) -> bool:
        try:
            return opener_of(self._run.kit.openers, name).name == "file"
        except InputError:
            return False

    def _task(self, part: Part) -> str:
        return json.dumps({"recipe": recipe_data(self._recipe), "part": part.data()})

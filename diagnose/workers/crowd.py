"""Parts read by the processes of an engine that a platform team has: Ray or Dask, on one machine or many.

An engine cannot always say which of the parts that a dead process was given killed it. So a part whose process died is tried again alone: who dies
then is to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from diagnose.workers.cuts import Part
from diagnose.workers.pool import HANG, TRIES, SetAside, give_up
from diagnose.workers.recipe import Recipe, recipe_data
from diagnose.workers.results import put

LOCAL = "local"


@dataclass(frozen=True)
class Lost:
    """The process that read a part is gone. `outside`: something ended it that is not the part's doing."""

    reason: str
    outside: bool = False


class Farm(Protocol):
    """An engine's processes. `size`: parts that are read at once."""

    @property
    def size(self) -> int:
        """It may change: workers come and go."""

    def give(self, recipe: Mapping[str, Any], part: Mapping[str, Any], hang: float) -> Hashable:
        """Let some process do `afar.read_afar`; the name of the task."""

    def done(self, tasks: Sequence[Hashable]) -> list[tuple[Hashable, dict[str, Any] | Lost]]:
        """Wait until some of the tasks came to an end, and what of it. Raises UsageError where no process is left for them."""

    def close(self) -> None:
        """Let go of it; what was started for this scan ends."""


class Crowd:
    """Reads parts on a farm. `set_aside` collects what no process could read."""

    def __init__(self, recipe: Recipe, farm: Farm, folder: Path, hang: float = HANG) -> None:
        self._recipe, self._farm, self._folder, self._hang = recipe, farm, folder, hang
        self.set_aside: list[SetAside] = []

    def read(self, parts: Iterable[Part], progress: Callable[[int], None] | None = None) -> None:
        """Read all parts, the largest first. Each leaves its result in the folder, or is set aside. Raises UsageError, OSError."""
        left = sorted(parts, key=lambda part: -(part.size or 0))
        try:
            for number in range(1, TRIES + 1):
                left = self._try(left, number, progress or (lambda size: None))
        finally:
            self._farm.close()

    def _try(self, parts: Sequence[Part], number: int, progress: Callable[[int], None]) -> list[Part]:
        """Try each part once; those that are to be tried again."""
        waiting, again = list(reversed(parts)), []
        tasks: dict[Hashable, Part] = {}
        while waiting or tasks:
            while waiting and len(tasks) < (self._farm.size if number == 1 else 1):
                part = waiting.pop()
                tasks[self._farm.give(recipe_data(self._recipe), part.data(), self._hang)] = part
            for task, what in self._farm.done(list(tasks)):
                part = tasks.pop(task)
                if isinstance(what, dict) and "result" in what:
                    put(self._folder / f"{part.key(self._recipe.key)}.result", what["result"])
                    progress(part.size or 0)
                elif number < TRIES:
                    again.append(part)
                else:
                    lost = what if isinstance(what, Lost) else Lost(what["failed"], what["outside"])
                    self.set_aside.append(give_up(part, lost.reason, lost.outside))
        return again


def crowd(engine: str, recipe: Recipe, count: int, folder: Path) -> Crowd:
    """The crowd of an engine: of the cluster that its own settings name, else of `count` processes here. Raises UsageError."""
    farm: Farm
    if engine == "ray":
        from diagnose.workers.on_ray import RayFarm

        farm = RayFarm(count)
    else:
        from diagnose.workers.on_dask import DaskFarm

        farm = DaskFarm(count)
    return Crowd(recipe, farm, folder)

"""Processes that read parts, watched: one that dies or hangs is replaced, its part is tried again and then set aside by name.

A part is to blame for what happens while it is read, but not for a process that does not even start, that somebody ended with a signal for ending, or
that found the disk full.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError
from diagnose.workers.children import Child, born
from diagnose.workers.cuts import Part
from diagnose.workers.recipe import Bench, Recipe

TRIES = 3
"""How often a part is tried before it is set aside."""

HANG = 300.0
"""Seconds without a sign of life after which a process counts as hung: it gives one at least with each block, but compiles patterns first."""

LAST = 5.0
"""Seconds that a process which has closed its output may take to end by itself: how it ends is told."""

_ENDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals by which a person or a machine that goes down ends a process."""


DIED = "the process that read it died"


@dataclass(frozen=True)
class SetAside:
    """A part that no process could read, and why. `outside`: it is not to blame, so that another run may try it again."""

    part: Part
    reason: str
    outside: bool = False


def give_up(part: Part, reason: str, outside: bool) -> SetAside:
    """What becomes of a part whose last try failed."""
    told = f"not read in {TRIES} tries" if outside else f"set aside after {TRIES} tries"
    return SetAside(part, f"{told}: {reason}", outside)


class _Worker:
    """One process, and the part it reads."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.part: Part | None = None
        self.ready = False
        self.trouble = ""
        """Why it cannot begin."""
        self.seen = time.monotonic()
        self._rest = b""

    def give(self, part: Part, result: Path) -> None:
        """Let it read a part."""
        self.part, self.seen = part, time.monotonic()
        order = {"part": part.data(), "result": str(result)}
        with suppress(OSError):  # one that is gone is noticed when it is listened to
            self.child.orders.write(json.dumps(order).encode() + b"\n")
            self.child.orders.flush()

    def hear(self) -> list[dict[str, Any]] | None:
        """What it has said; None: it is gone."""
        data = os.read(self.child.says, 65_536)
        if not data:
            return None
        self.seen = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]


class Pool:
    """Reads parts with `count` processes. `set_aside` collects what none of them could read."""

    def __init__(self, bench: Bench, recipe: Recipe, count: int, folder: Path) -> None:
        self._bench, self._recipe, self._count, self._folder, self._hang = bench, recipe, count, folder, HANG
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        self._tries: dict[int, int] = {}
        self._stillborn = 0
        self._queue: deque[Part] = deque()
        self.set_aside: list[SetAside] = []
        self.replaced = 0

    def read(self, parts: Iterable[Part], progress: Callable[[int], None] | None = None) -> None:
        """Read all parts, the largest first. Each leaves its result in the folder, or is set aside. Raises UsageError where no process starts."""
        self._queue = deque(sorted(parts, key=lambda part: -(part.size or 0)))
        left = len(self._queue)
        try:
            for _ in range(min(self._count, left)):
                self._start()
            while left > 0:
                left -= self._turn(progress or (lambda size: None))
        finally:
            for worker in self._workers:
                worker.child.end(0.0)
            self._selector.close()

    def _turn(self, progress: Callable[[int], None]) -> int:
        """Listen for a moment; how many parts came to an end."""
        ended = 0
        for key, _ in self._selector.select(timeout=min(1.0, self._hang / 4)):
            worker: _Worker = key.data
            messages = worker.hear()
            if messages is None:
                ended += self._lose(worker, DIED)
                continue
            for message in messages:
                progress(message.get("bytes", 0))
                if "ready" in message:
                    worker.ready, self._stillborn = True, 0
                elif "broken" in message:
                    worker.trouble = message["broken"]
                elif "done" in message:
                    ended += 1
                    self._next(worker)
                elif "failed" in message:
                    ended += self._again(worker, message["failed"], outside=message["outside"])
                    self._next(worker)
        now = time.monotonic()
        for worker in [worker for worker in self._workers if worker.part is not None and now - worker.seen > self._hang]:
            ended += self._lose(worker, f"the process that read it gave no sign of life for {self._hang:g} s")
        return ended

    def _start(self) -> None:
        worker = _Worker(born(self._bench, self._recipe))
        self._workers.append(worker)
        self._selector.register(worker.child.says, selectors.EVENT_READ, worker)
        self._next(worker)

    def _next(self, worker: _Worker) -> None:
        worker.part = None
        if self._queue:
            part = self._queue.popleft()
            worker.give(part, self._folder / f"{part.key(self._recipe.key)}.result")

    def _lose(self, worker: _Worker, reason: str) -> int:
        """A process is gone: another takes its place. 1 where its part is set aside for it."""
        self._selector.unregister(worker.child.says)
        self._workers.remove(worker)
        code = worker.child.end(LAST if reason == DIED else 0.0)
        how = f"signal {-code}" if code < 0 else f"code {code}"
        if not worker.ready:
            ended = self._unborn(worker, worker.trouble or how)
        else:
            ended = self._again(worker, f"{reason} ({how})" if reason == DIED else reason, outside=-code in _ENDED)
        if self._queue:
            self.replaced += 1
            self._start()
        return ended

    def _unborn(self, worker: _Worker, how: str) -> int:
        """A process died before it could read anything. Raises UsageError where that happens again and again."""
        self._stillborn += 1
        if self._stillborn >= TRIES:
            raise UsageError(f"the processes that read do not start: {how}")
        if worker.part is not None:
            self._queue.appendleft(worker.part)
        return 0

    def _again(self, worker: _Worker, reason: str, *, outside: bool = False) -> int:
        part = worker.part
        if part is None:
            return 0
        worker.part = None
        tries = self._tries[part.number] = self._tries.get(part.number, 0) + 1
        if tries < TRIES:
            self._queue.append(part)
            return 0
        self.set_aside.append(give_up(part, reason, outside))
        return 1

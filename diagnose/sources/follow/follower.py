"""All followed files: which are there, which grew, and whose turn it is.

`poll` looks at the disk and is complete by itself. Every so often, and as soon as a path is found to name another file, it is a whole look: at
what locations name, and at what came and was rotated since the last one.
"""

from __future__ import annotations

import contextlib
import os
import resource
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from diagnose.sources.follow.arriving import Arriving
from diagnose.sources.follow.between import Between, Bystander, Key
from diagnose.sources.follow.copies import Copies
from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.identity import SURE
from diagnose.sources.follow.leaving import Leaving
from diagnose.sources.follow.resuming import recovered, resumed
from diagnose.sources.follow.roll import Roll
from diagnose.sources.follow.row import ASKED, COPY, LEAVING, LIVE, RESTING, Row, asked
from diagnose.sources.follow.search import Locations, homes, names, whereabouts

DISCOVER = 1.0
"""Seconds between two looks for new files and folders."""

VACANT = 1_000
"""Paths without a file that are remembered, so that what is rotated from them is found should they have one again."""

_NOBODY: Mapping[Key, Bystander] = {}


class Follower:
    """`known`: what was kept of files when it ran last; `at_end`: whether files that are there at the first start are read from their end.

    `tell` is given warnings for a person, each once. `count`: of names given so far.
    """

    def __init__(
        self,
        locations: Sequence[str],
        *,
        known: Iterable[Row] = (),
        bystanders: Mapping[Key, Bystander] = _NOBODY,
        count: int = 0,
        at_end: Callable[[str], bool] = lambda path: True,
        tell: Callable[[str], None] = lambda text: None,
        descriptors: int | None = None,
    ) -> None:
        known = list(known)
        self._locations, self._tell = Locations(locations), tell
        self._descriptors = descriptors or max(8, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._roll, self._copies = Roll(count), Copies()
        self._between = Between(bystanders, (row.location for row in known))
        self._arriving = Arriving(self._roll, self._copies, self._between, at_end, tell)
        self._leaving = Leaving(self._roll, self._copies, self._between, tell)
        self.folders: set[str] = set()
        self._due = 0.0
        self._vacant: dict[str, None] = {}
        """Paths that had a file and have none."""
        self._unread: dict[str, int | None] = {}
        """When files of which hardly anything was read were written to last: one that is copied and truncated shows it by that alone."""
        self._stirred: set[str] = set()
        """Their paths, where they were written to."""
        self._again: set[str] = set()
        """Paths that were found replaced at the last look: they may have been so once more while it went on."""
        self._restore(known)

    # ------------------------------------------------------------ what goes on from before

    def _restore(self, known: Iterable[Row]) -> None:
        for row in known:
            if row.state == ASKED:
                self._roll.replaced.add(row.path)
                self._vacant[row.path] = None
                continue
            if row.state == RESTING:
                self._roll.resting[row.mark.key] = row
                continue
            if not names(row.location, row.mark.key) or not row.mark.offset:
                self._roll.replaced.add(row.location)
            path = row.path
            if not names(path, row.mark.key):
                # An inode alone proves nothing: it may be another file's by now.
                path = (whereabouts(homes(row.path), row.mark.key) or "") if row.mark.offset else ""
            if not path or not self._resume(row, path):
                self._roll.replaced.add(row.location)
                self._recover(row)

    def _resume(self, row: Row, path: str) -> bool:
        file = resumed(row, path, self._tell)
        if file is not None:
            self._roll.add(file)
        return file is not None

    def _recover(self, row: Row) -> None:
        if row.state == COPY:
            self._copies.ended(row.location, row.mark)
        elif (file := recovered(row)) is not None:
            self._roll.add_copy(file)

    # ------------------------------------------------------------ looking

    def poll(self, *, discover: bool = False) -> None:
        """Look at the disk once. Never raises for what a disk does."""
        if not discover and time.monotonic() < self._due:
            for path in list(self._roll.by_path):
                with contextlib.suppress(OSError):
                    self._see(path, os.stat(path))
            self._leaving.look()
            if not self._roll.replaced and not self._stirred:
                return
        self._discover()
        self._leaving.look()
        self._due = time.monotonic() + DISCOVER

    def _discover(self) -> None:
        self._between.look(self._roll.known)
        found = self._locations.find()
        self.folders = found.folders
        for path, reason in found.troubles.items():
            self._arriving.warn(path, reason)
        # A folder that could not be looked at, for want of descriptors say, has lost nothing.
        for path in [path for path, file in self._roll.by_path.items() if path not in found.files and not names(path, file.key)]:
            self._leaving.leave(self._roll.by_path.pop(path), path)
            self._vacant[path] = None
        # First what is known: a copy is told by what was made of its original.
        new = []
        for path, state in found.files.items():
            if self._between.was_followed(path):
                self._see(path, state)
            else:
                new.append((path, state))
        self._leaving.look()
        replaced = set(self._roll.replaced)
        self._look_between(replaced, found.files)
        for number, (path, state) in enumerate(new, 1):
            self._see(path, state)
            if number % self._some == 0:
                self.rest()
        self._leaving.look_after_resting()
        self._arriving.first = False
        self._roll.replaced -= replaced
        self._remember()

    def _look_between(self, replaced: set[str], named: Collection[str]) -> None:
        """Follow what had one of these paths for a while since the last look, and was rotated itself."""
        doubted = self._between.doubted
        for key, path, base in self._between.doubts():
            self._arriving.rotated(path, key, base, named=path in named)
        waiting = {path for path, file in self._roll.by_path.items() if path in self._unread and file.behind}
        for base in replaced | doubted | waiting | self._again | self._stirred:
            is_replaced = base in replaced or base in self._again
            for key, path in self._between.beside(base):
                self._arriving.rotated(path, key, base, named=not is_replaced and path in named)
        self._again = replaced | self._stirred | self._between.doubted
        self._stirred = set()

    def _remember(self) -> None:
        """Keep for the next look what this one saw."""
        while len(self._vacant) > VACANT:
            del self._vacant[next(iter(self._vacant))]
        self._unread = {
            path: file.modified for path, file in self._roll.by_path.items() if file.state == LIVE and file.offset < SURE
        }
        rows = (row.location for row in self._roll.resting.values())
        paths = (*(file.location for file in self.files.values()), *rows, *self._vacant, *self._again)
        self._between.looked(paths, self._roll.known)

    def _see(self, path: str, state: os.stat_result) -> None:
        """A path names this file now."""
        if not stat.S_ISREG(state.st_mode):
            return
        key = state.st_dev, state.st_ino
        file = self._roll.by_path.get(path)
        if file is not None and file.key != key:
            del self._roll.by_path[path]
            self._leaving.leave(file, path)
            file = None
        if file is None:
            if path in self._vacant:
                del self._vacant[path]
                self._roll.replaced.add(path)
            file = self._known(key, path) or self._arriving.new(path, key)
        if file is not None:
            file.look(state)
            if path in self._unread and self._unread[path] != file.modified:
                del self._unread[path]
                self._stirred.add(path)

    def _known(self, key: Key, path: str) -> Followed | None:
        """A file that is followed under another path: it was renamed, or has two."""
        file = self._roll.by_key.get(key)
        if file is not None and file.is_packed:
            return file
        if file is not None:
            if not names(file.path, key):
                self._roll.by_path.pop(file.path, None)
                file.path = path
            if file.state == LEAVING:
                file.state = LIVE
            self._roll.by_path[path] = file
            return file
        row = self._roll.resting.pop(key, None)
        if row is not None and self._resume(replace(row, state=COPY if row.state == COPY else LIVE), path):
            return self._roll.by_key[key]
        return None

    # ------------------------------------------------------------ turns

    def ready(self) -> Iterator[Followed]:
        """The files that have something to read, or to end, those that wait longest first; others need the descriptors of those that were read."""
        self.rest()
        given = 0
        for file in sorted(self.files.values(), key=lambda file: file.turned):
            if self._leaving.over(file):
                file.end()
            if file.state != COPY and (file.behind or file.is_ending or not file.primed):
                yield file
                given += 1
                if given % self._some == 0:
                    self.rest()

    @property
    def _some(self) -> int:
        """Files that may be opened before somebody asks whether too many are."""
        return max(1, self._descriptors // 4)

    def retire(self, file: Followed) -> None:
        """Let go of a file whose reading has ended."""
        self._leaving.retire(file)

    def rest(self) -> None:
        """Close descriptors beyond the bound: those of files that were silent longest, of files that left last."""
        held = [file for file in self.files.values() if file.is_open]
        if len(held) > self._descriptors:
            held.sort(key=lambda file: (file.state == LEAVING, file.behind > 0, file.grown))
            for file in held[: len(held) - self._descriptors]:
                file.rest()

    def rows(self) -> Iterator[Row]:
        """What is to be kept of all files."""
        yield from (file.row() for file in self.files.values())
        yield from self._roll.resting.values()
        paths = self._roll.replaced | self._again | self._stirred | self._between.doubted | self._vacant.keys()
        yield from map(asked, paths)

    @property
    def files(self) -> dict[str, Followed]:
        """By name, all that is not resting."""
        return self._roll.files

    @property
    def resting(self) -> Mapping[Key, Row]:
        """What was read to its end and is silent."""
        return self._roll.resting

    @property
    def count(self) -> int:
        """Of names given so far."""
        return self._roll.count

    @property
    def bystanders(self) -> Mapping[Key, Bystander]:
        """What lay beside the files at the last look."""
        return self._between.bystanders

    def close(self) -> None:
        """Give all descriptors back."""
        for file in self.files.values():
            file.close()

"""All followed files: which are there, which grew, which left, and whose turn it is.

`poll` looks at the disk and is complete by itself. A file that its path does not name any more is read to its end, and as long
on as its writer may keep it open; then it rests, and comes back should it grow.
"""

from __future__ import annotations

import contextlib
import os
import resource
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from diagnose.origins import GENERATION
from diagnose.sources.follow.between import Between, Bystander, Key
from diagnose.sources.follow.copies import Copies
from diagnose.sources.follow.file import COPY, LEAVING, LIVE, RESTING, Followed, Row, fresh
from diagnose.sources.follow.identity import NOTHING, Mark, proves
from diagnose.sources.follow.opening import is_packed, open_copy, open_regular
from diagnose.sources.follow.resuming import recovered, resumed
from diagnose.sources.follow.roll import Roll
from diagnose.sources.follow.search import Locations, copy_of, homes, names, whereabouts

DISCOVER = 1.0
"""Seconds between two looks for new files and folders."""

WARNED = 10_000
"""Paths that are remembered for what was told of them."""

LINGER = 60.0
"""Seconds without growth after which a file that left is closed."""


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
        self._locations = Locations(locations)
        self._at_end, self._tell = at_end, tell
        self._descriptors = descriptors or max(8, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self.count = count
        self._roll = Roll()
        self.resting: dict[tuple[int, int], Row] = {}
        self.folders: set[str] = set()
        self._between = Between(bystanders)
        self._copies = Copies()
        self._told: dict[str, str] = {}
        self._due = 0.0
        self._first = True
        self._deferred: set[tuple[int, int]] = set()
        """Files that were there at first, and could not be told from copies yet."""
        self._replaced: set[str] = set()
        """Paths that name another file by now than when they were looked at last, or may have done so meanwhile."""
        self._vacant: set[str] = set()
        """Paths that had a file and have none."""
        self._restore(known)

    # ------------------------------------------------------------ what goes on from before

    def _restore(self, known: Iterable[Row]) -> None:
        for row in known:
            if row.state == RESTING:
                self.resting[row.mark.key] = row
                continue
            if not names(row.location, row.mark.key) or not row.mark.offset:
                self._replaced.add(row.location)
            path = row.path
            if not names(path, row.mark.key):
                path = whereabouts(homes(row.path), row.mark.key) or ""
            if not path or not self._resume(row, path):
                self._replaced.add(row.location)
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
        now = time.monotonic()
        if discover or now >= self._due:
            self._discover()
            self._due = time.monotonic() + DISCOVER
        else:
            for path in list(self._roll.by_path):
                with contextlib.suppress(OSError):
                    self._see(path, os.stat(path))
        for file in list(self.files.values()):
            if file.state == LEAVING and file.is_open:
                with contextlib.suppress(OSError):
                    file.peek()
            elif file.state == LEAVING and not file.is_ending and not names(file.path, file.key):
                self._leave(file, file.path)
            if file.truncated:
                self._truncated(file)

    def _discover(self) -> None:
        found = self._locations.find()
        self.folders = found.folders
        for path, reason in found.troubles.items():
            self._warn(path, reason)
        for path in [path for path in self._roll.by_path if path not in found.files]:
            self._leave(self._roll.by_path.pop(path), path)
            self._vacant.add(path)
        for path in self._replaced:
            self._look_between(path)
        for key, path, base in self._between.doubts():
            self._new_between(path, key, base)
        for path, state in found.files.items():
            self._see(path, state)
        if self.resting:
            self._look_after_resting()
        self._first = False
        self._replaced.clear()
        rows = (row.location for row in self.resting.values())
        paths = (*(file.location for file in self.files.values()), *rows)
        self._between.looked(paths, self._roll.by_key.keys() | self.resting.keys())

    def _warn(self, path: str, reason: str) -> None:
        if self._told.get(path) != reason:
            if len(self._told) > WARNED:
                self._told.clear()
            self._told[path] = reason
            self._tell(f"{path}: {reason}")

    def _see(self, path: str, state: os.stat_result) -> None:
        """A path names this file now."""
        if not stat.S_ISREG(state.st_mode):
            return
        key = state.st_dev, state.st_ino
        file = self._roll.by_path.get(path)
        if file is not None and file.key != key:
            del self._roll.by_path[path]
            self._leave(file, path)
            file = None
        if file is None:
            if path in self._vacant:
                self._vacant.discard(path)
                self._look_between(path)
            file = self._known(key, path) or self._new(path, key)
        if file is not None:
            file.look(state)

    def _known(self, key: tuple[int, int], path: str) -> Followed | None:
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
        row = self.resting.pop(key, None)
        if row is not None and self._resume(replace(row, state=LIVE), path):
            return self._roll.by_key[key]
        return None

    def _new(self, path: str, key: tuple[int, int], *, between: str = "") -> Followed | None:
        """A file that was not seen before. `between`: the path that it had until it was rotated."""
        try:
            descriptor = open_regular(path)
        except OSError as error:
            self._warn(path, error.strerror or str(error))
            return None
        try:
            if is_packed(descriptor):
                self._warn(path, "it is compressed: not followed")
                return None
            original = self._copies.original(path, descriptor, self.files.values())
            if original is None:
                if between:
                    self._between.doubt(key, between)
                elif self._first:
                    self._deferred.add(key)
                return None
            self.count += 1
            at_end = (self._first or key in self._deferred) and not between and path not in self._replaced and self._at_end(path)
            file = fresh(f"{between or path}{GENERATION}{self.count:08d}", path, descriptor, at_end=at_end)
            descriptor = -1
        except OSError as error:
            self._warn(path, error.strerror or str(error))
            return None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if original:
            file.state = COPY
            file.pass_over()
            file.rest()
        self._told.pop(path, None)
        self._roll.add(file)
        return file

    # ------------------------------------------------------------ leaving

    def _leave(self, file: Followed, path: str) -> None:
        """A path does not name a file any more. It is read on, wherever it is."""
        others = self._roll.paths_of(file)
        if others:
            file.path = others[0]
            return
        if file.state == COPY:
            self._roll.drop(file)
            return
        file.state, file.left = LEAVING, time.monotonic()
        self._look_between(path)
        where = whereabouts(homes(path), file.key)
        if where is not None:
            file.path = where
        if not file.is_open and where is None:
            if file.behind:
                self._tell(f"{path}: deleted before its last {file.behind:,} bytes were read")
            file.end()

    def _look_between(self, path: str) -> None:
        """Follow what had the path for a while since the last look, and was rotated itself."""
        for key, relative in self._between.beside(path):
            self._new_between(relative, key, path)

    def _new_between(self, path: str, key: tuple[int, int], base: str) -> None:
        """A rotated file that may have had the path `base`."""
        if key in self._roll.by_key:
            return
        try:
            copy = open_copy(path)
        except OSError as error:
            self._warn(path, error.strerror or str(error))
            return
        row = self.resting.get(key)
        if row is not None and proves(copy.read, row.mark):
            copy.close()
            return
        if copy.packed is None:
            copy.close()
            file = self._new(path, key, between=base)
            if file is not None and file.state == LIVE:
                file.state, file.left = LEAVING, time.monotonic()
                self._roll.by_path.pop(path, None)
            return
        known = self._copies.packed(copy, self.files.values(), self.resting.values())
        if known is None:
            self._between.doubt(key, base)
        if known is not False:
            copy.close()
            return
        self.count += 1
        file = Followed(Row(f"{base}{GENERATION}{self.count:08d}", path, LEAVING, Mark(*key, NOTHING, 0, NOTHING)))
        file.adopt(copy)
        self._roll.add(file)

    def _truncated(self, file: Followed) -> None:
        """The file holds something else now: that is a new one; a copy may hold the rest of this one."""
        mark = file.row().mark
        key, path, was_live = file.key, file.path, file.state == LIVE
        copy = copy_of(file.location, mark) or copy_of(path, mark)
        self._copies.ended(path, mark)
        file.state, file.left = LEAVING, time.monotonic()
        if copy is not None:
            file.adopt(copy)
        else:
            file.end()
        self._roll.by_key.pop(key, None)
        self._roll.by_key.setdefault(file.key, file)
        if not was_live:
            return
        with contextlib.suppress(OSError):
            descriptor = open_regular(path)
            self.count += 1
            base = next(iter(self._roll.paths_of(file)), path)
            new = fresh(f"{base}{GENERATION}{self.count:08d}", path, descriptor, at_end=False)
            self._roll.files[new.name] = new
            self._roll.by_key[new.key] = new
            for other in self._roll.paths_of(file):
                self._roll.by_path[other] = new

    def over(self, file: Followed) -> bool:
        """Whether a file that left is done: read to its end, and silent for as long as a writer may keep it."""
        return file.state == LEAVING and file.behind == 0 and time.monotonic() - max(file.grown, file.left) > LINGER

    def retire(self, file: Followed) -> None:
        """Let go of a file whose reading has ended."""
        row = replace(file.row(), state=RESTING)
        self._copies.ended(file.location, row.mark)
        rests = not file.is_packed and file.state != COPY
        self._roll.drop(file)
        if rests and names(file.path, file.key):
            self.resting[row.mark.key] = row

    def _look_after_resting(self) -> None:
        """Those that grew are followed again, those that are gone are forgotten."""
        for key, row in list(self.resting.items()):
            path = row.path if names(row.path, key) else whereabouts(homes(row.path), key)
            if path is None:
                self._copies.ended(row.location, row.mark)
                del self.resting[key]
                continue
            with contextlib.suppress(OSError):
                if os.stat(path).st_size > row.mark.offset:
                    del self.resting[key]
                    self._resume(replace(row, state=LEAVING), path)
                elif path != row.path:
                    self.resting[key] = replace(row, path=path)

    # ------------------------------------------------------------ turns

    def ready(self) -> Iterator[Followed]:
        """The files that have something to read, or to end."""
        for file in list(self.files.values()):
            if self.over(file):
                file.end()
            if file.state != COPY and (file.behind or file.is_ending or not file.primed):
                yield file

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
        yield from self.resting.values()

    @property
    def files(self) -> dict[str, Followed]:
        """By name, all that is not resting."""
        return self._roll.files

    @property
    def bystanders(self) -> Mapping[Key, Bystander]:
        """What lay beside the files at the last look."""
        return self._between.bystanders

    def close(self) -> None:
        """Give all descriptors back."""
        for file in self.files.values():
            file.close()

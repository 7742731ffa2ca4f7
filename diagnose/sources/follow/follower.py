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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from diagnose.origins import GENERATION
from diagnose.sources.follow.copies import Copies
from diagnose.sources.follow.file import COPY, LEAVING, LIVE, RESTING, Followed, Row, fresh, open_regular
from diagnose.sources.follow.identity import proves
from diagnose.sources.follow.search import Locations, copy_of, homes, is_packed, names, relatives, whereabouts

DISCOVER = 1.0
"""Seconds between two looks for new files and folders."""

WARNED = 10_000
"""Paths that are remembered for what was told of them."""

LINGER = 60.0
"""Seconds without growth after which a file that left is closed."""


class Follower:
    """`known`: what was kept of files when it ran last; `at_end`: whether files that are there at the first start are read from their end.

    `tell` is given warnings for a person, each once. `count`: of names given so far.
    """

    def __init__(
        self,
        locations: Sequence[str],
        *,
        known: Iterable[Row] = (),
        bystanders: Iterable[tuple[int, int]] = (),
        count: int = 0,
        at_end: Callable[[str], bool] = lambda path: True,
        tell: Callable[[str], None] = lambda text: None,
        descriptors: int | None = None,
    ) -> None:
        self._locations = Locations(locations)
        self._at_end, self._tell = at_end, tell
        self._descriptors = descriptors or max(8, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self.count = count
        self.files: dict[str, Followed] = {}
        """By name, all that is not resting."""
        self.resting: dict[tuple[int, int], Row] = {}
        self.folders: set[str] = set()
        self.bystanders = set(bystanders)
        """Files that look like rotated ones of those that are followed. One that was none of them when its path changed hands came in between."""
        self._by_path: dict[str, Followed] = {}
        self._by_key: dict[tuple[int, int], Followed] = {}
        self._copies = Copies()
        self._told: dict[str, str] = {}
        self._due = 0.0
        self._first = True
        self._deferred: set[tuple[int, int]] = set()
        """Files that were there at first, and could not be told from copies yet."""
        self._replaced: set[str] = set()
        """Paths whose file was read, and is another one by now."""
        self._restore(known)

    # ------------------------------------------------------------ what goes on from before

    def _restore(self, known: Iterable[Row]) -> None:
        for row in known:
            if row.state == RESTING:
                self.resting[row.mark.key] = row
                continue
            path = row.path
            if not names(path, row.mark.key):
                path = whereabouts(homes(row.path), row.mark.key) or ""
            if not path or not self._resume(row, path):
                self._replaced.add(row.path)
                self._recover(row)

    def _resume(self, row: Row, path: str) -> bool:
        """Go on with a file where it was left; False where it is another one by now."""
        try:
            descriptor = open_regular(path)
        except PermissionError:  # it may be granted later
            descriptor = None
        except OSError:
            return False
        if descriptor is not None and row.state != COPY:
            mark = row.mark
            if os.fstat(descriptor).st_size < mark.offset or not proves(lambda size, at: os.pread(descriptor, size, at), mark):
                self._tell(
                    f"{row.path}: it is not the file that was read up to byte {mark.offset:,} any more: read from its start"
                )
                os.close(descriptor)
                return False
        self._add(Followed(replace(row, path=path), descriptor))
        return True

    def _recover(self, row: Row) -> None:
        """The file is gone or another one: what was not read of it may be in a copy."""
        copy = copy_of(row.path, row.mark) if row.state != COPY else None
        if copy is not None:
            file = Followed(replace(row, state=LEAVING))
            file.adopt(copy.descriptor, copy.packed, copy.path)
            self.files[file.name] = file
            self._by_key.setdefault(file.key, file)

    def _add(self, file: Followed) -> None:
        self.files[file.name] = file
        self._by_key[file.key] = file
        if file.state in (LIVE, COPY):
            self._by_path[file.path] = file

    # ------------------------------------------------------------ looking

    def poll(self, *, discover: bool = False) -> None:
        """Look at the disk once. Never raises for what a disk does."""
        now = time.monotonic()
        if discover or now >= self._due:
            self._discover()
            self._due = time.monotonic() + DISCOVER
        else:
            for path in list(self._by_path):
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
        for path in [path for path in self._by_path if path not in found.files]:
            self._leave(self._by_path.pop(path), path)
        for path in self._replaced:
            self._look_between(path)
        for path, state in found.files.items():
            self._see(path, state)
        if self.resting:
            self._look_after_resting()
        self._first = False
        self._replaced.clear()
        self.bystanders = {key for file in list(self.files.values()) if file.state == LIVE for key in relatives(file.path)}

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
        file = self._by_path.get(path)
        if file is not None and file.key != key:
            del self._by_path[path]
            self._leave(file, path)
            file = None
        if file is None:
            file = self._known(key, path) or self._new(path, key)
        if file is not None:
            file.look(state)

    def _known(self, key: tuple[int, int], path: str) -> Followed | None:
        """A file that is followed under another path: it was renamed, or has two."""
        file = self._by_key.get(key)
        if file is not None:
            if not names(file.path, key):
                self._by_path.pop(file.path, None)
                file.path = path
            if file.state == LEAVING:
                file.state = LIVE
            self._by_path[path] = file
            return file
        row = self.resting.pop(key, None)
        if row is not None and self._resume(replace(row, state=LIVE), path):
            return self._by_key[key]
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
                if not between:
                    self._warn(path, "it is compressed: not followed")
                return None
            original = self._copies.original(path, descriptor, self.files.values())
            if original is None:
                if self._first:
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
            file.state, file.taken, file.offset = COPY, file.size, file.size
            file.rest()
        self._told.pop(path, None)
        self._add(file)
        return file

    # ------------------------------------------------------------ leaving

    def _leave(self, file: Followed, path: str) -> None:
        """A path does not name a file any more. It is read on, wherever it is."""
        other = next((other for other, one in self._by_path.items() if one is file), None)
        if other is not None:
            file.path = other
            return
        if file.state == COPY:
            self._drop(file)
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
        for key, relative in relatives(path).items():
            if key in self.bystanders or key in self._by_key or key in self.resting:
                continue
            file = self._new(relative, key, between=path)
            if file is not None and file.state == LIVE:
                file.state, file.left = LEAVING, time.monotonic()
                self._by_path.pop(relative, None)

    def _truncated(self, file: Followed) -> None:
        """The file holds something else now: that is a new one; a copy may hold the rest of this one."""
        mark = file.row().mark
        key, path, was_live = file.key, file.path, file.state == LIVE
        copy = copy_of(path, mark)
        self._copies.ended(path, mark)
        file.state, file.left = LEAVING, time.monotonic()
        if copy is not None:
            file.adopt(copy.descriptor, copy.packed, copy.path)
        else:
            file.end()
        self._by_key.pop(key, None)
        self._by_key.setdefault(file.key, file)
        if not was_live:
            return
        with contextlib.suppress(OSError):
            descriptor = open_regular(path)
            self.count += 1
            base = next((other for other, one in self._by_path.items() if one is file), path)
            new = fresh(f"{base}{GENERATION}{self.count:08d}", path, descriptor, at_end=False)
            self.files[new.name] = new
            self._by_key[new.key] = new
            for other in [other for other, one in self._by_path.items() if one is file]:
                self._by_path[other] = new

    def _drop(self, file: Followed) -> None:
        file.close()
        self.files.pop(file.name, None)
        if self._by_key.get(file.key) is file:
            del self._by_key[file.key]
        for path in [path for path, one in self._by_path.items() if one is file]:
            del self._by_path[path]

    def over(self, file: Followed) -> bool:
        """Whether a file that left is done: read to its end, and silent for as long as a writer may keep it."""
        return file.state == LEAVING and file.behind == 0 and time.monotonic() - max(file.grown, file.left) > LINGER

    def retire(self, file: Followed) -> None:
        """Let go of a file whose reading has ended."""
        row = replace(file.row(), state=RESTING)
        self._copies.ended(file.location, row.mark)
        self._drop(file)
        if file.state != COPY and names(file.path, file.key):
            self.resting[row.mark.key] = row

    def _look_after_resting(self) -> None:
        """Those that grew are followed again, those that are gone are forgotten."""
        for key, row in list(self.resting.items()):
            path = row.path if names(row.path, key) else whereabouts(homes(row.path), key)
            if path is None:
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

    def close(self) -> None:
        """Give all descriptors back."""
        for file in self.files.values():
            file.close()

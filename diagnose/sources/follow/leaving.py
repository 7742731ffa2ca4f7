"""What becomes of a file when its path names another one, or when it holds something else: it is read to its end, wherever it is.

As long as its writer may keep it open it is followed; then it rests, and comes back should it grow.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace

from diagnose.sources.follow.between import Between
from diagnose.sources.follow.copies import Copies
from diagnose.sources.follow.file import Followed, fresh
from diagnose.sources.follow.identity import SURE, Mark, proves
from diagnose.sources.follow.opening import Copy, open_copy, open_regular
from diagnose.sources.follow.resuming import resumed
from diagnose.sources.follow.roll import Roll
from diagnose.sources.follow.row import COPY, LEAVING, LIVE, RESTING, Row
from diagnose.sources.follow.search import copies_of, homes, names, whereabouts

LINGER = 60.0
"""Seconds without growth after which a file that left is closed."""


class Leaving:
    """`tell` is given warnings."""

    def __init__(self, roll: Roll, copies: Copies, between: Between, tell: Callable[[str], None]) -> None:
        self._roll, self._copies, self._between, self._tell = roll, copies, between, tell

    def look(self) -> None:
        """See what files that left hold by now, and which hold something else."""
        for file in list(self._roll.files.values()):
            if file.state == LEAVING and file.is_open:
                with contextlib.suppress(OSError):
                    file.peek()
            elif file.state == LEAVING and not file.is_ending and not names(file.path, file.key):
                self.leave(file, file.path)
            if file.truncated and not file.is_ending:
                self._truncated(file)

    def leave(self, file: Followed, path: str) -> None:
        """A path does not name a file any more. It is read on, wherever it is."""
        others = self._roll.paths_of(file)
        if others:
            file.path = others[0]
            return
        if file.state == COPY:
            self._roll.pass_by(file)
            return
        file.state, file.left = LEAVING, time.monotonic()
        self._roll.replaced.add(path)
        where = whereabouts(homes(path), file.key)
        if where is not None:
            file.path = where
        if not file.is_open and where is None:
            if file.behind:
                self._tell(f"{path}: deleted before its last {file.behind:,} bytes were read")
            file.end()

    def _truncated(self, file: Followed) -> None:
        """The file holds something else now: that is a new one; a copy may hold the rest of this one."""
        taken, reached = file.row().mark, file.reached()
        key, path, was_live = file.key, file.path, file.state == LIVE
        places, marks = dict.fromkeys((file.location, path)), dict.fromkeys((reached, taken))
        copies = (self._copy(place, mark, file.written) for mark in marks for place in places)
        copy = next((copy for copy in copies if copy is not None), None)
        for mark in (*file.earlier(), reached):
            self._copies.ended(path, mark)
        file.state, file.left = LEAVING, time.monotonic()
        if copy is not None:
            file.adopt(copy)
        else:
            file.end()
        self._roll.by_key.pop(key, None)
        self._roll.by_key.setdefault(file.key, file)
        paths = self._roll.paths_of(file)
        self._roll.replaced.update(paths or (file.location,))
        if not was_live:
            return
        with contextlib.suppress(OSError):
            new = fresh(self._roll.name(next(iter(paths), path)), path, open_regular(path), at_end=False)
            self._roll.follow_on(new, paths)

    def _copy(self, path: str, mark: Mark, since: int) -> Copy | None:
        """The copy that a file was truncated for. A few bytes alone prove none that may be another file's."""
        for key, copy in copies_of(path, mark, since=since):
            with contextlib.suppress(OSError):
                files, resting = self._roll.files.values(), self._roll.resting.values()
                if mark.offset >= SURE or not (key in self._roll.known or self._copies.is_known(copy, files, resting)):
                    return copy
            copy.close()
        return None

    def over(self, file: Followed) -> bool:
        """Whether a file that left is done: read to its end, and silent for as long as a writer may keep it."""
        return file.state == LEAVING and file.behind == 0 and time.monotonic() - max(file.grown, file.left) > LINGER

    def retire(self, file: Followed) -> None:
        """Let go of a file whose reading has ended."""
        row = replace(file.row(), state=RESTING)
        rests = not file.is_packed and file.state != COPY
        self._roll.drop(file)
        self._between.settle(file.key, file.path)
        is_there = names(file.path, file.key) and not file.truncated
        self._copies.ended(file.location, row.mark, is_there=is_there)
        if rests and is_there and file.key not in self._roll.by_key:
            self._roll.resting[row.mark.key] = row

    def look_after_resting(self) -> None:
        """Those that grew are followed again, those that are gone are forgotten."""
        resting = self._roll.resting
        for key, row in list(resting.items()):
            path = row.path if names(row.path, key) else whereabouts(homes(row.path), key)
            if path is None or not _is_still(row, path):
                self._copies.ended(row.location, row.mark)
                del resting[key]
                continue
            with contextlib.suppress(OSError):
                if row.state != COPY and os.stat(path).st_size > row.mark.offset:
                    del resting[key]
                    file = resumed(replace(row, state=LEAVING), path, self._tell)
                    if file is not None:
                        self._roll.add(file)
                elif path != row.path:
                    resting[key] = replace(row, path=path)


def _is_still(row: Row, path: str) -> bool:
    """Whether the path, which names the inode of a file that rests, names the file. What was not renamed is only asked for its size."""
    try:
        if path == row.path:
            return os.stat(path).st_size >= row.mark.offset
        copy = open_copy(path)
        try:
            return copy.reaches(row.mark.offset) and proves(copy.read, row.mark)
        finally:
            copy.close()
    except OSError:
        return False

"""Files that came and were rotated between two looks, or while nobody looked: only their rotated names tell of them.

What lay beside a followed file at the last look (a bystander) is none of them. A bystander is told by inode and by its first bytes, since
the inode of a file that was compressed is soon another's. What cannot be told yet (a copy or a compressed file in the making)
is asked about at each look until it can be.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from diagnose.sources.follow.identity import Print, print_of
from diagnose.sources.follow.opening import open_regular
from diagnose.sources.follow.search import relatives, surroundings

Key = tuple[int, int]
"""Device and inode."""

_HEAD = 64
"""Bytes that tell a bystander from another file with its inode."""


@dataclass(frozen=True, slots=True)
class Bystander:
    """A file as it was at the last look. `written`: its mtime in ns."""

    written: int
    size: int
    head: Print


class Between:
    """`bystanders`: what lay beside followed files at the last look, and was none of them."""

    def __init__(self, bystanders: Mapping[Key, Bystander]) -> None:
        self.bystanders = dict(bystanders)
        self._doubtful: dict[Key, str] = {}

    def beside(self, path: str) -> list[tuple[Key, str]]:
        """What looks like a rotated file of this path, and came since the last look."""
        return [(key, relative) for key, relative in relatives(path).items() if not self._was_there(key, relative)]

    def doubt(self, key: Key, path: str) -> None:
        """It cannot be told yet whether this was a file of the path's."""
        self._doubtful[key] = path

    def doubts(self) -> list[tuple[Key, str, str]]:
        """(key, where it is now, whose it may be): to be told now, or doubted again."""
        asked, self._doubtful = self._doubtful, {}
        places = {path: relatives(path) for path in set(asked.values())}
        return [(key, places[path][key], path) for key, path in asked.items() if key in places[path]]

    def looked(self, paths: Iterable[str], known: Collection[Key]) -> None:
        """A look is over: what lies beside these paths now is no news at the next. `known`: files that are followed, or were."""
        found = {}
        with contextlib.suppress(OSError):  # where a folder cannot be looked at, what lay there before is no news either
            for key, path, state in surroundings(paths):
                if key in known or key in self._doubtful:
                    continue
                before = self.bystanders.get(key)
                if before is None or (before.written, before.size) != (state.st_mtime_ns, state.st_size):
                    before = Bystander(state.st_mtime_ns, state.st_size, _head(path, _HEAD))
                found[key] = before
            self.bystanders = found

    def _was_there(self, key: Key, path: str) -> bool:
        before = self.bystanders.get(key)
        if before is None:
            return False
        with contextlib.suppress(OSError):
            state = os.stat(path, follow_symlinks=False)
            if (state.st_mtime_ns, state.st_size) == (before.written, before.size):
                return True
            return 0 < before.size <= state.st_size and _head(path, before.head.size) == before.head
        return False


def _head(path: str, size: int) -> Print:
    """The fingerprint of a file's first bytes; of none where it cannot be read."""
    with contextlib.suppress(OSError):
        descriptor = open_regular(path)
        try:
            return print_of(os.pread(descriptor, size, 0))
        finally:
            os.close(descriptor)
    return print_of(b"")

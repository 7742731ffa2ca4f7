"""Files that came and were rotated between two looks, or while nobody looked: only their rotated names tell of them.

What lay beside a followed file at the last look (a bystander) is none of them. A bystander is told by inode and by its first bytes, since
the inode of a file that was compressed is soon another's. What came is news for two looks: a file may be rotated while its folder is
being looked at, and then only the next look finds its path changed. What cannot be told yet (a copy or a compressed file in the making)
is asked about at each look until it can be.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from diagnose.sources.follow.identity import Print, print_of
from diagnose.sources.follow.opening import open_regular
from diagnose.sources.follow.search import Neighbourhood, bases, is_relative, names

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
    """`bystanders`: what lay beside followed files at the last look, and was none of them. `paths`: of the files that were followed then."""

    def __init__(self, bystanders: Mapping[Key, Bystander], paths: Iterable[str]) -> None:
        self.bystanders = dict(bystanders)
        self._around = Neighbourhood(paths)
        self._followed = self._around.paths
        self._seen: dict[Key, Bystander] = {}
        """What was news at the last look for the first time."""
        self._settling: dict[Key, Bystander] = {}
        self._news: dict[tuple[str, str], list[tuple[Key, str]]] = {}
        self._places: dict[Key, str] = {}
        self._doubtful: dict[Key, str] = {}

    def was_followed(self, path: str) -> bool:
        """Whether a file of this path was followed at the last look."""
        return path in self._followed

    def look(self, known: Collection[Key]) -> None:
        """See what came beside the paths of the last look. `known`: files that are followed, or were."""
        settled: dict[Key, Bystander] = {}
        seen: dict[Key, Bystander] = {}
        self._news, self._places, self._settling = {}, {}, {}
        with contextlib.suppress(OSError):  # where a folder cannot be looked at, what lay there before is no news either
            for key, path, state in self._around.entries():
                if key in known:
                    continue
                before = self.bystanders.get(key)
                if before is not None and _is_same(before, path, state):
                    settled[key] = _now(before, path, state)
                    continue
                earlier = self._seen.get(key)
                again = earlier is not None and _is_same(earlier, path, state)
                (self._settling if again else seen)[key] = _now(earlier, path, state)
                self._places[key] = path
                for place in self._around.places(path):
                    self._news.setdefault(place, []).append((key, path))
            self.bystanders, self._seen = settled, seen

    def beside(self, path: str) -> list[tuple[Key, str]]:
        """The news that look like a rotated file of this path."""
        found: dict[Key, str] = {}
        for folder, name in bases(path):
            base = os.path.join(folder, name)
            for beginning in {name, os.path.splitext(name)[0]}:
                news = self._news.get((folder, beginning), ())
                found.update((key, one) for key, one in news if is_relative(one, base))
        return list(found.items())

    def doubt(self, key: Key, path: str) -> None:
        """It cannot be told yet whether this was a file of the path's."""
        self._doubtful[key] = path

    @property
    def doubted(self) -> set[str]:
        """The paths whose files they may be."""
        return set(self._doubtful.values())

    def doubts(self) -> list[tuple[Key, str, str]]:
        """(key, where it is now, whose it may be): to be told now, or doubted again."""
        asked, self._doubtful = self._doubtful, {}
        return [(key, self._places[key], path) for key, path in asked.items() if key in self._places]

    def settle(self, key: Key, path: str) -> None:
        """A file that was followed is no more: it is no news."""
        if names(path, key):
            with contextlib.suppress(OSError):
                self.bystanders[key] = _now(None, path, os.stat(path))

    def looked(self, paths: Iterable[str], known: Collection[Key]) -> None:
        """A look is over, at which these paths had files. What lies beside those that had none before is no news."""
        self._followed = set(paths)
        around = Neighbourhood(self._followed | self.doubted)
        with contextlib.suppress(OSError):
            for key, path, state in around.entries(beyond=self._around):
                if key not in known and key not in self._doubtful:
                    self.bystanders[key] = _now(self.bystanders.get(key), path, state)
        for key, one in self._settling.items():
            if key in self._doubtful:
                self._seen[key] = one
            elif key not in known:
                self.bystanders[key] = one
        self._around = around


def _now(before: Bystander | None, path: str, state: os.stat_result) -> Bystander:
    if before is not None and (before.written, before.size) == (state.st_mtime_ns, state.st_size):
        return before
    return Bystander(state.st_mtime_ns, state.st_size, _head(path, _HEAD))


def _is_same(before: Bystander, path: str, state: os.stat_result) -> bool:
    """Whether it is the file that it was, unchanged or grown."""
    if (state.st_mtime_ns, state.st_size) == (before.written, before.size):
        return True
    return 0 < before.size <= state.st_size and _head(path, before.head.size) == before.head


def _head(path: str, size: int) -> Print:
    """The fingerprint of a file's first bytes; of none where it cannot be read."""
    with contextlib.suppress(OSError):
        descriptor = open_regular(path)
        try:
            return print_of(os.pread(descriptor, size, 0))
        finally:
            os.close(descriptor)
    return print_of(b"")

"""The files that are followed, by name, by path and by what the file system calls them; and those that rest."""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.origins import GENERATION
from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.row import COPY, LIVE, Row
from diagnose.sources.follow.search import beginnings, originals


class Roll:
    """`files`: all by name. `by_path`: those that a path names. `by_key`: by device and inode; where two are the same file, the later.

    `resting`: what is kept of files that were read to their end, by device and inode. `count`: of names given so far. `replaced`: paths that
    name another file by now than when they were looked at last, or may have done so meanwhile.
    """

    def __init__(self, count: int) -> None:
        self.files: dict[str, Followed] = {}
        self.by_path: dict[str, Followed] = {}
        self.by_key: dict[tuple[int, int], Followed] = {}
        self.resting: dict[tuple[int, int], Row] = {}
        self.replaced: set[str] = set()
        self._by_beginning: dict[str, dict[str, Followed]] = {}
        """By what the names of their rotated ones begin with."""
        self.count = count

    def name(self, path: str) -> str:
        """A name that no other file ever had, for one that a person knows by this path."""
        self.count += 1
        return f"{path}{GENERATION}{self.count:08d}"

    def add(self, file: Followed) -> None:
        """One more."""
        self._enlist(file)
        self.by_key[file.key] = file
        if file.state in (LIVE, COPY):
            self.by_path[file.path] = file

    def add_copy(self, file: Followed) -> None:
        """One that is read out of a copy, which may be followed for itself."""
        self._enlist(file)
        self.by_key.setdefault(file.key, file)

    def follow_on(self, file: Followed, paths: Iterable[str]) -> None:
        """The next generation of a file that had these paths."""
        self._enlist(file)
        self.by_key[file.key] = file
        for path in paths:
            self.by_path[path] = file

    def _enlist(self, file: Followed) -> None:
        self.files[file.name] = file
        for beginning in beginnings(file.location):
            self._by_beginning.setdefault(beginning, {})[file.name] = file

    def originals_of(self, path: str) -> Iterable[Followed]:
        """The files that a path's name may be a rotated one of."""
        found = {name: file for beginning in originals(path) for name, file in self._by_beginning.get(beginning, {}).items()}
        return found.values()

    def drop(self, file: Followed) -> None:
        """It is followed no more."""
        file.close()
        self.files.pop(file.name, None)
        for beginning in beginnings(file.location):
            alike = self._by_beginning.get(beginning, {})
            alike.pop(file.name, None)
            if not alike:
                self._by_beginning.pop(beginning, None)
        if self.by_key.get(file.key) is file:
            del self.by_key[file.key]
        for path in self.paths_of(file):
            del self.by_path[path]

    def pass_by(self, file: Followed) -> None:
        """Let go of a copy of what was read. It stays known, whatever its name will be."""
        self.drop(file)
        self.resting[file.key] = file.row()

    def paths_of(self, file: Followed) -> list[str]:
        """The paths that name it."""
        return [path for path, one in self.by_path.items() if one is file]

    @property
    def known(self) -> set[tuple[int, int]]:
        """What the file system calls those that are followed, and those that rest."""
        return self.by_key.keys() | self.resting.keys()

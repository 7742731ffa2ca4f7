"""The files that are followed, by name, by path and by what the file system calls them."""

from __future__ import annotations

from diagnose.sources.follow.file import COPY, LIVE, Followed


class Roll:
    """`files`: all by name. `by_path`: those that a path names. `by_key`: by device and inode; where two are the same file, the later."""

    def __init__(self) -> None:
        self.files: dict[str, Followed] = {}
        self.by_path: dict[str, Followed] = {}
        self.by_key: dict[tuple[int, int], Followed] = {}

    def add(self, file: Followed) -> None:
        """One more."""
        self.files[file.name] = file
        self.by_key[file.key] = file
        if file.state in (LIVE, COPY):
            self.by_path[file.path] = file

    def add_copy(self, file: Followed) -> None:
        """One that is read out of a copy, which may be followed for itself."""
        self.files[file.name] = file
        self.by_key.setdefault(file.key, file)

    def drop(self, file: Followed) -> None:
        """It is followed no more."""
        file.close()
        self.files.pop(file.name, None)
        if self.by_key.get(file.key) is file:
            del self.by_key[file.key]
        for path in self.paths_of(file):
            del self.by_path[path]

    def paths_of(self, file: Followed) -> list[str]:
        """The paths that name it."""
        return [path for path, one in self.by_path.items() if one is file]

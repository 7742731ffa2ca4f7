"""What locations name by now, and where a file or its content went: by inode, or by head and last bytes in a copy of it."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from diagnose.sources import is_binary
from diagnose.sources.follow.identity import SURE, Mark, proves
from diagnose.sources.follow.opening import ENDINGS, Copy, open_copy

_TURN = re.compile(r"[-._]\d[\dT:._-]*")
_CUT = re.compile(r"[-._]")
CANDIDATES = 32
"""Files that are looked into for what is missing, the newest first."""


@dataclass(slots=True)
class Found:
    """One look at what locations name. `files`: by path; `folders`: where files may come; `troubles`: by what could not be looked at."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    troubles: dict[str, str] = field(default_factory=dict)


class Locations:
    """Paths, folders and globs, asked again and again. A folder's hidden, linked and binary files are left out."""

    def __init__(self, locations: Sequence[str]) -> None:
        self._locations = tuple(os.path.abspath(location) for location in locations)
        self._binary: dict[tuple[int, int], tuple[int, bool]] = {}

    def find(self) -> Found:
        """What they name now."""
        found = Found()
        for location in self._locations:
            for path, named in self._expand(location, found):
                self._take(found, path, named)
        return found

    def _take(self, found: Found, path: str, named: bool) -> None:
        try:
            state = os.stat(path)
        except OSError as error:
            if named and not isinstance(error, FileNotFoundError):
                found.troubles[path] = error.strerror or str(error)
            return
        if stat.S_ISREG(state.st_mode):
            if named or not self._is_binary(path, state):
                found.files[path] = state
                found.folders.add(os.path.dirname(path))
                if os.path.islink(path):
                    found.folders.add(os.path.dirname(os.path.realpath(path)))
        elif named:
            found.troubles[path] = "this is no file: it is not followed"

    def _expand(self, location: str, found: Found) -> Iterator[tuple[str, bool]]:
        """(path, whether it is named itself and not only its folder)"""
        if os.path.isdir(location):
            yield from ((path, False) for path in self._walk(location, found))
        elif glob.has_magic(location) and not os.path.lexists(location):
            found.folders.add(_fixed(location))
            for path in glob.iglob(location, recursive=True):
                if os.path.isdir(path):
                    yield from ((inner, False) for inner in self._walk(path, found))
                else:
                    yield path, True
        else:
            found.folders.add(os.path.dirname(location))
            yield location, True

    def _walk(self, folder: str, found: Found) -> Iterator[str]:
        def note(error: OSError) -> None:
            found.troubles[str(error.filename)] = error.strerror or str(error)

        for root, folders, files in os.walk(folder, onerror=note):
            found.folders.add(root)
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = os.path.join(root, name)
                if not name.startswith(".") and not os.path.islink(path):
                    yield path

    def _is_binary(self, path: str, state: os.stat_result) -> bool:
        """Looked at once, and again while the file is too short to tell."""
        key = state.st_dev, state.st_ino
        known = self._binary.get(key)
        if known is None or known[0] < min(4_096, state.st_size) or state.st_size < known[0]:
            if len(self._binary) > 100_000:
                self._binary.clear()
            known = self._binary[key] = min(4_096, state.st_size), is_binary(path)
        return known[1]


def _fixed(pattern: str) -> str:
    """The folder that a glob starts from: the part of it without magic."""
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder


def is_relative(path: str, other: str) -> bool:
    """Whether a path looks like another one that was rotated: `app.log` → `app.log.1`, `app.log-20261126.gz`, `app-20261126.log`."""
    name, base = os.path.basename(path), os.path.basename(other)
    stem, ending = os.path.splitext(base)
    rest, packed = os.path.splitext(name)
    turn = (rest if packed in ENDINGS else name).removeprefix(stem).removesuffix(ending)
    return name.startswith((f"{base}.", f"{base}-")) or (name.startswith(stem) and _TURN.fullmatch(turn) is not None)


def relatives(path: str) -> dict[tuple[int, int], str]:
    """The files beside a path whose names look like its rotated ones, by what the file system calls them."""
    found = {}
    for folder, name in bases(path):
        base = os.path.join(folder, name)
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if is_relative(entry.path, base) and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        state = entry.stat(follow_symlinks=False)
                        found[state.st_dev, state.st_ino] = entry.path
    return found


class Neighbourhood:
    """What lies beside some paths and may be a rotated file of one of them. Each folder is looked at once."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = set(paths)
        self._beginnings: dict[str, set[str]] = {}
        for path in self.paths:
            for folder, base in bases(path):
                self._beginnings.setdefault(folder, set()).update((base, os.path.splitext(base)[0]))

    def entries(self, beyond: Neighbourhood | None = None) -> Iterator[tuple[tuple[int, int], str, os.stat_result]]:
        """(key, path, state) of each, without those in the neighbourhood of other paths. Raises OSError where a folder cannot be looked at."""
        for folder, beginnings in self._beginnings.items():
            others = beyond._beginnings.get(folder, set()) if beyond is not None else set()
            if beginnings <= others or not os.path.isdir(folder):
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    if _cuts(entry.name, beginnings) and not _cuts(entry.name, others):
                        with contextlib.suppress(FileNotFoundError):
                            state = entry.stat(follow_symlinks=False)
                            if stat.S_ISREG(state.st_mode):
                                yield (state.st_dev, state.st_ino), entry.path, state

    def places(self, path: str) -> list[tuple[str, str]]:
        """(folder, beginning of its name) by which one of the entries is found."""
        folder, name = os.path.split(path)
        return [(folder, beginning) for beginning in _cuts(name, self._beginnings.get(folder, set()))]


def beginnings(path: str) -> set[str]:
    """What the name of a path's rotated file begins with, before a dot, a dash or an underscore."""
    base = os.path.basename(path)
    return {base, os.path.splitext(base)[0]}


def originals(path: str) -> list[str]:
    """What a path's name begins with where it was rotated: the base, or the stem, of what it was."""
    name = os.path.basename(path)
    return [name[: cut.start()] for cut in _CUT.finditer(name)]


def _cuts(name: str, beginnings: Collection[str]) -> list[str]:
    """Those of the beginnings that a name may be a rotated one of."""
    return [beginning for beginning in originals(name) if beginning in beginnings]


def bases(path: str) -> list[tuple[str, str]]:
    """(folder, name) that a path, and what it links to, has in each of its homes."""
    own = os.path.dirname(path)
    return [(folder, os.path.basename(path if folder == own else os.path.realpath(path))) for folder in homes(path)]


def homes(path: str) -> list[str]:
    """The folders where a file of this path may have been moved to: its own, and that of what it links to."""
    return list(dict.fromkeys((os.path.dirname(path), os.path.dirname(os.path.realpath(path)))))


def names(path: str, key: tuple[int, int]) -> bool:
    """Whether the path names this file."""
    with contextlib.suppress(OSError):
        state = os.stat(path)
        return (state.st_dev, state.st_ino) == key
    return False


def whereabouts(folders: Iterable[str], key: tuple[int, int]) -> str | None:
    """The path below these folders that a file has now."""
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.inode() == key[1] and entry.is_file(follow_symlinks=False):
                    state = entry.stat(follow_symlinks=False)
                    if (state.st_dev, state.st_ino) == key:
                        return entry.path
    return None


def copies_of(path: str, mark: Mark, *, since: int = 0) -> Iterator[tuple[tuple[int, int], Copy]]:
    """What `copytruncate` or a compressor may have made of a file while it was not looked at: same head, same bytes before the offset.

    `since`: when the file was known to be written to last, in ns. The first copy that was made after that comes first; where a few bytes are
    all that is known of the file, no others come.
    """
    if not mark.offset or (mark.offset < SURE and not since):
        return
    candidates: list[tuple[int, tuple[int, int], str]] = []
    for key, relative in relatives(path).items():
        with contextlib.suppress(OSError):
            candidates.append((os.stat(relative).st_mtime_ns, key, relative))
    later = sorted(one for one in candidates if since and one[0] >= since)
    earlier = sorted((one for one in candidates if not since or one[0] < since), reverse=True) if mark.offset >= SURE else []
    for _, key, candidate in (*later, *earlier)[:CANDIDATES]:
        with contextlib.suppress(OSError):
            copy = open_copy(candidate)
            if proves(copy.read, mark):
                yield key, copy
            else:
                copy.close()


def copy_of(path: str, mark: Mark) -> Copy | None:
    """The newest of them."""
    return next((copy for _, copy in copies_of(path, mark)), None)

"""The files of a repository: an index by name, and their lines. Links that lead out of the folder are not followed."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from diagnose.check.files import git

MOST = 300_000
"""Files that are indexed."""

LARGEST = 4 << 20
"""Bytes of a file that is read."""

SKIPPED = frozenset(
    ("node_modules", "vendor", ".git", ".venv", "venv", "site-packages", "__pycache__", ".tox", ".gradle", "target")
)
"""Folders whose files are others' or made, where no git says what belongs to a project."""

_EXTENSIONS = frozenset(
    "js mjs cjs jsx ts mts cts tsx vue svelte py php java kt kts groovy scala go cs fs vb cpp cc cxx c h hpp hh rs rb sh bash".split()
)


class Files:
    """See module. Paths are relative to the root, with slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._lines: dict[str, Sequence[str]] = {}
        self._modules: list[tuple[str, str]] | None = None
        self._names: list[str] = []
        for number, name in enumerate(self._listed()):
            if number >= MOST:
                break
            self._names.append(name)
            self._by_name[PurePosixPath(name).name].append(name)

    def named(self, name: str) -> Sequence[str]:
        """The paths of files that are called so."""
        return self._by_name.get(name, ())

    def all(self) -> Sequence[str]:
        """The paths of all files of code."""
        return self._names

    def lines(self, path: str) -> Sequence[str]:
        """A file's lines without their ends; () where it cannot be read."""
        if path not in self._lines:
            data = self.read(path, LARGEST)
            self._lines[path] = tuple(re.split(r"\r\n|\n|\r", data.decode("utf-8", "replace"))) if data else ()
        return self._lines[path]

    def read(self, path: str, largest: int) -> bytes:
        """The bytes of a regular file below the root; empty for what is none, lies outside or is larger."""
        try:
            real = (self.root / path).resolve()
            if not real.is_relative_to(self.root) or not real.is_file() or real.stat().st_size > largest:
                return b""
            return real.read_bytes()
        except (OSError, ValueError, RuntimeError):
            return b""

    def modules(self) -> list[tuple[str, str]]:
        """Go's modules: the path that each go.mod gives, and its folder; the longest path first."""
        if self._modules is None:
            found = []
            for path in self.named("go.mod"):
                match = re.search(
                    r"^\s*module\s+\"?([\w./~-]+)", self.read(path, LARGEST).decode("utf-8", "replace"), re.MULTILINE
                )
                if match:
                    found.append((match[1], str(PurePosixPath(path).parent)))
            self._modules = sorted(found, key=lambda pair: -len(pair[0]))
        return self._modules

    def _listed(self) -> Iterator[str]:
        told = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], self.root)
        names = (os.fsdecode(name) for name in told.split(b"\0") if name) if told else self._walked()
        for name in names:
            base, _, extension = name.rpartition(".")
            if (base and extension.lower() in _EXTENSIONS) or name.endswith("go.mod"):
                yield name

    def _walked(self) -> Iterator[str]:
        for here, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            for name in sorted(names):
                yield os.path.relpath(os.path.join(here, name), self.root).replace(os.sep, "/")

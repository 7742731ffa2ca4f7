"""Globs choose rules by their ids and files by their paths."""

from __future__ import annotations

import fnmatch
import os.path
from collections.abc import Iterable


def id_matches(id: str, globs: Iterable[str]) -> bool:
    """Whether an id matches one of the globs; where there are none, every id does."""
    globs = tuple(globs)
    return not globs or any(fnmatch.fnmatchcase(id, glob) for glob in globs)


def file_matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a file's path or name matches one of the globs."""
    name = os.path.basename(path)
    return any(fnmatch.fnmatch(path, glob) or fnmatch.fnmatch(name, glob) for glob in globs)

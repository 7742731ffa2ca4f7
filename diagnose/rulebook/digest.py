"""Names for what is made from rule files: the same only where the files, the words around them, the code and the Python are."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from diagnose.rulebook.files import RuleFile, walk


def digest_of(files: Iterable[RuleFile], words: Iterable[str]) -> str:
    """A name for all that is made from rule files: the files, the words around them, this code, this Python."""
    whole = hashlib.sha256(f"{sys.implementation.cache_tag} {_code()}".encode())
    for word in words:
        whole.update(f"{len(word)}:{word}".encode("utf-8", "replace"))
    for file in files:
        told = f"{file.path}\0{file.id}\0{file.fault.reason if file.fault else ''}\0"
        whole.update(told.encode("utf-8", "surrogateescape"))
        whole.update(hashlib.sha256(file.data).digest())
    return whole.hexdigest()[:32]


def stamp_of(folders: Sequence[Path]) -> str:
    """As `digest_of`, for those who must not wait until all files are read: a file is known by its place on disk, its size and its times.

    The time of the last change of the entry itself is among them: installers and archives may set the other one as they like.
    """
    whole = hashlib.sha256(f"{sys.implementation.cache_tag} {_code()}".encode())
    for folder in folders:
        for path in walk(folder) if folder.is_dir() else (folder,):
            try:
                state = os.stat(path)
                told = f"{path}\0{state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}\0"
            except OSError as error:
                told = f"{path}\0{error.strerror}\0"
            whole.update(told.encode("utf-8", "surrogateescape"))
    return whole.hexdigest()[:32]


def _code() -> str:
    """The state of this package's own source: whoever edits or upgrades it never meets what older code made."""
    package = Path(__file__).parent.parent
    stamps: list[str] = []
    for here, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name.isidentifier() and name != "__pycache__")
        for name in sorted(names):
            if name.endswith((".py", ".lark")):
                state = os.stat(os.path.join(here, name))
                stamps.append(f"{name} {state.st_size} {state.st_mtime_ns}")
    return ";".join(stamps)

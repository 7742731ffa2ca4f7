"""The files of rules folders, found and read; what they say is for others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.errors import Fault

MAX_BYTES = 1 << 20
"""A rule file is a page or two; a larger one is something else."""

CLASSES = "classes.yaml"
"""The file of a rules folder that lists failure classes: group → class → what it means."""


@dataclass(frozen=True)
class RuleFile:
    """A file that was found: its rule's id, where it stands, what it holds. `fault`: it could not be read.

    `is_classes`: it lists failure classes and has no id.
    """

    id: str
    path: Path
    data: bytes = b""
    fault: Fault | None = None

    @property
    def is_classes(self) -> bool:
        """True for a `classes.yaml` at the top of a folder."""
        return not self.id


def find_files(folders: Sequence[Path]) -> list[RuleFile]:
    """The rule files and class files below the folders, read; in the order of the folders, then of the paths.

    A rule's id is its path below the folder, without `.yaml`; for a file that is named itself, its last two parts.
    Hidden files and folders are passed over, links to folders not followed.
    """
    found: list[RuleFile] = []
    for folder in folders:
        if folder.is_dir():
            found.extend(_read(path, path.relative_to(folder)) for path in map(Path, walk(folder)))
        elif folder.is_file():
            found.append(_read(folder, Path(folder.absolute().parent.name, folder.name)))
        else:
            found.append(RuleFile("", folder, fault=Fault("no such file or folder", str(folder))))
    return found


def walk(folder: Path) -> Iterator[str]:
    """The paths of what may be rule files below a folder, in order."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield os.path.join(here, name)


def _read(path: Path, relative: Path) -> RuleFile:
    id = "" if relative.as_posix() == CLASSES else relative.with_suffix("").as_posix()
    if path.suffix != ".yaml":
        return RuleFile(id, path, fault=Fault("rule files end in .yaml", str(path)))
    if not path.is_file():
        return RuleFile(id, path, fault=Fault("not a file", str(path)))
    try:
        with path.open("rb") as stream:
            return RuleFile(id, path, stream.read(MAX_BYTES + 1))
    except OSError as error:
        return RuleFile(id, path, fault=Fault(f"cannot be read: {error.strerror}", str(path)))

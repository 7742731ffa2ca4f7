"""Going on with what was kept of a file: it is where it was, or under another name, or what was not read of it is in a copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.identity import proves
from diagnose.sources.follow.opening import open_copy
from diagnose.sources.follow.row import LEAVING, Row
from diagnose.sources.follow.search import copy_of


def resumed(row: Row, path: str, tell: Callable[[str], None]) -> Followed | None:
    """The file at the place where it was left; None where it is another one by now."""
    try:
        copy = open_copy(path)
    except PermissionError:  # it may be granted later
        return Followed(replace(row, path=path))
    except OSError:
        return None
    if not (copy.reaches(row.mark.offset) and proves(copy.read, row.mark)):
        if path == row.path:  # else the inode is another file's by now
            tell(f"{path}: it is not the file that was read up to byte {row.mark.offset:,} any more: read from its start")
        copy.close()
        return None
    file = Followed(replace(row, path=path, state=row.state if copy.packed is None else LEAVING))
    file.adopt(copy)
    return file


def recovered(row: Row) -> Followed | None:
    """What was not read of a file that is gone or another one, out of a copy; None where there is none."""
    copy = copy_of(row.location, row.mark) or copy_of(row.path, row.mark)
    if copy is None:
        return None
    file = Followed(replace(row, state=LEAVING))
    file.adopt(copy)
    return file

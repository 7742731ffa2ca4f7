"""Which lines of a repository's files were changed, as git tells it: what a hook looks at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from diagnose.check.files import git, told

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Git's name of a tree without files: what the first commit is compared with."""

Lines = tuple[tuple[int, int], ...]
"""Ranges of lines, both ends included."""

EVERYTHING: Lines = ((1, 1 << 30),)
"""The lines of a file that git does not know yet."""

_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def changed_among(files: Iterable[Path], here: Path, base: str = "") -> Mapping[str, Lines] | None:
    """As `changed`, asked of each repository that files lie in (a submodule is one of its own) and of the one that is here.

    What lies in none is new wholly. None where none of them is in a repository, or one does not know the base.
    """
    every = list(files)
    nearest = {folder: _repository(folder) for folder in {one.parent for one in every}}
    roots = sorted({root for root in nearest.values() if root is not None})
    found: dict[str, Lines] = {}
    for root in roots or (here,):
        changes = changed(root, base)
        if changes is None:
            return None
        found.update(changes)
    return found | {told(one): EVERYTHING for one in every if roots and nearest[one.parent] is None}


def _repository(folder: Path) -> Path | None:
    """The nearest folder, this one or above, that git keeps its own files in (or a link to them)."""
    whole = Path(os.path.abspath(folder))
    return next((one for one in (whole, *whole.parents) if (one / ".git").exists()), None)


def changed(folder: Path, base: str = "") -> Mapping[str, Lines] | None:
    """Of each file that differs from `base` its changed lines, by the name that is told; None where there is no repository.

    Without a base: what is not committed yet; where pre-commit names two commits, the difference between these; in a merge only
    what neither parent has. A base that ends in three dots is where the branches parted. A file that is not there does not differ.
    """
    top = git(["rev-parse", "--show-toplevel", "--show-cdup"], folder)
    if top is None:
        return None
    # The way up, and not the top itself: that one's links are resolved.
    root = folder / os.fsdecode(top.split(b"\n")[-2])
    if base.endswith("..."):
        parted = git(["merge-base", base[:-3], "HEAD"], folder)
        if parted is None:
            return None
        base = parted.decode().strip()
    first, last = os.environ.get("PRE_COMMIT_FROM_REF", ""), os.environ.get("PRE_COMMIT_TO_REF", "")
    if base or not (first and last):
        against = [base] if base else [_head(folder), *_merged(folder)]
    else:
        against = [f"{first}...{last}"]
    told_by = [_against(one, root) for one in against]
    if None in told_by:
        return None
    files = [one for one in told_by if one is not None]
    unknown = git(["ls-files", "-z", "--others", "--exclude-standard"], root) or b""
    new = {told(root / os.fsdecode(name)): EVERYTHING for name in unknown.split(b"\0") if name}
    return new | {name: _common([one[name] for one in files]) if all(name in one for one in files) else () for name in files[0]}


def touches(lines: Lines, first: int, last: int) -> bool:
    """Whether any of the lines from first to last was changed."""
    return any(start <= last and first <= end for start, end in lines)


def _head(folder: Path) -> str:
    return "HEAD" if git(["rev-parse", "--verify", "--quiet", "HEAD"], folder) is not None else EMPTY_TREE


def _merged(folder: Path) -> list[str]:
    return ["MERGE_HEAD"] if git(["rev-parse", "--verify", "--quiet", "MERGE_HEAD"], folder) is not None else []


def _against(base: str, root: Path) -> dict[str, Lines] | None:
    """The files that differ from a base, and where."""
    options = [
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--find-renames",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    ]
    text = git(["diff", *options, base, "--"], root)
    return None if text is None else _read(text.decode("utf-8", "surrogateescape"), root)


def _read(text: str, root: Path) -> dict[str, Lines]:
    found: dict[str, Lines] = {}
    name, inside = "", 0
    for line in text.split("\n"):
        if inside and line.startswith(("+", "-", "\\")):
            inside -= not line.startswith("\\")
        elif line.startswith("diff --git "):
            name = ""
        elif line.startswith("rename to "):
            name = told(root / _name(line[10:]))
            found.setdefault(name, ())
        elif line.startswith(("+++ b/", '+++ "b/')):
            name = told(root / _name(line[4:])[2:])
            found.setdefault(name, ())
        elif name and (match := _HUNK.match(line)):
            start, count = int(match[2]), int(match[3] or 1)
            inside = int(match[1] or 1) + count
            if count:
                found[name] += ((start, start + count - 1),)
    return found


def _name(text: str) -> str:
    """A path as git writes it in a diff: in quotes where it holds one or a control character; a TAB ends one with spaces."""
    if not text.startswith('"'):
        return text.rstrip("\t")
    inner = text[1 : text.rindex('"')]
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)) if len(match[1]) == 3 else _ESCAPED.get(match[1], match[1]), inner)


def _common(several: list[Lines]) -> Lines:
    """The ranges that all of them share."""
    shared = several[0]
    for other in several[1:]:
        shared = tuple((max(a, c), min(b, d)) for a, b in shared for c, d in other if max(a, c) <= min(b, d))
    return shared

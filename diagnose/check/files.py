"""The files of code below some paths. Of a git repository those that git does not ignore, else all but other people's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diagnose.check.languages import may_be_known
from diagnose.check.skips import BUILT, FOLDERS, vendored
from diagnose.model import Unread

_PATIENCE = 60
"""Seconds that git may take."""


@dataclass(slots=True)
class Found:
    """What paths lead to: files by the name that is told (relative to the working folder), and what was left out."""

    files: dict[str, Path] = field(default_factory=dict)
    skipped: list[Unread] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    """The files that were named themselves, and not found below a folder."""


def git(arguments: Sequence[str], folder: Path) -> bytes | None:
    """What a git command prints; None where it fails or there is no git. Nothing that a repository's settings name is run."""
    done = _asked(arguments, folder)
    return done.stdout if done is not None and done.returncode == 0 else None


def refusal(folder: Path) -> str:
    """Why git tells nothing of a folder, in its own words where it has some."""
    done = _asked(["rev-parse", "--is-inside-work-tree"], folder)
    if done is None:
        return "git is not installed"
    told = [
        line.removeprefix("fatal: ") for line in done.stderr.decode("utf-8", "replace").splitlines() if line.startswith("fatal: ")
    ]
    return (
        f"git says: {told[0]}"
        if told and not told[0].startswith("not a git repository")
        else "no git repository tells what has changed"
    )


def _asked(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes] | None:
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def find(paths: Iterable[str]) -> Found:
    """The files that the paths name, and those below folders that they name."""
    found = Found()
    for text in paths:
        path = Path(text)
        try:
            if path.is_dir():
                _folder(path, found)
            elif path.is_file():
                reason = vendored(told(path))
                if reason:
                    found.skipped.append(Unread(told(path), reason))
                else:
                    found.files[told(path)] = path
                    found.named.add(told(path))
            else:
                found.unread.append(Unread(text, _absence(text, path)))
        except (OSError, ValueError) as error:
            found.unread.append(Unread(text, getattr(error, "strerror", None) or "cannot be read"))
    return found


def _absence(text: str, path: Path) -> str:
    if text == "-":
        return "what comes from a pipe has no name that tells its language: name files (xargs hands them over)"
    return "not a file or folder" if path.exists() else "no such file or folder"


def told(path: Path) -> str:
    """A path as it is told: relative to the working folder where it lies below it, with slashes."""
    here = os.path.abspath(path)
    base = os.getcwd()
    return (
        os.path.relpath(here, base).replace(os.sep, "/")
        if here.startswith(base.rstrip(os.sep) + os.sep)
        else here.replace(os.sep, "/")
    )


def _folder(folder: Path, found: Found) -> None:
    listed = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], folder)
    names: Iterable[str] = [os.fsdecode(name) for name in listed.split(b"\0") if name] if listed else ()
    for name in names or _walk(folder):
        path = folder / name
        if not may_be_known(name) or path.is_symlink():
            continue
        if not path.is_file():
            if path.is_dir():
                found.skipped.append(Unread(told(path), "a repository of its own: name it to have it looked at"))
            continue
        reason = vendored(name)
        if reason:
            found.skipped.append(Unread(told(path), reason))
        else:
            found.files[told(path)] = path


def _walk(folder: Path) -> Iterator[str]:
    """Paths below a folder that no repository tells; links to folders are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in FOLDERS and name not in BUILT)
        for name in sorted(names):
            yield os.path.relpath(os.path.join(here, name), folder).replace(os.sep, "/")

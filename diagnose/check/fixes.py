"""Safe rewrites: a match's text is replaced by what its detector says, where the file parses before and after.

Encoding, byte order mark and line ends stay; a file is replaced whole, so that nobody sees half of it.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from diagnose.check.languages import language_of
from diagnose.check.match import Match, has_errors, parser_of


@dataclass(frozen=True)
class Rewrite:
    """One file before and after. `refused` says why it stays as it is."""

    name: str
    path: Path
    before: str
    after: str
    matches: tuple[Match, ...] = ()
    refused: str = ""

    def diff(self) -> Iterable[str]:
        """The change as a unified diff, line by line."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        return difflib.unified_diff(old, new, f"a/{self.name}", f"b/{self.name}")


def rewrite(name: str, path: Path, matches: Sequence[Match]) -> Rewrite | None:
    """What `matches` make of a file; None where none of them has a rewrite."""
    wanted = sorted((match for match in matches if match.rewrite is not None), key=lambda match: -match.offset)
    if not wanted:
        return None
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Rewrite(name, path, "", "", refused=getattr(error, "strerror", None) or "not UTF-8")
    parser = parser_of(name, language_of(name, before[:100].encode()))
    if has_errors(before, parser):
        return Rewrite(name, path, before, before, refused="its syntax does not parse wholly")
    after, newline = before, "\r\n" if "\r\n" in before else "\n"
    done: list[Match] = []
    begin = len(before) + 1
    for match in wanted:
        if match.end <= begin:
            told = (match.rewrite or "").replace("\r\n", "\n").replace("\n", newline)
            after = after[: match.offset] + told + after[match.end :]
            begin = match.offset
            done.append(match)
    if has_errors(after, parser):
        return Rewrite(name, path, before, before, refused="it would not parse afterwards")
    return Rewrite(name, path, before, after, tuple(done))


def write(change: Rewrite) -> None:
    """Put the new text in the file's place, with its mode; a link stays one. Raises OSError."""
    target = Path(os.path.realpath(change.path))
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(change.after.encode("utf-8"))
        shutil.copymode(target, part)
        os.replace(part, target)
    finally:
        with suppress(OSError):
            os.unlink(part)

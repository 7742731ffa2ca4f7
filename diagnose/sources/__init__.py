"""Where bytes come from. One file a source; `find` turns what a user typed into inputs in a fixed order."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.errors import InputError
from diagnose.model import SECOND
from diagnose.sources.codecs import codec_of
from diagnose.sources.rotation import Turn, turn
from diagnose.sources.tar import is_tar
from diagnose.sources.zip import is_zip

if TYPE_CHECKING:
    from diagnose.hooks import Opener

STDIN = "-"

_BINARY = {b"\x7fELF": "a program", b"\x89PNG": "a picture", b"SQLite format 3\0": "a database", b"%PDF-": "a PDF document"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Input:
    """One source to read. `modified` is its time in µs (it gives the year to times without one), `size` in bytes.

    `named`: a user asked for it by its name. What was only found in a folder or an archive is left out where it is no log.
    `location`: where it is opened, if that is not its name: an address with what must not be told. `mark`: what its store calls this version.
    """

    name: str
    modified: int | None = None
    size: int | None = None
    named: bool = True
    location: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Where the reading of a source starts: `base` is the offset of the first byte that its stream gives, `number` its line's number.

    `told`: what was complete before that offset was told before; it is framed once more for the sake of what follows. `open`: a record
    that goes on there was not. `past`: what stands before `base`, as much as framing looks back to.
    """

    base: int = 0
    number: int = 1
    told: int = 0
    open: bool = True
    past: bytes = b""


START = Begin()
"""A source's own beginning, where nothing was told yet."""

Listing = Callable[[str], Iterable[Input]]
"""What a location that is no path stands for. Raises InputError."""


def listing_of(openers: Sequence[Opener], location: str) -> Listing | None:
    """Who lists what a location stands for; None where its opener opens it as it is."""
    listing: Listing | None = getattr(opener_of(openers, location), "list", None)
    return listing


def opener_of(openers: Sequence[Opener], location: str) -> Opener:
    """Who opens a location: the last that docked of those who accept it. Raises InputError."""
    for opener in reversed(openers):
        if opener.accepts(location):
            return opener
    raise InputError(location, "nothing knows how to open this")


def find(
    locations: Iterable[str], listed: Callable[[str], Listing | None] = lambda location: None
) -> tuple[list[Input], list[InputError]]:
    """The inputs that paths, folders, globs and `-` name, each once, sorted within a folder; and what could not be found.

    In a folder hidden files, binary files and links are left out; a file named by itself is always taken. `listed` knows who lists a location
    that is no path.
    """
    inputs: dict[str, Input] = {}
    errors: list[InputError] = []
    for location in locations:
        try:
            if "://" in location and (listing := listed(location)) is not None:
                for item in listing(location):
                    inputs.setdefault(item.location or item.name, item)
                continue
            for name, named in _expand(location):
                inputs.setdefault(os.path.realpath(name) if name != STDIN else STDIN, _describe(name, named))
        except InputError as error:
            errors.append(error)
        except OSError as error:
            errors.append(InputError(location, error.strerror or str(error)))
    return list(inputs.values()), errors


def _expand(location: str) -> Iterator[tuple[str, bool]]:
    """Names, and whether a user named them."""
    if location == STDIN:
        yield STDIN, True
        return
    if not location:
        raise InputError("''", "no such file or folder")
    path = Path(location)
    if path.is_dir():
        yield from _walk(path)
    elif path.exists() or not glob.has_magic(location):
        if not path.exists():
            raise InputError(location, "no such file or folder")
        yield location, True
    else:
        names = sorted(glob.glob(location, recursive=True), key=_place)
        if not names:
            raise InputError(location, "no file matches")
        for name in names:
            yield from _walk(Path(name)) if os.path.isdir(name) else ((name, True),)


def _walk(folder: Path) -> Iterator[tuple[str, bool]]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files, key=turn):
            path = os.path.join(root, name)
            if not name.startswith(".") and os.path.isfile(path) and not os.path.islink(path) and not is_binary(path):
                yield path, False


def _place(path: str) -> tuple[str, Turn]:
    folder, name = os.path.split(path)
    return folder, turn(name)


def _describe(name: str, named: bool) -> Input:
    if name == STDIN:
        return Input(STDIN)
    stat = os.stat(name)
    regular = os.path.isfile(name)
    return Input(name, int(stat.st_mtime * SECOND), stat.st_size if regular else None, named)


def is_binary(path: str) -> bool:
    """Whether a file's head is that of a known binary format, or holds NUL among other control characters. Packed logs and archives
    are none; of zip files, which programs and documents are as well, those whose name says so.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(4_096)
    except OSError:
        return False
    if codec_of(head) or is_tar(head) or (is_zip(head) and path.lower().endswith(".zip")):
        return False
    return no_log(head) != "" or is_zip(head) or is_binary_head(head)


def is_binary_head(head: bytes) -> bool:
    """Whether these first bytes hold NUL among other characters."""
    return head.count(b"\0") > len(head) // 16


def no_log(head: bytes) -> str:
    """Why a file whose first bytes are these is no readable log, and what to do; or empty."""
    for magic, kind in _BINARY.items():
        if head.startswith(magic):
            return f"this is {kind}, no log"
    if head.startswith(_UTF_16):
        return "this is UTF-16: convert it into `diagnose scan -`, as with iconv -f UTF-16 -t UTF-8"
    return ""


def dup_stdin() -> int:
    """A descriptor of standard input, to be closed by who asks. Raises InputError where it is closed."""
    if sys.stdin is None:
        raise InputError(STDIN, "standard input is closed")
    return os.dup(sys.stdin.fileno())

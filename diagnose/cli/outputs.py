"""`--output FORMAT:FILE`: the report once more, for machines, into a file that is there whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from diagnose.cli.common import instead
from diagnose.errors import UsageError
from diagnose.model import Report

if TYPE_CHECKING:
    from diagnose.hooks import Printer


@dataclass(frozen=True)
class Output:
    """One file and how it is written."""

    printer: Printer
    file: Path

    def write(self, report: Report, options: Mapping[str, object]) -> None:
        """Write the report: beside the file, then in its place. What is no regular file (a pipe) is written straight.

        Raises UsageError.
        """
        try:
            write_whole(self.file, lambda stream: self.printer.print(report, stream, {**options, "color": False}))
        except OSError as error:
            raise UsageError(f"{self.file} cannot be written: {error.strerror or error}") from error


def read_outputs(words: Iterable[str], folder: Path, printers: Sequence[Printer]) -> tuple[Output, ...]:
    """What `FORMAT:FILE` says, before anything is read. Relative files start at the folder, `-` is standard output.

    Raises UsageError.
    """
    outputs: list[Output] = []
    for word in words:
        name, colon, file = word.partition(":")
        if not colon or not file:
            raise UsageError(f"--output takes FORMAT:FILE, as in sarif:diagnose.sarif; not {word!r}")
        path = Path("/dev/stdout") if file == "-" else folder / file
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"--output {word}: {'this is a folder' if path.is_dir() else f'there is no folder {path.parent}'}")
        if any(os.path.realpath(path) == os.path.realpath(output.file) for output in outputs):
            raise UsageError(f"--output {word}: the file is named twice")
        outputs.append(Output(printer_of(name, printers), path))
    return tuple(outputs)


def printer_of(name: str, printers: Sequence[Printer]) -> Printer:
    """The printer of a name, a plugin's before a built-in one. Raises UsageError."""
    for printer in reversed(printers):
        if printer.name == name:
            return printer
    raise UsageError(f"no printer is called {name!r}{instead(name, (printer.name for printer in printers))}")


def write_whole(path: Path, write: Callable[[IO[str]], None]) -> None:
    """Call `write` with a stream of UTF-8; the file then holds all that it wrote, or, if it raised, what it held before.

    Raises OSError.
    """
    if open_already := {"/dev/stdout": sys.stdout, "/dev/stderr": sys.stderr}.get(str(path)):
        # Opened anew, a file that several commands are redirected to would be written over by the next of them.
        write(open_already)
        open_already.flush()
        return
    if _is_stream(path):
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            write(stream)
        return
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            write(stream)
        with suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _is_stream(path: Path) -> bool:
    """Whether a name stands for a pipe, a device or what is open already."""
    if path.is_relative_to("/dev") or path.is_relative_to("/proc"):
        return True
    with suppress(FileNotFoundError):
        return not stat.S_ISREG(path.stat().st_mode)
    return False

"""What can go wrong, as types; told once, at the edge (`cli/`).

DiagnoseError
├── Fault            one fault in a file a person wrote: file, line, column, caret
├── Faults           several of them, collected before they are told
├── UsageError       the command line or the configuration asks for something impossible
├── InputError       a source could not be read, or not to its end
└── PluginError      a plugin raised or returned nonsense; it is named and left out
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class DiagnoseError(Exception):
    """Anything this program tells a user as an error. `str()` is one readable message."""


@dataclass(unsafe_hash=True)
class Fault(DiagnoseError):
    """One fault, with its place.

    Not frozen, since whoever re-raises an exception sets its traceback. `line` and `column` count from 1; 0 means that the fault has no such place.
    `excerpt` is the faulty line as written, `help` says what to do instead.
    """

    reason: str
    file: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""
    help: str = ""
    severity: str = "error"
    """`error`, or `warning`: told by lint, but the file is used."""

    def __str__(self) -> str:
        rows = [f"{self.severity}: {self.reason}"]
        if self.file:
            place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
            rows.append(f"  --> {place}")
        if self.excerpt and self.line:
            gutter = " " * len(str(self.line))
            rows.append(f"{gutter} |")
            rows.append(f"{self.line} | {self.excerpt}")
            caret = " " * max(0, self.column - 1) + "^" if self.column else ""
            rows.append(f"{gutter} | {caret}".rstrip())
        if self.help:
            rows.append(f"  = help: {self.help}")
        return "\n".join(rows)


class Faults(DiagnoseError):
    """Several faults, told together. `items` is in the order of file and line."""

    def __init__(self, items: Iterable[Fault]) -> None:
        self.items = tuple(sorted(items, key=lambda f: (f.file, f.line, f.column)))
        super().__init__("\n\n".join(str(item) for item in self.items))


class UsageError(DiagnoseError):
    """The command line or the configuration asks for something that cannot be."""


class InputError(DiagnoseError):
    """A source could not be read, or not to its end. `source` names it."""

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"{source}: {reason}")


class PluginError(DiagnoseError):
    """A plugin raised or returned nonsense. `plugin` names it."""

    def __init__(self, plugin: str, reason: str) -> None:
        self.plugin = plugin
        self.reason = reason
        super().__init__(f"plugin {plugin}: {reason}")

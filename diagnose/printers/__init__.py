"""How a report is told. One file a printer; each is imported when something is printed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import IO, TYPE_CHECKING

from diagnose.model import Report

if TYPE_CHECKING:
    from diagnose.hooks import Printer


@dataclass(slots=True)
class LaterPrinter:
    """A printer by its name: its module `diagnose.printers.NAME` has a class `NamePrinter`."""

    name: str

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        module = import_module(f"diagnose.printers.{self.name}")
        printer: Printer = getattr(module, f"{self.name.capitalize()}Printer")()
        printer.print(report, out, options)


BUILT_IN = tuple(map(LaterPrinter, ("terminal", "json", "lines", "sarif", "github", "gitlab", "junit", "markdown")))

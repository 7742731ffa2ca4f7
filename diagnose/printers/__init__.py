"""How a report is told. One file a printer."""

from __future__ import annotations

from diagnose.printers.json import JsonPrinter
from diagnose.printers.lines import LinesPrinter
from diagnose.printers.terminal import TerminalPrinter

BUILT_IN = (TerminalPrinter(), JsonPrinter(), LinesPrinter())

"""`dotnet test` on the console (VSTest's logger at normal verbosity and above). Documented only:
https://learn.microsoft.com/dotnet/core/tools/dotnet-test and https://github.com/microsoft/vstest-docs.
"""

from __future__ import annotations

from diagnose.formats.runners.base import PASSED, Runner, dedent
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(r"  (Passed|Failed|Skipped) ([^\n]{1,400}?) \[[^\]\n]{1,40}\]\r?(?:\n|\Z)")
_LABEL = lazy(r"(?m)^  (?:Error Message|Stack Trace|Standard Output Messages|Standard Error Messages):\r?\n")
_THROWN = lazy(r"(?m)^ *([\w.]+) : ")
_FILE = lazy(r" in ([^\n]{1,300}):line \d")


class DotnetTest(Runner):
    """`  Failed Name [12 ms]`, `  Error Message:`, `  Stack Trace:`."""

    name = "dotnet-test"
    priority = 97
    technologies = ("dotnet-test", "dotnet")
    start = r"  (?:Passed|Failed|Skipped) [^\n]{1,400} \[(?:< )?\d[\d ,a-z]{0,30}\]\r?$"
    errors: tuple[str, ...] = ("  Failed ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "  Failed Shop.Tests.StockTests.StockIsAsked [52 ms]\n  Error Message:\n"
            "   System.Net.Sockets.SocketException : Connection refused\n  Stack Trace:\n"
            "     at Shop.Stock.Ask(Int32 port) in /src/Shop/Stock.cs:line 16\n",
            level="error",
            message="Shop.Tests.StockTests.StockIsAsked: System.Net.Sockets.SocketException: Connection refused",
        ),
        Sample(
            "  Passed Shop.Tests.Healthy.ConnectionRefusedIsAnsweredWith503 [< 1 ms]\n  Standard Output Messages:\n Connection refused",
            level="info",
        ),
        Sample("  Skipped Shop.Tests.Healthy.NeedsADatabase [1 ms]", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a test that failed; the others say nothing."""
        line = _LINE.match(record)
        if line is None:
            return None
        if line[1] != "Failed":
            return self.mute(PASSED, line[2])
        # xUnit and VSTest set the class apart with a blank; exceptions print without.
        details = _THROWN.sub(r"\1: ", dedent(_LABEL.sub("", record[line.end() :]), 3), count=1)
        file = _FILE.search(details)
        return self.failed(line[2], details, file[1] if file else "")

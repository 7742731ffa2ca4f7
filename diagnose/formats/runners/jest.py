"""Jest's report: `● suite › test` blocks for tests that failed, `console.error` blocks for whatever any test printed.

A console block names the file that printed, not the test, so nothing tells whether that test passed: it is mute. The tree of ✓ and ✕
lines stands below `PASS` or `FAIL` and a file. Shapes: Jest 30 run by fixtures/lab/runners.
"""

from __future__ import annotations

from diagnose.formats.parts.base import COLOUR
from diagnose.formats.runners.base import UNKNOWN, Runner, dedent, placed, without_source
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_BLOCK = lazy(r"  ● ([^\n]+)\n?")
_PLACE = lazy(r"[ (]((?!node:|/)[\w@./\\-]+\.[cm]?[jt]sx?):\d+:\d+\)?")


class Jest(Runner):
    """`  ● suite › test`, a blank, the error four blanks further in, an excerpt of the source, frames."""

    name = "jest"
    priority = 86
    technologies = ("jest", "node")
    start = (
        r"  \xe2\x97\x8f [^\n]"
        r"|  console\.(?:log|error|warn|info|debug|trace|dir|table|group|assert|time|count)\r?$"
        r"| ?(?:PASS|FAIL) {1,2}[^ \n][^\n]{0,300}\.[cm]?[jt]sx?(?: \(| {0,9}\r?$)"
    )
    errors: tuple[str, ...] = (rf"\xe2\x97\x8f {COLOUR}[ -~]{{3}}",)
    samples: tuple[Sample, ...] = (
        Sample(
            "  ● orders › gives a number twice\n\n    SqliteError: UNIQUE constraint failed: orders.number\n\n"
            "      18 | exports.place = (database, number, cents) => {\n    > 19 |   database.prepare('INSERT').run(number)\n"
            "         |                              ^\n\n      at Object.exports.place (../shop.cjs:19:56)",
            level="error",
            message="orders › gives a number twice: SqliteError: UNIQUE constraint failed: orders.number",
        ),
        Sample(
            "  ● Test suite failed to run\n\n    Cannot find module './stock.cjs' from 'failing.test.js'",
            level="error",
            message="Test suite failed to run: Cannot find module",
        ),
        Sample("  ● Console\n\n    console.error\n      Error: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
        Sample("  console.error\n    Error: connect ECONNREFUSED 127.0.0.1:5432\n        at a.js:1:1", level="info"),
        Sample(
            "PASS ./healthy.test.js\n  orders\n    ✓ answers connect ECONNREFUSED 127.0.0.1:5432 with 503 (14 ms)", level="info"
        ),
        Sample("FAIL tests/failing.test.js (5.013 s)", level="info"),
        Sample(" FAIL  ./failing.test.js", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a block; console blocks and the lines of files say nothing."""
        block = _BLOCK.match(record)
        if block is None or block[1].rstrip() == "Console":
            return self.mute(UNKNOWN)
        details = placed(without_source(dedent(record[block.end() :], 4)))
        places = [place for place in _PLACE.findall(details) if "node_modules" not in place]
        return self.failed(block[1].rstrip(), details, places[-1].removeprefix("./") if places else "")

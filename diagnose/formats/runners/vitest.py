"""Vitest's report: ` FAIL  file > suite > test` blocks, the tree above them, and `stderr | file > test` blocks.

An output block names its test, but it is printed before that test has ended, so it is mute. Lines in it that are records
of another format cannot be told from a service's own. Shapes: Vitest 4 run by fixtures/lab/runners.
"""

from __future__ import annotations

import re

from diagnose.formats.parts.base import COLOUR
from diagnose.formats.runners.base import UNKNOWN, Runner, placed, without_source
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_FAIL = lazy(r" FAIL  ([^\n]+)\n?")
_THROWN = lazy(r"⎯+ (Unhandled Rejection|Uncaught Exception|Unhandled Error) ⎯+\n?")
_FRAME = lazy(r"(?m)^ ❯ (?:([^\n]+?) )?([^\s]+:\d+:\d+) *$")
_RULER = lazy(r"(?m)^⎯[^\n]*\n?")
_RULE = r"(?:\xe2\x8e\xaf){2,200}"


class Vitest(Runner):
    """` FAIL  file > test`, the error, a diff, frames as `❯ name file:line:column` with excerpts of the source."""

    name = "vitest"
    priority = 85
    technologies = ("vitest", "node")
    start = (
        r" FAIL  [^ \n][^\n]{0,400} [>\[] "
        rf"|{_RULE} (?:Failed (?:Tests|Suites) \d{{1,6}}|Unhandled (?:Rejection|Error)s?|Uncaught Exception) \xe2\x8e\xaf"
        r"|std(?:out|err) \| [^\n]{1,300}"
        r"| (?:\xe2\x9c\x93|\xc3\x97|\xe2\x86\x93|\xe2\x96\xa1|\xe2\x9d\xaf) [^ \n]{1,300} (?:> |\(\d{1,6} tests?)"
    )
    errors: tuple[str, ...] = (
        rf" FAIL {COLOUR} {COLOUR}[^ \n]",
        rf"(?:Unhandled Rejection|Unhandled Error|Uncaught Exception) {COLOUR}\xe2\x8e\xaf",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            " FAIL  failing.test.js > orders > gives a number twice\nSqliteError: UNIQUE constraint failed: orders.number\n"
            " ❯ Object.exports.place ../shop.cjs:19:56\n     17|\n     19|   database.prepare('INSERT')\n       |            ^\n"
            " ❯ failing.test.js:33:10\n\n⎯⎯⎯⎯⎯⎯⎯⎯[2/5]⎯",
            level="error",
            message="orders > gives a number twice: SqliteError: UNIQUE constraint failed: orders.number\n    at Object.exports.place",
        ),
        Sample(
            "⎯⎯⎯⎯⎯⎯ Unhandled Rejection ⎯⎯⎯⎯⎯⎯⎯\nError: connect ECONNREFUSED 127.0.0.1:47002",
            level="error",
            message="Unhandled Rejection: Error: connect",
        ),
        Sample("⎯⎯⎯⎯⎯⎯⎯ Failed Tests 5 ⎯⎯⎯⎯⎯⎯⎯", level="info"),
        Sample("stderr | healthy.test.js > orders > answers\nError: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
        Sample(" ✓ healthy.test.js > orders > is expected to fail with connect ECONNREFUSED 9ms", level="info"),
        Sample(" × failing.test.js > orders > asks 2ms\n   → connect ECONNREFUSED 127.0.0.1:47002", level="info"),
        Sample(" ❯ failing.test.js (10 tests | 5 failed) 341ms\n     × asks the stock service 1ms", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a block; tree, titles and output say nothing."""
        fail = _FAIL.match(record)
        if fail is not None:
            file, _, name = fail[1].rstrip().partition(" > ")
            return self.failed(name or file, _details(record[fail.end() :]), file.partition(" ")[0])
        thrown = _THROWN.match(record)
        if thrown is not None:
            return self.failed(thrown[1], _details(record[thrown.end() :]))
        return self.mute(UNKNOWN)


def _details(text: str) -> str:
    """The text without source and rulers, its frames as V8 prints them."""
    return placed(_FRAME.sub(_frame, _RULER.sub("", without_source(text))))


def _frame(match: re.Match[str]) -> str:
    return f"    at {match[1]} ({match[2]})" if match[1] else f"    at {match[2]}"

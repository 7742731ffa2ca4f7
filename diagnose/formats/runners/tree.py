"""The lines of the trees that Mocha, Jest, Vitest and Node's runner print: one a test, with a mark.

They say nothing, and neither does what follows them: a test's own output, of which only the next such line could tell whose it
is, or an error that is told once more in a block of its own. Shapes: the runners run by fixtures/lab/runners.
"""

from __future__ import annotations

from diagnose.formats.runners.base import FAILED, PASSED, UNKNOWN, Runner
from diagnose.hooks import Sample
from diagnose.model import Header
from diagnose.times import Clock

# ✔ ✓ ✕ × ○ ✎ ↓ □ ﹣
_MARKS = r"(?:\xe2\x9c[\x94\x93\x95\x8e]|\xc3\x97|\xe2\x97\x8b|\xe2\x86\x93|\xe2\x96\xa1|\xef\xb9\xa3)"
_PASSED, _FAILED = "✔✓○✎↓□﹣", "✕×"


class Tree(Runner):
    """`    ✔ name`, `    ✓ name (5 ms)`; at the left margin only with Node's duration; `> mocha`, as npm announces a run."""

    name = "test-tree"
    priority = 90
    start = (
        rf" {{2,60}}{_MARKS} [^\n]"
        r"|(?:\xe2\x9c\x94|\xef\xb9\xa3) [^\n]{1,500} \(\d{1,9}(?:\.\d{1,9})?ms\)"
        r"|> (?:node (?:--[\w=-]{1,60} ){0,8}--test\b|mocha\b)"
    )
    samples: tuple[Sample, ...] = (
        Sample("    ✔ answers connect ECONNREFUSED 127.0.0.1:5432 with 503\nError: UNIQUE constraint failed", level="info"),
        Sample("      ✕ has no first order (7 ms)", level="info"),
        Sample("✔ connects (0.521ms)", level="info"),
        Sample("> node --test", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """The mark is all that is read. Above the first title of Mocha's tree only a run that could not start prints."""
        if record.startswith("> mocha"):
            command, _, above = record.partition("\n")
            above = above.strip("\n")
            tree = " --reporter" not in command and " -R" not in command
            return Header(above) if tree and above and not above.startswith(" ") else self.mute(UNKNOWN)
        mark = record.lstrip()[:1]
        return self.mute(PASSED if mark in _PASSED else FAILED if mark in _FAILED else UNKNOWN)

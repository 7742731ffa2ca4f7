"""The report of Node's own runner (`node --test`): the blocks below "failing tests".

A test that failed is told twice: in the tree as soon as it ends, and at the end below a line `test at file:line:column`. The
second one speaks, since it says where the test is; the first belongs to the line of the tree before it. Shapes: Node 20 and 24 run by
fixtures/lab/runners, https://nodejs.org/api/test.html.
"""

from __future__ import annotations

from diagnose.formats.runners.base import PASSED, Runner, dedent, placed
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_BLOCK = lazy(r"test at ([^\n]+?):(\d+):(\d+)\r?\n[✖⚠] ([^\n]*?)(?: \([\d.]+ms\))?(?: # (TODO|SKIP)[^\n]*)?\r?(?:\n|\Z)")


class NodeTest(Runner):
    """`test at file:line:column`, `✖ name (1.2ms)`, the error as Node inspects it."""

    name = "node-test"
    priority = 89
    technologies = ("node-test", "node")
    start = r"test at [^\n]{1,300}:\d{1,7}:\d{1,7}\r?$"
    errors: tuple[str, ...] = (r"test at [^\n]+:\d+:\d",)
    samples: tuple[Sample, ...] = (
        Sample(
            "test at failing.test.js:25:3\n✖ asks the stock service (22.358117ms)\n  Error: connect ECONNREFUSED 127.0.0.1:47002\n"
            "      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {\n    errno: -111,\n    code: 'ECONNREFUSED'\n  }",
            level="error",
            message="asks the stock service: Error: connect ECONNREFUSED 127.0.0.1:47002",
        ),
        Sample(
            "test at failing.test.js:40:3\n✖ waits for ever (319.360053ms)\n  'test timed out after 300ms'",
            level="error",
            message="waits for ever: 'test timed out after 300ms'",
        ),
        Sample(
            "test at failing.test.js:21:3\n⚠ is expected to fail (13.152943ms) # TODO\n  Error: connect ECONNREFUSED 127.0.0.1:47001",
            level="info",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a block; a test marked as a to-do says nothing. None where no test follows."""
        block = _BLOCK.match(record)
        if block is None:
            return None
        if block[5]:
            return self.mute(PASSED, block[4])
        header = self.failed(block[4], placed(dedent(record[block.end() :], 2)), block[1])
        header.fields["test.line"] = int(block[2]) if len(block[2]) < 10 else 0
        return header

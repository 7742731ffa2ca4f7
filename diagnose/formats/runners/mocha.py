"""Mocha's reports: the numbered blocks at the end of `spec` and `dot`, and the tests of its `json`.

In the tree of `spec` a test's output stands above its line, among that of no other test; but the line that tells
how it ended comes later than all of it, so that output is taken with the line before it and is mute (see `tree`).
Shapes: Mocha 12 run by fixtures/lab/runners.
"""

from __future__ import annotations

import json

from diagnose.formats.parts.base import QUOTES, spelled
from diagnose.formats.runners.base import PASSED, UNKNOWN, Runner, dedent, placed
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_BLOCK = lazy(r"  \d{1,5}\) ((?:[^\n]*\n {7}){0,20}?[^\n]*):\r?(?:\n|\Z)")
_FRAME = lazy(r"(?m)^ {1,8}at (?=\S)")
_SPACES = lazy(r"\n +")
_STRING = r'"((?:[^"\\\n]|\\.)*)"'
_FULL_TITLE = lazy(rf'\n +"fullTitle": {_STRING}')
_FILE = lazy(rf'\n +"file": {_STRING}')
_STACK = lazy(rf'\n {{8,}}"stack": {_STRING}')
_MESSAGE = lazy(rf'\n {{8,}}"message": {_STRING}')
_CODE = lazy(r'\n {8,}"code": "(\w+)"')
_NO_ERROR = lazy(r'\n +"err": \{\}')


class Mocha(Runner):
    """`  1) suite`, the titles below it, the last with a colon, then the error five blanks further in."""

    name = "mocha"
    priority = 87
    technologies = ("mocha", "node")
    start = r"  \d{1,5}\) [^ \n]|  \d{1,7} passing \("
    errors: tuple[str, ...] = spelled(("  ",), [str(number) for number in range(1, 100)], (r"\) ",))
    samples: tuple[Sample, ...] = (
        Sample(
            "  2) orders\n       gives a number twice:\n     SqliteError: UNIQUE constraint failed: orders.number\n"
            "      at exports.place (/srv/shop/shop.cjs:19:56)\n      at Context.<anonymous> (failing.test.js:28:10)",
            level="error",
            message="orders › gives a number twice: SqliteError: UNIQUE constraint failed: orders.number\n    at exports.place",
        ),
        Sample("  1) adds up:\n     Error: no", level="error", message="adds up: Error: no"),
        Sample("  2 passing (327ms)\n  2 pending\n  5 failing", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a block; None for any other list that is numbered so."""
        if record[2:].lstrip("0123456789").startswith(" passing ("):
            return self.mute(UNKNOWN)
        block = _BLOCK.match(record)
        if block is None:
            return None
        name = _SPACES.sub(" › ", block[1].replace("\r", ""))
        return self.failed(name, placed(_FRAME.sub("    at ", dedent(record[block.end() :], 5))))


class MochaJson(Runner):
    """One test of the object that `--reporter json` prints: from its title to its error. It prints those that failed twice."""

    name = "mocha-json"
    priority = 88
    technologies = ("mocha", "node")
    start = r'      "title": "'
    errors: tuple[str, ...] = spelled((" " * 8,), QUOTES, ("stack", "message"), QUOTES, (": ",))
    samples: tuple[Sample, ...] = (
        Sample(
            '      "title": "asks the stock service",\n      "fullTitle": "orders asks the stock service",\n'
            '      "file": "/srv/shop/failing.test.js",\n      "duration": 1,\n      "currentRetry": 0,\n      "err": {\n'
            '        "stack": "Error: connect ECONNREFUSED 127.0.0.1:47002\\n    at TCPConnectWrap.afterConnect (node:net:1611:16)",\n'
            '        "message": "connect ECONNREFUSED 127.0.0.1:47002"\n      }\n    },',
            level="error",
            message="orders asks the stock service: Error: connect ECONNREFUSED 127.0.0.1:47002",
        ),
        Sample(
            '      "title": "says ECONNREFUSED",\n      "fullTitle": "orders says ECONNREFUSED",\n      "err": {}', level="info"
        ),
        Sample('      "title": "is skipped: Error: Connection refused",', level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read what the lines of one test say."""
        if _NO_ERROR.search(record):
            return self.mute(PASSED)
        stack, message = _STACK.search(record), _MESSAGE.search(record)
        error = stack or message
        if error is None:
            return self.mute(UNKNOWN)
        title, file, code = _FULL_TITLE.search(record), _FILE.search(record), _CODE.search(record)
        details = placed(_decoded(error[1]))
        if code is not None and code[1] not in details:
            details = f"{details}\n  code: '{code[1]}'"
        return self.failed(_decoded(title[1]) if title else "test", details, _decoded(file[1]) if file else "")


def _decoded(text: str) -> str:
    """What a JSON string says; as it stands where it is none."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text

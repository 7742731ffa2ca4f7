"""Which lines are one record: the shapes that runtimes and wrappers print."""

from __future__ import annotations

import pytest

from diagnose.blocks import Windows
from diagnose.framing import Framer
from diagnose.lines import LineReader
from diagnose.rawform import Gate
from diagnose.search import make_searcher, pattern_set
from tests.documents import CutStream
from tests.kit import kit

NODE = """\
Error: Connection terminated
    at Connection.x (/srv/client.js:204:73)
Emitted 'error' event on BoundPool instance at:
    at Client.idleListener (/srv/pool.js:62:10) {
  client: Client {
    _events: [Object: null prototype] {}
  }
}

Node.js v20.20.2
"""
PYTHON = """\
Traceback (most recent call last):
  File "a.py", line 1, in f
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in g
ValueError: y
"""
JAVA = """\
java.lang.IllegalStateException: x
\tat a.B.c(B.java:1)
Caused by: java.io.IOException: y
\t... 3 more
"""


def records(text: str, block: int = 100_000) -> list[str]:
    """All records that a search for anything leads to."""
    patterns = pattern_set([Gate(raw="[a-zA-Z0-9}]")])
    searcher = make_searcher(patterns)
    framer, found = Framer(LineReader(kit().formats, kit().wrappers), lambda line: None), []
    for window in Windows(CutStream(text.encode(), [block])):
        hits = searcher.scan(memoryview(window.data)[window.new : window.end]) if window.end > window.new else []
        found += [(record.offset, record.text) for record in framer.records(window, hits)]
    return [told for _, told in sorted(found)]


CARET = """\
/srv/shop/lib/logger.js:98
    throw new WrongOptions()
    ^
WrongOptionsError [Error]: the logger takes an object
    at createLogger (/srv/shop/lib/logger.js:98:11)
"""


@pytest.mark.parametrize("text", [NODE, PYTHON, JAVA, CARET], ids=["node", "python", "java", "caret"])
@pytest.mark.parametrize("block", [7, 100_000])
def test_a_crash_is_one_record_wherever_it_is_cut(text: str, block: int) -> None:
    assert [told.rstrip() for told in records(f"before\n{text}after\n", block)] == ["before", text.rstrip(), "after"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("one\ntwo\nthree\n", 3),
        ("2026-11-23T10:00:00Z ERROR one\n  more\n2026-11-23T10:00:01Z ERROR two\n", 2),
        ('{"level":50,"msg":"a"}\n{"level":50,"msg":"b"}\n', 2),
        ('{"level":50,"msg":"a"}\nplain\n', 2),
        ("api-1  | Error: x\ndb-1   | LOG:  y\napi-1  |     at f (a.js:1:1)\n", 2),
        ("no newline at the end", 1),
        ("a.c:3:5: error: x\n    3 |     y\n      |     ^\na.c:9:1: error: z\n", 2),
    ],
)
def test_other_lines_are_records_of_their_own(text: str, count: int) -> None:
    assert len(records(text)) == count

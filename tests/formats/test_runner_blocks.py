"""Blocks of test runners: cut, glued, mixed with other records, quoting errors, hostile; and what is read from them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from diagnose.formats import BUILT_IN
from diagnose.formats.runners import RUNNERS, GoTestJson
from diagnose.hooks import Format
from diagnose.lines import PLAIN, LineReader
from diagnose.model import Level
from diagnose.times import Clock
from tests.formats.recording import failed, rules, scan
from tests.kit import NOW, kit

CLOCK = Clock(reference=NOW)

# ---------------------------------------------------------------- misuse


BLOCKS = {
    "pytest": "______ test_a ______\n\n>       ask()\nE       ConnectionRefusedError: [Errno 111] Connection refused\n\nshop.py:15: Error\n",
    "jest": "  ● orders › asks\n\n    connect ECONNREFUSED 127.0.0.1:47002\n\n",
    "vitest": " FAIL  a.test.js > orders > asks\nError: connect ECONNREFUSED 127.0.0.1:47002\n\n",
    "mocha": "  1) orders\n       asks:\n     Error: connect ECONNREFUSED 127.0.0.1:47002\n      at f (/srv/a.js:1:1)\n",
    "node-test": "test at a.js:1:1\n✖ asks (1.2ms)\n  Error: connect ECONNREFUSED 127.0.0.1:47002\n\n",
    "tap": "not ok 1 - asks\n  ---\n  error: 'connect ECONNREFUSED 127.0.0.1:47002'\n  ...\n",
    "go-test": "=== RUN   TestA\n    a_test.go:3: dial tcp 127.0.0.1:47002: connect: connection refused\n--- FAIL: TestA (0.00s)\n",
    "surefire": "[ERROR] a.BTest.asks -- Time elapsed: 0.1 s <<< ERROR!\njava.net.ConnectException: Connection refused\n\tat a.B.c(B.java:1)\n",
    "junit-xml": '<testcase name="asks" classname="B">\n<error message="connect ECONNREFUSED 127.0.0.1:47002"/>\n</testcase>\n',
    "phpunit": "2) BTest::testAsks\nRuntimeException: connect ECONNREFUSED 127.0.0.1:47002\n\n/srv/B.php:3\n",
    "gradle-test": "BTest > asks() FAILED\n    java.lang.RuntimeException: connect ECONNREFUSED 127.0.0.1:47002\n",
    "dotnet-test": "  Failed B.Asks [1 s]\n  Error Message:\n   System.Exception : connect ECONNREFUSED 127.0.0.1:47002\n",
}
FOREIGN = '{"level":30,"time":1795435200000,"msg":"listening"}\n'


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_speaks(name: str) -> None:
    run = scan(BLOCKS[name])
    assert [finding.rule for finding in run.report().findings] == ["network/connection-refused"]
    assert run.found[0].format == name
    assert run.found[0].level == Level.ERROR
    assert "refused" in run.found[0].message.lower()


@pytest.mark.parametrize("name", BLOCKS)
def test_two_blocks_in_a_row_are_two_events(name: str) -> None:
    run = scan(BLOCKS[name] * 2)
    assert len(failed(run)) == 2
    assert [finding.count for finding in run.report().findings] == [2]


@pytest.mark.parametrize("name", BLOCKS)
def test_another_record_ends_a_block_and_the_next_one_begins_anew(name: str) -> None:
    run = scan(BLOCKS[name] + FOREIGN + BLOCKS[name])
    assert len(failed(run)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_half_a_block_is_read_as_far_as_it_goes(name: str) -> None:
    data = BLOCKS[name].encode()
    for end in range(len(data)):
        report = scan(data[:end]).report()
        assert {finding.rule for finding in report.findings} <= {"network/connection-refused"}


@pytest.mark.parametrize("one", BLOCKS)
@pytest.mark.parametrize("other", ["pytest", "jest", "tap", "go-test", "surefire"])
def test_blocks_of_two_runners_stay_apart(one: str, other: str) -> None:
    run = scan(BLOCKS[one] + BLOCKS[other])
    assert len(failed(run)) == 2


# ---------------------------------------------------------------- names and source are no evidence

QUOTING = {
    "pytest": "______ test_connect_ECONNREFUSED_127 ______\n\n    def test_x():\n>       ask('connect ECONNREFUSED 127.0.0.1:5432')\n"
    "E       AssertionError: no\n\na.py:3: AssertionError\n",
    "jest": "  ● answers connect ECONNREFUSED 127.0.0.1:5432 with 503\n\n    expect(received).toBe(expected)\n\n"
    "    > 12 |   ask(new Error('connect ECONNREFUSED 127.0.0.1:5432'))\n         |   ^\n\n      at f (a.test.js:12:3)\n",
    "vitest": " FAIL  a.test.js > answers connect ECONNREFUSED 127.0.0.1:5432\nAssertionError: expected 500 to be 503\n"
    " ❯ a.test.js:12:3\n     12|   ask(new Error('connect ECONNREFUSED 127.0.0.1:5432'))\n       |   ^\n",
    "mocha": "  1) orders\n       answers connect ECONNREFUSED 127.0.0.1:5432:\n     AssertionError: 500 !== 503\n      at f (/srv/a.js:1:1)\n",
    "node-test": "test at a.js:1:1\n✖ answers connect ECONNREFUSED 127.0.0.1:5432 (1.2ms)\n  AssertionError: 500 !== 503\n",
    "tap": "not ok 1 - answers connect ECONNREFUSED 127.0.0.1:5432\n  ---\n  error: '500 !== 503'\n  ...\n",
    "gradle-test": "BTest > answers connect ECONNREFUSED 127.0.0.1:5432 FAILED\n    java.lang.AssertionError: 500\n",
    "junit-xml": '<testcase name="answers connect ECONNREFUSED 127.0.0.1:5432"><failure message="500 is not 503"/></testcase>\n',
}


@pytest.mark.parametrize("name", QUOTING)
def test_a_name_that_quotes_an_error_is_no_sign_of_it(name: str) -> None:
    run = scan(QUOTING[name])
    report = run.report()
    assert report.findings == ()
    assert report.summary.error_events == 1
    assert len(failed(run)) == 1


MUTE = (
    "test_a.py::test_connect_ECONNREFUSED PASSED                 [ 50%]\n",
    "______ test_a ______\n------ Captured stdout call ------\nError: connect ECONNREFUSED 127.0.0.1:5432\n",
    "=========== short test summary info ===========\nFAILED a.py::test_a - Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    "  ● Console\n\n    console.error\n      Error: connect ECONNREFUSED 127.0.0.1:5432\n          at f (/srv/a.js:1:1)\n",
    "stderr | a.test.js > orders > asks\nError: connect ECONNREFUSED 127.0.0.1:5432\n    at f (/srv/a.js:1:1)\n",
    "    ✔ answers Error: connect ECONNREFUSED 127.0.0.1:5432\nError: connect ECONNREFUSED 127.0.0.1:5432\n",
    "ok 1 - answers\n# Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    "not ok 1 - asks # TODO Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    "not ok 1 - asks # SKIP Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    "test at a.js:1:1\n✖ asks (1.2ms) # TODO\n  Error: connect ECONNREFUSED 127.0.0.1:47002\n",
    "=== RUN   TestA\nError: connect ECONNREFUSED 127.0.0.1:5432\n--- PASS: TestA (0.00s)\n",
    "=== RUN   TestA\n    a_test.go:3: connection refused\n--- SKIP: TestA (0.00s)\n",
    "[INFO] Running a.BTest\nError: connect ECONNREFUSED 127.0.0.1:5432\n",
    "[ERROR] Errors: \n[ERROR]   BTest.asks:3 » Connect Connection refused\n",
    '<testcase name="a"><skipped message="connect ECONNREFUSED 127.0.0.1:5432"/></testcase>\n',
    '<testcase name="a"><system-err>connect ECONNREFUSED 127.0.0.1:5432</system-err></testcase>\n',
    "There was 1 skipped test:\n\n1) BTest::testA\nconnect ECONNREFUSED 127.0.0.1:5432\n",
    "BTest > asks() STANDARD_ERROR\n    Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    "  Passed B.Answers [1 ms]\n  Standard Output Messages:\n Error: connect ECONNREFUSED 127.0.0.1:5432\n",
    '      "title": "a",\n      "fullTitle": "connect ECONNREFUSED 127.0.0.1:5432",\n      "err": {}\n    },\n',
    "> shop@1.0.0 test\n> node --test\n\nError: connect ECONNREFUSED 127.0.0.1:5432\n",
    "> mocha\n\n\n  orders\nError: connect ECONNREFUSED 127.0.0.1:5432\n",
)


@pytest.mark.parametrize("text", MUTE)
def test_what_passed_or_may_have_passed_is_mute(text: str) -> None:
    report = scan(text).report()
    assert (report.findings, report.unknown) == ((), ())


def test_what_runs_behind_the_tests_speaks_for_itself() -> None:
    after = "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at f (/srv/a.js:1:1)\n"
    for last in (
        "1 failed, 3 passed in 0.20s\n",
        "Ran all test suites.\n",
        "ℹ duration_ms 2573.497955\n",
        "# skipped 0\n",
        "ok  \texample.com/shop\t0.009s\n",
        "[INFO] BUILD SUCCESS\n",
        " ✔ Container shop-db-1  Started\n",
        "OK (3 tests, 4 assertions)\n",
    ):
        assert [finding.rule for finding in scan(last + after).report().findings] == ["network/connection-refused"], last


def test_a_run_of_mocha_that_cannot_start_speaks() -> None:
    text = "> mocha\n\n\nError: Cannot find module './shop.cjs'\n    at f (/srv/a.js:1:1)\n"
    assert scan(text).report().summary.error_events == 1


NOT_THEIRS = (
    "  1) open the valve",
    "____",
    "_ _ _ _ _ _ _ _",
    "==== Starting ====",
    "FAIL",
    "ok",
    "okay 12 things",
    "There were 2 of them:",
    "[ERROR] cannot connect",
    "[INFO] Running",
    "  • item",
    "# a comment",
    "stderr: no",
    "test at noon",
    "a > b",
    " FAIL  x",
    "1) one",
)


@pytest.mark.parametrize("line", NOT_THEIRS)
def test_lines_that_look_alike_are_no_runners(line: str) -> None:
    reader = LineReader(BUILT_IN, kit().wrappers)
    form = reader.read(line.encode(), 0).form
    assert form == PLAIN or reader.formats[form].parse(line, CLOCK) is None


TAILS = (
    " ", "\t", "_", "_ ", "\n       x", "\n         x:", " > ", " (1 (", " in ", ":1:1 at ", "\n    at f (a.js:1:1", "<testcase ", "<error ", "[ ",
    "\n  > 1 |", "# todo ", "\n  ---", "E   x\n", "a.py:1: in ", '\n        "stack": "\\', "\n --- FAIL: ", "⎯", "\n ❯ a ", "a.", "(",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("form", RUNNERS, ids=lambda form: form.name)
def test_no_record_takes_long(form: Format) -> None:
    for sample in form.samples:
        for tail in TAILS:
            for head in (sample.text, sample.text.split("\n", 1)[0]):
                record = (head + tail * 65_536)[:65_536]
                began = time.process_time()
                form.parse(record, CLOCK)
                assert time.process_time() - began < 1, (head, tail)


# ---------------------------------------------------------------- what is read


def read(name: str, record: str) -> Any:
    header = next(form for form in RUNNERS if form.name == name).parse(record, CLOCK)
    assert header is not None
    return header


def test_pytest_chains_are_read_as_pythons_own() -> None:
    record = (
        "____ test_a ____\n\n    def test_a():\n>       a.outer()\n\ntest_a.py:4: \n_ _ _ _ _\na.py:3: in outer\n    inner()\n"
        "E   KeyError: 'x'\n\nThe above exception was the direct cause of the following exception:\n\n"
        "    def test_a():\n>       a.outer()\n\ntest_a.py:4: \n_ _ _ _ _\n\n    def outer():\n>       raise ValueError(1) from error\n"
        "E       ValueError: 1\n\na.py:5: ValueError\n"
    )
    event = scan(record).found[0]
    trace = event.traces[0]
    assert (trace.kind, trace.message) == ("ValueError", "1")
    assert trace.cause is not None
    assert (trace.cause.kind, [str(frame) for frame in trace.cause.frames]) == (
        "KeyError",
        ["a.py:3 in outer", "test_a.py:4 in test_a"],
    )
    assert event.message.startswith("test_a: ValueError: 1")


def test_source_that_quotes_a_traceback_is_no_traceback() -> None:
    record = (
        "____ test_a ____\n\n    def test_a():\n        text = 'Traceback (most recent call last): connect ECONNREFUSED 127.0.0.1:5432'\n"
        ">       assert not text\nE       AssertionError: assert not 'x'\n\ntest_a.py:4: AssertionError\n"
    )
    run = scan(record)
    assert run.report().findings == ()
    assert str(run.found[0].blame) == "test_a.py:4 in test_a"


def test_pytest_tells_errors_in_one_line_each() -> None:
    record = "==== FAILURES ====\n/srv/test_a.py:12: ConnectionRefusedError: [Errno 111] Connection refused\n"
    assert [finding.rule for finding in scan(record).report().findings] == ["network/connection-refused"]


def test_pytest_that_breaks_down_speaks() -> None:
    record = "==== test session starts ====\nINTERNALERROR> Traceback (most recent call last):\nINTERNALERROR> OSError: [Errno 28] No space\n"
    header = read("pytest", record)
    assert header.level == Level.ERROR
    assert header.text.endswith("OSError: [Errno 28] No space")


def test_captured_output_of_a_failed_test_speaks() -> None:
    record = (
        "____ test_a ____\n\n>   f()\nE   AssertionError\n\na.py:1: AssertionError\n---- Captured stderr call ----\n"
        "connect ECONNREFUSED 10.0.0.1:5432\n"
    )
    assert rules(scan(record).report()) == [("network/connection-refused", "10.0.0.1:5432")]


def test_a_doctest_is_read_whole() -> None:
    record = (
        "____ [doctest] shop.total ____\n003 >>> total([1])\nExpected:\n    1\nGot:\n    0\n\n/srv/shop.py:3: DocTestFailure\n"
    )
    assert read("pytest", record).message.startswith("[doctest] shop.total: 003 >>> total")


def test_tape_sets_its_block_in() -> None:
    record = (
        "not ok 2 adds up\n  ---\n    operator: equal\n    expected: 400\n    actual:   300\n    stack: |-\n      Error: adds up\n"
        "          at Test.assert [as _assert] (/srv/shop/node_modules/tape/lib/test.js:492:48)\n          at /srv/shop/total.js:5:5\n  ...\n"
    )
    event = scan(record).found[0]
    assert event.message.startswith("adds up: Error: adds up\n    at Test.assert")
    assert str(event.blame) == "/srv/shop/total.js:5"
    assert "actual: '300'" in event.text


def test_go_tells_subtests_apart() -> None:
    record = (
        "=== RUN   TestA\n=== RUN   TestA/one\n    a_test.go:3: UNIQUE constraint failed: users.email\n=== RUN   TestA/two\n"
        "    a_test.go:4: dial tcp 127.0.0.1:47002: connect: connection refused\n--- FAIL: TestA (0.00s)\n"
        "    --- PASS: TestA/one (0.00s)\n    --- FAIL: TestA/two (0.00s)\nFAIL\nFAIL\texample.com/a\t0.003s\n"
    )
    run = scan(record)
    assert failed(run) == ["TestA/two"]
    assert rules(run.report()) == [("network/connection-refused", "127.0.0.1:47002")]


def test_go_json_that_is_no_test_line_is_left_alone() -> None:
    wrapper = GoTestJson()
    assert wrapper.unwrap(b'{"Time":"2026-11-23T10:00:00Z","Action":"start"}') is None
    assert wrapper.unwrap(b'{"Time":"2026-11-23T10:00:00Z","Action":"out') is None
    assert wrapper.unwrap(b'{"Time":"2026-11-23T10:00:00Z","Action":"\xff"}') is None


def test_go_json_keeps_a_tests_own_log_lines_with_it() -> None:
    def line(text: str) -> str:
        return f'{{"Time":"2026-11-23T10:00:00.1Z","Action":"output","Package":"a","Test":"TestA","Output":"{text}\\n"}}\n'

    start, log = line("=== RUN   TestA"), line("2026/11/23 10:00:00 dial tcp 127.0.0.1:47002: connect: connection refused")
    assert scan(start + log + line("--- PASS: TestA (0.00s)")).report().findings == ()
    assert len(scan(start + log + line("--- FAIL: TestA (0.00s)")).report().findings) == 1


def test_tests_on_one_line_of_xml_are_told_together_and_no_frame_is_blamed_for_another() -> None:
    record = (
        '<?xml version="1.0"?><testsuites><testcase classname="a" name="one"><failure message="x">java.lang.Error: x\n'
        '\tat a.B.c(B.java:1)\n</failure></testcase><testcase classname="a" name="two"/><testcase classname="a" name="three">'
        '<error message="Duplicate entry &apos;1&apos; for key &apos;users.email&apos;"/></testcase></testsuites>\n'
    )
    run = scan(record)
    assert failed(run) == ["a.one", "a.three"]
    assert run.found[0].blame is None
    assert [finding.rule for finding in run.report().findings] == ["mysql/duplicate-key"]


def test_a_field_names_tests_that_failed() -> None:
    for form in RUNNERS:
        assert form.field_patterns("test.outcome", "== failed") == form.errors
        assert form.field_patterns("test.outcome", "!= failed") == ()

"""What no text may do: raise, take long, or make a trace without end. And what a memo must do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.model import Trace
from diagnose.traces import java, node_lines, parse_traces, python
from diagnose.traces.draft import MAX_LINKS, MAX_NESTING

SIZE = 65_536
LINES = (
    "java.lang.IllegalStateException: closed",
    'Exception in thread "main" com.example.Boom',
    "\tat com.example.Shop.main(Shop.java:9)",
    "\t\tat com.example.Shop.lambda$main$0(Shop.java:9) ~[na:na]",
    "Caused by: java.io.IOException: disk",
    "\tSuppressed: java.io.EOFException",
    "Wrapped by: java.lang.RuntimeException: x",
    "\t... 12 more",
    "Caused by: [CIRCULAR REFERENCE: java.io.IOException: disk]",
    "   java.lang.Thread.State: RUNNABLE",
    "Traceback (most recent call last):",
    "  + Exception Group Traceback (most recent call last):",
    '  File "/srv/app/main.py", line 3, in run',
    '    |   File "/srv/app/main.py", line 3, in run',
    "    run()",
    "    ~~~^^",
    "ValueError: no",
    "  | ExceptionGroup: two (2 sub-exceptions)",
    "  +-+---------------- 1 ----------------",
    "    +---------------- 2 ----------------",
    "    +------------------------------------",
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
    "Call stack:",
    '"""',
    "Current thread 0x00007fab47e36b80 (most recent call first):",
    "Fatal Python error: Aborted",
    "TypeError [ERR_X]: no",
    "    at run (/srv/app/run.js:1:2)",
    "    at async node:internal/main:1:2 {",
    "    at run (/srv/app/run.js:1:2) { code: 'X' }",
    "  [cause]: Error: inner",
    "      at run (/srv/app/run.js:1:2) {",
    "  [errors]: [",
    "    [Error: x] { a: { b: 1 } },",
    "  code: 'ECONN' +",
    "    'REFUSED',",
    "  ]",
    "}",
    "caused by: Error: x",
    "",
    '{"stack":"Error: x\\n    at run (/srv/app/run.js:1:2)\\n","x":"\\ud83d"}',
)


def all_of(traces: tuple[Trace, ...]) -> list[Trace]:
    found: list[Trace] = []
    rest = list(traces)
    while rest:
        trace = rest.pop()
        found.append(trace)
        rest += [*trace.others, *([trace.cause] if trace.cause is not None else [])]
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=40).map("\n".join))
def test_no_arrangement_of_lines_raises(text: str) -> None:
    for trace in all_of(parse_traces(text)):
        assert trace.kind or trace.frames or trace.others
        assert "\n" not in trace.kind
        assert all(frame.line >= 0 and frame.column >= 0 and "\n" not in frame.file for frame in trace.frames)
        assert trace.message.encode() is not None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="at (:)\n\\\"'{}[],.$/|+-<>Eror1 \t", max_size=300))
def test_no_arrangement_of_characters_raises(text: str) -> None:
    parse_traces("  at " + text)
    parse_traces('Traceback (most recent call last):\n  File "a.py", line 1\n' + text)
    parse_traces("Error: x\n    at run (/srv/app/run.js:1:2) {\n" + text)
    parse_traces("Caused by: java.io.IOException: x\n\tat a.B.c(B.java:1)\n" + text)


NODE = "Error: x\n    at x (/a.js:1:2) {\n"
JAVA = "\n\tat a.B.c(B.java:1)\n    at x (/a.js:1:2)\n"
HOSTILE = {
    "short lines": "Traceback (most recent call last):\n" + JAVA + "a\n" * (SIZE // 2),
    "blank lines": "\n" * SIZE + '  at .java:", line ',
    "blanks": "  at " + " " * SIZE + '\n", line .java:',
    "one long word": "Aa" * (SIZE // 2) + JAVA,
    "many names": "Aa " * (SIZE // 3) + JAVA,
    "dots": "a." * (SIZE // 2) + JAVA,
    "properties": NODE + "  a: 1,\n" * (SIZE // 8),
    "open objects": NODE + "  a: " + "{ a: " * (SIZE // 5),
    "escaped quotes": NODE + "  a: '" + "\\'" * (SIZE // 2),
    "aliases": "    at " + " [as " * (SIZE // 5) + " (/a.js:1:2)\n",
    "a path of dots": '  File "' + "a." * (SIZE // 2) + '", line 3, in f\n',
    "a path of slashes": "SyntaxError: x\n" + "/:1" * (SIZE // 3) + "\nSyntaxError: x" + JAVA,
    "blanks in a margin": "  + Exception Group Traceback (most recent call last):\n" + (" " * 60 + "x\n") * 500 + " " * SIZE,
    "a place of dots": "\n\tat a.B.c(" + "a." * (SIZE // 2) + " )",
    "a module of slashes": "\n\tat " + "a/" * (SIZE // 2) + "a.B.c(B.java:1)\n",
    "dollars": "\n\tat a.B" + "$$Lambda$" * (SIZE // 9) + ".c(B.java:1)\n\tat a.B" + ".lambda$" * (SIZE // 8) + "(B.java:1)\n",
    "open strings": NODE + "  a: " + "'a" * (SIZE // 2),
    "backslashes": NODE + "  a: '" + "\\" * SIZE,
    "strings that go on": NODE + "  a: 'x' +\n    'yy' +\n" * (SIZE // 22),
    "quotes": '"' * (SIZE // 2) + "\\n  at " + '"\\' * (SIZE // 4),
    "escaped newlines": "\\n" * (SIZE // 2) + "  at ",
    "parentheses": "    at (((((((((((\n" * (SIZE // 18) + ".java:",
    "eval": "    at eval (eval at " + "(" * SIZE,
    "causes": "Caused by: a.B: x\n" * (SIZE // 18) + ".java:",
    "connectors": "The above exception was the direct cause of the following exception:\n\nA: b\n" * 800 + '", line ',
    "headers and frames": "Xx\n    at x (/a.js:1:2)\n" * (SIZE // 24),
    "branches": "Traceback (most recent call last):\n" + "+-+---------------- 1 ----------------\n" * (SIZE // 38),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear(name: str) -> None:
    text = HOSTILE[name]
    best = float("inf")
    for _ in range(3):
        for memo in (java._frame, python._frame, node_lines.read_frame):
            memo.cache_clear()
        start = time.process_time()
        parse_traces.__wrapped__(text)
        best = min(best, time.process_time() - start)
    assert best < 0.1, f"{best * 1e3:.0f} ms for {len(text)} characters; about 10 are to be expected"


def test_a_long_chain_keeps_its_ends() -> None:
    causes = "".join(f"Caused by: a.B: {number}\n\tat a.B.c(B.java:{number})\n" for number in range(5_000))
    (trace,) = parse_traces(f"a.Outer: x\n\tat a.B.c(B.java:1)\n{causes}")
    assert (trace.kind, trace.root.message) == ("a.Outer", "4999")
    assert len(all_of((trace,))) == MAX_LINKS


def test_deep_nesting_ends() -> None:
    text = (
        "a.B: x\n" + "".join("\t" * depth + f"Suppressed: a.B: {depth}\n" for depth in range(1, 400)) + "\tat a.B.c(B.java:1)\n"
    )
    (trace,) = parse_traces(text)
    assert 1 < len(all_of((trace,))) <= MAX_NESTING + 1


def test_deep_groups_end() -> None:
    rows = [" " * (2 * depth) + "+-+---------------- 1 ----------------" for depth in range(1, 1_500)]
    traces = parse_traces("Traceback (most recent call last):\nExceptionGroup: x\n" + "\n".join(rows))
    assert len(all_of(traces)) <= MAX_NESTING + 1


def test_equal_texts_are_parsed_once() -> None:
    text = "Error: once\n    at run (/srv/app/run.js:1:2)\n"
    assert parse_traces(text) is parse_traces("".join(list(text)))

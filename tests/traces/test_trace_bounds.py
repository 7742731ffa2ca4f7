"""What no text may do: raise, take long, or make a trace without end. And what a memo must do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.model import Trace
from diagnose.traces import dotnet, go, java, native_frames, node_lines, parse_traces, php, python, ruby, rust
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
    "panic: assignment to entry in nil map",
    "\tpanic: again [recovered]",
    "goroutine 7 [chan receive, 3 minutes]:",
    "main.work(0x1)",
    "\t/srv/app/work.go:4 +0x1d",
    "created by main.main in goroutine 1",
    "/srv/app/work.go:4 (0x4862b7)",
    "\tpanicmem: panic(memoryError)",
    "runtime stack:",
    "PHP Fatal error:  Uncaught Shop\\Missing: no in /srv/app/a.php:3",
    "Next Shop\\Missing: no in /srv/app/a.php:3",
    "Stack trace:",
    "#0 /srv/app/a.php(3): f()",
    "#1 [internal function]: {closure}()",
    "#2 {main}",
    "  thrown in /srv/app/a.php on line 3",
    "[stacktrace]",
    "[previous exception] [object] (Missing(code: 0): no at /srv/app/a.php:3)",
    "Call Stack:",
    "    0.0002     397632   1. {main}() /srv/app/a.php:0",
    "thread 'main' (7) panicked at src/main.rs:3:4:",
    "stack backtrace:",
    "   0: app::main",
    "             at ./src/main.rs:3:4",
    "Caused by:",
    "/srv/app/a.rb:3:in `f': no (Missing)",
    "\tfrom /srv/app/a.rb:3:in `f'",
    "Causes:",
    "System.Exception: no",
    " ---> (Inner Exception #1) System.Exception: no",
    " ---> System.Exception: no",
    "   at Shop.Run(String a) in /srv/app/Run.cs:line 3<---",
    "   --- End of inner exception stack trace ---",
    "terminate called after throwing an instance of 'int'",
    "Program received signal SIGSEGV, Segmentation fault.",
    "Thread 2 (Thread 0x7f (LWP 2)):",
    "#0  0x00007f in f (a=1) at /srv/app/a.cpp:3",
    "#1  <signal handler called>",
    "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60",
    "READ of size 4 at 0x60 thread T0",
    "    #0 0x7f in f(int) /srv/app/a.cpp:3:4",
    "==7== Invalid read of size 4",
    "==7==    at 0x7F: f (a.cpp:3)",
    "./app(main+0xc7)[0x55]",
    " 0# f() in ./app",
    "FATAL ERROR: Reached heap limit",
    "----- JavaScript stack trace -----",
    " 1: 0xb7 node::Abort() [node]",
    "1: run (/srv/app/run.js:1:2)",
    "# A fatal error has been detected by the Java Runtime Environment:",
    "#  SIGSEGV (0xb) at pc=0x7f",
    "# V  [libjvm.so+0xed]  Unsafe+0x1",
    "Java frames: (j=interpreted)",
    "j  com.example.Shop.main()V+1",
    "./deploy.sh: line 3: shopctl: command not found",
    "+ shopctl run",
    "7 main ./deploy.sh",
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
    "goroutines": "panic: x\n" + "goroutine 1 [running]:\n" * (SIZE // 24),
    "brackets of goroutines": "goroutine " + "goroutine 1 [" * (SIZE // 13),
    "panics": "panic: " * (SIZE // 7) + "\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1 +0x1\n",
    "panics of panics": "panic: a\n" + "\tpanic: b\n" * (SIZE // 10) + "\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1 +0x1\n",
    "pairs that are none": ".go:" + "a\n\ta" * (SIZE // 4),
    "blanks before a Go file": "main.f()\n\t" + "a " * (SIZE // 2) + ".go:1\n",
    "errors that wrap": "x\n" + "a.b\n\t/a.go:1\nx\n" * (SIZE // 16),
    "objects": "[object] (A(code: 0): " * (SIZE // 22),
    "an object of places": "[object] (A(code: 0): " + " at " * (SIZE // 4),
    "a message of places": "Uncaught A: x" + " in a" * (SIZE // 5) + " in /a.php:1\nStack trace:\n#0 {main}",
    "names of exceptions": "AException " * (SIZE // 11) + " in /a.php:1\nStack trace:\n#0 {main}",
    "fatal errors": ("Fatal error: x" + " in" * 20 + "\n") * (SIZE // 75),
    "a fatal error of places": "Fatal error: x" + " in " * (SIZE // 4),
    "numbers of PHP": "Stack trace:\n" + "#1 (" * (SIZE // 4),
    "calls of xdebug": "Call Stack:\n" + "    0.1 1 1. f(" + ") a" * (SIZE // 3),
    "next and next": "Fatal error: Uncaught A: x in /a.php:1\nStack trace:\n#0 {main}\n"
    + "\nNext A: x in /a.php:1\nStack trace:\n#0 {main}\n" * 1_300,
    "panics of Rust": "thread 'a' panicked at '" * (SIZE // 24) + "\nstack backtrace:\n",
    "causes of Rust": "Error: x\n\nCaused by:\n" + "    0: x\n" * (SIZE // 9),
    "numbers of Rust": "stack backtrace:\n" + "   0: a\n" * (SIZE // 8),
    "words of Ruby": ":in `" + "a" * SIZE,
    "colons of Ruby": ":in `" + "a:1" * (SIZE // 3),
    "messages of Ruby": "a.rb:1:in `a': x (A)\n" * (SIZE // 21),
    "parentheses of Ruby": "a.rb:1:in `a': " + " (A) (" * (SIZE // 6),
    "classes above Ruby": "A::" * (SIZE // 3) + "\na.rb:1:in `a'\n",
    "blanks above Ruby": "\n\n" + " " * SIZE + "\na.rb:1:in `a'\n",
    "inner exceptions": "System.A: x\n" + " ---> System.A: x\n" * (SIZE // 18),
    "inner exceptions on one line": "System.A: x" + " ---> System.A: x" * (SIZE // 17) + "\n   at A.B()\n",
    "members": "System.A: x\n" + " ---> (Inner Exception #1) System.A: x\n<---\n" * (SIZE // 43),
    "names of .NET": "System." + "a." * (SIZE // 2) + "\n   at A.B()\n",
    "arguments of .NET": "System.\n   at A.B(" + "a b, " * (SIZE // 5) + "\n",
    "state machines": "System.\n   at A" + ".<a>d__1" * (SIZE // 8) + "()\n",
    "sections": "==1==ERROR: LeakSanitizer: detected memory leaks\n"
    + "Direct leak of 1 byte\n    #0 0x1 in f /a.cpp:1\n" * (SIZE // 45),
    "a frame of blanks": "==1==ERROR: ASanitizer: x\n    #0 0x1 in" + " a" * (SIZE // 2),
    "a frame of parentheses": "#0  0x1 in " + "f (" * (SIZE // 3) + "\n",
    "a frame of places at": "#0  0x1 in f (" + ") at a" * (SIZE // 6) + "\n",
    "a frame of valgrind": "==1==    at 0x1: " + "f (" * (SIZE // 3) + "\n",
    "a frame of Boost": " 0# " + "a in " * (SIZE // 5) + "\n",
    "modules": ")[0x\n" + "a(" * (SIZE // 2),
    "mangled": "a(_ZN" + "1a" * (SIZE // 2) + "+0x1)[0x1]\n",
    "assertions": "a: b:1: " + "c: Assertion `" * (SIZE // 14) + "' failed.",
    "runtime errors": ": runtime error: " + "a:1:1: runtime error" * (SIZE // 20),
    "frames of V8": "FATAL ERROR: x\n" + " 1: 0x1 " + "[" * SIZE,
    "entries of V8": "FATAL ERROR: x\n==== JS stack trace ====\n    1: " + "a [" * (SIZE // 3),
    "frames of the JVM": "# A fatal error has been detected by the Java Runtime Environment\n#  SIGSEGV\n"
    + "j  a.b()V\n" * (SIZE // 10),
    "a name of the JVM": "# A fatal error has been detected by the Java Runtime Environment\n#  SIGSEGV\nj  "
    + "a." * (SIZE // 2)
    + "\n",
    "waits": "Java-level deadlock" + '\n"a":\n  waiting to lock monitor a, a b' * (SIZE // 36),
    "lines of a shell": "a: line 1: x: command not found\n" * (SIZE // 32),
    "traced lines of a shell": "+ " + "a:1:" * (SIZE // 4) + "\na: line 1: x: command not found\n",
    "callers": "1 f ./a.sh\n" * (SIZE // 11) + "1 main ./a.sh",
    "branches": "Traceback (most recent call last):\n" + "+-+---------------- 1 ----------------\n" * (SIZE // 38),
}


MEMOS = (
    java._frame,
    python._frame,
    node_lines.read_frame,
    go._frame,
    go._gin_frame,
    php._frame,
    rust._frame,
    ruby._frame,
    dotnet._frame,
    native_frames.frame,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear(name: str) -> None:
    text = HOSTILE[name]
    best = float("inf")
    for _ in range(3):
        for memo in MEMOS:
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

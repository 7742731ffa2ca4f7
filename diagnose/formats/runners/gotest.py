"""`go test`: its text with and without `-v`, and its JSON, which is a wrapping of the same text.

With `-v` a test's output stands between `=== RUN` and `--- PASS:`, and in parallel tests behind `=== NAME`. Only `=== RUN` of a test that
is no subtest starts a record, so that the record holds how each of its tests ended, and what failed is told apart. Without `-v` a record
begins with `--- FAIL:` where no other takes it, told by `Format.plain`. Output that is a record of another format
(Go's own log lines among them) cuts a test's text in two, and nothing then tells whose it is; in JSON each line names its test, and
nothing is cut. Shapes: Go 1.26 run by fixtures/lab/runners, https://pkg.go.dev/cmd/test2json.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from diagnose.formats.runners.base import FAILED, PASSED, UNKNOWN, Runner
from diagnose.hooks import Sample, Unwrapped
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_SWITCH = lazy(r"=== (?:RUN|CONT|NAME|PAUSE|TEST) +([^\n]+)\Z")
_ENDED = lazy(r" *--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)\Z")
_PLACE = lazy(r" *([\w.-]+\.go):\d{1,7}: ")
_PACKAGE = lazy(r"(?:FAIL|PASS|ok  \t|FAIL\t|exit status \d|coverage: )")
_PLAIN_NAME = lazy(rb"[\w./:-]+")
_TEST = "=== TEST  "
"""How the record of one test begins where JSON names the test of each line: `Wrapper.unwrap` writes it."""


class GoTest(Runner):
    """`=== RUN   TestName`, output, `    file_test.go:12: message`, `--- FAIL: TestName (0.00s)`."""

    name = "go-test"
    priority = 92
    technologies = ("go-test", "go")
    start = r"=== RUN {3}[^/\s]{1,300}\r?$|=== TEST {2}[^\n]"
    plain = r"--- (?:FAIL|PASS|SKIP): \S+ \([\d.]+s\)"
    errors: tuple[str, ...] = (r"--- FAIL: [^ \n]",)
    samples: tuple[Sample, ...] = (
        Sample(
            "=== RUN   TestStockIsAsked\n    orders_test.go:12: asking the stock service\n"
            "    orders_test.go:14: no stock: dial tcp 127.0.0.1:47002: connect: connection refused\n"
            "--- FAIL: TestStockIsAsked (0.00s)",
            level="error",
            message="TestStockIsAsked: orders_test.go:12: asking the stock service",
        ),
        Sample(
            "=== RUN   TestTotal\n=== RUN   TestTotal/three_prices\n    orders_test.go:40: got 300, want 400\n"
            "=== RUN   TestTotal/says_UNIQUE_constraint_failed\n    orders_test.go:45: UNIQUE constraint failed: users.email\n"
            "--- FAIL: TestTotal (0.00s)\n    --- FAIL: TestTotal/three_prices (0.00s)\n"
            "    --- PASS: TestTotal/says_UNIQUE_constraint_failed (0.00s)",
            level="error",
            message="TestTotal/three_prices: orders_test.go:40: got 300, want 400",
        ),
        Sample(
            "=== RUN   TestRefusedIsAnsweredWith503\nError: connect ECONNREFUSED 127.0.0.1:5432\n"
            "--- PASS: TestRefusedIsAnsweredWith503 (0.00s)",
            level="info",
        ),
        Sample(
            "=== RUN   TestSkipped\n    stock_test.go:28: no database: connection refused\n--- SKIP: TestSkipped (0.00s)",
            level="info",
        ),
        Sample("=== TEST  TestTotal/three_prices\n\t    orders_test.go:40: got 300, want 400", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read the tests of a record; those that did not fail in it say nothing."""
        run, wrapped = _Run(), record.startswith(_TEST)
        for line in record.split("\n"):
            run.take(line.removeprefix("\t") if wrapped else line)
        failed = [test for test, outcome in run.outcomes.items() if outcome == "FAIL"]
        # Of a test that only its subtests made fail, JSON has nothing but the outcome.
        told = [test for test in failed if run.output.get(test)] or ([] if wrapped else failed[:1])
        if not told:
            return self.mute(FAILED if failed else PASSED if run.outcomes else UNKNOWN, run.first)
        details = "\n".join(line for test in told for line in run.output.get(test, ()))
        place = _PLACE.match(details)
        header = self.failed(told[0], details, place[1] if place else "")
        if len(told) > 1:
            header.fields["test.names"] = ", ".join(told)
        return header


@dataclass(slots=True)
class _Run:
    """The tests of one record: what each printed, and how it ended."""

    output: dict[str, list[str]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    first: str = ""
    running: str = ""

    def take(self, line: str) -> None:
        """Read one line: whose turn it is, how a test ended, or output of the one whose turn it is.

        Without `-v`, and below the outcomes of subtests, a test's lines follow its outcome.
        """
        switch = _SWITCH.match(line.rstrip())
        ended = None if switch else _ENDED.match(line.rstrip())
        if switch is not None:
            self.running = switch[1]
        elif ended is not None:
            self.outcomes[ended[2]] = ended[1]
            self.running = ended[2]
        elif line.strip() and not _PACKAGE.match(line):
            self.output.setdefault(self.running, []).append(line)
        self.first = self.first or self.running


class _Entry(msgspec.Struct):
    Time: str = ""
    Action: str = ""
    Package: str = ""
    Test: str = ""
    Output: str = ""


class GoTestJson:
    """`go test -json`: each line is one of a test's text, and names the test: a stream of its own."""

    name = "go-test-json"
    marker = r'\{"Time":"[^"]{10,40}","Action":"'
    partial = ""
    names_service = False
    container = False
    samples: tuple[str, ...] = (
        '{"Time":"2026-11-25T23:30:31.291076006Z","Action":"run","Package":"example.com/shop/orders","Test":"TestStockIsAsked"}',
        '{"Time":"2026-11-25T23:30:31.291104061Z","Action":"output","Package":"example.com/shop/orders","Test":"TestStockIsAsked",'
        '"Output":"=== RUN   TestStockIsAsked\\n"}',
        '{"Time":"2026-11-25T23:30:31.291505328Z","Action":"output","Package":"example.com/shop/orders","Test":"TestStockIsAsked",'
        '"Output":"--- FAIL: TestStockIsAsked (0.00s)\\n"}',
    )

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_Entry).decode

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """(package and test, the line of text, False, time). What a test prints is set in, so that it starts no record of its own."""
        try:
            entry = self._decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        stream = f"{entry.Package} {entry.Test}".encode("utf-8", "replace")
        if not entry.Package or not entry.Time or self.needle(stream) not in line:
            return None
        text = entry.Output.removesuffix("\n").replace("\n", " ")
        if entry.Test and text.startswith("=== RUN "):
            text = _TEST + entry.Test
        elif entry.Test:
            text = "\t" + text
        return stream, text.encode("utf-8", "replace"), False, entry.Time

    def needle(self, stream: bytes) -> bytes:
        """The test as Go writes it, where its name needs no escapes; else the package."""
        package, _, test = stream.partition(b" ")
        if test and _PLAIN_NAME.fullmatch(test):
            return b'"Test":"%b"' % test
        return b'"Package":"%b"' % package if _PLAIN_NAME.fullmatch(package) else b""

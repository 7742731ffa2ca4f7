"""pytest's text report: `____ test_name ____` blocks, progress lines, the summary.

pytest shows captured output only below the block of its test, so only blocks speak. The summary at the end repeats their errors.
Shapes: https://docs.pytest.org/en/stable/how-to/output.html, and pytest 9 run by fixtures/lab/runners.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnose.formats.runners.base import FAILED, PASSED, UNKNOWN, Runner, dedent
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_TITLE = lazy(r"_+ (.+?) _+\r?(?:\n|\Z)")
_ROLE = lazy(r"ERROR (?:at (?:setup|teardown) of|collecting) ")
_CAPTURED = lazy(r"-{2,} Captured \w+(?: \w+)? -{2,}\Z")
_PLACE = lazy(r"([^\s:][^:\n]*):(\d{1,7}): ?(?:in (.+)|((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*))?\Z")
_DEFINED = lazy(r"[ >]*(?:async )?def (\w+)\(")
_ERROR = lazy(r"E(?:\Z|   (.*)\Z)")
_KIND = lazy(r"((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?::(?: |\Z)|\Z)")
_NATIVE = lazy(r"(?m)^(?:  \+ Exception Group )?Traceback \(most recent call last\):")
_LINK = ("The above exception was the direct cause", "During handling of the above exception")
_SECTIONS = (
    r"(?:test session starts|FAILURES|ERRORS|PASSES|XFAILURES|XPASSES|warnings summary(?: \(final\))?|short test summary info"
    r"|slowest (?:\d{1,5} )?durations)"
)
_BARE_ERRORS = lazy(r"=+ (?:FAILURES|ERRORS) =")
_INTERNAL = lazy(r"(?m)^INTERNALERROR> ?(.*)$")
_RESULT = r"(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN)"
_OUTCOME = lazy(rf"(?:\A|\s)({_RESULT[3:-1]})(?:\s|\Z)")


class Pytest(Runner):
    """`____ test_name ____`, the source with `>` and `E` lines, frames as `file:line: in name`, captured output."""

    name = "pytest"
    priority = 84
    technologies = ("pytest", "python")
    start = (
        r"_{1,200} [A-Za-z\[][^\n]{0,400} _{1,200}\r?$"
        rf"|={{3,200}} {_SECTIONS} ={{3,200}}"
        rf"|[\w./-]{{1,200}}\.py::[^\n]{{1,400}}|\[gw\d{{1,3}}\] (?:\[ *\d{{1,3}}%\] )?{_RESULT} "
    )
    errors: tuple[str, ...] = (r"_{3} [A-Za-z\[][^\n]* _{3}", r"E {7}assert ", "INTERNALERROR")
    samples: tuple[Sample, ...] = (
        Sample(
            "_______ test_stock_is_asked _______\n\n    def test_stock_is_asked():\n>       shop.ask_stock(47002)\n\ntest_failing.py:12: \n"
            "_ _ _ _ _ _ _ _ _ _\n    def ask_stock(port):\n>       socket.create_connection(port)\n"
            "E       ConnectionRefusedError: [Errno 111] Connection refused\n\nshop.py:15: ConnectionRefusedError\n"
            "------- Captured stdout call -------\nasking the stock service",
            level="error",
            message="test_stock_is_asked: ConnectionRefusedError: [Errno 111] Connection refused",
        ),
        Sample(
            "________ ERROR at setup of test_with_a_broken_fixture ________\n\n    @pytest.fixture\n    def broken():\n"
            ">       raise KeyError(\"stock\")\nE       KeyError: 'stock'\n\ntest_failing.py:39: KeyError",
            level="error",
            message="test_with_a_broken_fixture: KeyError: 'stock'",
        ),
        Sample(
            "______ test_warns ______\n------ Captured stderr call ------\nTraceback (most recent call last):\nConnectionRefusedError: x",
            level="info",
        ),
        Sample("test_healthy.py::test_connect_ECONNREFUSED_is_answered_with_503 PASSED        [ 20%]", level="info"),
        Sample("[gw0] [ 50%] PASSED test_healthy.py::test_duplicate_key_is_reported ", level="info"),
        Sample(
            "=========== short test summary info ===========\n"
            "FAILED test_failing.py::test_stock_is_asked - ConnectionRefusedError: [Errno 111]",
            level="info",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a block; all other records of pytest say nothing."""
        title = _TITLE.match(record)
        if title is None:
            return self._other(record)
        name = _ROLE.sub("", title[1])
        block = read_block(record[title.end() :])
        if block.passed:
            return self.mute(name=name)
        return self.failed(name, block.error or block.text, block.file, block.text, block.stack)

    def _other(self, record: str) -> Header:
        """A section's title or a progress line. With `--tb=line` the errors themselves stand below the title."""
        first, _, rest = record.partition("\n")
        crash = "\n".join(_INTERNAL.findall(rest))
        if crash:
            return self.failed("pytest itself", crash)
        if _BARE_ERRORS.match(first) and rest.strip():
            return self.failed("tests", rest)
        result = _OUTCOME.search(first)
        if result is None:
            return self.mute(UNKNOWN)
        return self.mute(FAILED if result[1] in ("FAILED", "ERROR") else PASSED)


@dataclass(slots=True)
class Block:
    """What a block says: `error` is its last error with what pytest explains of it, `stack` the traceback, `text` all but the source."""

    error: str = ""
    text: str = ""
    stack: str = ""
    file: str = ""
    passed: bool = False


@dataclass(slots=True)
class _Link:
    """One error of a chain, as it is read."""

    frames: list[tuple[str, str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    function: str = ""
    kind: str = ""

    def told(self) -> str:
        """The error with its kind, which pytest leaves out of a rewritten assertion."""
        lines = self.lines
        margin = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
        text = dedent("\n".join(lines), margin).strip("\n")
        known = _KIND.match(text)
        short = self.kind.rpartition(".")[2]
        if short and not (known and known[1].rpartition(".")[2] == short):
            return f"{self.kind}: {text}" if text else self.kind
        return text

    def traceback(self) -> str:
        """As Python prints it, so that it is read as one."""
        frames = [f'  File "{file}", line {line}, in {function}' for file, line, function in self.frames]
        return "\n".join(["Traceback (most recent call last):", *frames, self.told()])


def read_block(body: str) -> Block:
    """Read what stands below a block's title, or in a failure of pytest's JUnit XML."""
    links, captured, joints = [_Link()], list[str](), list[str]()
    for line in body.split("\n"):
        if captured or _CAPTURED.match(line.rstrip()):
            captured.append(line.rstrip())
        elif line.startswith(_LINK):
            links.append(_Link())
            joints.append(line)
        else:
            _take(links[-1], line.rstrip())
    head = body.partition("\n-")[0] if captured else body
    output = "\n".join(captured)
    if captured and _CAPTURED.match(body.lstrip("\n").partition("\n")[0].rstrip()):
        return Block(passed=True)
    if _NATIVE.search(head):
        thrown = next((line for line in reversed(head.split("\n")) if line[:1].strip()), "")
        return Block(thrown, f"{thrown}\n{body.strip()}", head)
    if not any(link.lines for link in links):
        return Block("", body.strip("\n"), file=links[0].frames[0][0] if links[0].frames else "")
    chain = links[0].traceback()
    for joint, link in zip(joints, links[1:], strict=True):
        chain = f"{chain}\n\n{joint}\n\n{link.traceback()}"
    first = next((file for link in reversed(links) for file, _, _ in link.frames), "")
    # What begins with a traceback is taken for a program's last words.
    error = links[-1].told()
    return Block(error, f"{error}\n{chain}\n{output}".rstrip("\n"), chain, first)


def _take(link: _Link, line: str) -> None:
    """Read one line of source, of the error, or of a place."""
    error = _ERROR.match(line)
    if error is not None:
        link.lines.append(error[1] or "")
        return
    defined = _DEFINED.match(line)
    if defined is not None:
        link.function = link.function or defined[1]
        return
    place = _PLACE.match(line)
    if place is not None:
        link.frames.append((place[1], place[2], place[3] or link.function or "<module>"))
        link.function = ""
        link.kind = place[4] or ""

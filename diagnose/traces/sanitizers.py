"""Reports of AddressSanitizer, LeakSanitizer, MemorySanitizer, ThreadSanitizer, UndefinedBehaviorSanitizer and valgrind.

A report's first stack is where it happened; the further ones (freed by, allocated by, the other thread) are its `others`. Shapes:
compiler-rt's sanitizer_common, valgrind's Memcheck.
"""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.model import Trace
from diagnose.traces import native_frames as shapes
from diagnose.traces.draft import Draft
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"\n(?!\n)(?:"
    r"==\d+== ?(?:ERROR|WARNING): (?P<tool>\w+Sanitizer): (?P<kind>[\w-]+(?: memory leaks| param-overlap)?)(?P<rest>[^\n]*)"
    r"|(?:==\d+==)?WARNING: (?P<racing>\w+Sanitizer): (?P<race>[^\n(]+?)(?: \(pid=\d+\))?(?=\n|\Z)"
    r"|(?P<ub_file>[^\s:]+):(?P<ub_line>\d{1,9}):(?P<ub_column>\d{1,9}): runtime error: (?P<undefined>[^\n]+)"
    r"|(?:  )?(?P<section>(?:READ|WRITE|Read|Write|Atomic|Previous|Location|Thread T|Mutex|Direct leak|Indirect leak|freed by|previously"
    r"|allocated by|Uninitialized|  Memory was|Address 0x)[^\n]*)"
    r"|==\d+==The signal is caused by a (?P<access>\w+) memory access"
    r"|(?P<over>SUMMARY: |=+(?=\n)|==\d+==ABORTING|Shadow bytes)"
    rf"|[ \t]*(?:{shapes.SANITIZER})"
    rf"|{shapes.VALGRIND}"
    r"|==\d+== (?P<error>[A-Z0-9][^\n]*)"
    r"|==\d+==  (?P<detail>Address 0x[^\n]*|Uninitialised value[^\n]*|Block was alloc'd[^\n]*)"
    r")"
)
_ADDRESS = lazy(r"(?: at| of| by| on)? ?0x[0-9a-f]+(?: (?:by|thread) (?:main thread|thread )?\w*)?[^\n]*|:$")
_UNDEFINED = "undefined behavior"
_TOOL_LINES = (
    "Memcheck", "Helgrind", "Copyright", "Using Valgrind", "Command:", "Parent PID", "HEAP SUMMARY", "LEAK SUMMARY", "ERROR SUMMARY",
    "All heap blocks", "For lists", "For counts", "Use --", "Rerun", "To see them", "Reachable blocks", "Warning:", "Massif", "DRD",
)  # fmt: skip


class SanitizerTraces:
    """Reads the reports of sanitizers and of valgrind."""

    runtime = "cpp"
    markers: tuple[str, ...] = ("Sanitizer: ", ": runtime error: ", "==    at 0x")
    samples: tuple[str, ...] = (
        "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x604000000010 at pc 0x55f9\nREAD of size 4 at 0x604 thread T0\n"
        "    #0 0x55f9 in parcel::Store::weight(parcel::Box const*) const src/parcel.cpp:31\n    #1 0x55f8 in main src/parcel.cpp:92",
        "==9== Invalid read of size 4\n==9==    at 0x10C349: weight(Box const*) (parcel.cpp:31)\n==9==    by 0x10BD4C: main (parcel.cpp:86)",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    """Its outermost error is a report, the open one that or one of its further stacks; None between stacks."""

    runtime = "cpp"

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["tool"] is not None:
                self._begin(_report(match["kind"], match["tool"]))
            elif match["racing"] is not None:
                self._begin(_report(match["race"].strip(), match["racing"]))
            elif match["undefined"] is not None:
                self._undefined(match)
            elif match["section"] is not None:
                self._section(match["section"])
            elif match["access"] is not None:
                if self.outermost is not None:
                    self.outermost.message = f"{match['access']} memory access"
            elif match["over"] is not None:
                self.open = None
                if not match["over"].startswith("="):
                    self._flush()
            elif match["error"] is not None:
                self._flush()
                if not match["error"].startswith(_TOOL_LINES):
                    self._begin(_report(_ADDRESS.sub("", match["error"]).strip(), "valgrind"))
            elif match["detail"] is not None:
                self._further(match["detail"])
            elif self.open is not None and (frame := shapes.read(match)) is not None:
                self.open.frames.append(frame)
        self._flush()
        return self.traces

    def _undefined(self, match: re.Match[str]) -> None:
        report = self._begin(_report(_UNDEFINED, "UndefinedBehaviorSanitizer"))
        report.message = match["undefined"]
        report.frames.append(shapes.frame("", match["ub_file"], match["ub_line"], match["ub_column"], ""))

    def _section(self, section: str) -> None:
        """The head of a stack: the report's own where that has none yet, else a further one."""
        report = self.outermost
        if report is None:
            return
        said = _ADDRESS.sub("", section).strip().rstrip(":")
        if not report.frames:
            report.message = report.message or said
            self.open = report
        else:
            self._further(said)

    def _further(self, said: str) -> None:
        if self.outermost is not None:
            self.open = Draft(_ADDRESS.sub("", said).strip() or "stack")
            self.outermost.others.append(self.open)

    def _flush(self) -> None:
        report = self.outermost
        if report is not None:
            report.others = [other for other in report.others if other.frames]
            if len(report.frames) > 1:
                _drop_place(report)
            if not report.frames:
                self.outermost = None  # a line of the tool's own
        super()._flush()


def _report(kind: str, tool: str) -> Draft:
    return Draft(kind, properties={"tool": tool})


def _drop_place(report: Draft) -> None:
    """UBSan names the place in its header and again in the first frame of its stack."""
    head, first = report.frames[:2]
    same = not head.function and first.function and (head.file, head.line) == (first.file, first.line)
    if report.kind == _UNDEFINED and same:
        del report.frames[0]

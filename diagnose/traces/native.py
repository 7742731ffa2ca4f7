"""Native crashes (C, C++): an exception that nobody caught, glibc's checks, failed assertions, stacks of gdb, glibc and Boost.

Most of them print no stack, only a line. Shapes: libstdc++'s verbose terminate handler, libc++abi, glibc's malloc and assert,
`backtrace_symbols`, gdb's `bt` and `thread apply all bt`, boost::stacktrace.
"""

from __future__ import annotations

import re
from dataclasses import replace

from diagnose.lazy import lazy
from diagnose.model import Trace
from diagnose.traces import native_frames as shapes
from diagnose.traces.draft import Draft
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"\n(?!\n)(?:"
    r"terminate called (?:after throwing an instance of '(?P<thrown>[^\n]*)'(?:\n  what\(\):  (?P<what>[^\n]*))?"
    r"|(?P<without>without[^\n]*|recursively))"
    r"|libc\+\+abi: terminating (?:due to|with) uncaught exception of type (?P<abi>(?:[^\n:]|::)+)(?:: (?P<said>[^\n]*))?"
    r"|(?P<checked_heap>\*\*\* [a-z ]{3,40} detected \*\*\*:|double free or corruption"
    r"|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): "
    r"|corrupted (?:size vs\. prev_size|double-linked list)|malloc_consolidate)(?P<why>[^\n]*)"
    r"|(?P<program>[^\s:]+): (?P<file>[^\s:]+):(?P<line>\d{1,9}): (?P<where>[^\n]{1,400}): Assertion `(?P<assertion>[^\n]*)' failed\."
    r"|(?:Thread \d+ \"[^\"\n]*\" |Program )(?:received signal|terminated with signal) (?P<raised>SIG\w+), (?P<named>[^\n.]+)\."
    r"|signal (?P<number>\d{1,2})(?=\n)"
    r"|(?P<thread>Thread \d+ \([^\n]*\)[^\n]*:)(?=\n)"
    rf"|{shapes.GDB}|{shapes.SYMBOL}|{shapes.BOOST})"
)


class NativeTraces:
    """Reads what a native program, its C library and debuggers print of a crash."""

    runtime = "cpp"
    markers: tuple[str, ...] = (
        "terminate called ",
        "libc++abi: terminating",
        "*** stack smashing",
        " detected ***: ",
        "): invalid ",
        "double free",
        "corrupted size",
        "' failed.",
        "#0  ",
        ")[0x",
        ") [0x",
        " 0# ",
    )
    samples: tuple[str, ...] = (
        "Program received signal SIGSEGV, Segmentation fault.\n#0  parcel::weight (box=0x0) at src/parcel.cpp:31\n"
        "#1  0x0000555555557d4d in main () at src/parcel.cpp:86",
        "parcel: src/parcel.cpp:88: int main(): Assertion `loaded' failed.",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    runtime = "cpp"

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            header = _header(match)
            if header is not None:
                self._begin(header)
            elif match["thread"]:
                self._thread(match["thread"])
            else:
                self._frame(match)
        self._flush()
        return self.traces

    def _begin(self, draft: Draft) -> Draft:
        last = self.outermost
        if last is not None and not last.frames and draft.properties.get("signal") == "SIGABRT":
            last.properties = {**last.properties, **draft.properties}  # gdb tells how an exception that was told already ended
            return last
        return super()._begin(draft)

    def _thread(self, name: str) -> None:
        """A thread of `thread apply all bt`: the crash itself is in one of them, which is settled at the end."""
        if self.outermost is None:
            self.outermost = Draft()
        self.open = Draft("thread", name.rstrip(":"))
        self.outermost.others.append(self.open)

    def _frame(self, match: re.Match[str]) -> None:
        frame = shapes.read(match)
        if frame is None:
            return
        draft = self.open
        if draft is None or (match[0].startswith("\n#0 ") and draft.frames):
            draft = self._begin(Draft())
        draft.frames.append(frame)

    def _flush(self) -> None:
        if self.outermost is not None:
            _settle(self.outermost)
        super()._flush()


def _header(match: re.Match[str]) -> Draft | None:
    """The crash that a line tells, or None where it is a thread's or a frame."""
    if match["thrown"] is not None:
        return Draft(match["thrown"], match["what"] or "")
    if match["without"] is not None:
        return Draft("terminate", f"terminate called {match['without']}")
    if match["abi"] is not None:
        return Draft(match["abi"], match["said"] or "")
    if match["checked_heap"] is not None:
        return Draft("Aborted", f"{match['checked_heap']}{match['why']}")
    if match["assertion"] is not None:
        draft = Draft("Assertion failed", match["assertion"])
        place = shapes.frame(match["where"], match["file"], match["line"], "", "")
        draft.frames.append(place)
        return draft
    if match["raised"] is not None:
        return Draft(match["raised"], match["named"], properties={"signal": match["raised"]})
    if match["number"] is not None:
        return Draft(_SIGNALS.get(match["number"], f"signal {match['number']}"))
    return None


_SIGNALS = {"4": "SIGILL", "6": "SIGABRT", "7": "SIGBUS", "8": "SIGFPE", "11": "SIGSEGV"}
_HANDLER = "<signal handler called>"
"""What gdb shows between the code that crashed and the program's own handler, which is not to blame."""

_CRASHED = (_HANDLER, "raise", "__GI_raise", "abort", "__GI_abort", "gsignal", "__pthread_kill_implementation")


def _settle(crash: Draft) -> None:
    """Among the threads of a process, the one that raised the signal, else the last one (number 1), is the crash itself."""
    threads = [other for other in crash.others if other.kind == "thread"]
    if not crash.frames and threads:
        crashed = next((each for each in threads if any(frame.function in _CRASHED for frame in each.frames)), threads[-1])
        crash.frames = crashed.frames
        crash.others = [other for other in crash.others if other is not crashed]
    handled = next((at for at, frame in enumerate(crash.frames) if frame.function == _HANDLER), 0)
    crash.frames = [replace(frame, in_app=False) for frame in crash.frames[:handled]] + crash.frames[handled:]

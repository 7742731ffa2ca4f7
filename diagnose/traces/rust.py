"""Rust: panics with and without a backtrace, and errors that `anyhow` or `eyre` print with their causes.

The place of the panic stands in its header; the backtrace, where RUST_BACKTRACE asked for one, has it as its first frame of the
program's own. Shapes: the standard library's panic hook and backtrace printer, anyhow's `{:?}`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import rust_in_app
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"\n(?!\n)(?:[ \t]*+(?:"
    r"(?P<number>\d{1,4}): (?:[ \t]*0x[0-9a-f]+ - )?(?P<function>[^\n]+)"
    r"|at (?P<file>(?:[A-Za-z]:)?[^\s:][^\n:]*):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?(?=\n|[ \t]*\Z)"
    r"|(?P<backtrace>[Ss]tack backtrace:|[━ ]*BACKTRACE[━ ]*)(?=\n)))"
)
_PANIC = lazy(
    r"thread '(?P<thread>[^'\n]{0,200})' (?:\(\d+\) )?(?:panicked at (?:'(?P<old>[^\n]{0,1000})', )?"
    r"(?P<file>[^\s:,][^\n:,]*):(?P<line>\d{1,9}):(?P<column>\d{1,9}):?(?=\n|[ \t]*\Z)|(?P<overflow>has overflowed its stack))"
)
_MESSAGE_ENDS = lazy(r"\n(?:[ \t]*\n|stack backtrace:|note: |thread ')")
_CAUSES = lazy(r"\n[ \t]*Caused by:\n(?P<causes>(?:[ \t]+[^\n]+(?:\n|\Z))+)")
_NUMBERED = lazy(r"\n?[ \t]+(?:\d+: )?")
_NOISE = lazy(r"::h[0-9a-f]{16}$|\[[0-9a-f]{16}\]")


class RustTraces:
    """Reads panics and backtraces of Rust programs."""

    runtime = "rust"
    markers: tuple[str, ...] = ("panicked at ", "tack backtrace:", "has overflowed its stack", "Caused by:\n")
    samples: tuple[str, ...] = (
        "thread 'main' (12) panicked at src/main.rs:4:10:\nno parcel\nstack backtrace:\n   0: rust_begin_unwind\n"
        "             at /rustc/1234/library/std/src/panicking.rs:695:5\n   1: parcel::main\n             at ./src/main.rs:4:10\n",
        "thread 'main' panicked at 'no parcel', src/main.rs:4:10\nnote: run with `RUST_BACKTRACE=1` environment variable",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    runtime = "rust"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.name: str | None = None
        """The function of a frame whose place may follow."""
        self.place: Frame | None = None
        """Where the open panic happened, from its header."""
        self.within = False
        """True behind `stack backtrace:`: numbered lines are frames there and nowhere else."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["backtrace"]:
                self._headers(match.start())
                self.within = True
                if self.open is None or self.open.frames:
                    self._begin(Draft())
            elif not self.within:
                continue
            elif self.text.count("\n", self.end, match.start()):
                self._headers(match.start())
                self.within = False
                continue
            elif match["number"]:
                self._name()
                self.name = match["function"]
            elif self.name is not None and self.open is not None:
                numbers = int(match["line"]), int(match["column"] or 0)
                self.open.frames.append(_frame(self.name, match["file"], *numbers))
                self.name = None
            self.end = match.end()
        self._headers(len(self.text))
        self._flush()
        return self.traces

    def _headers(self, end: int) -> None:
        """Read the panics, and the error with causes, in the text before `end`; the last one gets the frames that follow."""
        self._name()
        gap = self._gap(end)
        self.end = end
        for match in _PANIC.finditer(gap):
            self._begin(_panic(match, gap))
            if match["file"]:
                numbers = int(match["line"]), int(match["column"])
                self.place = _frame("", match["file"], *numbers)
        causes = _CAUSES.search(gap) if "Caused by:" in gap else None
        if causes is not None:
            self._begin(Draft("Error", _outer_message(gap[: causes.start()])))
            for line in causes["causes"].rstrip("\n").split("\n"):
                cause = Draft("Error", line[_NUMBERED.match(line).end() :].strip())  # type: ignore[union-attr]
                self.open.cause = cause  # type: ignore[union-attr]
                self.open = cause

    def _name(self) -> None:
        if self.name is not None and self.open is not None:
            self.open.frames.append(_frame(self.name, "", 0, 0))
        self.name = None

    def _flush(self) -> None:
        self._name()
        if self.outermost is not None and self.place is not None:
            self.outermost.frames = _with_place(self.outermost.frames, self.place)
        super()._flush()
        self.place = None


def _panic(match: re.Match[str], gap: str) -> Draft:
    if match["overflow"]:
        return Draft("stack overflow", match[0], properties={"thread": match["thread"]})
    message = match["old"]
    if message is None:
        ends = _MESSAGE_ENDS.search(gap, match.end())
        message = gap[match.end() : ends.start() if ends else len(gap)]
    return Draft("panic", message.strip(), properties={"thread": match["thread"]})


def _outer_message(above: str) -> str:
    """The paragraph above `Caused by:`, without the `Error: ` of a main function or the prefix of a log."""
    line = above.rstrip().rpartition("\n")[2].strip()
    return line.rpartition("Error: ")[2] if "Error: " in line else line


def _with_place(frames: list[Frame], place: Frame) -> list[Frame]:
    """The frames, or the header's place alone; without debug information the first frame in-app is at that place."""
    if not frames:
        return [place]
    first = next((at for at, frame in enumerate(frames) if frame.in_app), None)
    if first is None or frames[first].file or not place.in_app:
        return frames
    told = Frame(frames[first].function, place.file, place.line, place.column, in_app=True)
    return [*frames[:first], told, *frames[first + 1 :]]


@lru_cache(maxsize=4096)
def _frame(function: str, file: str, line: int, column: int) -> Frame:
    name = _NOISE.sub("", function.strip())
    return Frame(function=name, file=file, line=line, column=column, in_app=rust_in_app(file, name))

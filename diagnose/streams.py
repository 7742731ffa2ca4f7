"""The lines of a window as their streams have them: what stands before and after a line, past the lines of other streams."""

from __future__ import annotations

from diagnose.blocks import REACH, Window
from diagnose.hooks import Seekable
from diagnose.lines import Line, LineReader

_REMEMBERED = 1_024
"""Lines kept as read: walking back and forth meets the same ones."""


class Streams:
    """The lines of one source, a window at a time. Offsets are those of the source."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        self._window = Window(bytearray(), 0, 0, 0)
        self._read: dict[int, Line] = {}
        self._needles: dict[bytes, bytes] = {}
        self.coloured = False
        """Whether the window holds colour codes: a line may then differ from what its stream's lines hold."""

    def turn(self, window: Window) -> None:
        """Go on to a window."""
        self._window = window
        self.coloured = window.data.find(b"\x1b", 0, window.end) >= 0

    def line(self, start: int, end: int) -> Line:
        """The line between two indices of the window."""
        window = self._window
        offset = window.base + start
        line = self._read.get(offset)
        if line is None or line.end != window.base + end:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            line = self._read[offset] = self._reader.read(bytes(window.data[start:end]), offset)
        return line

    def line_at(self, start: int) -> Line:
        """The line that starts at an index of the window."""
        window = self._window
        end = window.data.find(b"\n", start, window.end)
        return self.line(start, window.end if end < 0 else end)

    def before(self, line: Line) -> Line | None:
        """The line before in the same stream, if it starts within reach."""
        window = self._window
        index = line.start - window.base
        floor = max(0, index - REACH + 1)
        needle = self._needle(line)
        while index > floor:
            end = index - 1
            if needle:
                found = window.data.rfind(needle, floor, end)
                if found < 0:
                    return None
                end = window.data.find(b"\n", found, index)
            start = window.data.rfind(b"\n", 0, end) + 1
            if start < floor:
                return None
            before = self.line(start, end)
            if before.stream == line.stream:
                return before
            index = start
        return None

    def after(self, line: Line, limit: int) -> tuple[Line | None, bool]:
        """(the next line of the stream that starts before offset `limit`, whether the window tells)."""
        window = self._window
        index = line.end + 1 - window.base
        last = min(window.end, limit - window.base)
        needle = self._needle(line)
        if needle and index < last:
            stop = window.data.find(b"\n", last - 1, window.end)
            stop = window.end if stop < 0 else stop
        while index < last:
            if needle:
                found = window.data.find(needle, index, stop)
                if found < 0:
                    break
                index = window.data.rfind(b"\n", index - 1, found) + 1
            after = self.line_at(index)
            if after.stream == line.stream:
                return after, True
            index = after.end + 1 - window.base
        return None, window.last or window.end + window.base >= limit

    def goes_on(self, line: Line) -> bool:
        """Whether a line is a further part of the logical line before it."""
        if line.wrapper < 0 or not self._reader.wrappers[line.wrapper].partial:
            return False
        before = self.before(line)
        return before is not None and before.partial

    def first_part(self, line: Line, floor: int) -> Line | None:
        """The line where the logical line of a part begins; None where that is not after offset `floor`."""
        first: Line | None = line
        while first is not None and first.start > floor:
            if not self.goes_on(first):
                return first
            first = self.before(first)
        return None

    def _needle(self, line: Line) -> bytes:
        """What each line of a line's stream holds; empty where that is not known."""
        if line.wrapper < 0 or self.coloured:
            return b""
        needle = self._needles.get(line.stream)
        if needle is None:
            wrapper = self._reader.wrappers[line.wrapper]
            needle = self._needles[line.stream] = wrapper.needle(line.name) if isinstance(wrapper, Seekable) else b""
        return needle

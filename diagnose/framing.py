"""Hits become records: each hit's line is walked back to where its record starts, then on to where it ends.

Framing is local. A line that starts a format's record is told from itself; a record reaches to the next start of
its stream, at most REACH bytes. Formats that take no continuation end with their line. What follows such a line, or lies out of reach
of any start, is *plain*: there a record begins with a line that does not look like a continuation
(`lines.begins_plain`). A plain line whose beginning is out of reach is an *orphan*: a record of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from diagnose.blocks import REACH, Window, count_newlines
from diagnose.carried import Carried
from diagnose.contiguous import Block, block_of
from diagnose.frontier import Frontier
from diagnose.lines import PLAIN, Line, LineReader, begins_plain
from diagnose.search import ID_BITS, ID_MASK
from diagnose.streams import Streams

Time = tuple[int, int] | None
"""(µs UTC, resolution in µs), or None."""


@dataclass(slots=True)
class Record:
    """The lines of one record and the patterns that hit it. `text` is decoded: colours, prefixes, CR gone.

    `number` is the line number (from 1) where it starts. `stream_time` is the time of the nearest earlier line of
    the stream that has one, to be asked for only where the record has none.
    """

    offset: int
    number: int
    form: int
    text: str
    patterns: frozenset[int]
    outer_time: str
    stream_time: Callable[[], Time]
    stream: str = ""
    """The service, pod or container that the line's prefix names."""
    wrapper: str = ""
    """The wrapping that the record came in: docker, cri, compose, kubectl."""
    orphan: bool = False
    raw: tuple[bytes, ...] = field(default=())
    """The joined logical lines, where the record holds lines that came in parts."""


@dataclass(slots=True)
class _Open:
    """A record whose end may lie ahead: the number of its first line, and the patterns that hit it so far."""

    number: int
    patterns: set[int]


class Framer:
    """Frames one source. Feed it windows with their hits; it yields complete records and keeps the open ones."""

    def __init__(self, reader: LineReader, time_of: Callable[[Line], Time], base: int = 0, number: int = 1) -> None:
        self._reader = reader
        self._streams = Streams(reader)
        self._carried = Carried(reader, self._streams)
        self._time_of = time_of
        self._open: dict[int, _Open] = {}
        self._window = Window(bytearray(), 0, 0, 0)
        self._headers: dict[bytes, Frontier] = {}
        self._timed: dict[bytes, Frontier] = {}
        self._counted = (base, number)
        self.orphans = 0
        self.lines = 0

    # ------------------------------------------------------------ the way through a window

    def records(self, window: Window, hits: Iterable[int]) -> Iterator[Record]:
        """The records that became complete with this window. Hits are positions in `window.data[new:end]`."""
        self._window = window
        data, base = window.data, window.base
        self._streams.turn(window)
        block: Block | None = None
        before: Block | None = None
        for start, end, patterns in _by_line(data, window.new, window.end, hits):
            if block is not None:
                if start < block.stop:
                    block.patterns |= patterns
                    continue
                yield self._whole(block)
                before = block
            block = None if self._streams.coloured else block_of(window, self._reader, start, end, patterns, before)
            if block is not None:
                continue
            line = self._streams.line(start, end)
            begin = self._start_of(line)
            if begin is None:
                self.orphans += 1
                yield self._record(line, [line], _Open(self._count_to(start), patterns), orphan=True)
            else:
                opened = self._open.get(base + begin)
                if opened is None:
                    opened = self._open[base + begin] = _Open(self._count_to(begin), set())
                opened.patterns |= patterns
        if block is not None:
            yield self._whole(block)
        yield from self._close()
        self._count_to(window.end)

    @property
    def open(self) -> bool:
        """Whether a record with hits may go on."""
        return bool(self._open)

    def forget(self) -> None:
        """Leave out the records that are open."""
        self._open.clear()

    def peek(self) -> Iterator[Record]:
        """The open records as if the source ended here; they stay open."""
        for offset in sorted(self._open):
            line = self._streams.line_at(offset - self._window.base)
            yield self._record(line, self._extent(line)[0], self._open[offset])

    def _close(self) -> Iterator[Record]:
        for offset in sorted(self._open):
            line = self._streams.line_at(offset - self._window.base)
            lines, complete = self._extent(line)
            if complete:
                yield self._record(line, lines, self._open.pop(offset))

    # ------------------------------------------------------------ where a record starts and ends

    def _is_header(self, line: Line) -> bool:
        return line.form != PLAIN and not self._streams.goes_on(line) and not self._carried.goes_on(line)

    def _header(self, line: Line) -> Line | None:
        """The nearest header of the stream at or before a line, within reach."""
        frontier = self._headers.setdefault(line.stream, Frontier())
        return frontier.find(line, self._streams.before, self._is_header)

    def _takes(self, header: Line | None) -> bool:
        return header is not None and self._reader.continues[header.form]

    def _start_of(self, line: Line) -> int | None:
        """The window index where the record of a line starts; None: out of reach."""
        streams, base, floor = self._streams, self._window.base, line.start - REACH
        here = streams.first_part(line, floor)
        if here is None:
            return None
        header = self._header(here)
        if header is not None and (header.start == here.start or self._takes(header)):
            return header.start - base if header.start > floor else None
        while here.start > floor:
            before = streams.before(here)
            if before is None:
                return here.start - base
            past = streams.first_part(before, here.start - REACH)
            if past is not None and (self._is_header(past) or self._takes(self._header(past))):
                return here.start - base
            if here.form == PLAIN and begins_plain(here.payload, before.payload, _payload(streams.before(before))):
                return here.start - base
            if past is None:
                return None
            here = past
        return None

    def _extent(self, first: Line) -> tuple[list[Line], bool]:
        """The lines of the record that starts with `first`, and whether its end is known."""
        streams, limit = self._streams, first.start + REACH
        lines, headed = [first], self._is_header(first)
        while True:
            after, told = streams.after(lines[-1], limit)
            if after is None:
                return lines, told
            if not streams.goes_on(after):
                if self._is_header(after):
                    return lines, True
                if headed:
                    if not self._reader.continues[first.form]:
                        return lines, True
                elif after.form == PLAIN and begins_plain(after.payload, lines[-1].payload, _payload(streams.before(lines[-1]))):
                    return lines, True
            lines.append(after)

    # ------------------------------------------------------------ records

    def _whole(self, block: Block) -> Record:
        window = self._window
        raw = window.data[block.start : block.stop]
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n").removesuffix(b"\r")
        text = raw.decode("utf-8", "replace").rstrip("\n")
        offset = window.base + block.start
        opened = self._open.pop(offset, None)
        patterns = block.patterns if opened is None else block.patterns | opened.patterns
        number = self._count_to(block.start) if opened is None else opened.number
        return Record(offset, number, block.form, text, frozenset(patterns), "", self._time_before(block.start))

    def _time_before(self, start: int) -> Callable[[], Time]:
        return lambda: self._stream_time(self._streams.line_at(start))

    def _record(self, first: Line, lines: list[Line], opened: _Open, orphan: bool = False) -> Record:
        logical: list[bytes] = [b""]
        for line in lines:
            logical[-1] += line.payload
            if not line.partial:
                logical.append(b"")
        if not logical[-1]:
            logical.pop()
        text = b"\n".join(logical)[:REACH].decode("utf-8", "replace").rstrip("\n")
        joined = tuple(logical) if any(line.partial for line in lines) else ()
        form = first.form if not orphan and self._is_header(first) else PLAIN
        return Record(
            first.start, opened.number, form, text, frozenset(opened.patterns), first.outer_time,
            lambda: self._stream_time(first), self._name(first), self._wrapper(first), orphan, joined,
        )  # fmt: skip

    def _name(self, line: Line) -> str:
        named = line.wrapper >= 0 and self._reader.wrappers[line.wrapper].names_service
        return line.name.decode("utf-8", "replace") if named else ""

    def _wrapper(self, line: Line) -> str:
        return self._reader.wrappers[line.wrapper].name if line.wrapper >= 0 else ""

    def _stream_time(self, first: Line) -> Time:
        """The time of the nearest earlier line of the stream that has one, within reach."""
        frontier = self._timed.setdefault(first.stream, Frontier())
        found = frontier.find(first, self._streams.before, self._is_timed)
        return self._time_of(found) if found is not None else None

    def _is_timed(self, line: Line) -> bool:
        return (line.form != PLAIN or bool(line.outer_time)) and self._time_of(line) is not None

    def _count_to(self, index: int) -> int:
        """The number of the line that starts at a window index."""
        window = self._window
        offset, number = self._counted
        if window.base > offset:
            # A line too long to show was skipped, its newline with it.
            offset, number = window.base, number + 1
        target = window.base + index
        if target >= offset:
            number += count_newlines(window.data, max(0, offset - window.base), index)
            self._counted = (target, number)
            self.lines = number - 1
            return number
        return number - window.data.count(b"\n", index, offset - window.base)


def _payload(line: Line | None) -> bytes | None:
    return None if line is None else line.payload


def _by_line(data: bytearray, new: int, stop: int, hits: Iterable[int]) -> Iterator[tuple[int, int, set[int]]]:
    """(start, end, patterns) of each line with a hit within its first REACH bytes; `end` excludes the newline."""
    start, end, patterns = 0, -1, set[int]()
    for hit in hits:
        position = new + (hit >> ID_BITS)
        if position > end:
            if patterns:
                yield start, end, patterns
            start = data.rfind(b"\n", 0, position - 1) + 1
            end = data.find(b"\n", position, stop)
            end = stop if end < 0 else end
            patterns = set()
        if position <= start + REACH:
            patterns.add(hit & ID_MASK)
    if patterns:
        yield start, end, patterns

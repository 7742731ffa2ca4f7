"""A source's bytes as windows: whole lines that are new, behind as much of the past as framing looks back to.

Memory is bounded whatever a source holds: a line longer than LONG_LINE is shown up to there and the rest skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import stringzilla

REACH = 64 * 1024
"""W: how many bytes a record may span, and how far back its start, or a time for it, is looked for."""

KEEP = 4 * REACH
"""Bytes of the past in a window: a line looks back W for its record, that one W for its region, that one W for its header,
and that one W for the line that it may be a part of."""

LONG_LINE = 4 * REACH
BLOCK = 512 * 1024
"""Bytes read at once; 512 KiB stay in the processor's cache, 16 MiB were measured slower."""


_ROOM = 4 * BLOCK
"""Bytes of new blocks that fit behind the past: so it is seldom that the past must be moved to the front."""


def count_newlines(data: bytearray, start: int, stop: int) -> int:
    """How many lines end in `data[start:stop]`: every byte of an input passes here, so it is vectorised."""
    if stop - start < _SHORT:
        return data.count(b"\n", start, stop)
    return int(stringzilla.count(memoryview(data)[start:stop], b"\n"))


_SHORT = 2_048
"""Bytes up to which a view costs more than it saves."""


class Readable(Protocol):
    """What windows are made from: a raw binary stream."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Bytes put into the buffer; 0 at the end; None where nothing came yet (a live source)."""


@dataclass(slots=True)
class Window:
    """`data[new:end]` are whole lines not seen before (empty where a live source pauses); `data[:new]` is the past.

    `base` is the source's offset of `data[0]`. `last`: nothing follows. `rest`: where a line ends that is not whole yet, which starts
    at `end`. The buffer is reused for the next window.
    """

    data: bytearray
    base: int
    new: int
    end: int
    last: bool = False
    rest: int = 0


class Windows:
    """Iterate over the windows of a stream, however its reads are cut. `size` counts the bytes read so far."""

    def __init__(self, stream: Readable, block: int = BLOCK, base: int = 0, past: bytes = b"") -> None:
        """`past`: whole lines before the stream's first, KEEP bytes of them or all there are; `base` is where they begin."""
        self._stream = stream
        self._block = block
        # Thousands of files are followed at once, in small blocks: they get small buffers.
        self._data = bytearray(KEEP + LONG_LINE + max(block, min(_ROOM, max(4 * block, REACH))))
        self._base = base
        self._past = len(past)
        self._data[: len(past)] = past
        self.size = 0
        self.long_lines = 0
        self.ended_with_newline = True

    def __iter__(self) -> Iterator[Window]:
        data = self._data
        view = memoryview(data)
        filled, seen, skipping, skipped = self._past, self._past, False, 0
        while True:
            count = self._stream.readinto(view[filled : filled + self._block])
            if count is None:
                yield Window(data, self._base, seen, seen, rest=0 if skipping else filled)
                continue
            self.size += count
            if count:
                self.ended_with_newline = data[filled + count - 1] == 10
            if skipping and count:
                newline = data.find(b"\n", filled, filled + count)
                if newline < 0:
                    self._base, skipped = self._base + count, skipped + count
                    continue
                # Nothing before a skipped line is within reach of what follows it.
                rest = filled + count - newline - 1
                view[:rest] = view[newline + 1 : newline + 1 + rest]
                self._base += newline + 1
                fresh, filled, seen, skipping = 0, rest, 0, False
            else:
                fresh, filled = filled, filled + count
            last = count == 0
            if last and skipping:
                # The skipped line is the last and has no newline: the end stands where the line was cut.
                self._base -= skipped
            # Only what just came can hold a newline: a long line that comes in small reads is not searched again.
            end = filled if last else data.rfind(b"\n", fresh, filled) + 1
            if last or end > seen:
                yield Window(data, self._base, seen, max(end, seen), last)
                if last:
                    return
                seen = end
            if filled - seen > LONG_LINE:
                self.long_lines += 1
                yield Window(data, self._base, seen, filled)
                self._base += filled
                filled, seen, skipping, skipped = 0, 0, True, 0
                continue
            if filled + self._block > len(data):
                # Cut at a line: the one that KEEP splits begins out of everybody's reach.
                shift = data.find(b"\n", max(0, seen - KEEP - 1), seen) + 1
                view[: filled - shift] = view[shift:filled]
                self._base += shift
                filled, seen = filled - shift, seen - shift

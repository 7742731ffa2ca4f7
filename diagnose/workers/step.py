"""The pure step: an object and a recipe in, its counts and its sightings in order of time out. It runs anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import IO, Any

from diagnose import blocks
from diagnose.clocks import Clocks
from diagnose.clusters import Clusters
from diagnose.errors import InputError
from diagnose.model import Sighting, Unread
from diagnose.pipeline import Run, Tally
from diagnose.sources import Begin
from diagnose.sources.stream import Opened
from diagnose.triage import Seen
from diagnose.workers.cuts import Part
from diagnose.workers.recipe import Bench
from diagnose.workers.results import Head, Sorter, write

Progress = Callable[[int], None]

_END = 1 << 62


class Step(Run):
    """Reads one part after the other. What it learns of a text (times, templates) is remembered, what it counts is not."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.rulebook, bench.kit, bench.options, bench.store)
        self._sorter: Sorter | None = None

    def sight(self, sightings: Sequence[Sighting]) -> None:
        """Sightings wait for their order."""
        assert self._sorter is not None
        self._sorter.add(sightings)

    def scan_object(self, part: Part, result: Path, progress: Progress | None = None) -> None:
        """Read a part and leave its result. Raises OSError where that cannot be written."""
        self.tally, self.clusters, self.clocks, self.seen = Tally(), Clusters(), Clocks(), Seen()
        self.kit.troubles.clear()
        sorter = self._sorter = Sorter(result)
        try:
            if part.whole:
                self.scan([part.input], progress)
            else:
                self._scan_span(part, progress)
            write(result, self._head(part), sorter.sorted(), final=self._is_final())
        finally:
            sorter.clear()

    def _is_final(self) -> bool:
        """Whether what was found is all there is. Where nothing at all could be read, or something outside failed, another try may find more."""
        unread = self.tally.unread
        return not any(one.outside for one in unread) and not (unread and not self.tally.sources)

    def _scan_span(self, part: Part, progress: Progress | None) -> None:
        stop = _END if part.stop is None else part.stop
        try:
            with open(part.name, "rb", buffering=0) as file:
                past = _past(file, part.start)
                stream = _Spanned(file, part.start, stop)
                self.read(part.input, stream, progress, Begin(part.start, past=past), stop)
        except (OSError, InputError) as error:
            reason = error.reason if isinstance(error, InputError) else error.strerror or str(error)
            self.tally.unread.append(Unread(part.name, reason, part.start, outside=True))
            return
        self.tally.sources -= part.start > 0 and not part.lines
        self.tally.bytes += stream.size
        self.tally.lines += stream.lines + (part.stop is None and stream.size > 0 and not stream.ended)
        if stream.trouble:
            self.tally.unread.append(Unread(part.name, f"incomplete: {stream.trouble}", part.start + stream.size, outside=True))

    def _head(self, part: Part) -> dict[str, Any]:
        tally = asdict(self.tally)
        unread = [astuple(one) for one in self.tally.unread]
        del tally["unread"]
        place = {**part.data(), "location": ""}  # it may hold what must not be told
        head = Head(
            place, tally, unread, self.seen.traces, self.seen.requests, sorted(self.seen.technologies),
            self.clusters.data(), self.clocks.data(), [[error.plugin, error.reason] for error in self.kit.troubles],
        )  # fmt: skip
        return asdict(head)


class _Spanned(Opened):
    """The bytes of a span and, behind it, as many as one of its records may hold. Counts those of the span and their newlines."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        super().__init__(file)  # type: ignore[arg-type]
        file.seek(start)
        self._left = stop - start
        self._behind = blocks.REACH + blocks.LONG_LINE + 1
        self.size = self.lines = 0
        self.ended = True

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        wanted = self._left + self._behind
        count = super().fill(buffer[: min(len(buffer), wanted)])
        mine = min(count, self._left)
        if mine:
            data = bytes(buffer[:mine])
            self.size, self.lines, self.ended = self.size + mine, self.lines + data.count(b"\n"), data.endswith(b"\n")
        self._left -= mine
        self._behind -= count - mine
        return count


def _past(file: IO[bytes], start: int) -> bytes:
    """The whole lines before a place that framing looks back to."""
    floor = start - blocks.KEEP - 1
    file.seek(max(0, floor))
    data = b""
    while len(data) < start - max(0, floor):
        part = file.read(start - max(0, floor) - len(data))
        if not part:
            raise InputError(file.name, "it became shorter while it was read")
        data += part
    return data if floor < 0 else data[data.find(b"\n") + 1 :]

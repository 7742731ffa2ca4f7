"""One partition of a Kafka topic as a stream of lines. Each message is a line, or several.

A place in it is the offset of a message. To go on from a place, the messages before it are asked for again, as far back as a record may
reach, so that what was open is open again; what was told of them is not told twice.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from diagnose.origins import GENERATION
from diagnose.sources import Begin
from diagnose.sources.follow.file import PAST
from diagnose.sources.follow.pipe import Pipe

PATIENCE = 30.0
"""Seconds until messages that are asked for again are held for gone: topics forget and are compacted."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a partition was read. `next`: the offset of the message that is read next, `extra`: bytes of it that were taken already.

    `again`: the offset of the first message to ask for again; `began`: where reading began at first; `at`: bytes since then; `number`: of
    the line there; `open`: a record may go on there.
    """

    next: int
    began: int
    extra: int = 0
    again: int = -1
    at: int = 0
    number: int = 1
    open: bool = False

    @property
    def start(self) -> int:
        """The offset of the first message that is needed."""
        return self.again if 0 <= self.again < self.next else self.next

    def text(self) -> str:
        """As it is kept."""
        return ":".join(map(str, (self.next, self.began, self.extra, self.again, self.at, self.number, int(self.open))))


def place_of(text: str) -> Place | None:
    """What was kept; None for what is none."""
    try:
        next, began, extra, again, at, number, going = map(int, text.split(":"))
    except ValueError:
        return None
    return Place(next, began, extra, again, at, number, bool(going))


class Partition(Pipe):
    """Messages are given by another thread (`give`), read by the tail's. `place`: where it goes on."""

    def __init__(self, topic: str, partition: int, place: Place) -> None:
        super().__init__(f"kafka:{topic}/{partition}{GENERATION}{place.began:020d}", -1)
        self._place: Place | None = place
        self._first = place
        self._lock = threading.Lock()
        self._incoming: deque[tuple[int, bytes, int]] = deque()
        self._part = b""
        self._starts: deque[tuple[int, int]] = deque()
        """(offset in bytes, offset of the message that begins there), as far back as may be asked for again."""
        self._asked = time.monotonic()
        self._spoke: int | None = None
        self.taken, self.number, self.open = place.at, place.number, place.open
        self._start = self._replayed = place.at
        self.primed = not place.open
        self.waiting = 0
        """Bytes that were given and not yet read."""

    def give(self, offset: int, data: bytes, time: int) -> None:
        """A message. `time` in µs. An empty one is none of a log's, but its offset counts."""
        if data and not data.endswith(b"\n"):
            data += b"\n"
        with self._lock:
            if self._place is not None or offset >= self._first.next:
                self._incoming.append((offset, data, time))
                self.waiting += len(data)

    @property
    def location(self) -> str:
        """See `Feed`."""
        return self.name.partition(GENERATION)[0]

    @property
    def modified(self) -> int | None:
        """The time of the message that was read last."""
        return self._spoke

    def place(self) -> Place:
        """Where to go on from, by what was taken."""
        if self._place is not None:
            return self._place
        first = self._first
        next, extra, again = first.next, 0, -1
        for start, offset in self._starts:
            if start <= self.taken:
                next, extra = offset, self.taken - start
            if start <= self.taken - PAST or again < 0:
                again = offset
        return Place(next, first.began, extra, again, self.taken, self.number, self.open)

    # ------------------------------------------------------------ reading

    def begin(self) -> Begin | None:
        """See `Feed`. None until the messages before its place have come again."""
        if self._place is not None and not self._rejoin(self._place):
            return None
        return super().begin()

    def _rejoin(self, place: Place) -> bool:
        """Have the messages before the place as the past. False while they are still to come."""
        last = place.next if place.extra else place.next - 1
        with self._lock:
            newest = self._incoming[-1][0] if self._incoming else -1
            if place.start <= last and newest < last and time.monotonic() - self._asked < PATIENCE:
                return False
            past = []
            while self._incoming and self._incoming[0][0] <= last:
                past.append(self._incoming.popleft())
        before = sum(len(data) for offset, data, _ in past if offset < place.next)
        self._start = place.at - place.extra - before
        for offset, data, self._spoke in past:
            self._note(offset)
            self._past += data
            self.waiting -= len(data)
        self._note(last + 1)
        if self._stop < place.at:  # what is gone cannot be framed again
            self._start, self._past = place.at, bytearray()
        self._place = None
        self._replayed = self._stop
        return True

    def _note(self, offset: int) -> None:
        """The message of this offset begins where the past ends."""
        if self._starts and self._starts[-1][0] == self._stop:
            self._starts.pop()
        self._starts.append((self._stop, offset))

    def _has_more(self) -> bool:
        return bool(self._part or self._incoming or self._place is not None)

    def _receive(self, buffer: memoryview) -> int | None:
        """See `Pipe`. As many messages as there is room for; a longer one in parts."""
        count = 0
        while count < len(buffer):
            if not self._part:
                with self._lock:
                    if not self._incoming or (count and count + len(self._incoming[0][1]) > len(buffer)):
                        break
                    offset, self._part, self._spoke = self._incoming.popleft()
                    self.waiting -= len(self._part)
                self._starts.append((self._stop + count, offset))
                self._starts.append((self._stop + count + len(self._part), offset + 1))
            part = self._part[: len(buffer) - count]
            buffer[count : count + len(part)] = part
            count, self._part = count + len(part), self._part[len(part) :]
        while len(self._starts) > 2 and self._starts[1][0] <= self.taken - PAST:
            self._starts.popleft()
        return count or None

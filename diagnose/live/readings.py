"""Many sources read by turns, each a window at a time, and what their open records say while they pause.

A source that was silent for a while gives its buffers back ("cold"); should it grow, its last lines are framed again, as after a
restart. So a thousand silent files cost a thousand rows and no memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from diagnose.blocks import LONG_LINE, Readable
from diagnose.errors import InputError
from diagnose.model import Event, Sighting
from diagnose.origins import readable
from diagnose.pipeline import Run, Step
from diagnose.sources import Begin, Input
from diagnose.sources.follow.identity import TAIL

PAUSE = 0.15
"""Seconds of silence after which an open record counts as it stands."""

FLUSH = 5.0
"""Seconds of silence after which a line without its end counts as it stands: buffers are written in the middle of lines."""

WARM = 64
"""Sources that keep their buffers, some 0.8 MB each."""

RETRY = 5.0
"""Seconds until a source that could not be read is tried again."""

ROUND = 0.25
"""Seconds after which sources that still wait for their turn wait for the next round: findings are told and signals heard in between."""

END = 1.0
"""Seconds that sources get to be read to their end when it is told to end."""

Seen = tuple[Event, Sequence[Sighting]]


class Feed(Readable, Protocol):
    """A live source. `name` is no other's; `grown` when it last gave something (monotonic)."""

    name: str
    taken: int
    open: bool
    grown: float
    primed: bool
    """Whether a record that was open before is known to whoever reads."""
    truncated: bool
    """Whether it turned out to be another one than it was."""

    @property
    def location(self) -> str:
        """Its name as a person knows it."""

    @property
    def modified(self) -> int | None:
        """When it was last written to, in µs."""

    @property
    def is_ending(self) -> bool:
        """Whether nothing more will come."""

    @property
    def is_gone(self) -> bool:
        """Whether it was taken wholly, and nobody finds it again after this run."""

    def begin(self) -> Begin | None:
        """Where reading starts; None: nothing is there yet. Raises OSError."""

    def turn(self) -> None:
        """Allow one more read."""

    def halt(self) -> None:
        """Nothing more of it is to be read, whatever is there."""

    def take(self, taken: int, number: int, before: bytes, *, open: bool) -> None:
        """Whole lines up to an offset were taken."""

    def end(self) -> None:
        """What is there is still read, then the source ends."""


@dataclass(slots=True)
class _Reader:
    """One source's reading. `steps` None: it is cold."""

    feed: Feed
    steps: Iterator[Step] | None = None
    last: Step | None = None
    pending: list[Seen] = field(default_factory=list)
    peeked: float = 0.0
    """When `pending` was made; before the last growth: not since."""
    owed: int = 0
    """Bytes that are still to be framed again before anything is new; negative: how many are new."""
    again: int = 0
    """How many were framed again when it began."""
    whole: bool = False
    """Whether it holds a line without its end, too."""


class Readings:
    """`fail` is given what a source could not be read for."""

    def __init__(self, run: Run, fail: Callable[[InputError], None], *, warm: int = WARM) -> None:
        self._run = run
        self._fail = fail
        self._warm = warm
        self._readers: dict[str, _Reader] = {}
        self._retry: dict[str, float] = {}
        self.size = 0
        """Bytes that were read."""
        self.changed = False
        """Whether anything was read, or pending made, since it was set to False."""

    def turn(self, feeds: Iterable[Feed], ended: Callable[[Feed], None]) -> bool:
        """One read of each source; True where any gave something. `ended` is given those that are over.

        Where that takes long the rest must wait for the next time: those whose turn is longest ago are to come first.
        """
        any_read = False
        until = time.monotonic() + ROUND
        for feed in feeds:
            if time.monotonic() > until:
                return True
            if self._retry and self._retry.get(feed.name, 0.0) > time.monotonic():
                continue
            try:
                any_read |= self._turn(feed, ended)
            except (InputError, OSError) as error:
                reason = error.reason if isinstance(error, InputError) else error.strerror or str(error)
                self._forget(feed, InputError(feed.location, reason))
                if feed.is_ending:
                    self._over(self._readers.get(feed.name) or _Reader(feed), ended)
        return any_read

    def _turn(self, feed: Feed, ended: Callable[[Feed], None]) -> bool:
        reader = self._readers.get(feed.name)
        if reader is None:
            reader = self._readers[feed.name] = _Reader(feed)
        if reader.steps is None and feed.is_ending and not feed.open:
            return self._over(reader, ended)
        if reader.steps is None and not self._start(reader):
            return self._over(reader, ended) if feed.is_ending else False
        step = self._step(reader)
        # It reads as much as it framed again, and a line at least, else more sources than may be warm would but go on making each other cold.
        while step is not None and step.size and (reader.owed > -reader.again or (step.idle and reader.owed > -LONG_LINE)):
            step = self._step(reader)
        if step is None:
            reader.pending = []
            return self._over(reader, ended)
        return step.size > 0 or feed.truncated

    def _step(self, reader: _Reader) -> Step | None:
        assert reader.steps is not None
        reader.feed.turn()
        step = next(reader.steps, None)
        if step is not None:
            self._take(reader, step)
            self.size += step.size if reader.owed <= 0 else 0
            reader.owed -= step.size
            if step.size:
                reader.pending, reader.peeked, reader.whole = [], 0.0, False
                self.changed = True
        return step

    def _start(self, reader: _Reader) -> bool:
        feed = reader.feed
        if feed.is_ending and reader.pending:
            return False
        begin = feed.begin()
        if begin is None:
            return False
        self._retry.pop(feed.name, None)
        reader.steps = self._run.follow(Input(readable(feed.name), feed.modified), feed, begin)
        reader.owed = reader.again = begin.told - begin.base
        self._cool(reader)
        return True

    def _take(self, reader: _Reader, step: Step) -> None:
        reader.last = step
        reading = step.reading
        if reading.taken >= reader.feed.taken:
            framer = reading.framer
            reader.feed.take(reading.taken, framer.lines + 1, reading.before(TAIL), open=framer.open)

    def _over(self, reader: _Reader, ended: Callable[[Feed], None]) -> bool:
        """A source ended. What was open when it went cold counts as it stood."""
        for event, sightings in reader.pending:
            self._run.admit(event, sightings)
        self._readers.pop(reader.feed.name, None)
        self.changed = True
        ended(reader.feed)
        return True

    def _forget(self, feed: Feed, error: InputError) -> None:
        reader = self._readers.get(feed.name)
        if reader is not None:
            reader.steps = None
        if feed.name not in self._retry:
            self._fail(error)
        self._retry[feed.name] = time.monotonic() + RETRY

    def _cool(self, newest: _Reader) -> None:
        warm = [reader for reader in self._readers.values() if reader.steps is not None]
        if len(warm) <= self._warm:
            return
        warm.sort(key=lambda reader: reader.feed.grown)
        for reader in warm[: len(warm) - self._warm]:
            if reader is not newest:
                self._peek(reader, whole=True)
                reader.steps.close()  # type: ignore[union-attr]
                reader.steps = reader.last = None

    # ------------------------------------------------------------ pauses

    def pause(self) -> None:
        """Make pending what sources that pause have open."""
        now = time.monotonic()
        for reader in self._readers.values():
            quiet = now - reader.feed.grown
            if quiet > PAUSE and reader.feed.is_gone and reader.feed.open:
                self._settle(reader)
            if reader.last is None or reader.steps is None:
                continue
            if quiet > PAUSE and reader.peeked <= reader.feed.grown and reader.feed.open:
                self._peek(reader, whole=False)
            elif quiet > FLUSH and not reader.whole:
                self._peek(reader, whole=True)

    def next_pause(self) -> float:
        """Seconds until the next pause is due, at most FLUSH."""
        now = time.monotonic()
        due = [
            reader.feed.grown + PAUSE - now
            for reader in self._readers.values()
            if reader.peeked <= reader.feed.grown and reader.feed.open
        ]
        return max(0.0, min(due, default=FLUSH))

    def _peek(self, reader: _Reader, *, whole: bool) -> None:
        if reader.last is None:
            return
        before = len(reader.pending)
        reader.pending = reader.last.reading.pending(whole=whole)
        reader.peeked, reader.whole = time.monotonic(), whole or reader.whole
        self.changed |= bool(reader.pending) or before > 0

    def settle(self) -> None:
        """Let what is open in sources that are gone count as it stands: after this run nobody frames it again."""
        for reader in self._readers.values():
            if reader.feed.is_gone and reader.feed.open:
                self._settle(reader)

    def _settle(self, reader: _Reader) -> None:
        """A record that is open counts for good."""
        if reader.steps is not None:
            self._peek(reader, whole=False)
            reader.steps.close()  # type: ignore[attr-defined]
            reader.steps = reader.last = None
        for event, sightings in reader.pending:
            self._run.admit(event, sightings)
        reader.pending, reader.feed.open, self.changed = [], False, True

    @property
    def pending(self) -> list[Sighting]:
        """What is seen in records that are open."""
        return [sighting for reader in self._readers.values() for _, sightings in reader.pending for sighting in sightings]

    @property
    def warm(self) -> int:
        """How many sources hold buffers."""
        return sum(reader.steps is not None for reader in self._readers.values())

    def follow_with(self, run: Run) -> None:
        """Go on with another run: what is open is framed again for it."""
        self._run = run
        for reader in self._readers.values():
            if reader.steps is not None:
                reader.steps.close()  # type: ignore[attr-defined]
            reader.feed.primed = not reader.feed.open
        self._readers.clear()
        self.changed = True

    # ------------------------------------------------------------ the end

    def finish(self, feeds: Iterable[Feed]) -> None:
        """Close all that is open: nothing more will come. What is there is read, if that does not take long."""
        until = time.monotonic() + END
        for feed in feeds:
            feed.end()
            for _ in range(1_000_000):
                if time.monotonic() > until:
                    feed.halt()
                if feed.name not in self._readers and not feed.open:
                    break
                done: list[Feed] = []
                self.turn([feed], done.append)
                if done or feed.name in self._retry:
                    break

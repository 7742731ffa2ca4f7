"""One source on its way through framing and events: its windows in, its events and what is still open out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from diagnose.blocks import Window
from diagnose.events import EventReader
from diagnose.framing import Framer, Record
from diagnose.lines import LineReader
from diagnose.model import Event, Sighting
from diagnose.sighter import Sighter
from diagnose.sources import Begin, Input


class Host(Protocol):
    """What a reading asks of the run that it belongs to."""

    @property
    def reader(self) -> LineReader:
        """How lines are read."""

    @property
    def sighter(self) -> Sighter:
        """What asks the signals."""

    def events(self, item: Input) -> EventReader:
        """What reads the records of one source."""

    def search(self, window: Window) -> list[int]:
        """The hits in a window's new lines."""

    def admit(self, event: Event, sightings: Sequence[Sighting]) -> None:
        """Take an event and what is seen in it."""


class Reading:
    """One source, whole or, with `stop`, in part: the records that start from `begin.base` on and before `stop`."""

    def __init__(self, run: Host, item: Input, begin: Begin, stop: int | None = None) -> None:
        self._run = run
        self._item = item
        self._start, self._stop = begin.base, stop
        self.orphans = 0
        """Orphans of the part."""
        self._events = run.events(item)
        self._told, self._goes_on = begin.told, begin.open
        self._window = Window(bytearray(), begin.base, 0, 0)
        self.framer = Framer(run.reader, self._events.time_of, begin.base, begin.number)
        self.lines_before, self.orphans_before = begin.number - 1, 0

    def refer(self, modified: int) -> None:
        """The source was written to at this time."""
        self._events.clock.refer(modified)

    def take(self, window: Window) -> None:
        """Search a window, frame its hits, admit its events."""
        run = self._run
        self._window = window
        hits = run.search(window) if window.end > window.new else []
        if window.base + window.end <= self._told and not window.last:
            for _ in self.framer.records(window, hits):
                pass  # told before
            if not self._goes_on:
                self.framer.forget()
            self.lines_before, self.orphans_before = self.framer.lines, self.framer.orphans
            return
        stop = self._stop
        for record in self.framer.records(window, hits):
            if stop is not None:
                if not self._start <= record.offset < stop:
                    continue
                self.orphans += record.orphan
            run.admit(*self.interpret(record))

    @property
    def taken(self) -> int:
        """The offset up to which whole lines were taken."""
        return self._window.base + self._window.end

    def before(self, size: int) -> bytes:
        """The last bytes that were taken."""
        window = self._window
        return bytes(window.data[max(0, window.end - size) : window.end])

    def pending(self, *, whole: bool = True) -> list[tuple[Event, Sequence[Sighting]]]:
        """The events of records that are still open, as they stand; `whole`: with a line that has no end yet."""
        window = self._window
        if not whole or window.rest <= window.end or window.last:
            return [self.interpret(record) for record in self.framer.peek()]
        # What is half there is framed apart: nothing that is remembered may come of it.
        apart = Reading(self._run, self._item, Begin(window.base))
        if self._events.clock.reference is not None:
            apart.refer(self._events.clock.reference)
        past = Window(window.data, window.base, 0, window.end)
        for _ in apart.framer.records(past, self._run.search(past)):
            pass
        rest = Window(window.data, window.base, window.end, window.rest, last=True)
        number = self.framer.lines - apart.framer.lines
        records = list(apart.framer.records(rest, self._run.search(rest)))
        return [apart.interpret(replace(record, number=record.number + number)) for record in records]

    def interpret(self, record: Record) -> tuple[Event, Sequence[Sighting]]:
        """The event of a record and what the rules' signals see in it."""
        event = self._events.event(record)
        return event, self._run.sighter.sightings(event, self._events.patterns(record))

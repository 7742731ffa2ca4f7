"""The loop of a tail: look for news, give every source its turn, tell what changed, keep it, wait.

What was read, what it meant and what is to be delivered of it are kept in one transaction, so that none is ever ahead of the others.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from diagnose.engine.keeping import kept, remember
from diagnose.errors import DiagnoseError, InputError
from diagnose.live.changes import Change, Changes
from diagnose.live.memory import Memory
from diagnose.live.readings import Readings
from diagnose.live.watching import LiveRun
from diagnose.model import Report
from diagnose.sources.follow.live import LiveSource
from diagnose.sources.follow.wake import Waker
from diagnose.state import State
from diagnose.tracing import Tracer, Untraced

POLL = 0.25
"""Seconds between two polls where nothing wakes it sooner."""

LOOK = 0.1
"""Seconds between two looks at what changed, at least."""

SHARE = 4.0
"""A look, and a poll, may take a fifth of the time."""

KEEP = 1.0
"""Seconds between two commits where nothing is to be delivered."""

SETTLE = 10.0


class Outlet(Protocol):
    """Where changes go that must be delivered. Both within the tail's transaction."""

    def put(self, database: sqlite3.Connection, changes: Sequence[Change], report: Report) -> None:
        """Queue them. Raises sqlite3.Error; QueueFull where no more fit, so that nothing is kept and reading waits."""

    def hold(self) -> None:
        """Deliver what was put last though the disk takes nothing."""

    def written(self) -> None:
        """The transaction went through."""


class QueueFull(Exception):
    """Deliveries wait, and no more of them fit: reading must wait too."""


class Tail:
    """`show` is given every change at once, `tell` warnings for a person."""

    def __init__(
        self,
        run: LiveRun,
        state: State,
        sources: Sequence[LiveSource],
        show: Callable[[Sequence[Change], Report], None],
        tell: Callable[[str], None],
        outlet: Outlet | None = None,
        waker: Waker | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.run, self._state, self.sources = run, state, sources
        self._show, self._tell, self._outlet = show, tell, outlet
        self.waker = waker or Waker()
        self._tracer = tracer or Untraced()
        self.changes = Changes()
        self.memory = Memory(state)
        trouble = self.memory.restore(run)
        if trouble:
            tell(trouble)
        self.changes.told = self.memory.told()
        self.readings = Readings(run, self._unreadable)
        self.report = run.report(run.latest)
        self.blocked = False
        """Whether reading waits for deliveries."""
        self.caught_up = False
        """Whether everything that is there was read."""
        self.unkept = ""
        """Why nothing can be kept, or empty."""
        self.renew: Callable[[], LiveRun] | None = None
        """Makes a run with the rules and settings of now. Raises DiagnoseError."""
        self.heard = time.monotonic()
        """When the last round ended."""
        self._ready = self._reload = self._stopped = False
        self._looked = self._kept = self._settled = self._polled = self._told_to_end = 0.0
        self._look_cost = self._poll_cost = 0.0

    # ------------------------------------------------------------ the loop

    def prepare(self) -> None:
        """Hold what is there, so that no rotation loses it; then have the patterns, which may take a while where they are not compiled yet."""
        self._poll(discover=True)
        self.run.searcher(False)
        self._ready = True

    def follow(self) -> None:
        """Until `stop`, or until no source can give more."""
        if not self._ready:
            self.prepare()
        woken = True
        while not self._stopped and not all(source.is_over for source in self.sources):
            if self._reload:
                self._renew()
            busy = self.once(woken)
            self.heard = time.monotonic()
            woken = False if busy else self._wait()

    def once(self, discover: bool = False) -> bool:
        """One round. True where something was read, so that there may be more."""
        with self._tracer.span("round") as span:
            looked, size = self._looked, self.bytes_read
            busy = self._round(discover)
            if not busy and self._looked == looked:
                span.forget()
            span.note(bytes=self.bytes_read - size, sources=len(self.sources), cases=len(self.report.findings))
        return busy

    def _round(self, discover: bool) -> bool:
        if discover or time.monotonic() - self._polled >= SHARE * self._poll_cost:
            self._poll(discover=discover)
        busy = False
        if not self.blocked:
            for source in self.sources:
                busy |= self.readings.turn(source.ready(), source.ended)  # type: ignore[arg-type]
        self.readings.pause()
        self.caught_up = not busy
        now = time.monotonic()
        if now >= self._next_look():
            self.look()
        if now - self._kept >= KEEP:
            self.keep()
        if not busy and now - self._settled >= SETTLE:
            self.run.settle()
            self._settled = now
        return busy

    def _poll(self, *, discover: bool) -> None:
        self._polled = time.monotonic()
        for source in self.sources:
            source.poll(discover=discover)
        self._poll_cost = time.monotonic() - self._polled

    def stop(self) -> None:
        """End the loop: what is there is not read to its end."""
        self._stopped, self._told_to_end = True, time.monotonic()
        self.waker.wake()

    @property
    def ending(self) -> float:
        """Seconds since it was told to end; 0: it was not."""
        return time.monotonic() - self._told_to_end if self._stopped else 0.0

    def _wait(self) -> bool:
        """Until something may have changed. True where files or folders did, rather than the time."""
        now = time.monotonic()
        seconds = min(POLL, self.readings.next_pause(), max(0.0, self._next_look() - now))
        self.waker.watch(folder for source in self.sources for folder in source.folders)
        woken = self.waker.wait(seconds, [descriptor for source in self.sources for descriptor in source.descriptors])
        rest = self._polled + max(0.005, SHARE * self._poll_cost) - time.monotonic()
        if rest > 0 and not self._stopped:
            time.sleep(min(rest, POLL))
        return woken and self.waker.moved

    def _next_look(self) -> float:
        """When to look again, monotonic."""
        if self.readings.changed:
            return self._looked + max(LOOK, SHARE * self._look_cost)
        due = self.changes.due()
        return max(self._looked + 1.0, due) if due is not None else float("inf")

    @property
    def is_reading(self) -> bool:
        """Whether patterns are compiled, and reading waits for nothing."""
        return self._ready and not self.blocked

    @property
    def bytes_read(self) -> int:
        """In this run."""
        return self.readings.size

    @property
    def lag(self) -> int:
        """Bytes that are there and were not taken."""
        return sum(feed.lag for source in self.sources for feed in source.feeds())

    def reload(self) -> None:
        """Have new rules and settings before the next round. Safe in a signal handler."""
        self._reload = True
        self.waker.wake()

    def _renew(self) -> None:
        """Go on with what `renew` makes, keeping all that was seen; a fault is told, and the old rules stay."""
        self._reload = False
        if self.renew is None:
            return
        try:
            run = self.renew()
        except DiagnoseError as error:
            self._tell(f"the rules in use stay: {error}")
            return
        self.keep(whole=True)
        remember(run.engine, kept(self.run.engine))
        run.go_on(self.run)
        self.run = run
        self.readings.follow_with(run)
        self._tell(f"reloaded: {len(run.rulebook.compiled)} rules")

    # ------------------------------------------------------------ telling and keeping

    def look(self) -> None:
        """Tell what changed, and keep it."""
        self._looked = time.monotonic()
        self.readings.changed = False
        with self._tracer.span("look") as span:
            self.report = self.run.now(self.readings.pending)
            changes = list(self.changes.look(self.report.findings, self.run.latest_of))
            span.note(findings=len(self.report.findings), changes=len(changes))
        self._look_cost = time.monotonic() - self._looked
        if changes:
            self._show(changes, self.report)
            self.keep(changes)

    def keep(self, changes: Sequence[Change] = (), *, whole: bool = False) -> None:
        """One transaction: offsets, sightings, what was told, what is to be delivered."""
        self._kept = time.monotonic()
        run = self.run
        try:
            with self._tracer.span("keep", changes=len(changes)), self._state.transaction() as database:
                for source in self.sources:
                    source.write(database)
                self.memory.write(database, run, run.fresh, self.changes.told, whole=whole or run.overflow)
                if self._outlet is not None:
                    self._outlet.put(database, changes, self.report)
        except QueueFull as error:
            self._trouble(str(error))
            self.blocked = True
            return
        except sqlite3.Error as error:
            self._trouble(f"the state cannot be kept, so that what is told now may be told again: {error}")
            if self._outlet is not None:
                self._outlet.hold()
            return
        for source in self.sources:
            source.written()
        self.memory.written()
        if self._outlet is not None:
            self._outlet.written()
        run.kept()
        if self.unkept:
            self._tell("the state is kept again")
        self.unkept, self.blocked = "", False

    def _trouble(self, reason: str) -> None:
        if not self.unkept:
            self._tell(reason)
        self.unkept = reason

    def _unreadable(self, error: InputError) -> None:
        self._tell(str(error))

    # ------------------------------------------------------------ the end

    def finish(self) -> Report:
        """Keep everything, then close what is open and tell the rest. The report equals a scan's of the same bytes.

        What is open now is told but not kept as read: should its source go on, so does the record.
        """
        self.readings.settle()
        self.keep(whole=True)
        for source in self.sources:
            self.readings.finish(source.feeds())
        self.report = self.run.report()
        changes = list(self.changes.look(self.report.findings, final=True))
        self._show(changes, self.report)
        self._keep_told(changes)
        return self.report

    def _keep_told(self, changes: Sequence[Change]) -> None:
        """Only what was told at the end, beside what was kept before."""
        try:
            with self._state.transaction() as database:
                self.memory.write_told(database, self.changes.told)
                if self._outlet is not None:
                    self._outlet.put(database, changes, self.report)
        except (sqlite3.Error, QueueFull) as error:
            self._trouble(str(error))
            if self._outlet is not None:
                self._outlet.hold()
        else:
            if self._outlet is not None:
                self._outlet.written()

    def close(self) -> None:
        """Give all back."""
        for source in self.sources:
            source.close()
        self.waker.close()

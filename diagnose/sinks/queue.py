"""Notices on their way: a queue on disk that is written with everything else, and a thread for each sink that empties it.

A notice is tried four times, with growing and random pauses, or the pause that the receiver asks for. Then the fallback gets it. Where
there is none, or it fails too, the notice waits for its next turn, and with it the later ones of its incident, so that they
keep their order.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from diagnose.sinks import Notice, Sink, Undelivered
from diagnose.state import State
from diagnose.tracing import Tracer, Untraced

TRIES = 4
FIRST, LONGEST = 0.5, 30.0
"""Seconds of the first pause, and of the longest that nobody asked for."""

LATER = 60.0
"""Seconds until a notice that nobody took is tried again."""

ROOM = 10_000
"""Notices that may wait."""

_TABLE = """CREATE TABLE IF NOT EXISTS queue
    (number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT, incident TEXT, due REAL, body BLOB)"""
_NEXT = """SELECT number, body FROM queue WHERE sink = :sink AND due <= :now AND incident NOT IN
    (SELECT incident FROM queue WHERE sink = :sink AND due > :now) ORDER BY number LIMIT 1"""


class Queue:
    """`tell` is given what goes wrong; `tracer` makes a span of a delivery.

    `delivered` and `failed` count by the sinks' names.
    """

    def __init__(
        self,
        state: State,
        sinks: Sequence[Sink],
        fallback: Sink | None,
        tell: Callable[[str], None],
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer or Untraced()
        self._state, self.sinks, self._fallback, self._tell = state, tuple(sinks), fallback, tell
        self.delivered = {sink.name: 0 for sink in sinks}
        self.failed = {sink.name: 0 for sink in sinks}
        self._held: dict[str, deque[Notice]] = {sink.name: deque(maxlen=ROOM) for sink in sinks}
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self._idle: set[str] = set()
        state.define(_TABLE)
        self._threads = [threading.Thread(target=self._work, args=(sink,), daemon=True) for sink in sinks]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Notices that wait on disk and in memory."""
        return int(self._state.rows("SELECT count(*) FROM queue")[0][0]) + sum(map(len, self._held.values()))

    def put(self, database: sqlite3.Connection, notices: Sequence[Notice]) -> bool:
        """Queue them for every sink, within a transaction; False where there is no room. Raises sqlite3.Error."""
        if not notices:
            return True
        count = int(database.execute("SELECT count(*) FROM queue").fetchone()[0])
        if count + len(notices) * len(self.sinks) > ROOM:
            return False
        rows = [(sink.name, notice["incident"], 0.0, msgspec.json.encode(notice)) for notice in notices for sink in self.sinks]
        database.executemany("INSERT INTO queue (sink, incident, due, body) VALUES (?, ?, ?, ?)", rows)
        return True

    def hold(self, notices: Sequence[Notice]) -> None:
        """Deliver them from memory: the disk takes nothing."""
        for sink in self.sinks:
            self._held[sink.name].extend(notices)
        self.wake()

    def wake(self) -> None:
        """There is something to deliver."""
        with self._news:
            self._idle.clear()
            self._news.notify_all()

    def stop(self, seconds: float) -> None:
        """Deliver what can be delivered within that time; the rest stays queued."""
        deadline = time.monotonic() + seconds
        with self._news:
            while len(self._idle) < len(self.sinks) and (left := deadline - time.monotonic()) > 0:
                self._news.wait(left)
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))

    # ------------------------------------------------------------ one sink's thread

    def _work(self, sink: Sink) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._next(sink)
            except sqlite3.Error as error:
                self._tell(f"{sink.name}: the queue cannot be read: {error}")
                busy = False
            if not busy:
                with self._news:
                    self._idle.add(sink.name)
                    self._news.notify_all()
                    if not self._stopping.is_set():
                        self._news.wait(1.0)

    def _next(self, sink: Sink) -> bool:
        """Deliver one notice; False where there is none."""
        held = self._held[sink.name]
        if held:
            self._deliver(sink, held[0])
            held.popleft()
            return True
        rows = self._state.rows(_NEXT, {"sink": sink.name, "now": time.time()})
        if not rows:
            return False
        number, body = rows[0]
        notice = msgspec.json.decode(body)
        with self._tracer.span(
            "deliver", sink=sink.name, incident=notice["incident"], event=notice["event"], id=notice["id"]
        ) as span:
            done = self._deliver(sink, notice)
            span.note(done=int(done))
        with self._state.transaction() as database:
            if done:
                database.execute("DELETE FROM queue WHERE number = ?", (number,))
            elif not self._stopping.is_set():
                database.execute("UPDATE queue SET due = ? WHERE number = ?", (time.time() + LATER, number))
        return True

    def _deliver(self, sink: Sink, notice: Notice) -> bool:
        """Whether the sink, or the fallback, took it; or it never would."""
        try:
            self._try(sink, notice)
        except Undelivered as error:
            if self._stopping.is_set():
                return False
            self.failed[sink.name] += 1
            self._tell(f"not delivered: {error}")
            return self._escalate(sink, notice) or error.refused
        self.delivered[sink.name] += 1
        return True

    def _escalate(self, sink: Sink, notice: Notice) -> bool:
        if self._fallback is None:
            return False
        try:
            self._try(self._fallback, {**notice, "undelivered_to": sink.name})
        except Undelivered as error:
            self._tell(f"not delivered to the fallback either: {error}")
            return False
        return True

    def _try(self, sink: Sink, notice: Notice) -> None:
        retrying = Retrying(
            stop=lambda state: self._stopping.is_set() or stop_after_attempt(TRIES)(state),
            wait=_pause,
            retry=retry_if_exception(lambda error: isinstance(error, Undelivered) and not error.refused),
            sleep=self._sleep,
            reraise=True,
        )
        retrying(sink.send, notice)

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)


def _pause(state: RetryCallState) -> float:
    """What the receiver asks for, else twice as long each time, of which a random half."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.after if isinstance(error, Undelivered) else 0.0
    own: float = min(LONGEST, FIRST * 2 ** (state.attempt_number - 1))
    return max(asked, own * random.uniform(0.5, 1.0))

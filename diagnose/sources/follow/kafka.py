"""`kafka:[BROKERS/]TOPIC`: the messages of a topic, each partition a source of its own.

What was read is kept in the state with everything else, and committed to the group once that is done: the state goes before the group, unless another
member of it went further. librdkafka's settings: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from diagnose.errors import InputError
from diagnose.sources.follow.checkpoints import Checkpoints
from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.partition import Partition, Place, place_of
from diagnose.sources.follow.pipe import Pipe
from diagnose.state import State

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

BROKERS = "localhost:9092"
ROOM = 4 << 20
"""Bytes of all partitions that may wait in memory; beyond it no more are asked for."""

AGAIN = 5.0
"""Seconds until it is tried again after an error."""

BATCH, WAIT = 500, 0.2
"""Messages that are asked for at once, and seconds that they are waited for."""


class Kafka:
    """A topic. `from_start`: what it holds at the first start is read too. Raises InputError where the library or a setting is wrong."""

    folders: Iterable[str] = ()
    is_over = False

    def __init__(self, location: str, state: State, *, from_start: bool, tell: Callable[[str], None]) -> None:
        self._location, self._from_start, self._tell = location, from_start, tell
        self._brokers, self._topic = _split(location)
        self._checkpoints = Checkpoints(state)
        self._known = self._checkpoints.kept(location) is not None
        self._lock = threading.Lock()
        self._partitions: dict[int, Partition] = {}
        self._ended: set[Partition] = set()
        self._written: dict[int, Place] = {}
        self._kept: Mapping[int, Place] = {}
        self._committed: Mapping[int, Place] = {}
        self._said = ""
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = threading.Event()
        self._consumer = self._connect()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _connect(self) -> Consumer:
        try:
            from confluent_kafka import Consumer, KafkaException
        except ImportError as error:
            raise InputError(self._location, "reading from Kafka needs: pip install 'diagnose-logs[kafka]'") from error
        settings: dict[str, Any] = {
            "group.id": "diagnose",
            "client.id": "diagnose",
            "queued.max.messages.kbytes": 16_384,
            "session.timeout.ms": 10_000,  # one that was killed gives its partitions back after that
            **_settings(self._location),
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "error_cb": lambda error: self._say(error.str()),
            "logger": _Silent(),
        }
        if self._brokers:
            settings["bootstrap.servers"] = self._brokers
        settings.setdefault("bootstrap.servers", BROKERS)
        try:
            consumer = Consumer(settings)
            consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)
        except KafkaException as error:
            raise InputError(self._location, str(error.args[0])) from error
        return consumer

    # ------------------------------------------------------------ the consumer's thread

    def _listen(self) -> None:
        from confluent_kafka import KafkaException

        paused = False
        while not self._stopping.is_set():
            full = sum(partition.waiting for partition in list(self._partitions.values())) > ROOM
            if full != paused:
                (self._consumer.pause if full else self._consumer.resume)(self._consumer.assignment())
                paused = full
            try:
                messages = self._consumer.consume(BATCH, WAIT)
            except KafkaException as error:
                self._say(str(error.args[0]))
                self._stopping.wait(AGAIN)
                continue
            for message in messages:
                self._take(message)
            self._commit(wait=False)

    def _commit(self, *, wait: bool) -> None:
        """What is kept is committed to the group, so that others, and people who look, know how far it is."""
        from confluent_kafka import KafkaException, TopicPartition

        kept = self._kept
        places = [TopicPartition(self._topic, number, place.next) for number, place in kept.items()]
        if places and (wait or kept != self._committed):
            with contextlib.suppress(KafkaException):  # the state knows
                self._consumer.commit(offsets=places, asynchronous=False) if wait else self._consumer.commit(offsets=places)
                self._committed = kept

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            self._say(error.str())
            return
        partition = self._partitions.get(message.partition() or 0)
        if partition is not None:
            value = message.value()
            data = value if isinstance(value, bytes) else (value or "").encode()
            partition.give(message.offset() or 0, data, message.timestamp()[1] * 1_000)
            self._said = ""
            self._rouse()

    def _assigned(self, consumer: Consumer, given: list[Any]) -> None:
        """Partitions are ours now: say where each goes on."""
        from confluent_kafka import KafkaException

        for one in given:
            try:
                (committed,) = consumer.committed([one], timeout=10.0)
                place = self._place(one.partition, committed.offset)
                if place is None:
                    low, high = consumer.get_watermark_offsets(one, timeout=10.0)
                    start = low if self._from_start or self._known else high
                    place = Place(start, start)
            except KafkaException as error:
                self._say(str(error.args[0]))
                place = self._place(one.partition, -1) or Place(0, 0)  # rather again than not at all
            one.offset = place.start
            with self._lock:
                self._partitions[one.partition] = Partition(self._topic, one.partition, place)
        consumer.assign(given)
        self._rouse()

    def _place(self, number: int, committed: int) -> Place | None:
        kept = place_of(self._checkpoints.kept(f"{self._location}/{number}") or "")
        if committed >= 0 and (kept is None or committed > kept.next):
            return Place(committed, committed)
        return kept

    def _revoked(self, consumer: Consumer, taken: list[Any]) -> None:
        """Partitions are another's from now on; what was not kept of them it will be given again."""
        with self._lock:
            for one in taken:
                partition = self._partitions.pop(one.partition, None)
                if partition is not None:
                    partition.end()
                    self._ended.add(partition)
        self._rouse()

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._tell(f"{self._location}: {text}")

    def _rouse(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"!")

    # ------------------------------------------------------------ the tail's thread

    def poll(self, *, discover: bool) -> None:
        """See `LiveSource`."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 65_536)

    def feeds(self) -> Iterable[Partition]:
        """See `LiveSource`."""
        with self._lock:
            return [*self._partitions.values(), *self._ended]

    def ready(self) -> Iterator[Partition]:
        """See `LiveSource`."""
        return (partition for partition in self.feeds() if partition.is_ready)

    def ended(self, feed: Followed | Pipe) -> None:
        """See `LiveSource`."""
        with self._lock:
            self._ended.discard(feed)
            for number in [number for number, one in self._partitions.items() if one is feed]:
                del self._partitions[number]

    @property
    def descriptors(self) -> Sequence[int]:
        """See `LiveSource`."""
        return (self._wake,)

    def write(self, database: sqlite3.Connection) -> None:
        """See `LiveSource`."""
        with self._lock:
            self._written = {number: partition.place() for number, partition in self._partitions.items()}
        rows = [(f"{self._location}/{number}", place.text()) for number, place in self._written.items()]
        database.executemany("INSERT OR REPLACE INTO locations VALUES (?, ?)", [(self._location, ""), *rows])

    def written(self) -> None:
        """See `LiveSource`. The consumer's thread commits it then."""
        self._kept = self._written

    def close(self) -> None:
        """See `LiveSource`."""
        self._stopping.set()
        self._thread.join()
        self._commit(wait=True)
        self._consumer.close()
        os.close(self._wake)
        os.close(self._waker)


class _Silent:
    """librdkafka's own log: what matters of it comes as an error."""

    def log(self, *words: Any, **more: Any) -> None:
        """Nothing."""


def _split(location: str) -> tuple[str, str]:
    """(brokers or empty, topic) Raises InputError."""
    brokers, _, topic = location.removeprefix("kafka:").rpartition("/")
    if not topic:
        raise InputError(location, "it names no topic: kafka:TOPIC, or kafka:HOST:PORT/TOPIC")
    return brokers, topic


def _settings(location: str) -> dict[str, str]:
    """librdkafka's settings out of the properties file that `DIAGNOSE_KAFKA` names. Raises InputError."""
    path = os.environ.get("DIAGNOSE_KAFKA")
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as stream:
            lines = [line.strip() for line in stream]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(location, f"{path}: {getattr(error, 'strerror', None) or error}") from error
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}

"""A topic of Kafka as a source, against librdkafka's own broker for tests: no loss, nothing twice, offsets committed once they are kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnose.errors import InputError
from diagnose.sources.follow.kafka import Kafka
from diagnose.sources.follow.partition import Place, place_of
from diagnose.state import State
from tests.live.broker import Broker
from tests.live.kit import Desk, line, numbers, once_each


def say(broker: Broker, *numbers: int, partition: int = 0) -> None:
    for number in numbers:
        broker.send(line(number), partition)


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    made.close()


class Listening(Desk):
    """A tail of the topic."""

    def __init__(self, folder: Path, broker: Broker, *, from_start: bool = True) -> None:
        self.broker = broker
        super().__init__(folder, folder / "none.log", from_start=from_start)

    def start(self) -> None:
        super().start()
        self.kafka = Kafka(f"kafka:{self.broker.address}/logs", self.state, from_start=self.from_start, tell=self.warnings.append)
        self.tail.sources = [self.kafka]

    def reach(self, count: int) -> None:
        """Until that many lines were read; the last of each partition may be open."""
        self.until(lambda: len(self.run.texts) + len({one.name for one in self.kafka.feeds() if one.open}) >= count)

    def assigned(self) -> None:
        self.until(lambda: bool(list(self.kafka.feeds())))


@pytest.mark.slow
def test_messages_are_lines_and_each_partition_is_a_source(tmp_path: Path, broker: Broker) -> None:
    say(broker, 1, 2, 3)
    say(broker, 10, 11, partition=1)
    desk = Listening(tmp_path, broker)
    desk.reach(5)
    report = desk.stop()
    once_each(desk.run.texts, 1, 2, 3, 10, 11)
    (finding,) = report.findings
    assert finding.count == 5
    assert {proof.source for proof in finding.evidence} == {"kafka:logs/0", "kafka:logs/1"}
    assert (broker.committed(0), broker.committed(1)) == (3, 2)


@pytest.mark.slow
def test_a_killed_tail_goes_on_where_it_was(tmp_path: Path, broker: Broker) -> None:
    say(broker, 1, 2, 3)
    desk = Listening(tmp_path, broker)
    desk.reach(3)
    desk.keep()
    kept = list(desk.run.texts)
    say(broker, 4, 5)
    desk.reach(5)
    desk.kill()
    say(broker, 6)
    desk.start()
    desk.until(lambda: len({*kept, *desk.run.texts}) >= 5)
    report = desk.stop()
    once_each([*kept, *desk.run.texts], 1, 2, 3, 4, 5, 6)
    assert report.findings[0].count == 6


@pytest.mark.slow
def test_a_record_that_is_open_when_it_is_killed_goes_on(tmp_path: Path, broker: Broker) -> None:
    say(broker, 1)
    broker.send("2026-11-23T10:00:00.000000Z ERROR request failed\nError: the fan broke 2\n    at spin (/srv/fan.js:1:1)")
    desk = Listening(tmp_path, broker)
    desk.reach(2)
    desk.keep()
    kept = list(desk.run.texts)
    desk.kill()
    broker.send("    at turn (/srv/turn.js:2:2)\n")
    say(broker, 3)
    desk.start()
    desk.until(lambda: any("turn.js" in text for text in desk.run.texts))
    report = desk.stop()
    whole = next(text for text in desk.run.texts if "broke 2" in text)
    assert whole.count("\n") == 3, whole
    assert sum("broke 2" in text for text in [*kept, *desk.run.texts]) == 1
    assert sum(finding.count for finding in report.findings) == 3


@pytest.mark.slow
def test_what_is_there_at_first_is_passed_over_and_remembered_as_such(tmp_path: Path, broker: Broker) -> None:
    say(broker, 1, 2)
    desk = Listening(tmp_path, broker, from_start=False)
    desk.assigned()
    desk.keep()
    desk.kill()
    say(broker, 3)
    desk.start()
    desk.reach(1)
    desk.stop()
    once_each(desk.run.texts, 3)


@pytest.mark.slow
def test_a_group_that_went_further_goes_before_what_was_kept(tmp_path: Path, broker: Broker) -> None:
    say(broker, 1, 2)
    desk = Listening(tmp_path / "one", broker)
    desk.reach(2)
    desk.stop()
    say(broker, 3)
    other = Listening(tmp_path / "two", broker)
    other.reach(1)
    other.stop()
    once_each(other.run.texts, 3)
    say(broker, 4)
    desk.start()
    desk.reach(1)
    desk.stop()
    once_each(desk.run.texts, 4)


@pytest.mark.slow
def test_a_second_member_takes_partitions_and_gives_them_back(tmp_path: Path, broker: Broker) -> None:
    """The broker for tests has four partitions and shares them out. None is lost while they change hands; what comes twice was not kept."""
    say(broker, 1, 2)
    say(broker, 101, 102, partition=3)
    one = Listening(tmp_path / "one", broker)
    one.reach(4)
    one.keep()
    one.until(lambda: broker.committed(0) > 0 and broker.committed(3) > 0)
    two = Listening(tmp_path / "two", broker)

    def held() -> list[int]:
        two.once()
        return [len(list(desk.kafka.feeds())) for desk in (one, two)]

    one.until(lambda: held() == [2, 2])
    for number, partition in ((3, 0), (4, 0), (103, 3), (104, 3)):
        say(broker, number, partition=partition)
    one.until(lambda: bool(two.once()) or {3, 103} <= set(numbers([*one.run.texts, *two.run.texts])))
    two.stop()
    one.until(lambda: len(list(one.kafka.feeds())) == 4)
    for number, partition in ((5, 0), (6, 0), (105, 3), (106, 3)):
        say(broker, number, partition=partition)
    one.until(lambda: {5, 105} <= set(numbers(one.run.texts)))
    one.stop()
    read = numbers([*one.run.texts, *two.run.texts])
    assert set(read) == {*range(1, 7), *range(101, 107)}
    assert {number for number, count in read.items() if count > 1} <= {2, 4, 102, 104}, "records that were open"


@pytest.mark.slow
def test_a_broker_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    state, told = State(None), []
    kafka = Kafka("kafka:127.0.0.1:1/logs", state, from_start=True, tell=told.append)
    desk = Desk(tmp_path, tmp_path / "none.log")
    desk.until(lambda: bool(told))
    kafka.close()
    assert any("127.0.0.1:1" in text for text in told)
    desk.kill()
    state.close()


def test_a_topic_must_be_named_and_the_library_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="names no topic"):
        Kafka("kafka:", State(None), from_start=True, tell=print)
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(InputError, match=r"diagnose-logs\[kafka\]"):
        Kafka("kafka:logs", State(None), from_start=True, tell=print)


@pytest.mark.parametrize("settings", ["nonsense=1\n", "# a comment\nsecurity.protocol = nothing\n"])
def test_a_setting_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str) -> None:
    (tmp_path / "kafka.properties").write_text(settings)
    monkeypatch.setenv("DIAGNOSE_KAFKA", str(tmp_path / "kafka.properties"))
    with pytest.raises(InputError, match=r"nonsense|security\.protocol"):
        Kafka("kafka:logs", State(None), from_start=True, tell=print)
    monkeypatch.setenv("DIAGNOSE_KAFKA", str(tmp_path / "missing"))
    with pytest.raises(InputError, match="No such file"):
        Kafka("kafka:logs", State(None), from_start=True, tell=print)


def test_a_place_is_kept_as_text() -> None:
    place = Place(7, 2, 3, 4, 500, 6, True)
    assert place_of(place.text()) == place
    assert place_of("") is place_of("1:2") is place_of("a:b:c:d:e:f:g") is None

"""librdkafka's broker for tests, in a process of its own: `python -m tests.live.broker`.

Were it in the tests' process, the garbage collector would end it there at some later moment, in the middle of another test; librdkafka does
not always survive that (https://github.com/confluentinc/confluent-kafka-python/issues/1761).
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.kit import ROOT

TOPIC = "logs"
GROUP = "diagnose"


class Broker:
    """A broker with a topic of its own. `address` is where it listens."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.live.broker"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address, "the broker did not start"

    def send(self, text: str, partition: int = 0) -> None:
        """One message; it is there when this returns."""
        assert self._ask(value=text, partition=partition) == 0

    def committed(self, partition: int = 0) -> int:
        """The offset that the group has committed."""
        return int(self._ask(partition=partition))

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, **question: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class _Silent:
    def log(self, *words: object, **more: object) -> None: ...


def _serve() -> None:
    from confluent_kafka import Consumer, Producer, TopicPartition

    settings = {"test.mock.num.brokers": 1, "bootstrap.servers": "none", "logger": _Silent(), "test.mock.broker.rtt": 0}
    producer = Producer(settings)
    (one,) = producer.list_topics(timeout=60).brokers.values()
    address = f"{one.host}:{one.port}"
    print(address, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if "value" in question:
            producer.produce(TOPIC, question["value"].encode(), partition=question["partition"])
            print(producer.flush(60), flush=True)
            continue
        reader = Consumer({"bootstrap.servers": address, "group.id": GROUP, "logger": _Silent()})
        (place,) = reader.committed([TopicPartition(TOPIC, question["partition"])], timeout=60)
        reader.close()
        print(place.offset, flush=True)


if __name__ == "__main__":
    _serve()

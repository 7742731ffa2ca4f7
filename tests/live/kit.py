"""A tail in this process, driven round by round: what it admitted is compared with what was written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from diagnose.live.changes import Change
from diagnose.live.tailing import Outlet, Tail
from diagnose.live.watching import LiveRun
from diagnose.model import Event, Report, Sighting
from diagnose.pipeline import Options
from diagnose.sources.follow.live import Files
from diagnose.sources.follow.wake import Waker
from diagnose.state import State
from tests.kit import NOW, kit
from tests.tiny import STORE, book, rule

PATIENCE = 120.0
"""Seconds until a test gives up; what it waits for takes a fraction of one, but machines are busy."""

RULES = book(
    broke=rule("regex: 'the (?P<what>\\w+) broke'", keys="what"),
    many=rule("regex: 'query (?P<what>\\w+) took'", of_class="read-timeout", when="count(seen) >= 5 within 60s"),
)


class Recording(LiveRun):
    """Remembers what it admitted, and what of it was kept."""

    def admit(self, event: Event, sightings: Sequence[Sighting]) -> None:
        super().admit(event, sightings)
        self.texts.append(event.message)

    def kept(self) -> None:
        super().kept()
        self.kept_texts = list(self.texts)

    texts: list[str]
    kept_texts: list[str]


class Desk:
    """A tail of some locations that can be stopped, killed and started again."""

    def __init__(
        self, folder: Path, *locations: str | Path, from_start: bool = True, outlet: Outlet | None = None, **options: Any
    ) -> None:
        self.folder, self.locations = folder, [str(location) for location in locations]
        self.from_start, self.outlet, self.options = from_start, outlet, options
        self.read: list[str] = []
        """Messages that were admitted and kept, then those since."""
        self.warnings: list[str] = []
        self.changes: list[Change] = []
        self.start()

    def start(self) -> None:
        self.state = State(self.folder / "state")
        self.run = Recording(
            RULES,
            kit(),
            Options(now=NOW, block=self.options.get("block", 4_096), engine=self.options.get("engine", "plain")),
            STORE,
        )
        self.run.texts, self.run.kept_texts = [], []
        self.run.watched()
        self.files = Files(self.locations, self.state, from_start=self.from_start, tell=self.warnings.append)
        if "descriptors" in self.options:
            self.files.follower._descriptors = self.options["descriptors"]
        self.tail = Tail(
            self.run, self.state, [self.files], self._show, self.warnings.append, self.outlet,
            Waker(inotify=self.options.get("inotify", False)),
        )  # fmt: skip
        if "warm" in self.options:
            self.tail.readings._warm = self.options["warm"]

    def _show(self, changes: Sequence[Change], report: Report) -> None:
        self.changes += changes

    def once(self) -> bool:
        return self.tail.once(discover=True)

    def drain(self, rounds: int = 100_000) -> list[str]:
        """Rounds until nothing more comes; the messages admitted in this run so far."""
        for _ in range(rounds):
            if not self.once():
                break
        return self.run.texts

    def until(self, condition: Callable[[], bool]) -> None:
        """Rounds until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it did not come to be; read {self.run.texts[-5:]}, warned {self.warnings[-5:]}"
            if not self.once():
                time.sleep(0.01)

    def keep(self) -> None:
        self.tail.keep()

    def kill(self) -> None:
        """As kill -9: nothing more is written, descriptors are gone."""
        self.tail.close()
        self.state._database.close()
        import os

        os.close(self.state._owner)  # type: ignore[arg-type]
        self.state._owner = None

    def stop(self) -> Report:
        """As TERM."""
        report = self.tail.finish()
        self.tail.close()
        self.state.close()
        return report

    def restart(self) -> None:
        """TERM, then a new start."""
        self.stop()
        self.start()


def line(number: int, word: str = "fan") -> str:
    """A log line no other is like."""
    return f"2026-11-23T10:{number // 60 % 60:02d}:{number % 60:02d}.{number:06d}Z ERROR the {word} broke {number}"


def lines(*numbers: int) -> str:
    return "".join(f"{line(number)}\n" for number in numbers)


def numbers(texts: Sequence[str]) -> Counter[int]:
    """How often each line was read."""
    return Counter(int(text.split("\n")[0].rsplit(" ", 1)[1]) for text in texts)


def once_each(texts: Sequence[str], *expected: int) -> None:
    assert numbers(texts) == Counter(expected), (
        f"lost {set(expected) - set(numbers(texts))}, twice {[n for n, c in numbers(texts).items() if c > 1]}"
    )


def add_docker(path: Path, number: int) -> None:
    """Append a line as a container runtime writes it."""
    with path.open("a") as writer:
        writer.write(f"2026-11-26T04:00:00.{number:09d}Z stdout F ERROR the fan broke {number}\n")

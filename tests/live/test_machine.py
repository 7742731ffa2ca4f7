"""Random writing, rotating, truncating, compressing, restarting and killing, against a model of what was written.

No line is lost, and none is read twice but those since the last commit before a kill. At the end the findings are those of a scan of all that
was ever written.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from diagnose.live import readings
from tests.live.kit import RULES, Desk, line, numbers
from tests.tiny import report


class Tailed(RuleBasedStateMachine):
    """One log with rotation in all its forms, and a tail of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="diagnose-machine-"))
        (self.folder / "logs").mkdir()
        self.log = self.folder / "logs" / "app.log"
        self.written: list[int] = []
        self.half = ""
        self.turns = 0
        self.old: Path | None = None
        self.all_bytes: list[str] = []
        self.before: Counter[int] = Counter()
        """Lines that earlier runs read and kept."""
        self.doubtful: set[int] = set()
        """Lines that may come twice: read before a kill, or open at a stop."""
        self.unkept: list[str] = []
        self.log.touch()
        self.desk = Desk(self.folder, f"{self.log}*", warm=1, block=400)
        self.desk.drain()  # a path of which the tail never saw a file has no rotated ones

    def _write(self, path: Path, text: str) -> None:
        with path.open("a") as writer:
            writer.write(text)
        self.all_bytes.append(text)

    def _next(self) -> int:
        self.written.append(len(self.written) + 1)
        return self.written[-1]

    @rule(count=st.integers(1, 12))
    def write(self, count: int) -> None:
        text = "".join(f"{line(self._next())}\n" for _ in range(count))
        self._write(self.log, self.half + text)
        self.half = ""

    @rule(cut=st.integers(1, 30))
    def write_half(self, cut: int) -> None:
        text = self.half or f"{line(self._next())}\n"
        self._write(self.log, text[:cut])
        self.half = text[cut:]

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule()
    def rename_and_create(self) -> None:
        self.turns += 1
        self.old = Path(f"{self.log}.{self.turns}")
        self.log.rename(self.old)
        self.log.touch()

    @precondition(lambda self: self.old is not None and self.old.exists() and not self.half)
    @rule()
    def write_to_the_old_one(self) -> None:
        assert self.old is not None
        self._write(self.old, f"{line(self._next())}\n")

    @precondition(lambda self: self.log.exists() and not self.half and self.log.stat().st_size > 0)
    @rule()
    def copytruncate(self) -> None:
        """As logrotate does it. The writer appends."""
        self.turns += 1
        shutil.copy(self.log, f"{self.log}.{self.turns}")
        os.truncate(self.log, 0)

    @precondition(lambda self: self.old is not None and self.old.exists())
    @rule()
    def compress(self) -> None:
        assert self.old is not None
        Path(f"{self.old}.gz").write_bytes(gzip.compress(self.old.read_bytes()))
        self.old.unlink()
        self.old = None

    @precondition(lambda self: self.old is not None and self.old.exists())
    @rule()
    def delete(self) -> None:
        """Once it is gone, and its writer has paused, what it had open is nobody's but the tail's."""
        assert self.old is not None
        self.desk.drain()
        self.old.unlink()
        self.old = None
        with mock.patch.object(readings, "PAUSE", -1.0):
            self.desk.drain()

    @rule(rounds=st.integers(1, 6))
    def look(self, rounds: int) -> None:
        for _ in range(rounds):
            self.desk.once()

    @rule()
    def keep(self) -> None:
        self.desk.keep()
        self.unkept = []

    def _account(self, texts: list[str]) -> None:
        self.before += numbers(texts)

    @rule()
    def restart(self) -> None:
        self.desk.keep()
        self.desk.stop()
        self._account(self.desk.run.kept_texts)
        self.desk.start()

    @rule()
    def kill(self) -> None:
        """What was read since the last commit is read again: it is not counted."""
        self.desk.keep()
        for _ in range(3):
            self.desk.tail._kept = 1e18
            self.desk.tail.sources[0].poll(discover=True)
            self.desk.tail.readings.turn(self.desk.files.ready(), self.desk.files.ended)
        self.desk.kill()
        self._account(self.desk.run.kept_texts)
        self.desk.start()

    @invariant()
    def nothing_is_read_twice(self) -> None:
        read = self.before + numbers(self.desk.run.texts)
        assert [number for number, count in read.items() if count > 1] == []

    def teardown(self) -> None:
        try:
            if self.half:
                self._write(self.log, self.half)
            self.desk.drain()
            told = self.desk.stop()
            read = self.before + numbers(self.desk.run.texts)
            assert set(self.written) == set(read), f"lost {set(self.written) - set(read)}"
            assert [number for number, count in read.items() if count > 1] == []
            expected = report("".join(self.all_bytes).encode(), RULES, engine="plain")
            assert [f.count for f in told.findings] == [f.count for f in expected.findings]
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


TestTailed = pytest.mark.slow(Tailed.TestCase)
TestTailed.settings = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))


FOUND = (
    "write 4, look 1, copytruncate, write 5, copytruncate, write 16, copytruncate",
    "write 2, look 1, copytruncate, write 1, copytruncate, write 1, copytruncate, restart",
    "write_half 1, look 1, write 1, copytruncate, write 1, copytruncate",
    "rename_and_create, write 2, restart, look 1, copytruncate, write_to_the_old_one",
    "write 1, rename_and_create, delete, restart",
    "rename_and_create, write_to_the_old_one, delete, kill",
    "write 1, rename_and_create, compress, look 1, restart",
    "write 1, rename_and_create, compress, kill, restart",
    "write 1, rename_and_create, kill, compress, kill, restart",
    "rename_and_create, restart, write 1, rename_and_create, restart, compress",
    "rename_and_create, kill, compress, rename_and_create, delete, write_half 1, restart",
)
"""Histories at which a line was lost, or read twice, once."""


@pytest.mark.parametrize("history", FOUND)
def test_what_was_found_by_chance_stays_mended(history: str) -> None:
    tailed = Tailed()
    for step in history.split(", "):
        name, _, number = step.partition(" ")
        getattr(tailed, name)(*([int(number)] if number else []))
        tailed.nothing_is_read_twice()
    tailed.teardown()

"""The real process killed with kill -9 at random moments, while its logs are written, rotated, copied, truncated and compressed at random.

What is random comes from a seed, so that a failure can be played again; how far the tail is at a step is the machine's. Every line counts once in
the end, and what is told again after a kill bears the id that it had.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.live.test_program import Program, _nothing_left, line, until  # noqa: F401 (a fixture)
from tests.shell import shell, write_rules

STEPS = 60
PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


class Chaos:
    """One log with its rotated files, and a tail of it, or of their folder, that is killed again and again."""

    def __init__(self, folder: Path, seed: int, watched: str) -> None:
        self.random = random.Random(seed)
        self.log = folder / "logs" / "app.log"
        self.log.parent.mkdir()
        self.rotated: list[Path] = []
        self.count = self.turn = self.kills = 0
        self.half = ""
        self.all = folder / "all.log"
        self.write()
        self.program = Program(folder, write_rules(folder / "rules"), self.log.parent / watched, "--from-start")
        until(lambda: bool(self.program.counts))

    def _add(self, text: str) -> None:
        for path in (self.log, self.all):
            with path.open("a") as writer:
                writer.write(text)

    def write(self) -> None:
        text = "".join(line(self.count + number, "fan") for number in range(self.random.randint(1, 40)))
        self.count += text.count("\n")
        self._add(self.half + text)
        self.half = ""

    def write_half(self) -> None:
        if not self.half:
            text = line(self.count, "fan")
            self.count += 1
            cut = self.random.randint(1, len(text) - 1)
            self._add(text[:cut])
            self.half = text[cut:]

    def end_line(self) -> None:
        self._add(self.half)
        self.half = ""

    def rename(self) -> None:
        self.end_line()
        self.turn += 1
        self.log.rename(f"{self.log}.{self.turn}")
        self.rotated.append(Path(f"{self.log}.{self.turn}"))
        self.log.touch()

    def copytruncate(self) -> None:
        self.end_line()
        self.turn += 1
        copy = Path(f"{self.log}.{self.turn}")
        shutil.copy(self.log, copy)
        self.rotated.append(copy)
        os.truncate(self.log, 0)

    def compress(self) -> None:
        if self.rotated:
            path = self.rotated.pop(self.random.randrange(len(self.rotated)))
            ending = self.random.choice(list(PACKERS))
            Path(f"{path}{ending}").write_bytes(PACKERS[ending](path.read_bytes()))
            path.unlink()

    def kill(self) -> None:
        self.kills += 1
        self.program.kill()
        for _ in range(self.random.randint(0, 4)):
            self.random.choice((self.write, self.rename, self.copytruncate, self.compress))()
        self.program.start()

    def reload(self) -> None:
        if self.program.is_started:
            self.program.process.send_signal(signal.SIGHUP)

    def run(self) -> None:
        steps = (self.write, self.write_half, self.rename, self.copytruncate, self.compress, self.kill, self.reload)
        weights = (8, 2, 3, 2, 3, 2, 0.5)
        for _ in range(STEPS):
            self.random.choices(steps, weights)[0]()
            time.sleep(self.random.choice((0, 0.01, 0.1, 0.4)))
        self.end_line()
        self.write()


@pytest.mark.slow
@pytest.mark.parametrize("watched", ["", "app.log"], ids=["the folder", "the log"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_line_counts_once_whatever_happens(tmp_path: Path, seed: int, watched: str) -> None:
    chaos = Chaos(tmp_path, seed, watched)
    chaos.run()
    program = chaos.program
    until(lambda: program.counts["fan"] >= chaos.count)
    assert program.stop() == 1
    told = program.told
    assert program.counts == {"fan": chaos.count}, f"after {chaos.kills} kills"
    assert len({one["id"] for one in told if one["event"] == "opened"}) == 1, "told again after a kill, it bears the same id"
    ids = {(one["event"], one["finding"]["count"]): one["id"] for one in told}
    assert all(ids[one["event"], one["finding"]["count"]] == one["id"] for one in told)
    scanned = shell("scan", chaos.all, "--rules", tmp_path / "rules", "--rule", "tiny/*", "--format", "json").report["findings"]
    assert [(one["fingerprint"], one["count"]) for one in scanned] == [(told[-1]["finding"]["fingerprint"], chaos.count)]

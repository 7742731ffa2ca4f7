"""`python -m benchmarks.soak`: a tail under load; latency from a line's write to its finding, then a longer run for memory over time.

Some logs are written at a steady rate and rotated now and then. Each second one line fails at a peer that no other names, so that a finding opens: the time
from just before the write to the arrival of its line on the tail's output is the latency. Writes `docs/tail-performance.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

PAGE = Path(__file__).parent.parent / "docs" / "tail-performance.md"
FILES = 4
PATIENCE = 60.0
TICK = 0.01
"""Seconds between two writes of each log."""

SAMPLE = 5.0
"""Seconds between two looks at memory."""

WARM = 20.0
"""Seconds at the start that do not count for memory: patterns are compiled and caches filled."""


@dataclass
class Soak:
    """What was measured. Memory in MB by seconds since the start, latencies in s."""

    rate: int
    seconds: float
    written: int = 0
    cpu: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    """The machine's load average meanwhile."""
    failures: int = 0


class Load(threading.Thread):
    """Writes the logs. `sent` is when the line of each peer was written, monotonic."""

    def __init__(self, folder: Path, rate: int, seconds: float, rotate: float) -> None:
        super().__init__()
        self._folder, self._rate, self._seconds, self._rotate = folder, rate, seconds, rotate
        self.sent: dict[str, float] = {}
        self.bytes = 0

    def run(self) -> None:
        start = due = time.monotonic()
        number, rotated, failed = 0, start, 0.0
        logs = [self._open(index) for index in range(FILES)]
        while (now := time.monotonic()) < start + self._seconds:
            share = max(1, int(self._rate * TICK / FILES))
            for log in logs:
                text = "".join(_healthy(number + index) for index in range(share))
                number += share
                if now - failed >= 1.0:
                    failed = now
                    peer = f"10.{len(self.sent) // 250 % 250}.{len(self.sent) % 250}.7:{5_000 + len(self.sent) % 1_000}"
                    text += f"{_stamp()} ERROR OrderRepository: connect ECONNREFUSED {peer}\n"
                    self.sent[peer] = time.monotonic()
                self.bytes += os.write(log, text.encode())
            if now - rotated > self._rotate:
                rotated = now
                for index, log in enumerate(logs):
                    os.close(log)
                    path = self._folder / f"service-{index}.log"
                    path.replace(f"{path}.1")
                    logs[index] = self._open(index)
            due += TICK
            time.sleep(max(0.0, due - time.monotonic()))
        for log in logs:
            os.close(log)

    def _open(self, index: int) -> int:
        return os.open(self._folder / f"service-{index}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def soak(rate: int, seconds: float, rotate: float) -> Soak:
    """Run one."""
    result = Soak(rate, seconds)
    with tempfile.TemporaryDirectory(prefix="diagnose-soak-") as name:
        folder = Path(name) / "logs"
        folder.mkdir()
        words = [sys.executable, "-m", "diagnose", "tail", str(folder), "--format", "jsonl", "--state", f"{name}/state"]
        words += ["--from-start", "--log-level", "info"]
        said = Path(name) / "err"
        with said.open("wb") as err:
            tail = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=err)
        load = Load(folder, rate, seconds, rotate)
        reader = threading.Thread(target=_read, args=(tail.stdout, load, result))
        reader.start()
        _until_ready(said)
        load.start()
        start = time.monotonic()
        while load.is_alive():
            load.join(SAMPLE)
            result.memory.append((time.monotonic() - start, _resident(tail.pid)))
            result.busy.append(os.getloadavg()[0])
        _until(lambda: len(result.latencies) >= len(load.sent))
        result.cpu = _cpu(tail.pid)
        tail.terminate()
        tail.wait(60)
        reader.join()
        result.written, result.failures = load.bytes, len(load.sent)
    return result


def _until_ready(said: Path) -> None:
    """Patterns are compiled and the first look is made: what the tail says of its start, and a moment."""
    _until(lambda: b"info: started" in said.read_bytes())
    time.sleep(3.0)


def _until(condition: Callable[[], bool]) -> None:
    """Wait for something that comes, or give up: what did not come shows in the figures."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def _read(out: IO[bytes] | None, load: Load, result: Soak) -> None:
    assert out is not None
    for line in out:
        now = time.monotonic()
        told: dict[str, Any] = json.loads(line)
        if told["event"] == "opened":
            text = " ".join(proof["text"] for proof in told["finding"]["evidence"])
            for peer in [word for word in text.split() if word in load.sent]:
                result.latencies.append(now - load.sent[peer])


def _healthy(number: int) -> str:
    return f"{_stamp()} INFO  OrderService: order {number} of customer {number % 997} was shipped in {number % 83} ms\n"


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _resident(pid: int) -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def quantile(values: list[float], share: float) -> float:
    """The value that this share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def figures(result: Soak) -> list[tuple[str, str]]:
    """(what, how much) of one run."""
    steady = [megabytes for at, megabytes in result.memory if at > min(WARM, result.seconds / 4) and megabytes]
    half = len(steady) // 2 or 1
    first, second = statistics.median(steady[:half]), statistics.median(steady[half:] or steady)
    return [
        ("lines a second", f"{result.rate:,}"),
        ("minutes", f"{result.seconds / 60:.1f}"),
        ("bytes written", f"{result.written / 1e6:,.0f} MB"),
        ("failures written, findings opened", f"{result.failures}, {len(result.latencies)}"),
        ("latency, median", f"{quantile(result.latencies, 0.5) * 1000:.0f} ms"),
        ("latency, 99th percentile", f"{quantile(result.latencies, 0.99) * 1000:.0f} ms"),
        ("memory, first half and second half", f"{first:.0f} MB, {second:.0f} MB"),
        ("processor time", f"{result.cpu:.1f} s, {result.cpu / result.seconds:.0%} of one processor"),
        ("load average of the machine, median", f"{statistics.median(result.busy):.1f}"),
    ]


def page(results: list[Soak]) -> str:
    """The page."""
    columns = [dict(figures(result)) for result in results]
    table = "\n".join(f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0])
    return (
        "# A tail under load\n\n`python -m benchmarks.soak` writes this page. "
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} processors, Python {platform.python_version()}.\n\n"
        f"{FILES} logs, written every {TICK * 1000:.0f} ms and rotated by renaming; each second a failure that opens a finding of its own, which stays in memory. Latency is from "
        "just before the write\nto the arrival of the finding's line on the tail's output. A load average above the number of processors means that "
        "the tail had to wait for one.\n\n"
        f"| |{' |' * len(columns)}\n| :-- |{' --: |' * len(columns)}\n{table}\n"
    )


def main() -> None:
    """See module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20_000, help="lines a second of the long run")
    parser.add_argument("--minutes", type=float, default=20.0, help="how long that is")
    parser.add_argument("--latency-rate", type=int, default=10_000, help="lines a second of the run for latency, a minute")
    parser.add_argument("--rotate", type=float, default=60.0, help="seconds between two rotations")
    parser.add_argument("--dry", action="store_true", help="print the page only")
    given = parser.parse_args()
    results = [soak(given.latency_rate, 60.0, given.rotate / 3)]
    if given.minutes:
        results.append(soak(given.rate, given.minutes * 60, given.rotate))
    if given.dry:
        print(page(results))
    else:
        PAGE.write_text(page(results))


if __name__ == "__main__":
    main()

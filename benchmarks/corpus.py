"""Makes logs whose errors are known: mixed formats, mostly healthy, with planted errors at a given rate.

`python -m benchmarks.corpus --size 100 --rate 0.01 FILE` writes one and prints what it planted. The same seed, size and
rate give the same bytes. Sizes are in MB (10⁶ bytes); a rate is planted records per line.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

from benchmarks.dress import WRAPS, Dressed, dressings
from benchmarks.moments import write_time
from benchmarks.shapes import errors, healthy
from benchmarks.slots import Slots

FORM = 4
"""Counted up whenever the same arguments give other bytes."""

MB = 1_000_000
BATCH = 2_000
"""Records drawn at once; fewer for a small corpus."""

RECORD = 200
"""Bytes, about."""

TICK = 40
"""Records at most that share one moment."""

EACH = 3
"""Templates of one error told by one logger: they differ in their stacks."""

_Fill = Callable[[], bytes]
"""Gives the next record of one template."""


@dataclass(frozen=True)
class Planted:
    """What a corpus holds. `rules`: records of each rule, `unknown` those that no rule knows."""

    bytes: int = 0
    lines: int = 0
    records: int = 0
    """Planted ones."""
    rules: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Writers:
    """Compiled templates, the weights to draw them by, and how many lines each has."""

    draw: list[tuple[_Fill, str, int]]
    weights: list[float]

    @property
    def mean(self) -> float:
        """Lines of a record, on average."""
        total = sum(self.weights)
        return sum(weight * lines for weight, (_, _, lines) in zip(self.weights, self.draw, strict=True)) / total


def folder() -> Path:
    """Where corpora are kept: BENCH_DIR, else below the user's cache folder."""
    return Path(os.environ.get("BENCH_DIR") or platformdirs.user_cache_path("diagnose") / "bench")


def corpus(size: float, rate: float, seed: int = 1) -> tuple[Path, Planted]:
    """A corpus of `size` MB from the cache folder, made where it is not there yet."""
    path = folder() / f"mixed-{FORM}-{size:g}mb-{rate:g}-{seed}.log"
    told = path.with_suffix(".json")
    if told.exists():
        return path, Planted(**json.loads(told.read_text()))
    path.parent.mkdir(parents=True, exist_ok=True)
    planted = write(path, size, rate, seed)
    told.write_text(json.dumps(asdict(planted), indent=1))
    return path, planted


def write(path: Path, size: float, rate: float, seed: int = 1) -> Planted:
    """Write a corpus to a file."""
    rules: Counter[str] = Counter()
    total = lines = 0
    with path.open("wb") as out:
        for block, planted, block_lines in _blocks(rate, seed, max(TICK, min(BATCH, int(size * MB / RECORD)))):
            out.write(block)
            total += len(block)
            lines += block_lines
            rules.update(planted)
            if total >= size * MB:
                break
    return Planted(total, lines, sum(rules.values()), dict(sorted(rules.items())))


def _blocks(rate: float, seed: int, batch: int) -> Iterator[tuple[bytes, Counter[str], int]]:
    """Blocks of so many records without end: bytes, rules planted, lines."""
    rng = random.Random(seed)
    slots = Slots(rng)
    well, ill = _healthy_writers(slots), _error_writers(slots, rng)
    share = rate * well.mean / (1 + rate * well.mean - rate * ill.mean)
    milliseconds = 0
    while True:
        picks = rng.choices(well.draw, well.weights, k=batch)
        places = rng.sample(range(batch), _rounded(share * batch, rng))
        for place, pick in zip(places, rng.choices(ill.draw, ill.weights, k=len(places)), strict=True):
            picks[place] = pick
        records = []
        for start in range(0, batch, TICK):
            milliseconds += rng.randrange(5, 1_500)
            slots.now.update(write_time(milliseconds))
            records += [fill() for fill, _, _ in itertools.islice(picks, start, start + TICK)]
        planted = Counter(rule for _, rule, _ in picks if rule)
        yield b"\n".join(records) + b"\n", planted, sum(count for _, _, count in picks)


def _rounded(value: float, rng: random.Random) -> int:
    """A whole number that is right on average."""
    return int(value) + (rng.random() < value % 1)


def _healthy_writers(slots: Slots) -> _Writers:
    draw, weights = [], []
    for weight, dressed in healthy():
        for wrap, share in WRAPS.items():
            draw.append(_writer(slots, dressed, wrap))
            weights.append(weight * share)
    return _Writers(draw, weights)


def _error_writers(slots: Slots, rng: random.Random) -> _Writers:
    """Every error is as likely as any other, and so is each way of telling it."""
    draw, weights = [], []
    for error in errors():
        told = dressings(error, rng, EACH)
        for dressed in told:
            for wrap, share in WRAPS.items():
                draw.append(_writer(slots, dressed, wrap))
                weights.append(share / len(told))
    return _Writers(draw, weights)


def _writer(slots: Slots, dressed: Dressed, wrap: str) -> tuple[_Fill, str, int]:
    text = dressed.wrapped(wrap)
    return slots.compile(text), dressed.rule, text.count("\n") + 1


def main() -> None:
    """See module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--size", type=float, default=100, help="MB")
    parser.add_argument("--rate", type=float, default=0.01, help="planted records per line")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(asdict(write(given.file, given.size, given.rate, given.seed)), indent=1))


if __name__ == "__main__":
    main()

"""Rules that fill a rulebook up to a size: as plausible as its own, of failures that the corpus does not hold.

Real rulebooks grow; the benchmark is to show what one of some hundred signals costs. Half of the signals are literals,
half are regexes with captures behind a literal, as in the rulebook itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import yaml

_THINGS = (
    "ledger replica", "tariff index", "voucher store", "carrier gateway", "invoice renderer", "stock mirror", "quota broker",
    "session vault", "mandate archive", "price oracle", "label printer", "refund worker", "consent registry", "media encoder",
)  # fmt: skip
_FAILURES = (
    "lost its lease", "rejected the handover", "is out of sequence", "failed its checksum", "refused the snapshot",
    "exceeded its quota", "dropped the batch", "cannot elect a leader", "returned a stale epoch", "overflowed its spool",
    "sent an unknown opcode", "gave up on shard",
)  # fmt: skip
_DETAILS = (
    r" (?P<name>[\w.-]+) \(code (?P<code>\d+)\)",
    r" for (?P<name>[\w/]+) after (?P<ms>\d+) ms",
    r": '(?P<name>[^'\n]+)' at offset (?P<offset>\d+)",
    r" on (?P<host>[\w.-]+):(?P<port>\d+)",
    r"(?: in region)? (?P<name>[a-z]+-\d+)",
)


def fill(folder: Path, signals: int, seed: int = 1) -> None:
    """Write rules with `signals` signals in all, one each, below a folder."""
    rng = random.Random(seed)
    target = folder / "filler"
    target.mkdir(parents=True, exist_ok=True)
    for number, rule in enumerate(itertools.islice(_rules(rng), signals)):
        (target / f"failure-{number}.yaml").write_text(yaml.safe_dump(rule, sort_keys=False))


def _rules(rng: random.Random) -> Iterator[dict[str, object]]:
    phrases = [f"{thing} {failure}" for thing in _THINGS for failure in _FAILURES]
    rng.shuffle(phrases)
    for number, phrase in enumerate(phrases):
        signal: dict[str, object] = {"literals": [phrase]}
        if number % 2:
            signal = {"regex": phrase + rng.choice(_DETAILS)}
        yield {
            "title": f"The {phrase}",
            "class": "service-crashed",
            "severity": "error",
            "signals": {"failed": signal},
            "when": "failed",
            "cause": f"The {phrase}; see its own log.",
            "fix": ["Restart it and look at what it says before it fails."],
            "tests": [{"name": "silence", "log": "2026-11-23 12:00:00 nothing is wrong\n", "expect": []}],
        }

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
    (r" (?P<name>[\w.-]+) \(code (?P<code>\d+)\)", " alpha-7 (code 12)"),
    (r" for (?P<name>[\w/]+) after (?P<ms>\d+) ms", " for eu/west after 1200 ms"),
    (r": '(?P<name>[^'\n]+)' at offset (?P<offset>\d+)", ": 'segment 9' at offset 4096"),
    (r" on (?P<host>[\w.-]+):(?P<port>\d+)", " on node-3.internal:7001"),
    (r"(?: in region)? (?P<name>[a-z]+-\d+)", " in region eu-2"),
)
"""What a regex captures behind the words, and an example."""


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
        said = phrase
        if number % 2:
            detail, example = rng.choice(_DETAILS)
            signal, said = {"regex": phrase + detail}, phrase + example
        yield {
            "title": f"The {phrase}",
            "class": "service-crashed",
            "severity": "error",
            "signals": {"failed": signal},
            "when": "failed",
            "cause": f"The {phrase}; its own log says why.",
            "fix": ["Restart it and read what it said before."],
            "tests": [
                {"name": "said", "log": f"2026-11-23 12:00:00 ERROR {said}\n", "expect": [{"rule": f"filler/failure-{number}"}]},
                {"name": "silence", "log": "2026-11-23 12:00:00 INFO all is well\n", "expect": []},
            ],
        }

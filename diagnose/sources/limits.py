"""How much an input may unfold to. Nothing is unpacked to disk or held whole, so what a bomb could take is time alone; here it ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from diagnose.errors import UsageError

FREE = 64 << 20
"""Bytes for which nobody asks how they were packed: a small log of one line over and over packs as well as any bomb."""

DEEPEST = 50

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may be, all that it holds included; beyond it reading ends with an error that names the limit.

    `ratio`: bytes that one packed byte may give (gzip reaches 1,032 at most). `size`: bytes unpacked. `depth`: layers of packing
    (`a.tar.gz` has two). `members`: files in archives. `links`: links and devices in archives, which are passed over.
    `outside`: names in archives that lead out of them (`..`).
    """

    ratio: int = 1_000
    size: int = 1 << 40
    depth: int = 6
    members: int = 100_000
    links: int = 1_000
    outside: int = 0


USUAL = Limits()


def read_limits(texts: Iterable[str]) -> Limits:
    """Limits from `name=value`, as in `size=10G`. Raises UsageError."""
    limits = USUAL
    names = [field.name for field in fields(Limits)]
    for text in texts:
        match = re.fullmatch(r"(\w+)=(\d{1,18})([kmgt]?)", text.strip().lower())
        if match is None or match[1] not in names:
            raise UsageError(f"{text!r} is no limit: write NAME=NUMBER, as in size=10G; there are {', '.join(names)}")
        limits = replace(limits, **{match[1]: int(match[2]) * _UNITS[match[3]]})
    if limits.depth > DEEPEST:
        raise UsageError(f"the limit of depth is {DEEPEST} at most")
    return limits


class Budget:
    """What one input has used of its limits. `spent`: the limit that was reached, in words; empty: none."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.spent = ""
        self._counts = dict.fromkeys(("members", "links", "outside"), 0)
        self._made = 0

    def make(self, count: int, taken: int) -> str:
        """Count unpacked bytes, of all layers; the limit that is reached, where there are too many for what was `taken` from outside."""
        self._made += count
        limits = self.limits
        if self._made > limits.size:
            self.end("size", f"it unfolds to more than {limits.size:,} bytes")
        elif self._made > FREE and self._made > limits.ratio * taken:
            self.end("ratio", f"it unfolds to more than {limits.ratio:,} times its size")
        return self.spent

    def too_deep(self, depth: int) -> str:
        """Why one may not unpack so deep, or nothing."""
        limit = self.limits.depth
        return f"it is packed more than {limit} times (--limit depth=…)" if depth > limit else ""

    def leads_out(self) -> str:
        """Count a name that leads out of its archive; why its file is not read, or nothing."""
        self._counts["outside"] += 1
        return "its name leads out of the archive (--limit outside=…)" if self._over("outside") else ""

    def count(self, what: str) -> bool:
        """Count one of the `members` or `links`; False where there are too many."""
        self._counts[what] += 1
        if self._over(what):
            self.end(what, f"the archive holds more than {getattr(self.limits, what):,} {'files' if what == 'members' else what}")
        return not self.spent

    def end(self, limit: str, reason: str) -> None:
        """A limit was reached: nothing more is read of this input."""
        self.spent = self.spent or f"{reason} (--limit {limit}=…)"

    def _over(self, what: str) -> bool:
        return bool(self._counts[what] > getattr(self.limits, what))

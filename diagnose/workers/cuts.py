"""Inputs become parts: an object each, and of a large plain file several, cut where lines begin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from diagnose.sources import STDIN, Input
from diagnose.sources.unfold import is_plain

PIECE = 16 << 20
"""Bytes of a plain file that one process reads at a time."""

PAYS = (32 if sys.platform == "linux" else 128) << 20
"""Bytes of lines from which more processes gain more than their start takes: that of forks, or of programs of their own (`children`)."""

SMALL = 8 << 20
"""Bytes of lines up to which all is read in one go: the engine has room for what is seen in them, in whatever order it comes."""

UNFOLDED = 8
"""About how much longer packed logs are than they look."""

_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """An object, or the bytes of a file from `start` to `stop` (None: its end). `number`: its place among all parts of a run."""

    number: int
    name: str
    modified: int | None = None
    size: int | None = None
    named: bool = True
    start: int = 0
    stop: int | None = None
    location: str = ""
    lines: int = 0
    """Lines before it that no part reads."""
    mark: str = ""
    """What changes when the object does, besides its size: its time, or what its store calls it."""

    @property
    def whole(self) -> bool:
        """Whether it is all of its object."""
        return self.start == 0 and self.stop is None

    @property
    def input(self) -> Input:
        """The object."""
        return Input(self.name, self.modified, self.size, self.named, self.location, self.mark)

    @property
    def is_told_apart(self) -> bool:
        """Whether another version of the object would show: by its time or its mark."""
        return bool(self.mark) or self.modified is not None

    def key(self, recipe: str) -> str:
        """Names what is found in it with a recipe: the ledger's word for it."""
        what = "\0".join(map(str, (self.name, self.mark or self.modified, self.size, self.start, self.stop, recipe)))
        return sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def data(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def part_of(data: Mapping[str, Any]) -> Part:
    """The part of such data. Raises TypeError."""
    return Part(**data)


def parts_of(
    inputs: Iterable[Input],
    piece: int = PIECE,
    can_cut: Callable[[str], bool] = lambda name: True,
    window: Callable[[Input], tuple[int, int | None, int]] = lambda item: (0, None, 0),
) -> list[Part]:
    """The parts of all inputs, in order.

    `can_cut`: whether what has this name is a file, and may be cut. `window`: where to begin and end in it, and the lines before that.
    """
    parts: list[Part] = []
    for item in inputs:
        begin, end, lines = window(item) if can_cut(item.name) else (0, None, 0)
        cuts = _cuts(item, piece, begin, end) if can_cut(item.name) else [0]
        for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
            before = lines if start == begin else 0
            parts.append(
                Part(len(parts), item.name, item.modified, item.size, item.named, start, stop, item.location, before, item.mark)
            )
    return parts


def effort(inputs: Iterable[Input]) -> int:
    """About how many bytes of lines there are to read."""
    return sum((item.size or 0) * (UNFOLDED if not is_plain(item.name) else 1) for item in inputs)


def _cuts(item: Input, piece: int, begin: int, end: int | None) -> list[int]:
    """Where parts of a file begin; the whole of what is small, packed or no file."""
    size = (item.size or 0) if end is None else end
    if item.name == STDIN or size - begin < 2 * piece or not is_plain(item.name):
        return [begin]
    cuts = [begin]
    try:
        with open(item.name, "rb", buffering=0) as file:
            for wanted in range(begin + piece, size - piece // 2, piece):
                cut = _line_start(file.fileno(), wanted, min(wanted + piece // 2, size))
                if cut:
                    cuts.append(cut)
    except OSError:
        return [begin]  # whoever reads it will say why
    return cuts


def _line_start(descriptor: int, start: int, stop: int) -> int:
    """The first line start after `start`; 0 where there is none before `stop`."""
    for at in range(start, stop, _STEP):
        newline = os.pread(descriptor, min(_STEP, stop - at), at).find(b"\n")
        if newline >= 0:
            return at + newline + 1
    return 0


def share(parts: Sequence[Part], index: int, count: int) -> Iterator[Part]:
    """The parts of one shard of several: told from their names alone, so that every machine agrees."""
    for part in parts:
        if int(sha256(f"{part.name}\0{part.start}".encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) % count == index:
            yield part

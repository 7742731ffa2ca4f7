"""What reading one object leaves behind: a file with what was counted and the sightings in order of time.

A file is a MAGIC line, then frames: one byte that says how it is encoded (`m` MessagePack, `j` JSON, for strings that are no UTF-8 and
numbers beyond 64 bits), four bytes of length (big endian), the data. The first frame is the head, the last is empty. A file without
its last frame is none: it is written beside its name and renamed when whole. The last frame says whether the result may be believed later
(`m`), or whether something outside of the input failed (`a`: another try may find more).
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from diagnose.errors import InputError
from diagnose.model import Sighting

MAGIC = b"diagnose results 2\n"
BATCH = 128
"""Sightings in a frame."""

HELD = 20_000
"""Sightings in memory before they go to disk."""

OPEN = 64
"""Files that are merged at once."""

_LARGEST = 256 << 20
_FIRST = -(1 << 62)
_END, _AGAIN = b"m\0\0\0\0", b"a\0\0\0\0"
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode

Order = tuple[int, str, int, str, str]


@dataclass(slots=True)
class Head:
    """What was counted while an object was read: plain data, as their classes' `data` give it."""

    part: Mapping[str, Any]
    tally: Mapping[str, int] = field(default_factory=dict)
    unread: Sequence[Sequence[Any]] = ()
    """Source, reason, offset, whether the cause is outside."""
    traces: int = 0
    requests: int = 0
    technologies: Sequence[str] = ()
    clusters: Sequence[Any] = ()
    clocks: Sequence[Any] = ()
    troubles: Sequence[Sequence[str]] = ()
    """What plugins did wrong: plugin, reason."""


def order(sighting: Sighting) -> Order:
    """The one order in which sightings are told: by time, those without first, then by place."""
    time = sighting.time
    return (_FIRST if time is None else time, sighting.source, sighting.offset, sighting.rule, sighting.signal)


class Sorter:
    """Takes sightings in any order and gives them back in theirs. What is too much for memory waits in files beside `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[Sighting] = []
        self._spilt: list[Path] = []

    def add(self, sightings: Sequence[Sighting]) -> None:
        """Take some."""
        self._held += sightings
        if len(self._held) >= HELD:
            spill = self._path.with_name(f"{self._path.name}.{len(self._spilt)}.spill")
            self._held.sort(key=order)
            write(spill, {}, self._held)
            self._spilt.append(spill)
            self._held = []

    def sorted(self) -> Iterator[Sighting]:
        """All of them; then they are forgotten."""
        self._held.sort(key=order)
        yield from heapq.merge(self._held, *(read(spill)[1] for spill in self._spilt), key=order)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        for spill in self._spilt:
            with suppress(OSError):
                spill.unlink()
        self._spilt, self._held = [], []


def write(path: Path, head: Mapping[str, Any], sightings: Iterable[Sighting], *, final: bool = True) -> None:
    """Write a result whole or not at all; `final`: it may be believed later. Raises OSError."""
    with _whole(path) as out:
        out.write(MAGIC)
        _frame(out, head)
        batch: list[list[Any]] = []
        for sighting in sightings:
            batch.append(_row(sighting))
            if len(batch) == BATCH:
                _frame(out, batch)
                batch = []
        if batch:
            _frame(out, batch)
        out.write(_END if final else _AGAIN)


def put(path: Path, data: bytes) -> None:
    """Write a result that was made elsewhere, whole or not at all. Raises OSError."""
    with _whole(path) as out:
        out.write(data)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


def read(path: Path, lines: int = 0) -> tuple[dict[str, Any], Iterator[Sighting]]:
    """Head and sightings. `lines`: how many stand before the part that was read. Raises InputError for what is no whole result."""
    frames = _frames(path)
    head = next(frames)
    return head if isinstance(head, dict) else {}, _sightings(path, frames, lines)


def check(path: Path, *, final: bool = False) -> bool:
    """Whether a whole result stands there: it begins and ends as one. `final`: one that may be believed later."""
    try:
        with open(path, "rb") as file:
            begins = file.read(len(MAGIC)) == MAGIC
            file.seek(-len(_END), os.SEEK_END)
            return begins and file.read() in ((_END,) if final else (_END, _AGAIN))
    except OSError:
        return False


def merged(paths: Sequence[tuple[Path, int]], folder: Path) -> Iterator[Sighting]:
    """The sightings of results (with the lines before each) in order, however many results there are. Raises InputError."""
    made: list[Path] = []
    while len(paths) > OPEN:
        some, paths = paths[:OPEN], paths[OPEN:]
        path = folder / f"merge-{os.getpid()}-{len(made)}.spill"
        write(path, {}, _merge(some))
        made.append(path)
        paths = [*paths, (path, 0)]
    yield from _merge(paths)
    for path in made:
        with suppress(OSError):
            path.unlink()


def _merge(paths: Sequence[tuple[Path, int]]) -> Iterator[Sighting]:
    return heapq.merge(*(read(path, lines)[1] for path, lines in paths), key=order)


def _sightings(path: Path, frames: Iterator[Any], lines: int) -> Iterator[Sighting]:
    for batch in frames:
        if not isinstance(batch, list):
            raise _damaged(path)
        for row in batch:
            try:
                yield _sighting(row, lines)
            except (TypeError, ValueError) as error:
                raise _damaged(path) from error


def _row(sighting: Sighting) -> list[Any]:
    return [
        sighting.rule, sighting.signal, sighting.source, sighting.offset, sighting.line, sighting.time, sighting.resolution,
        dict(sighting.captures), dict(sighting.scope), sighting.blame, sighting.text, sighting.technologies, sighting.endpoint,
        sighting.count, sighting.last,
    ]  # fmt: skip


def _sighting(row: Sequence[Any], lines: int) -> Sighting:
    rule, signal, source, offset, line, time, resolution, captures, scope, blame, text, technologies, endpoint, count, last = row
    place = None if endpoint is None else (endpoint[0], endpoint[1])
    return Sighting(
        rule, signal, source, offset, line + lines, time, resolution, captures, scope, blame, text, tuple(technologies), place, count, last
    )  # fmt: skip


def _frame(out: IO[bytes], data: Any) -> None:
    kind = b"m"
    try:
        packed = _pack(data)
    except (UnicodeEncodeError, OverflowError):
        kind, packed = b"j", json.dumps(data).encode()
    out.write(kind + len(packed).to_bytes(4, "big") + packed)


def _frames(path: Path) -> Iterator[Any]:
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise _damaged(path)
            while True:
                begin = file.read(5)
                if begin in (_END, _AGAIN):
                    return
                kind, size = begin[:1], int.from_bytes(begin[1:], "big")
                data = file.read(size) if 0 < size <= _LARGEST else b""
                if len(data) < size or not data or kind not in (b"m", b"j"):
                    raise _damaged(path)
                yield _unpack(data) if kind == b"m" else json.loads(data)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error)) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> InputError:
    return InputError(str(path), "this is no whole result of a scan")

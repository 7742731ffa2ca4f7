"""The slow way: frame every line of a whole document, try every pattern on every line. What the fast way must equal.

Written from the definitions in `diagnose/framing.py` and `docs/architecture.md`, not from their code: one forward pass, no windows, no
native search, no caches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from diagnose.blocks import LONG_LINE, REACH
from diagnose.lines import PLAIN, Line, LineReader, begins_plain


@dataclass
class Framed:
    lines: list[Line] = field(default_factory=list)
    orphan: bool = False
    header: bool = False
    """Its first line starts a format's record."""

    @property
    def start(self) -> int:
        return self.lines[0].start

    def logical(self) -> list[bytes]:
        joined = [b""]
        for line in self.lines:
            joined[-1] += line.payload
            if not line.partial:
                joined.append(b"")
        return joined if joined[-1] else joined[:-1]

    def text(self) -> str:
        return b"\n".join(self.logical())[:REACH].decode("utf-8", "replace").rstrip("\n")


def lines_of(document: bytes, reader: LineReader) -> list[Line]:
    lines, offset = [], 0
    for raw in document.split(b"\n"):
        if offset < len(document):
            lines.append(reader.read(raw, offset))
        offset += len(raw) + 1
    return lines


def frame(document: bytes, reader: LineReader) -> list[Framed]:
    """All records, in the order of their first lines."""
    streams: dict[bytes, list[Line]] = {}
    for line in lines_of(document, reader):
        streams.setdefault(line.stream, []).append(line)
    records = [record for lines in streams.values() for record in _frame_stream(lines, reader)]
    return sorted(records, key=lambda record: record.start)


def _frame_stream(lines: list[Line], reader: LineReader) -> list[Framed]:
    records: list[Framed] = []
    current: Framed | None = None
    firsts: list[int] = []  # of each line, the index where its logical line begins
    headed: list[bool] = []  # of each line, whether it is a header or lies in the record of one that takes continuations
    for index, line in enumerate(lines):
        before = lines[index - 1] if index and lines[index - 1].start > line.start - REACH else None
        second = lines[index - 2] if before and index > 1 and lines[index - 2].start > before.start - REACH else None
        goes_on = before is not None and before.partial and line.wrapper >= 0 and bool(reader.wrappers[line.wrapper].partial)
        firsts.append(firsts[-1] if goes_on else index)
        fits = current is not None and line.start < current.start + REACH
        taking = current is not None and current.header and reader.continues[current.lines[0].form]
        plain = current is not None and not current.header
        starts = line.form != PLAIN and not carried_on(lines, index, firsts, reader)
        begins = starts or (line.form == PLAIN and _begins_plain(line, before, second))
        after_header = before is not None and lines[firsts[-2]].start > line.start - REACH and headed[firsts[-2]]
        if goes_on:
            joins, begins = fits, False
        elif starts:
            joins = False
        elif taking and fits:
            joins = True
        else:
            joins = fits and plain and not begins and not after_header
            begins = begins or after_header
        if joins and current is not None:
            current.lines.append(line)
        elif begins:
            current = Framed([line], header=starts)
            records.append(current)
        else:
            records.append(Framed([line], orphan=True))
        headed.append((starts and not goes_on) or (joins and taking))
    return records


def _begins_plain(line: Line, before: Line | None, second: Line | None) -> bool:
    return before is None or begins_plain(line.payload, before.payload, second and second.payload)


def carried_on(lines: list[Line], index: int, firsts: list[int], reader: LineReader) -> bool:
    """Whether a line with a carrier's prefix goes on with what the lines right before it, the same program's, carry.

    `firsts`: of each line up to this one, the index where its logical line begins.
    """
    run = _run(lines, index, firsts, reader)
    if len(run) < 2 or run[0][2] != PLAIN:
        return False
    (here, *_), (before, *_) = run[:2]
    for line, _, form in run[1:]:
        if form != PLAIN and line.start > max(here.start, before.start + 1) - REACH:
            if reader.continues[form] or line is before:
                return reader.continues[form]
            break
    texts = [text for _, text, _ in run[:3]]
    return not begins_plain(*texts, *[None] * (3 - len(texts)))


def _run(lines: list[Line], index: int, firsts: list[int], reader: LineReader) -> list[tuple[Line, bytes, int]]:
    """What is carried, with its form, from a line backwards as long as it is the same program's: logical lines, by their first parts."""
    run: list[tuple[Line, bytes, int]] = []
    whose = None
    while True:
        line = lines[index]
        carrier = reader.carriers[line.form] if line.form != PLAIN else None
        found = carrier.carried(line.payload) if carrier is not None else None
        if found is None or (whose is not None and whose != (line.form, found[0])):
            return run
        whose = line.form, found[0]
        run.append((line, found[1], reader.form_of(found[1])))
        if index == 0 or lines[firsts[index - 1]].start <= line.start - REACH:
            return run
        index = firsts[index - 1]


def patterns_of(document: bytes, record: Framed, patterns: list[re.Pattern[bytes]]) -> frozenset[int]:
    """The numbers of the patterns that match some raw line of the record, or a line joined from parts."""
    texts = [document[line.start : line.end][:REACH] for line in record.lines]
    if any(line.partial for line in record.lines):
        texts += record.logical()
    return frozenset(number for number, pattern in enumerate(patterns) if any(pattern.search(text) for text in texts))


def compile_patterns(texts: list[tuple[str, bool]]) -> list[re.Pattern[bytes]]:
    return [re.compile(text.encode("latin-1"), re.IGNORECASE if caseless else 0) for text, caseless in texts]


__all__ = ["LONG_LINE", "Framed", "compile_patterns", "frame", "lines_of", "patterns_of"]

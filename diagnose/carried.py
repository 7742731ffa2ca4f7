"""Lines of other programs' output that a carrier gave a prefix each: which of them go on with the line before.

journald and syslog take what a service prints line by line, so that each frame of a stack trace looks like a record. What is carried is read as it
would be read without prefixes, as far as lines of one program follow each other directly.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.blocks import REACH
from diagnose.frontier import Frontier
from diagnose.lines import PLAIN, Line, LineReader, begins_plain
from diagnose.streams import Streams

_REMEMBERED = 1_024
"""Lines of which it is remembered what they carry."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line of a program's output; `form` is that of what is carried."""

    whose: tuple[int, bytes]
    what: bytes
    form: int


class Carried:
    """The lines of one source."""

    def __init__(self, reader: LineReader, streams: Streams) -> None:
        self._reader, self._streams = reader, streams
        self._starts: dict[bytes, Frontier] = {}
        self._pieces: dict[tuple[int, int], _Piece | None] = {}

    def goes_on(self, line: Line) -> bool:
        """Whether a line that starts a carrier's record goes on with what the line before carries."""
        here = self._piece(line)
        if here is None or here.form != PLAIN:
            return False
        before = self._before(line)
        past = None if before is None else self._piece(before)
        if before is None or past is None:
            return False
        if past.form != PLAIN:
            return self._reader.continues[past.form]
        start = self._starts.setdefault(line.stream, Frontier()).find(before, self._before, self._begins)
        if start is not None and start.start > line.start - REACH:
            piece = self._piece(start)
            if piece is not None and self._reader.continues[piece.form]:
                return True
        second = self._before(before)
        earlier = None if second is None else self._piece(second)
        return not begins_plain(here.what, past.what, None if earlier is None else earlier.what)

    def _piece(self, line: Line) -> _Piece | None:
        carrier = self._reader.carriers[line.form] if line.form != PLAIN else None
        if carrier is None:
            return None
        place = line.start, line.end
        if place in self._pieces:
            return self._pieces[place]
        found = carrier.carried(line.payload)
        piece = None if found is None else _Piece((line.form, found[0]), found[1], self._reader.form_of(found[1]))
        if len(self._pieces) >= _REMEMBERED:
            self._pieces.clear()
        self._pieces[place] = piece
        return piece

    def _before(self, line: Line) -> Line | None:
        """The line before, if it is the same program's."""
        before = self._streams.before(line)
        if before is not None:
            before = self._streams.first_part(before, line.start - REACH)
        if before is None:
            return None
        here, past = self._piece(line), self._piece(before)
        return before if here is not None and past is not None and here.whose == past.whose else None

    def _begins(self, line: Line) -> bool:
        piece = self._piece(line)
        return piece is not None and piece.form != PLAIN

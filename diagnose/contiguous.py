"""Records of lines that follow each other, told at one look: what most hits lead to.

Nothing wraps these lines or colours them, no other stream stands between, and the window holds both ends. Whatever is not so
is left to `framing`, which gives the same records and takes longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.blocks import REACH, Window
from diagnose.lines import PLAIN, LineReader


@dataclass(slots=True)
class Block:
    """A record as a piece of the window: from its header to before the newline at its end.

    `after`: the form of the line behind it, where that was asked for. In a storm it is the next record.
    """

    start: int
    stop: int
    form: int
    patterns: set[int]
    after: int | None = None


_LINES_BACK = 64
"""Lines that a header is looked for without remembering what was seen."""


def block_of(
    window: Window, reader: LineReader, start: int, end: int, patterns: set[int], before: Block | None = None
) -> Block | None:
    """The record of a line, where neither wrapping nor colours, neither other streams nor the window's edge have a part in it.

    Nor a carrier: what its lines carry says where its records end. `before`: the block before it in the same window.
    """
    if before is not None and before.after is not None and before.stop + 1 == start:
        form = before.after
    else:
        form = reader.form_at(window.data, start, min(end, start + REACH))
    head = start
    if form == PLAIN:
        head, form = _head_before(window, reader, start)
    if form < 0 or reader.carriers[form] is not None:
        return None
    if not reader.continues[form]:
        return Block(start, min(end, start + REACH), form, patterns) if head == start else None
    stop, after = _block_end(window, reader, head)
    return Block(head, stop, form, patterns, after) if stop > head else None


def _head_before(window: Window, reader: LineReader, start: int) -> tuple[int, int]:
    """(index, form) of the header that a plain line stands behind; a form below 0 where that takes more than a look."""
    data, floor = window.data, start - REACH
    for _ in range(_LINES_BACK):
        end = start - 1
        start = data.rfind(b"\n", 0, end) + 1
        if end < 0 or start <= floor:
            break
        form = reader.form_at(data, start, end)
        if form != PLAIN:
            return start, form
    return 0, PLAIN


def _block_end(window: Window, reader: LineReader, head: int) -> tuple[int, int | None]:
    """The index behind a record of lines that follow each other, without the last newline, and the form of the line behind it, if there is one.

    -1 where that takes more than a look.
    """
    form_at = reader.form_at
    data, end = window.data, window.end
    limit = head + REACH
    newline = data.find(b"\n", head, end)
    while newline >= 0:
        at = newline + 1
        if at >= limit:
            return -1, None
        if at >= end:
            return newline if window.last else -1, None
        following = data.find(b"\n", at, end)
        form = form_at(data, at, min(following if following >= 0 else end, at + REACH))
        if form != PLAIN:
            return newline if form >= 0 else -1, form
        newline = following
    return end if window.last and end <= limit else -1, None

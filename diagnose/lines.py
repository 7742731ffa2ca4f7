"""One line of a log, told from itself alone: which stream it belongs to, and whether a record starts there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.blocks import REACH
from diagnose.hooks import Format, Wrapper, later_of

ANSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
"""Control sequences (ECMA-48, 5.4): colours above all."""

PLAIN = -1
"""The form of a line that starts no format's record."""

_CONTINUATION = re.compile(
    rb"[ \t\r]|$|[}\])]|Caused by: |Suppressed: |\.\.\. \d+ |at [\w$.<]|"
    rb"During handling of the above exception|The above exception was the direct cause|"
    rb"Emitted 'error' event |"
    rb"(?:DETAIL|HINT|CONTEXT|LINE \d+): "
)
"""How lines look that never begin anything where no format says where records start."""

_EXCEPTION_LINE = re.compile(rb"[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|\.[A-Z]\w*)(?:: |:?\r?$)")
_TRACEBACK = re.compile(rb"Traceback \(most recent call last\):")
_INTRODUCES = re.compile(rb".*(?:[Ee]rror|[Ee]xception|[Ff]ailed|:)[^\n]*$")
_NODE_VERSION = re.compile(rb"Node\.js v\d")
_CARET = re.compile(rb"\s+[\^~]+\s*$")


@dataclass(slots=True)
class Line:
    """A physical line: `start` and `end` (without newline) are offsets in the source.

    `payload` is what it says, prefix and colours gone; `form` is the number of its format or PLAIN.
    `partial`: the next line of its stream goes on with this one. `wrapper` is the number of the wrapping, or -1.
    """

    start: int
    end: int
    stream: bytes
    payload: bytes
    form: int
    partial: bool = False
    outer_time: str = ""
    wrapper: int = -1


class LineReader:
    """Tells lines by the union of all formats' start patterns and all wrappers' markers."""

    def __init__(self, formats: Sequence[Format], wrappers: Sequence[Wrapper]) -> None:
        self.formats = tuple(sorted(formats, key=lambda form: form.priority))
        self.wrappers = tuple(wrappers)
        self.continues = tuple(form.continues for form in self.formats)
        starts = [f"(?P<f{i}>{form.start})" for i, form in enumerate(self.formats)]
        markers = [f"(?P<w{i}>{wrapper.marker})" for i, wrapper in enumerate(self.wrappers)]
        # What only looks like a start is told first: its group stands for no form.
        later = [f"(?P<later>{'|'.join(found)})"] if (found := [text for form in formats if (text := later_of(form))]) else []
        self._start = re.compile("|".join(later + starts).encode("latin-1") or b"(?!)")
        self.union = re.compile("|".join(markers + later + starts).encode("latin-1") or b"(?!)")
        self._form: dict[str | None, int] = {f"f{i}": i for i in range(len(self.formats))}
        self._wrapper = {f"w{i}": i for i in range(len(self.wrappers))}
        self.forms = self._form

    def read(self, raw: bytes, start: int) -> Line:
        """The line `raw` (no newline) that stands at offset `start`; only its first REACH bytes are looked at."""
        end = start + len(raw)
        raw = raw[:REACH]
        if b"\x1b" in raw:
            raw = ANSI.sub(b"", raw)
        raw = raw.removesuffix(b"\r")
        match = self.union.match(raw)
        group = match.lastgroup if match else None
        wrapper = self._wrapper.get(group) if group else None
        if wrapper is not None:
            opened = self.wrappers[wrapper].unwrap(raw)
            if opened is not None:
                stream, payload, partial, outer = opened
                if b"\x1b" in payload:
                    payload = ANSI.sub(b"", payload)
                payload = payload.removesuffix(b"\r")
                return Line(start, end, stream, payload, self.form_of(payload), partial, outer, wrapper)
            return Line(start, end, b"", raw, self.form_of(raw))
        return Line(start, end, b"", raw, self._form.get(group, PLAIN))

    def form_of(self, payload: bytes) -> int:
        """The number of the first format that a line without prefix starts, or PLAIN."""
        match = self._start.match(payload)
        return self._form.get(match.lastgroup, PLAIN) if match else PLAIN


def begins_plain(line: Line, before: Line | None, second: Line | None) -> bool:
    """Whether a line that starts no format's record begins a plain one. `before` and `second` precede it in its stream."""
    payload = line.payload
    if _CONTINUATION.match(payload):
        return False
    if before is None:
        return True
    past = before.payload
    if _EXCEPTION_LINE.match(payload) and past[:1] in (b" ", b"\t") and past.strip():
        return False
    if _TRACEBACK.match(payload):
        return not (past.strip() and past[:1] not in (b" ", b"\t") and _INTRODUCES.match(past)) and not _goes_on(past, second)
    if not past.strip():
        if _NODE_VERSION.match(payload):
            return False
        return not (second is not None and _CARET.match(second.payload))
    return True


def _goes_on(before: bytes, second: Line | None) -> bool:
    """Whether a Python traceback behind these two lines is the next link of a chain."""
    return not before.strip() and second is not None and second.payload.startswith((b"During handling", b"The above exception"))

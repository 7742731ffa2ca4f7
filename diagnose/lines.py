"""One line of a log, told from itself alone: which stream it belongs to, and whether a record starts there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.blocks import REACH
from diagnose.hooks import Carrier, Format, Unwrapped, Wrapper, later_of
from diagnose.lazy import lazy
from diagnose.starts import NONE, Starts, Store

ANSI = lazy(rb"\x1b\[[0-?]*[ -/]*[@-~]")
"""Control sequences (ECMA-48, 5.4): colours above all."""

PLAIN = NONE
"""The form of a line that starts no format's record."""

WRAPPED = -2
"""Not a form: the line has a wrapper's marker, and its form is known when it is unwrapped."""

_CONTINUATION = lazy(
    rb"[ \t\r]|$|[}\])]|Caused by: |Suppressed: |\.\.\. \d+ |at [\w$.<]|"
    rb"During handling of the above exception|The above exception was the direct cause|"
    rb"Emitted 'error' event |"
    rb"(?:DETAIL|HINT|CONTEXT|LINE \d+): |"
    rb"#\d{1,4} +(?:0x[0-9a-f]|/|[A-Z]:\\|\{main\}|\[internal function\]|<signal |[A-Za-z_~<][^\s\[.(]{0,200}(?: \(|\.php\())|"
    rb"(?:PHP )?(?:Stack trace|Call Stack):$|PHP +\d+\. |Next [A-Z\\][\w\\]{0,200}(?:Exception|Error|\\\w{1,100}): |"
    rb"--- End of (?:inner exception )?stack trace|"
    rb"(?:Caused by|[Ss]tack backtrace):$|"
    rb"==\d+==(?:  | ?$)|SUMMARY: \w{1,20}Sanitizer: |Thread \d+ \(Thread 0x|"
    rb"[^\s()]{1,300}\((?:[^()\s]{0,500}\+0x[0-9a-f]+)?\) ?\[0x[0-9a-f]+\]$|"
    rb"----- JavaScript stack trace -----|\d{1,3}: (?:[^\s(]{1,100} \()?(?:/|node:|file:)[^\s]{1,500}:\d+:\d+\)?$"
)
"""How lines look that never begin anything where no format says where records start: frames of stacks, what joins their parts."""

_EXCEPTION_LINE = lazy(rb"[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|\.[A-Z]\w*)(?:: |:?\r?$)")
_NAMED_ERROR = lazy(rb"(?:Uncaught )?[A-Za-z_$][\w.$]*(?:Error|Exception)\b(?: \[[\w .]{1,60}\])?(?:: |\r?$)")
_TRACEBACK = lazy(rb"Traceback \(most recent call last\):")
_INTRODUCES = lazy(rb".*(?:[Ee]rror|[Ee]xception|[Ff]ailed|:)[^\n]*$")
_RUBY_ERROR = lazy(rb"[^\s:]{1,300}:\d{1,9}:in [`'][^'\n]{1,300}': ")
_NODE_VERSION = lazy(rb"Node\.js v\d")
_CARET = lazy(rb"\s+[\^~]+\s*$")


@dataclass(slots=True)
class Line:
    """A physical line: `start` and `end` (without newline) are offsets in the source.

    `stream` tells wrapping and name (`docker:stderr`), or is empty where nothing wraps the line.
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

    @property
    def name(self) -> bytes:
        """The stream's name as its wrapper gave it."""
        return self.stream.partition(b":")[2]


class LineReader:
    """Tells lines by the union of all formats' start patterns and all wrappers' markers."""

    def __init__(self, formats: Sequence[Format], wrappers: Sequence[Wrapper], store: Store | None = None) -> None:
        self.formats = tuple(sorted(formats, key=lambda form: form.priority))
        self.wrappers = tuple(wrappers)
        self._markers = tuple(lazy(wrapper.marker.encode("latin-1")) for wrapper in self.wrappers)
        self._prefixes = tuple(f"{wrapper.name}:".encode() for wrapper in self.wrappers)
        self.continues = tuple(form.continues for form in self.formats)
        self.carriers = tuple(form if isinstance(form, Carrier) else None for form in self.formats)
        starts = [form.start for form in self.formats]
        # What only looks like a start is asked before all starts; it stands for no form.
        later = [pattern for form in formats for pattern in later_of(form)]
        self._form = Starts([*later, *starts], store)
        self._any = Starts([*(wrapper.marker for wrapper in self.wrappers), *later, *starts], store)
        self._later = len(later)
        self._before = len(self.wrappers) + self._later

    def form_at(self, data: bytes | bytearray, start: int, stop: int) -> int:
        """What `data[start:stop]`, a line or its head, looks like: the number of its format, PLAIN or WRAPPED.

        A WRAPPED line may turn out not to be: see `read`.
        """
        found = self._any.at(data, start, stop)
        if found >= self._before:
            return found - self._before
        return PLAIN if found == NONE or found >= len(self.wrappers) else WRAPPED

    def read(self, raw: bytes, start: int) -> Line:
        """The line `raw` (no newline) that stands at offset `start`; only its first REACH bytes are looked at."""
        end = start + len(raw)
        raw = raw[:REACH]
        if b"\x1b" in raw:
            raw = ANSI.sub(b"", raw)
        raw = raw.removesuffix(b"\r")
        found = self._any.at(raw, 0, len(raw))
        if found >= self._before:
            return Line(start, end, b"", raw, found - self._before)
        if found == NONE or found >= len(self.wrappers):
            return Line(start, end, b"", raw, PLAIN)
        opened = self.wrappers[found].unwrap(raw)
        if opened is None:
            found, opened = self._of_others(found, raw)
        if opened is None:
            return Line(start, end, b"", raw, self.form_of(raw))
        stream, payload, partial, outer = opened
        if b"\x1b" in payload:
            payload = ANSI.sub(b"", payload)
        payload = payload.removesuffix(b"\r")
        return Line(start, end, self._prefixes[found] + stream, payload, self.form_of(payload), partial, outer, found)

    def _of_others(self, refused: int, raw: bytes) -> tuple[int, Unwrapped | None]:
        """What a later wrapper, whose marker matches too, makes of a line that the first one refused."""
        for number in range(refused + 1, len(self.wrappers)):
            if self._markers[number].match(raw):
                opened = self.wrappers[number].unwrap(raw)
                if opened is not None:
                    return number, opened
        return refused, None

    def form_of(self, payload: bytes) -> int:
        """The number of the first format that a line without prefix starts, or PLAIN."""
        return max(self._form.at(payload, 0, len(payload)) - self._later, PLAIN)


def begins_plain(payload: bytes, past: bytes | None, second: bytes | None) -> bool:
    """Whether a line that starts no format's record begins a plain one. `past` and `second` precede it in its stream."""
    if _CONTINUATION.match(payload):
        return False
    if past is None:
        return True
    if _EXCEPTION_LINE.match(payload) and past[:1] in (b" ", b"\t") and past.strip():
        return False
    if past.startswith(b"\tfrom ") and _RUBY_ERROR.match(payload):
        return False  # the cause of the error above it
    if past.startswith((b"FATAL ERROR: ", b"#")) and payload.startswith(b"----- Native stack trace"):
        return False
    if _TRACEBACK.match(payload):
        return not (past.strip() and past[:1] not in (b" ", b"\t") and _INTRODUCES.match(past)) and not _goes_on(past, second)
    if _CARET.match(past) and _NAMED_ERROR.match(payload):
        return False  # what Node.js quotes of the code stands right before the error
    if not past.strip():
        if _NODE_VERSION.match(payload):
            return False
        return not (second is not None and _CARET.match(second))
    return True


def _goes_on(before: bytes, second: bytes | None) -> bool:
    """Whether a Python traceback behind these two lines is the next link of a chain."""
    return not before.strip() and second is not None and second.startswith((b"During handling", b"The above exception"))

"""Stack traces of V8 (Node.js, TypeScript, Electron), plain and as `console.error` prints an error with properties."""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.model import Trace
from diagnose.traces.draft import MAX_LOOKBACK, Draft, finish
from diagnose.traces.node_inspect import BLOCK_KEY, read_block, read_inline
from diagnose.traces.node_lines import find_header, read_frame, read_header

_LINE = lazy(r"\n(?!\n)[ \t]*+(?:at ([^\n]+)|[Cc]aused by: ([^\n]+))")


class NodeTraces:
    """Reads V8 stacks, their causes, aggregated errors and properties."""

    runtime = "node"
    markers: tuple[str, ...] = ("  at ", "\tat ", "\nat ")
    samples: tuple[str, ...] = (
        "TypeError: rows is not iterable\n    at list (/srv/app/src/orders.js:12:9)\n    at node:internal/main:1:2",
        "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] "
        "(node:net:1611:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = f"\n{text}"
        self.end = 0
        self.traces: list[Trace] = []
        self.outermost: Draft | None = None
        self.open: Draft | None = None
        """The error that frames go to: the outermost, or the last of its causes."""

    def read(self) -> list[Trace]:
        match = _LINE.search(self.text)
        while match is not None:
            frame, cause = match.groups()
            if frame is not None:
                self._frame(match, frame)
            else:
                self._cause(match, cause)
            match = _LINE.search(self.text, max(self.end, match.end()))
        self._flush()
        return self.traces

    def _frame(self, match: re.Match[str], text: str) -> None:
        brace = inline = ""
        if text[-1] in "{}":
            text, brace, inline = text.partition(" {")
        frame = read_frame(text)
        if frame is None:
            return
        draft = self.open
        if draft is None or match.start() != self.end:
            draft = self._owner(match.start())
        draft.frames.append(frame)
        self.end = match.end()
        if inline:
            read_inline(f"{{{inline}", draft)
        elif brace or BLOCK_KEY.match(self.text, self.end):
            self.end = read_block(self.text, self.end, draft)
            self._flush()

    def _owner(self, start: int) -> Draft:
        """The error of a frame at `start`: the open one, or the one whose header stands in the lines before."""
        gap = self.text[max(self.end, start - MAX_LOOKBACK) : start]
        if self.open is not None and not self.open.frames:
            self.open.message = f"{self.open.message}{gap}".rstrip()
            return self.open
        draft = find_header(gap) if gap.strip() else None
        if draft is None and self.open is not None:
            return self.open
        self._flush()
        self.outermost = self.open = draft or Draft()
        return self.open

    def _cause(self, match: re.Match[str], text: str) -> None:
        """A cause as pino's serializer joins it to a stack: `caused by: Error: …`."""
        header = read_header(text.strip())
        if header is None or self.open is None:
            return
        self.open.cause = header[0]
        self.open = header[0]
        self.end = match.end()

    def _flush(self) -> None:
        trace = finish("node", self.outermost) if self.outermost is not None else None
        if trace is not None:
            self.traces.append(trace)
        self.outermost = self.open = None

"""Stack traces of V8 (Node.js, TypeScript, Electron), plain and as `console.error` prints an error with properties."""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.model import Trace
from diagnose.traces.draft import MAX_LOOKBACK, Draft
from diagnose.traces.node_inspect import BLOCK_KEY, read_block, read_inline
from diagnose.traces.node_lines import find_header, read_frame, read_header
from diagnose.traces.reader import ChainReader

_LINE = lazy(r"\n(?!\n)[ \t]*+(?:at ([^\n]+)|[Cc]aused by: ([^\n]+))")
_BARE_END = "] {\n"
_BARE = lazy(r"\[(?:[A-Za-z_$][\w$.]*)?(?:Error|Exception)(?: \[\w+\])?: [^\n]*\] \{\n")
"""An error without frames, as `util.inspect` prints it before the block of its properties and causes."""


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


class _Reader(ChainReader):
    runtime = "node"

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
        if frame is None or self._bare(match.start()):
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

    def _bare(self, start: int) -> bool:
        """Read the error without frames in whose block the frame at `start` stands; False where there is none."""
        floor = max(self.end, start - MAX_LOOKBACK)
        at = self.text.find(_BARE_END, floor, start + 1)
        if at < 0:
            return False
        found = _BARE.search(self.text, max(floor, self.text.rfind("\n", floor, at)), at + len(_BARE_END))
        header = read_header(found[0].rstrip("\n")) if found is not None else None
        if header is None:
            return False
        self._flush()
        end = read_block(self.text, at + len(_BARE_END) - 1, header[0])
        if end <= start:
            return False
        self._tell(header[0])
        self.end = end
        return True

    def _owner(self, start: int) -> Draft:
        """The error of a frame at `start`: the open one, or the one whose header stands in the lines before."""
        gap = self._gap(start)
        if self.open is not None and not self.open.frames:
            self.open.message = f"{self.open.message}{gap}".rstrip()
            return self.open
        draft = find_header(gap) if gap.strip() else None
        if draft is None and self.open is not None:
            return self.open
        return self._begin(draft or Draft())

    def _cause(self, match: re.Match[str], text: str) -> None:
        """A cause as pino's serializer joins it to a stack: `caused by: Error: …`."""
        header = read_header(text.strip())
        if self.open is None and "caused by" in match[0]:
            # The error itself may have no frames: fetch's has none. (Java writes `Caused by`.)
            self.outermost = self.open = find_header(self._gap(match.start()))
        if header is None or self.open is None:
            return
        self.open.cause = header[0]
        self.open = header[0]
        self.end = match.end()

"""Ruby's backtraces: uncaught exceptions with their causes, and those that Logger, Rails and Sinatra print below a message.

Ruby prints the innermost place in front of the message and the outermost error first: its causes follow. Shapes: error.c of CRuby,
`Exception#full_message`, ActionDispatch's DebugExceptions.
"""

from __future__ import annotations

from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import ruby_in_app
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"(?<!\S)(?P<file>(?:[A-Za-z]:)?[^\s:\"'`(<]++|<internal:[^>\s]{1,80}>|\((?:eval|irb)[^)\n]{0,200}\)):(?P<line>\d{1,9}):in "
    r"[`'](?P<function>[^\n']++)'(?:(?P<thrown>: )(?P<message>[^\n]*))?(?=\n|[ \t]*\Z)"
    r"|\n[ \t]+\.{3} \d+ levels\.{3}"
)
_CLASS = r"(?:[A-Z]\w*::)*[A-Z]\w*"
_CLASSED = lazy(rf"(?s)(.*?) \(({_CLASS})\)(.*)")
"""`message (Class)`, further lines of the message behind it."""

_NAMED = lazy(
    rf"(?<![\w:])(?:(?P<rails>{_CLASS}) \((?P<said>[^\n]*)\):|- (?P<sinatra>{_CLASS}) - (?P<message>[^\n]*)"
    rf"|(?P<plain>(?:[A-Z]\w*::)*[A-Z]\w*(?:Error|Exception|Invalid|NotFound|Timeout|Interrupt)): (?P<text>[^\n]*))"
)
_ESCAPED = lazy(r"\\n(?:\\+tfrom |[^\s:\\]{1,200}:\d+:in )")
"""Frames on the line of a message: the whole is one line of JSON, to be read when its escapes are."""

_SNIPPET = lazy(r"\n\n[ \t]+[^\n]*\n[ \t]*\^+")
"""The line that failed and carets below it, as error_highlight adds them to a message."""

_PREFIX = lazy(r"^[^\n]{0,200}? -- [^\n:]{0,80}: |^\[?\d{4}-\d\d-\d\d[^\n\]]{0,40}\]? ")


class RubyTraces:
    """Reads the backtraces of Ruby programs."""

    runtime = "ruby"
    markers: tuple[str, ...] = (":in `", ":in '")
    samples: tuple[str, ...] = (
        "/srv/shop/store.rb:6:in `weight': undefined method `[]' for nil:NilClass (NoMethodError)\n\tfrom job.rb:9:in `<main>'",
        "job.rb:6:in 'Store#weight': undefined method '[]' for nil (NoMethodError)\n\tfrom job.rb:9:in '<main>'",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    runtime = "ruby"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.headed = False
        """True while only the line with the message of the open error has been read: its message may have more lines."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["file"] is None:
                self.end = match.end()
                continue
            if match["thrown"] is not None and _ESCAPED.search(match["message"]):
                continue
            frame = _frame(match["file"], int(match["line"]), match["function"])
            gap = self._gap(match.start())
            if match["thrown"] is not None:
                self._thrown(gap, match["message"])
            else:
                self._below(gap)
            self.open.frames.append(frame)  # type: ignore[union-attr]
            self.headed = match["thrown"] is not None
            self.end = match.end()
        self._flush()
        return self.traces

    def _thrown(self, gap: str, message: str) -> None:
        """Open an error whose first place stands before its message: the cause of the open one where they adjoin."""
        self._settle("")
        classed = _CLASSED.match(message)
        draft = Draft(classed[2], classed[1]) if classed else Draft("", message)
        known = self.open
        if known is not None and not gap.strip() and (known.kind, known.message) != (draft.kind, draft.message):
            known.cause = draft
            self.open = draft
        else:
            self._begin(draft)

    def _below(self, gap: str) -> None:
        """Take a place without message: a caller's, or the first one below a message that stands in the gap."""
        said = gap.strip()
        if self.open is not None and (self.headed or said in ("", "from")):
            self._settle(gap)
            return
        draft = _header(said)
        if self.open is not None and "Causes:" in said:
            self.open.cause = draft
            self.open = draft
        else:
            self._begin(draft)

    def _settle(self, gap: str) -> None:
        """Complete the open error's message by its further lines, which may hold its class."""
        draft = self.open
        if draft is None or not self.headed:
            return
        more = gap.rstrip().removesuffix("from").rstrip()
        draft.message = _SNIPPET.sub("", f"{draft.message}{more}")
        if not draft.kind:
            classed = _CLASSED.match(draft.message)
            if classed is not None:
                draft.kind, draft.message = classed[2], classed[1] + classed[3]
            else:
                draft.kind = "RuntimeError"
        draft.message = draft.message.strip()
        self.headed = False

    def _flush(self) -> None:
        if self.headed:
            self._settle("")
        super()._flush()


def _header(said: str) -> Draft:
    """The error that the text above a backtrace names; an empty one where it names none."""
    text = _SNIPPET.sub("", said)
    line = text.rpartition("\n")[2]
    if line.endswith(")"):
        classed = _CLASSED.fullmatch(line)
        if classed is not None and not classed[3]:
            return Draft(classed[2], _PREFIX.sub("", classed[1]).strip())
    every = list(_NAMED.finditer(text))
    if not every:
        return Draft()
    named = every[-1]  # the nearest to the frames
    kind = named["rails"] or named["sinatra"] or named["plain"]
    message = named["said"] or named["message"] or named["text"] or ""
    return Draft(kind, message.strip().removesuffix(":"))


@lru_cache(maxsize=4096)
def _frame(file: str, line: int, function: str) -> Frame:
    return Frame(function=function, file=file, line=line, in_app=ruby_in_app(file))

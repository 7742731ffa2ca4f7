"""Go's stacks: panics, fatal errors and goroutine dumps of the runtime, `pkg/errors` printed with `%+v`, and gin's Recovery.

The runtime prints a function and, on the next line behind a tab, `file:line +0x1d`; `pkg/errors` and zap leave arguments and offset
away; gin prints the place first. Of a dump's other goroutines those are kept that are in the program's own code. Shapes: the runtime's
traceback.go and panic.go, pkg/errors' stack.go, gin's recovery.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import go_in_app
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"\n(?!\n)(?:(?P<function>(?:created by )?[^\s(:]++(?:\([^\n]*)?(?: in goroutine \d+)?)\n[ \t]++"
    r"(?P<file>(?:[A-Za-z]:)?[^\s:]++(?: [^\s:]++)*+):(?P<line>\d{1,9})(?= \+0x|\n|[ \t]*\Z)[^\n]*"
    r"|(?P<gin>(?:[A-Za-z]:)?[^\s:]++(?: [^\s:]++)*+):(?P<row>\d{1,9}) \(0x[0-9a-f]+\)\n[ \t]++(?P<name>[^\s:]++): [^\n]*"
    r"|\.{3}(?:additional frames|\d+ frames) elided\.{3}(?=\n))"
    r"|\bgoroutine (?P<number>\d+)[^\n\[]{0,80}\[(?P<state>[^\]\n]{1,120})\]:(?=\n)"
)
"""A line, or two, that make the structure."""

_HEADER = lazy(
    r"(?P<start>\n|\n\t|\s|\")(?:(?P<kind>panic|fatal error|SIGQUIT|SIGABRT|SIGTERM): |http: panic serving [^\s]+: |\[PANIC RECOVER\] )"
    r"(?P<message>[^\n]*)"
)
_HEADED = ("panic", "PANIC", "fatal error: ", "SIG")
_MESSAGE_ENDS = lazy(r"\n(?:[ \t]*\n|\[signal |goroutine |\tpanic: |\t?\[recovered|runtime stack:|PC=0x)")
_RECOVERED = lazy(r" \[recovered(?:, repanicked)?\]$")
_SIGNAL = lazy(r"\n\[signal (\w+)")
_LOG_PREFIX = lazy(
    r"(?:\d{4}[/-]\d\d[/-]\d\d[T ]\d\d:\d\d:\d\d[.,\d]*\S* )?(?:(?:[^\s:]{1,80}\.go:\d+: )|\[?(?:ERROR|ERRO|FATAL|PANIC|WARN)\w*\]?:? )?"
)
_RECOVERY = "panic recovered"


class GoTraces:
    """Reads the stacks that Go programs print."""

    runtime = "go"
    markers: tuple[str, ...] = (".go:", "goroutine ")
    samples: tuple[str, ...] = (
        "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/shop/main.go:9 +0x1d\n",
        "2026/11/26 10:00:00 http: panic serving 127.0.0.1:48870: boom\ngoroutine 19 [running]:\n"
        "net/http.(*conn).serve.func1()\n\t/usr/local/go/src/net/http/server.go:1897 +0xbd\n",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    runtime = "go"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.dump = False
        """True in a dump of goroutines, where text between frames is never a further error."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["number"]:
                self._goroutine(match)
            elif match["function"]:
                self._frame(match, _frame(match["function"], match["file"], int(match["line"])))
            elif match["gin"]:
                self._frame(match, _gin_frame(match["name"], match["gin"], int(match["row"])))
            elif self.open is None:
                continue
            self.end = match.end()
        self._message_behind()
        self._flush()
        return self.traces

    def _goroutine(self, match: re.Match[str]) -> None:
        draft = _header(self._gap(match.start()))
        state = match["state"]
        if draft is None and self.dump and self.outermost is not None:
            draft = Draft("goroutine", state)
            self.outermost.others.append(draft)
            self.open = draft
            return
        if draft is None and self.outermost is not None and self.outermost.kind == "fatal error":
            self.dump = True  # what stood above was the runtime's own stack
            return
        told = _last_line(self._gap(match.start())) or (state if state != "running" else "")
        self._begin(draft or Draft("goroutine", told))
        self.dump = True
        if draft is not None and state != "running":
            draft.properties["state"] = state

    def _frame(self, match: re.Match[str], frame: Frame) -> None:
        adjoining = match.start() == self.end
        error = self.open
        if error is None or not (adjoining or self.dump):
            error = self._error(self._gap(match.start()), match["gin"] is not None)
        error.frames.append(frame)

    def _error(self, gap: str, gin: bool) -> Draft:
        """Open the error whose text stands above a stack without goroutine: it wraps the open one where they adjoin."""
        if self.open is not None and gap.strip() and gap.count("\n") == 1:
            draft = Draft("error", gap.strip(), cause=self.outermost)
            self.outermost = self.open = draft
            return draft
        draft = _header(gap) or Draft("error" if gap.strip() else "", _last_line(gap))
        if gin and _RECOVERY in gap:
            draft.kind = "panic"
        return self._begin(draft)

    def _message_behind(self) -> None:
        """The text that `errors.WithMessage` puts around an error stands alone below its stack, at the very end."""
        rest = self.text[self.end : self.end + 1_000]
        wrapped = self.outermost is not None and not self.dump and self.outermost.kind == "error"
        if (
            wrapped
            and rest.strip()
            and rest.rstrip().count("\n") == 1
            and not rest[1:].startswith((" ", "\t", "[", "{", '"', "20"))
        ):
            self.outermost = Draft("error", rest.strip(), cause=self.outermost)

    def _begin(self, draft: Draft) -> Draft:
        self.dump = False
        return super()._begin(draft)

    def _flush(self) -> None:
        error = self.outermost
        if error is not None:
            _share(error)
            error.others = [other for other in error.others if any(frame.in_app for frame in other.frames)]
            if not (error.frames or error.cause or error.others):
                self.outermost = None  # a header without a stack
        super()._flush()


def _share(draft: Draft) -> None:
    """Give the frames to the panics of a chain: those of the first one stand behind the last call of `panic`."""
    if draft.kind == "goroutine" and any(frame.function == "panic" for frame in draft.frames):
        draft.kind = "panic"
    root = draft
    while root.cause is not None:
        root = root.cause
    if root is not draft and not root.frames:
        calls = [at for at, frame in enumerate(draft.frames) if frame.function == "panic"]
        root.frames = draft.frames[calls[-1] + 1 :] if calls else []


def _header(gap: str) -> Draft | None:
    """The panic or fatal error that the text above a goroutine tells, with the panics before it as causes."""
    if not any(word in gap for word in _HEADED):
        return None
    text = f"\n{gap}\n\n"
    draft: Draft | None = None
    for match in _HEADER.finditer(text):
        ends = _MESSAGE_ENDS.search(text, match.start("message"))
        message = text[match.start("message") : ends.start() if ends else match.end()]
        again = Draft(match["kind"] or "panic", _RECOVERED.sub("", message.strip()))
        again.cause = draft if match["start"] == "\n\t" or text.startswith("\t", match.start() + 1) else None
        draft = again
    signal = _SIGNAL.search(text)
    if draft is not None and signal is not None:
        draft.properties["signal"] = signal[1]
    return draft


def _last_line(gap: str) -> str:
    line = gap.rstrip().rpartition("\n")[2].strip()
    prefix = _LOG_PREFIX.match(line)
    return line[prefix.end() :] if prefix else line


@lru_cache(maxsize=4096)
def _frame(call: str, file: str, line: int) -> Frame:
    """The frame of `pkg.Function(0x1, …)` or `created by pkg.Function in goroutine 1`."""
    call = call.removeprefix("created by ").partition(" in goroutine ")[0]
    if call.endswith(")") and not call.endswith("*)"):
        call = call[: call.rindex("(")]
    return Frame(function=call, file=file, line=line, in_app=go_in_app(file, call))


@lru_cache(maxsize=4096)
def _gin_frame(name: str, file: str, line: int) -> Frame:
    return Frame(function=name, file=file, line=line, in_app=go_in_app(file, ""))

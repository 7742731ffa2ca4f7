"""Tracebacks of CPython and PyPy: chains, exception groups, syntax errors, logging's call stacks, faulthandler.

Python prints the outermost call first and the root-most error first; a `Trace` wants both the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import python_in_app
from diagnose.traces.reader import Reader

_LINE = lazy(
    r"\n(?!\n)(?:([ \t]*+(?:\|[ \t]*+)?)(?:"
    r'File "([^"\n]*)", line (\d{1,9})(?:,? in ([^"\n][^\n]*))?(?=\n|\Z)'
    r"|(During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)"
    r"|(\+(?:-\+)?-{10,}(?: (?:\d+|\.\.\.) -{10,})?)(?=\n|\Z)"
    r'|(Call stack:|Stack \(most recent call last\):|"""(?=\n|\Z)'
    r"|(?:Current thread|Thread) 0x[^\n]*\(most recent call first\):)"
    r"|((?:\+ Exception Group )?Traceback \(most recent call last\):)"
    r")|([^\s|][^\n]*Traceback \(most recent call last\):))"
)
"""A line that makes the structure: margin, frame (file, line, function), link, branch, section, head.

A head may stand behind the prefix of a log, at the very beginning of a line; then there is no margin."""

_KIND = lazy(r"([A-Za-z_][\w.]*(?:<locals>\.[\w.]+)*)(?::(?: (.*))?)?$")
_MARGIN = lazy(r"^[ \t]*\| ?")
_RECORD = lazy(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]|(?:\S+ \S+ \S+ )?\[\d\d/\w{3}/\d{4}"
    r"|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|--- Logging error ---|During task|Future exception"
)
"""How a line begins that belongs to another record, not to the message above it."""

_CRASH = lazy(r"(Fatal Python error|Timeout)(?:: | \()?([^\n]*)")
_MAX_MESSAGE_LINES = 60


class PythonTraces:
    """Reads Python tracebacks."""

    runtime = "python"
    markers: tuple[str, ...] = ("Traceback (most recent call last):", '", line ')
    samples: tuple[str, ...] = (
        'Traceback (most recent call last):\n  File "app.py", line 3, in <module>\n    total / 0\n'
        "ZeroDivisionError: division by zero",
        '  File "app.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax',
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


@dataclass(slots=True)
class _Level:
    """The errors being read at one depth of exception groups. `column` is where its margin's bar stands."""

    column: int
    outermost: Draft | None = None
    linked: bool = False
    """True after a connector: the next error is the outer one of this chain."""


class _Reader(Reader):
    runtime = "python"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.levels = [_Level(0)]
        self.open: Draft | None = None
        """The error whose frames are being read; its exception line is still to come, unless it has a kind."""
        self.indent = 0
        """How far its frames are indented; 0 before the first."""
        self.barred = False
        """True where the lines carry the margin of an exception group."""
        self.called: Draft | None = None
        """The error above logging's call stack, whose frames are outer to all others of the error."""
        self.outer = 0
        """Where they go."""
        self.muted = False
        """True among frames that belong to no error: a stack that was logged, another thread's."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            margin, file, line, function, link, branch, section, head, _ = match.groups("")
            if line:
                frame = _frame(file, line, function)
                if self.open is not None and self.indent:
                    self.open.frames.append(frame)
                else:
                    self._frame(match.start(), margin, frame)
            else:
                gap = self._conclude(match.start())
                self.barred = "|" in margin or branch != "" or head.startswith("+")
                self._climb(margin, branch)
                if link:
                    self._link(gap)
                elif branch:
                    self._branch(len(margin), branch)
                elif section:
                    self._section(section, gap)
                else:
                    self._begin(Draft())
            self.end = match.end()
        self._conclude(len(self.text))
        self._flush()
        return self.traces

    def _frame(self, start: int, margin: str, frame: Frame) -> None:
        if self.muted:
            return
        if self.called is not None:
            self.called.frames.insert(self.outer, frame)
            return
        error = self.open
        if error is None:
            self._conclude(start)
            error = self._begin(Draft())
        error.frames.append(frame)
        self.indent = len(_MARGIN.sub("", margin) if self.barred else margin)

    def _begin(self, draft: Draft) -> Draft:
        """Open the next error: outer to the chain's others after a connector, else the first of a new trace."""
        if len(self.levels) == 1 and not self.levels[0].linked:
            self._flush()
        self._add(draft)
        self.open, self.indent, self.called, self.muted = draft, 0, None, False
        return draft

    def _add(self, draft: Draft) -> None:
        level = self.levels[-1]
        draft.cause = level.outermost
        level.outermost = draft
        level.linked = False

    def _conclude(self, end: int) -> str:
        """Read what stands before `end`: the open error's exception line, or an error without frames. Returns it."""
        gap = self.text[self.end : end]
        draft, level = self.open, self.levels[-1]
        self.open = None
        if draft is not None and not draft.kind:
            lines = _lines(gap, self.barred)
            for number, line in enumerate(lines):
                if line.strip() and (not self.indent or len(line) - len(line.lstrip()) < self.indent):
                    _name(draft, lines[number:])
                    break
            draft.frames.reverse()
        elif draft is None and (level.linked or (level.column and not level.outermost)):
            self._bare(_lines(gap, self.barred))
        return gap

    def _bare(self, lines: list[str]) -> None:
        """Add the error without frames that the first of the lines with text names, if it does."""
        lines = [line for line in lines if line.strip()]
        match = _KIND.match(lines[0].strip()) if lines else None
        if match is not None and (match[2] is not None or "." in match[1] or match[1][0].isupper()):
            draft = Draft()
            _name(draft, lines)
            self._add(draft)

    def _climb(self, margin: str, branch: str) -> None:
        """Leave the groups that stand further right than this line."""
        column = margin.find("|") if "|" in margin else len(margin) if branch else 0
        while self.levels[-1].column > column:
            self._leave()

    def _leave(self) -> None:
        member = self.levels.pop().outermost
        group = self.levels[-1].outermost
        if member is not None and group is not None:
            group.others.append(member)

    def _link(self, gap: str) -> None:
        level = self.levels[-1]
        if level.outermost is None:
            self._bare(gap.rstrip().rpartition("\n\n")[2].split("\n"))
        level.linked = level.outermost is not None

    def _branch(self, column: int, branch: str) -> None:
        """Enter a group (`+-+--- 1 ---`), go to its next member (`+--- 2 ---`), or leave it (`+------`)."""
        if branch.startswith("+-+"):
            column += 2
        elif self.levels[-1].column == column and len(self.levels) > 1:
            self._leave()
        if " " in branch:
            if self.levels[-1].outermost is None:
                self._begin(Draft("ExceptionGroup"))
                self.open = None
            self.levels.append(_Level(column))

    def _section(self, section: str, gap: str) -> None:
        above = self.levels[-1].outermost
        if section == "Call stack:" and above is not None:
            self.called, self.outer = above, len(above.frames)
        elif section.endswith("first):"):
            crash = _CRASH.search(gap)
            if crash is not None:
                self._begin(Draft(crash[1], crash[2].rstrip(")!")))
            self.muted = crash is None
        elif section != '"""':
            self.muted = True

    def _flush(self) -> None:
        while len(self.levels) > 1:
            self._leave()
        outermost = self.levels[0].outermost
        if outermost is not None:
            self._tell(outermost)
        self.levels = [_Level(0)]


def _lines(gap: str, barred: bool) -> list[str]:
    """The lines of a gap without a group's margin. A gap begins with the newline of the line before it."""
    lines = gap.split("\n")[1:]
    return [_MARGIN.sub("", line, count=1) for line in lines] if barred else lines


def _name(draft: Draft, lines: list[str]) -> None:
    """Set kind and message from an exception line and the lines behind it."""
    first = lines[0].strip()
    match = _KIND.match(first)
    draft.kind, message = (match[1], match[2] or "") if match else ("", first)
    kept = [message]
    for number, line in enumerate(lines[1:_MAX_MESSAGE_LINES], 1):
        if not line.strip():
            following = next((other for other in lines[number:] if other.strip()), "")
            if not following.startswith(("[", "(", " ", "\t")):
                break
        elif _RECORD.match(line):
            break
        kept.append(line)
    draft.message = "\n".join(kept).strip()


@lru_cache(maxsize=4096)
def _frame(file: str, line: str, function: str) -> Frame:
    return Frame(function=function.strip(), file=file, line=int(line), in_app=python_in_app(file))

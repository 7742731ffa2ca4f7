"""Errors of shell scripts: bash's `script: line 12: …`, dash's `script: 3: …`, what `set -x` traced before, and `caller`'s frames.

A line counts only where it says something that the shell itself says, so that a log with colons is none. Shapes: bash's error.c and
execute_cmd.c, dash's error.c.
"""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import shell_in_app
from diagnose.traces.reader import Reader

_FAULTS = (
    "command not found", "not found", "unbound variable", "parameter not set", "parameter null or not set", "is not set", "No such file or directory",
    "Permission denied", "Is a directory", "cannot execute", "bad interpreter", "Exec format error", "Argument list too long", "Text file busy",
    "ambiguous redirect", "bad substitution", "readonly variable", "is read only", "not a valid identifier", "invalid arithmetic operator",
    "integer expression expected", "numeric argument required", "too many arguments", "unary operator expected", "binary operator expected",
    "unexpected end of file", "cannot allocate memory", "Cannot allocate memory", "No space left on device", "Too many open files",
    "Resource temporarily unavailable", "retry: Resource temporarily unavailable", "Broken pipe",
)  # fmt: skip
"""How the shell's own messages end."""

_DIED = (
    r"(?P<pid>\d+) (?P<died>Segmentation fault|Aborted|Killed|Bus error|Illegal instruction|Floating point exception|Terminated)\b"
    r"(?P<child>[^\n]*)"
)
_LINE = lazy(
    r"\n(?!\n)(?:"
    rf"(?P<file>[^\s:]+): (?:(?P<inside>eval|\w+): )?line (?P<line>\d{{1,9}}): +(?:{_DIED}|(?P<message>[^\n]+))"
    r"|(?P<dash>[^\s:]+): (?P<row>\d{1,9}): (?P<said>[^\n]+)"
    r"|(?P<depth>\++) (?P<traced>[^\n]+)"
    r"|(?P<at>\d{1,9}) (?P<function>[\w:.-]+) (?P<caller>\S+)(?=\n|[ \t]*\Z)"
    r")"
)
_PLACED = lazy(r"(?P<file>[^\s:]+):(?P<line>\d{1,9}):(?: ?(?P<function>[\w.-]+)(?:\(\))?:)? (?P<command>[^\n]*)")
_SPECIAL = lazy(r"(?P<kind>syntax error|division by 0|unexpected EOF)")


class ShellTraces:
    """Reads the errors of shell scripts."""

    runtime = "shell"
    markers: tuple[str, ...] = (": line ", ": not found", ": parameter not set", " main ./", " main /")
    samples: tuple[str, ...] = ("./deploy.sh: line 12: parcelctl: command not found", "deploy.sh: 3: parcelctl: not found")

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(Reader):
    runtime = "shell"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.command = ""
        """What `set -x` showed last."""
        self.place: Frame | None = None
        """Where that was, if PS4 tells."""
        self.callers: list[Frame] = []
        self.said = ""
        """What stands above them."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["traced"]:
                self._traced(match["traced"])
            elif match["caller"]:
                self._caller(match)
            else:
                self._error(match)
            self.end = match.end()
        return self.traces

    def _traced(self, text: str) -> None:
        placed = _PLACED.fullmatch(text)
        self.command = placed["command"] if placed else text
        self.place = _frame(placed["file"], placed["line"], placed["function"] or "") if placed else None

    def _error(self, match: re.Match[str]) -> None:
        file, line = match["file"] or match["dash"], match["line"] or match["row"]
        message = match["message"] or match["said"] or ""
        if match["died"]:
            kind, message = match["died"], match["child"].strip()
        else:
            kind = _kind(message)
            if not kind or (match["dash"] and kind not in ("not found", "parameter not set", "syntax error")):
                return
        draft = Draft(kind, message, [_frame(file, line, "")])
        if self.command:
            draft.properties["command"] = self.command
        if self.place is not None and (self.place.file, self.place.line) == (file, int(line)):
            draft.frames = [self.place]
        self._tell(draft)

    def _caller(self, match: re.Match[str]) -> None:
        """A line of `caller`: line, function, file, the innermost first; `main` ends the stack and makes it one."""
        if match.start() != self.end:
            self.callers = []
        if not self.callers:
            self.said = self.text[: match.start()].rpartition("\n")[2]
        self.callers.append(_frame(match["caller"], match["at"], match["function"]))
        if match["function"] == "main":
            self._tell(Draft("failed command", self.said.strip(), self.callers))
            self.callers = []


def _kind(message: str) -> str:
    """What the shell says went wrong, without the name that it says it of; empty where it is no error of the shell."""
    special = _SPECIAL.search(message)
    if special is not None:
        return special["kind"]
    return next((fault for fault in _FAULTS if message.rstrip().endswith(fault)), "")


def _frame(file: str, line: str, function: str) -> Frame:
    return Frame(function=function, file=file, line=int(line), in_app=shell_in_app(file))

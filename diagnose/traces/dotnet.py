"""Exceptions of .NET: inner ones behind `--->`, members of an AggregateException, asynchronous frames.

`--- End of inner exception stack trace ---` closes an inner exception; the frames below it are the outer one's. What
`--- End of stack trace from previous location ---` separates is one stack. Shapes: Exception.ToString and
AggregateException.ToString of dotnet/runtime, and of .NET Framework, which puts `--->` on the line of the outer message.
"""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import dotnet_in_app
from diagnose.traces.reader import Reader

_NAME = r"[A-Za-z_][\w.+`]*(?:\[[^\]\n]{0,200}\])?"
_LINE = lazy(
    r"\n(?!\n)[ \t]*+(?:"
    r"at (?P<function>(?!async )[^\s(][^\n(]*)\((?P<arguments>(?!Native Method\)|Unknown Source\))[^\n]*?)\)"
    r"(?: in (?P<file>[^\n]+?):line (?P<line>\d{1,9}))?[ \t]*(?=\n|\Z|<---)"
    r"|---> (?:\(Inner Exception #(?P<member>\d+)\) )?(?P<inner>[^\n]*)"
    r"|(?P<ends>--- End of (?:inner exception )?stack trace[^\n]*)"
    r")|<---(?=\n|[ \t]*\Z)"
)
_ARGUMENTS = lazy(r"(?:[^\s,:/]+ [^\s,:/]*(?:, )?|[^\s,:/]+&? [^\s,:/]+, )*")
_KIND = lazy(rf"(?P<kind>{_NAME})(?:: (?P<message>[\s\S]*))?")
_HEADER = lazy(
    r"(?:(?<![\w.+])(?<!Unhandled )(?P<named>(?:[A-Za-z_]\w*[.+])*\w*(?:Exception|Error))(?:`\d)?"
    r"|(?:^|\n)[ \t]*(?:Unhandled [Ee]xception[.:] )?(?P<other>(?:[A-Za-z_]\w*[.+])+\w+)(?:`\d)?)"
    r"(?: \(0x[0-9A-Fa-f]{8}\)| \(\d+\))?(?=: |\n|[ \t]*\Z| --->)(?:: )?"
)
_STATE_MACHINE = lazy(r"\.<(\w+)>d__\d+(?:`\d+)?\.MoveNext$")
_CLOSURE = lazy(r"\.<>c(?:__DisplayClass\w+)?(?:`\d+)?\.<(\w+)>b__\w+$")
_LOCAL = lazy(r"\.<\w*\$?>g__(\w+)\|[\d_]+$")


class DotnetTraces:
    """Reads exceptions of .NET programs."""

    runtime = "dotnet"
    markers: tuple[str, ...] = (":line ", "--- End of ", "System.", "Microsoft.", "Unhandled exception. ")
    samples: tuple[str, ...] = (
        "Unhandled exception. System.InvalidOperationException: no rates\n"
        "   at Parcel.Rates.Load(String path) in /srv/parcel/Rates.cs:line 12\n   at Program.<Main>$(String[] args)",
        "System.Exception: outer\n ---> System.IO.IOException: disk\n   at Parcel.Disk.Read()\n"
        "   --- End of inner exception stack trace ---\n   at Parcel.Store.Open()",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(Reader):
    runtime = "dotnet"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.stack: list[Draft] = []
        """The errors that are open, the outermost first: frames go to the last one."""
        self.members: list[int] = []
        """Depths of the stack at which members of a group began."""
        self.sealed = False
        """True where the open error's message is complete."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            if match["function"] is not None:
                frame = _frame(match["function"], match["arguments"], match["file"] or "", int(match["line"] or 0))
                if frame is None:
                    continue
                self._close_gap(match.start())
                if not self.stack:
                    self.stack.append(Draft())
                self.stack[-1].frames.append(frame)
                self.sealed = True
            elif match["inner"] is not None:
                if not self._inner(match):
                    continue
            elif match["ends"] is None:
                self._leave()
            elif "inner exception" in match["ends"]:
                self._close_gap(match.start())
                if len(self.stack) > 1 and len(self.stack) - 1 not in self.members:
                    self.stack.pop()
            self.end = match.end()
        self._flush()
        return self.traces

    def _close_gap(self, start: int) -> None:
        """Further lines of the open error's message, or the header of a new one."""
        gap = self._gap(start)
        if not gap.strip():
            return
        if self.stack and not self.sealed:
            self.stack[-1].message = f"{self.stack[-1].message}{gap}".strip()
            return
        draft = _header(gap)
        if draft is not None:
            self._flush()
            self.stack = _split(f"{draft.kind}: {draft.message}") if " ---> " in draft.message else [draft]

    def _inner(self, match: re.Match[str]) -> bool:
        """Open the error behind `--->`; False where the text before it is no exception's."""
        error = _KIND.match(match["inner"])
        if error is None:
            return False
        self._close_gap(match.start())
        if not self.stack:
            return False
        chain = _split(match["inner"])
        if not chain:
            return False
        if match["member"] is not None:
            self._member(int(match["member"]), chain)
        else:
            for draft in chain:
                self.stack[-1].cause = draft
                self.stack.append(draft)
        self.sealed = False
        return True

    def _member(self, number: int, chain: list[Draft]) -> None:
        """Open a member of the outermost group; the first one is its inner exception, which was read already."""
        if not self.members:
            del self.stack[1:]
        if number or self.stack[-1].cause is None:
            self.stack[-1].others.append(chain[0])
        self.members.append(len(self.stack))
        self.stack += chain

    def _leave(self) -> None:
        if self.members:
            del self.stack[self.members.pop() :]
            self.sealed = True

    def _flush(self) -> None:
        if self.stack:
            self._tell(self.stack[0])
        self.stack, self.members, self.sealed = [], [], False


def _header(gap: str) -> Draft | None:
    """The error whose header stands above its first frame or inner exception; .NET Framework puts inner ones on the same line."""
    other: re.Match[str] | None = None
    for match in _HEADER.finditer(gap):
        named = match["named"] or match["other"]
        if named.endswith(("Exception", "Error")):
            return Draft(named, gap[match.end() :].strip())
        other = other or match
    return Draft(other["other"], gap[other.end() :].strip()) if other is not None else None


def _split(text: str) -> list[Draft]:
    """The errors of `Kind: message ---> Kind: message`, each the cause of the one before."""
    chain: list[Draft] = []
    for part in text.split(" ---> "):
        error = _KIND.fullmatch(part.strip())
        if error is None:
            if chain:
                chain[-1].message += f" ---> {part}"
            continue
        chain.append(Draft(error["kind"], (error["message"] or "").strip()))
        if len(chain) > 1:
            chain[-2].cause = chain[-1]
    return chain


@lru_cache(maxsize=4096)
def _frame(function: str, arguments: str, file: str, line: int) -> Frame | None:
    """The frame of `Name.Space.Method(Type name)`; None where .NET does not print one so."""
    if not file and not (_ARGUMENTS.fullmatch(arguments) and ("." in function or function.startswith("lambda_method"))):
        return None
    name = function.strip().partition("[")[0]
    name = _STATE_MACHINE.sub(r".\1", name)
    name = _LOCAL.sub(r".\1", _CLOSURE.sub(r".\1", name)).replace(".<Main>$", ".Main")
    return Frame(function=name, file=file, line=line, in_app=dotnet_in_app(name))

"""Stack traces of the JVM (Java, Kotlin, Scala, Groovy), as the JDK, Logback and Log4j print them.

The printed shapes: `Throwable.printStackTrace` (causes below, suppressed errors indented), Logback's `%ex` and
`%rEx` (`Wrapped by:`, the root first), both with `... 12 more` or `... 12 common frames omitted`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import java_in_app
from diagnose.traces.reader import Reader

_LINE = lazy(
    r"\n(?!\n)([ \t]*+)(?:"
    r"at ([^\s(][^(\n]*)\(([^()\n]*)\)[^\n]*"
    r"|(Caused by|Wrapped by|Suppressed): (?!\[?CIRCULAR)([^\n]*)"
    r"|(?:\.\.\. (?:\d+|suppressed) |(?:Caused by: |Suppressed: |Wrapped by: )?\[?CIRCULAR REFERENCE)[^\n]*)"
)
"""A line that makes the structure."""

_PLACE = lazy(
    r"(?:[\w.@-]+/)?(?:([^\s():]+\.\w+|[^\s():]+(?=:\d))(?::(\d+))?|Native Method|Unknown Source|<generated>|Redefined)"
)
_NAMES = ("Exception", "Error", "Throwable", "Failure", "Fault", "Timeout", "Interrupt", "Death", "Abort")
_NAMED = "(?:" + "|".join(f"(?<={name})" for name in _NAMES) + ")"
_HEADER = lazy(rf"\n[ \t]*([\w$.]++){_NAMED}(?=:|[ \t]*\n)")
_THREAD_HEADER = lazy(r"\nException in thread \"[^\"\n]*\" ([\w$.]+)(?=:|[ \t]*\n)")
_INNER_HEADER = lazy(rf"(?<![\w$.])([\w$]++\.[\w$.]++){_NAMED}(?=:|[ \t]*\n)")
_CLASS_HEADER = lazy(r"\n[ \t]*((?:[\w$]++\.)++[\w$]*+)(?=:|[ \t]*$)")
_LINK = lazy(r"([\w$][\w$.]*+)(?::(?: (.*))?)?$")
_DEADLOCKED = lazy(r"\n\"([^\"\n]*)\":\n$")
"""What stands above each stack of the threads that the JVM found in a deadlock."""

_DEADLOCK = "Deadlock"
_WAITS = lazy(
    r"\n\"([^\"\n]*)\":\n  waiting (?:to lock monitor|for ownable synchronizer) [^\n]*[ (]a ([\w$.]+)\),\n  which is held by \"([^\"\n]*)\""
)
"""What such a thread waits for, as the JVM lists it above the stacks."""

_THREAD_STATE = "java.lang.Thread.State"
"""What stands above each stack of a thread dump: no error."""

_GENERATED = lazy(
    r"\$\$(?:EnhancerBy\w+|FastClassBy\w+|SpringCGLIB|SpringProxy)\$\$\w+"
    r"|\$(?:HibernateProxy|ByteBuddy|MockitoMock|auxiliary)\$\w+"
    r"|_(?:Subclass|ClientProxy)(?=\.)"
)
_LAMBDA_CLASS = lazy(r"(\$\$Lambda)(?:\$\d+)?/\w+")
_LAMBDA_METHOD = lazy(r"\.lambda\$([^.$]+)\$\d+$|\$lambda[$-]\d+$")


class JavaTraces:
    """Reads the traces of any JVM language."""

    runtime = "java"
    markers: tuple[str, ...] = (
        ".java:",
        ".kt:",
        ".scala:",
        ".groovy:",
        "(SourceFile:",
        ".java)",
        "Native Method)",
        "(Unknown Source)",
        "(<generated>)",
        "Caused by: ",
        "Wrapped by: ",
    )
    samples: tuple[str, ...] = (
        'Exception in thread "main" java.lang.IllegalStateException: closed\n\tat com.example.Shop.main(Shop.java:9)',
        "java.io.IOException: disk\n\tat com.example.Disk.read(Disk.kt:4)\nCaused by: java.io.EOFException\n\t... 1 more",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


@dataclass(slots=True)
class _Level:
    """A chain of causes and how far its links are indented: suppressed errors stand one step further in."""

    indent: int
    outermost: Draft
    root: Draft


class _Reader(Reader):
    runtime = "java"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.levels: list[_Level] = []
        self.open: Draft | None = None
        self.sealed = False
        """True where the open error's message is complete: a frame or an omission has been seen."""

    def read(self) -> list[Trace]:
        for match in _LINE.finditer(self.text):
            indent, function, place, link, rest = match.groups()
            if function is not None:
                frame = _frame(function, place)
                if frame is None:
                    continue
                if match.start() != self.end:
                    self._close_gap(match.start())
                error = self.open or self._begin(Draft())
                error.frames.append(frame)
            elif link is None:
                self._close_gap(match.start())
            elif not self._link(match.start(), len(indent), link, rest):
                continue
            self.sealed = link is None
            self.end = match.end()
        self._flush()
        if "Java-level deadlock" in self.text:
            self._tell_waits()
        return self.traces

    def _tell_waits(self) -> None:
        waits = {match[1]: {"lock": match[2], "held_by": match[3]} for match in _WAITS.finditer(self.text)}
        self.traces = [
            replace(trace, properties=waits.get(trace.message, {})) if trace.kind == _DEADLOCK else trace for trace in self.traces
        ]

    def _close_gap(self, start: int) -> None:
        """What stands between two structural lines: a message's further lines, or the header of a new trace."""
        gap = self._gap(start)
        if self.open is not None and not self.sealed:
            self.open.message = f"{self.open.message}{gap}".rstrip()
        elif gap.strip():
            draft = _header(gap)
            if draft is not None:
                self._begin(draft)

    def _begin(self, draft: Draft) -> Draft:
        self._flush()
        self.open = draft
        self.levels = [_Level(-1, draft, draft)]
        return draft

    def _link(self, start: int, indent: int, link: str, rest: str) -> bool:
        """Open the error of a `Caused by:`, `Wrapped by:` or `Suppressed:` line; False where it is mere text."""
        match = _LINK.match(rest.rstrip())
        if match is None or (self.open is None and "." not in match[1]):
            return False
        self._close_gap(start)
        draft = Draft(match[1], match[2] or "")
        if not self.levels:
            self._begin(draft)
            return True
        levels = self.levels
        while len(levels) > 1 and levels[-1].indent >= indent + (link != "Suppressed"):
            levels.pop()
        level = levels[-1]
        if link == "Suppressed":
            level.root.others.append(draft)
            levels.append(_Level(indent, draft, draft))
        elif link == "Caused by":
            level.root.cause = draft
            level.root = draft
        else:
            draft.cause = level.outermost
            level.outermost = draft
        self.open = draft
        return True

    def _flush(self) -> None:
        if self.levels and self.levels[0].outermost.kind != _THREAD_STATE:
            self._tell(self.levels[0].outermost)
        self.levels = []
        self.open = None


def _header(gap: str) -> Draft | None:
    """The error whose header stands in the lines before its first frame; the rest of them is its message."""
    text = f"{gap.rstrip()}\n"
    match = _THREAD_HEADER.search(text) or _HEADER.search(text) or _INNER_HEADER.search(text)
    if match is None:
        match = _CLASS_HEADER.match(text, text.rstrip().rfind("\n"))
    if match is None:
        deadlocked = _DEADLOCKED.search(text)
        return Draft(_DEADLOCK, deadlocked[1]) if deadlocked else None
    return Draft(match[1], text[match.end() :].removeprefix(":").strip())


@lru_cache(maxsize=4096)
def _frame(function: str, place: str) -> Frame | None:
    """The frame of `at function(place)`; None where that is not how a JVM prints one."""
    match = _PLACE.fullmatch(place)
    if match is None or "." not in function or function[-1] == " ":
        return None
    name, generated = _clean(function)
    return Frame(
        function=name,
        file=match[1] or place,
        line=int(match[2]) if match[2] and len(match[2]) < 10 else 0,
        in_app=not generated and place != "<generated>" and java_in_app(name),
    )


def _clean(function: str) -> tuple[str, bool]:
    """The name without module, proxy and lambda decoration, and whether its code was generated at run time."""
    head, lambda_class, tail = function.partition("$$Lambda")
    name = head.rpartition("/")[2] + lambda_class + tail
    if "$" not in name and "_" not in name:
        return name, False
    if lambda_class:
        return _LAMBDA_CLASS.sub(r"\1", name), True
    name, proxies = _GENERATED.subn("", name)
    name = _LAMBDA_METHOD.sub(lambda match: f".{match[1]}" if match[1] else "", name)
    return name, proxies > 0 or "$Proxy" in name

"""What the JVM prints when it cannot go on: its own crash (`hs_err`), and an OutOfMemoryError that it dumps the heap for.

The crash report goes to a file, its head to stdout as well: signal, problematic frame; the file holds native and Java frames. Shapes:
HotSpot's vmError.cpp and debug.cpp.
"""

from __future__ import annotations

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft, finish
from diagnose.traces.in_app import java_in_app

_LINE = lazy(
    r"\n(?!\n)(?:"
    r"#  (?P<kind>SIG\w+|EXCEPTION_\w+|Internal Error|Out of Memory Error)(?P<how>[^\n]*)"
    r"|# (?P<problem>[VvCJjA]  [^\n]+)"
    r"|(?P<list>Native frames:|Java frames:)[^\n]*"
    r"|(?P<frame>[VvCJjA]  [^\n]+)"
    r"|(?P<out>java\.lang\.OutOfMemoryError): (?P<why>[^\n]*)\nDumping heap to (?P<dump>[^\n]*?) \.\.\.(?=\n|\Z)"
    r"|(?:Terminating|Aborting) due to (?P<ended>java\.lang\.OutOfMemoryError): (?P<reason>[^\n]*)"
    r")"
)
_JAVA_FRAME = lazy(r"[jJA] +(?:\d+%? +)?(?:c\d +)?([\w$./]+)\.([\w$<>]+)\(")
_NATIVE_FRAME = lazy(r"[VvC]  \[([^\]\n]+?)\+0x[0-9a-f]+\](?:  ([^\n(]+))?")
_FATAL = "A fatal error has been detected by the Java Runtime Environment"


class JvmFatalTraces:
    """Reads the JVM's own last words."""

    runtime = "java"
    markers: tuple[str, ...] = (_FATAL, "java.lang.OutOfMemoryError: ")
    samples: tuple[str, ...] = (
        "# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f7b, pid=6, tid=7\n#\n"
        "# Problematic frame:\n# V  [libjvm.so+0xed2f94]  Unsafe_PutLong+0x124\n",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _read(f"\n{text}", _FATAL in text)


def _read(text: str, crashed: bool) -> list[Trace]:
    found: list[Draft] = []
    crash: Draft | None = None
    problem: list[Frame] = []
    wanted = False
    for match in _LINE.finditer(text):
        if match["out"]:
            found.append(Draft(match["out"], match["why"], properties={"dump": match["dump"]}))
        elif match["ended"]:
            if not any((draft.kind, draft.message) == (match["ended"], match["reason"]) for draft in found):
                found.append(Draft(match["ended"], match["reason"]))
        elif match["kind"] and crashed:
            told = "" if match["kind"].startswith(("SIG", "EXCEPTION")) else match["how"].strip(" :")
            crash, problem = Draft(match["kind"], told), []
            found.append(crash)
        elif match["problem"] and crash is not None:
            problem = [_frame(match["problem"])]
            crash.message = crash.message or " ".join(match["problem"].split())
            crash.frames = crash.frames or problem
        elif match["list"]:
            wanted = match["list"].startswith("Native") or (crash is not None and crash.frames in ([], problem))
        elif match["frame"] and crash is not None and wanted:
            crash.frames = ([] if crash.frames is problem else crash.frames) + [_frame(match["frame"])]
    return [trace for draft in found if (trace := finish("java", draft)) is not None]


def _frame(text: str) -> Frame:
    """`j  com.example.Shop.main([Ljava/lang/String;)V+137`, `V  [libjvm.so+0xed2f94]  Unsafe_PutLong+0x124`."""
    java = _JAVA_FRAME.match(text)
    if java is not None:
        name = f"{java[1].replace('/', '.')}.{java[2]}"
        return Frame(function=name, in_app=java_in_app(name))
    native = _NATIVE_FRAME.match(text)
    if native is not None:
        return Frame(function=(native[2] or "").partition("+0x")[0].strip(), file=native[1])
    return Frame(function=text[3:].strip())

"""The two kinds of lines that make a V8 stack: `at function (file:line:column)`, and the header above them."""

from __future__ import annotations

from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import node_in_app

_ERROR_NAMES = ("Error", "Exception", "Rejection", "Warning", "Failure", "Fault", "Timeout", "Abort", "error")
_NAMED = "(?:" + "|".join(f"(?<={name})" for name in _ERROR_NAMES[:-1]) + ")"
_CODE = r"(?: \[([^\]\n]+)\])?"
_END = r"(?=:[ \n]|[ \t]*\n)"
_HEADERS = tuple(
    lazy(pattern + _CODE + _END)
    for pattern in (
        rf"\n[ \t]*(?:{{ )?(?:\(\w+:\d+\) )?(?:UnhandledPromiseRejectionWarning: |Uncaught )?([\w$.]++){_NAMED}",
        rf"(?<![\w$./-])(?=[A-Z])(?!UnhandledPromiseRejectionWarning: )([\w$.]++){_NAMED}",
        r"(?<![\w$./-])([A-Z][\w$]*+)(?= \[\w*Error\]:)",
        r"(?<![\w$./-])(error)(?=:)",
        r"\n[ \t]*([A-Z](?=[\w$]*[a-z])[\w$]*+)(?=:| \[)",
    )
)
"""A header in the lines above the frames, the surest first: on a line of its own, behind a log's prefix, a class that
only `util.inspect` knows, as `pg` names its errors, a class named like no error."""

_VALUE = lazy(r"(?:<ref \*\d+> )?(\[?)([A-Za-z_$][\w$.]*)" + _CODE + r"(?::(?: (.*))?)?$")
_CODE_NAME = lazy(r"[A-Z][A-Z0-9_]+")
_CODE_FRAME = lazy(r"\n[ \t]*>?[ \t]*\d+ \|")
"""An excerpt of the source, as Jest prints it between the message and the frames."""

_BROKEN_FILE = lazy(r"\n((?:/|\.|file:|[A-Za-z]:\\)[^\n]*):(\d{1,9})\n")
_OTHERS = (".rs", ".c", ".h", ".cc", ".cpp", ".S")
"""Files of backtraces that have the place behind `at` as well: Rust's."""

_EVAL = lazy(r"\(([^()]*):(\d+):(\d+)\)")
_ALIAS = lazy(r" \[as [^\[\]]+\]")


def find_header(gap: str) -> Draft | None:
    """The error whose header stands in the lines before its first frame; the lines behind it are its message."""
    text = f"{gap.rstrip()}\n"
    for pattern in _HEADERS:
        match = pattern.search(text)
        if match is not None:
            break
    else:
        return None
    message = text[match.end() :].removeprefix(":")
    excerpt = _CODE_FRAME.search(message)
    draft = _draft(match[1], match[2] or "", (message[: excerpt.start()] if excerpt else message).strip())
    broken = _BROKEN_FILE.search(text, 0, match.start() + 1) if draft.kind == "SyntaxError" else None
    if broken is not None:
        file = broken[1]
        draft.frames.append(Frame(function="", file=file, line=int(broken[2]), in_app=node_in_app(file)))
    return draft


def read_header(text: str) -> tuple[Draft, str | None] | None:
    """The error that a property's value or a list's item begins with; None where it is no error.

    With it what stands behind `[Error: message]`, the form of errors without frames, or None for the other form. The
    bare `[Error]` of an object that is nested too deep tells nothing.
    """
    match = _VALUE.match(text)
    if match is None:
        return None
    bracket, kind, code, message = match.groups("")
    if not bracket:
        return (_draft(kind, code, message.strip()), None) if message or kind.endswith(_ERROR_NAMES) else None
    at = message.find("] {")
    if at < 0:
        at = message.rfind("]")
    if at <= 0 or not kind.endswith(_ERROR_NAMES):
        return None
    return _draft(kind, code, message[:at]), message[at + 1 :].strip(" ,")


def _draft(kind: str, code: str, message: str) -> Draft:
    draft = Draft(kind, message)
    if _CODE_NAME.fullmatch(code):
        draft.properties["code"] = code
    return draft


@lru_cache(maxsize=4096)
def read_frame(text: str) -> Frame | None:
    """The frame of what stands behind `at `; None where V8 does not print a frame so."""
    text = text.rstrip(" \t,{").removeprefix("async ")
    function, paren, place = text.partition(" (")
    if paren and place.endswith(")"):
        place = place[:-1]
    else:
        function, place = "", text
    if place.startswith("eval at "):
        evaluated = _EVAL.search(place)
        place = ":".join(evaluated.groups()) if evaluated else ""
    file, line, column = _split(place)
    if not line and not (function and place.startswith(("<anonymous>", "native", "index ", "unknown location"))):
        return None
    if not function and ((file[-1:].isdigit() and "/" not in file) or file.endswith(_OTHERS)):
        return None
    return Frame(
        function=_ALIAS.sub("", function),
        file=file,
        line=line,
        column=column,
        in_app=node_in_app(file),
    )


def _split(place: str) -> tuple[str, int, int]:
    """(file, line, column) of `file:line:column`; line and column are 0 where the place has none."""
    rest, _, column = place.rpartition(":")
    file, _, line = rest.rpartition(":")
    if file and line.isdecimal() and column.isdecimal() and len(line) < 10 and len(column) < 10:
        return file, int(line), int(column)
    return place, 0, 0

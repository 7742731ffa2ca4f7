"""PHP's traces: uncaught exceptions, `Next` chains, Monolog's and Laravel's `[object] (…)` with `[stacktrace]`, xdebug's tables.

`#1 /srv/a.php(12): f()` says that f was called at that place, so the place of each frame belongs to the function of the next one; the
place where it was thrown stands in the header. Shapes: Zend's exceptions, Monolog's LineFormatter, xdebug's stack traces.
"""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft
from diagnose.traces.in_app import php_in_app
from diagnose.traces.reader import ChainReader

_LINE = lazy(
    r"\n(?!\n)(?:[ \t]*+(?:"
    r"#\d+ (?:(?P<file>[^\n]*?)\((?P<line>\d{1,9})\)|(?P<internal>\[internal function\]))(?:: (?P<function>[^\n(]*)|(?=\n|\Z))"
    r"|#\d+ (?P<main>\{main\})"
    r"|(?P<stack>Stack trace:|\[stacktrace\])(?=\n)"
    r"|(?P<table>(?:PHP )?(?:Call Stack|Stack trace):)(?=\n)"
    r"|(?:PHP )?(?:[ \t]*[\d.]+[ \t]+\d+)?[ \t]+\d+\. (?P<called>[^\n(]+)\([^\n]*\) (?P<at>\S+):(?P<row>\d{1,9})(?=\n|[ \t]*\Z)"
    r")[^\n]*"
    r"|\[previous exception\] )"
    r"|(?<!\\n\[previous exception\] )\[object\] \((?P<object>[\w\\@]+)\(code: (?P<code>[^()\n]{0,40})\): "
)
_KIND = lazy(
    r"(?:\bUncaught |\nNext )(?P<named>[\w\\]+(?:@anonymous)?)|(?<![\w\\$./-])(?P<looks>(?:[A-Z]\w*\\)+\w+|[A-Z]\w*(?:Exception|Error))(?=: | in )"
)
"""What an exception is called: for sure behind `Uncaught`, else by its looks."""

_PLACE = lazy(r"(?P<file>.+?)(?::| on line )(?P<line>\d{1,9})")
_FATAL = lazy(r"\n(?:\[[^\]\n]{1,60}\] )?(?:PHP )?((?:Fatal|Parse|Compile|Recoverable fatal) error): ++(?!Uncaught )([^\n]*)")
_OBJECT_ENDS = lazy(
    r" at (?P<file>(?:[A-Za-z]:)?[^\n:()]{1,400}(?:\(\d+\) : eval[^\n:]{1,20})?):(?P<line>\d{1,9})(?:\)(?=[\n\"\\]|\Z)|, (?=[\w\\]+\(code: ))"
)
_OBJECT_REACH = 4_096
"""Characters within which an object's message ends."""

_NESTED = lazy(r"(?P<kind>[\w\\]+)\(code: (?P<code>[^()\n]{0,40})\): ")
_CALL_TEXT = lazy(r"\{closure:[^}]*\}")


class PhpTraces:
    """Reads the traces of PHP programs."""

    runtime = "php"
    markers: tuple[str, ...] = ("Stack trace:", "[object] (", "Fatal error: ", "Parse error: ", "Call Stack:")
    samples: tuple[str, ...] = (
        "PHP Fatal error:  Uncaught RuntimeException: no rates in /srv/shop/src/Rates.php:15\nStack trace:\n"
        "#0 /srv/shop/job.php(9): Shop\\Rates->load()\n#1 {main}\n  thrown in /srv/shop/src/Rates.php on line 15",
        '{"exception":"[object] (RuntimeException(code: 0): no rates at /srv/shop/src/Rates.php:15)\n[stacktrace]\n#0 {main}\n"}',
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        return _Reader(text).read()


class _Reader(ChainReader):
    runtime = "php"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.calls: list[tuple[str, int, str]] = []
        """(file, line, function called there) of the open error, the innermost first."""
        self.chained = False
        """True behind `[previous exception]`: the next object is the cause of the open one."""
        self.table = False
        """True in a table of xdebug, the outermost call first."""

    def read(self) -> list[Trace]:
        match = _LINE.search(self.text)
        while match is not None:
            self._take(match)
            match = _LINE.search(self.text, max(self.end, match.end()))
        self._gap(len(self.text))
        self._flush()
        return self.traces

    def _take(self, match: re.Match[str]) -> None:
        if match["object"]:
            self._object(match)
            return
        if match["stack"] and not match[0].lstrip().startswith("["):
            self._thrown(match.start())
        elif match["table"]:
            self._table(match.start())
        elif match["called"]:
            if self.table:
                self.calls.insert(0, (match["at"], int(match["row"]), _name(match["called"])))
        elif match["main"]:
            self._close()
        elif match["line"] or match["internal"]:
            self.calls.append((match["file"] or "", int(match["line"] or 0), _name(match["function"] or "")))
        else:
            self.chained = match[0].startswith("\n[previous")
        self.end = match.end()

    def _gap(self, start: int) -> str:
        """The text before the next structural line; fatal errors without a trace that stand in it become traces."""
        gap = super()._gap(start)
        if "error: " in gap:
            for match in _FATAL.finditer(gap):
                message, _, place = match[2].rpartition(" in ")
                where = _PLACE.fullmatch(place[-1_000:].strip())
                if where is not None:
                    self._begin(_draft(match[1], message, where["file"], where["line"]))
        return gap

    def _thrown(self, start: int) -> None:
        self._add(self._gap(start))

    def _add(self, gap: str) -> None:
        """Open the error that `Kind: message in file:line` names; behind `Next` it is thrown from the one before, its cause."""
        header, _, place = gap.rstrip().rpartition(" in ")
        where = _PLACE.fullmatch(place[-1_000:])
        match = _KIND.search(f"{header} in ") if where is not None else None
        if match is None or where is None:
            self._begin(Draft())
            return
        draft = _draft(match["named"] or match["looks"], header[match.end() :].removeprefix(": "), where["file"], where["line"])
        if match[0].startswith("\nNext ") and self.outermost is not None:
            self._close()
            draft.cause = self.outermost
            self.outermost = self.open = draft
        else:
            self._begin(draft)

    def _table(self, start: int) -> None:
        """A table of xdebug: the last error of a chain gets one instead of a trace, and is named a second time above it."""
        gap = self._gap(start)
        if gap.startswith(("\n\nNext ", "\nNext ")):
            self._add("\n" + gap.strip().partition("\n\n")[0])
        self.table = True

    def _object(self, match: re.Match[str]) -> None:
        """`[object] (Kind(code: 0): message at file:line)`, the causes behind commas in old releases of Monolog."""
        kind, code, start = match["object"], match["code"], match.end()
        while True:
            ends = _OBJECT_ENDS.search(self.text, start, start + _OBJECT_REACH)
            if ends is None or "\\n[" in self.text[ends.end() : ends.end() + 3]:
                self.end = match.end()
                return
            draft = _draft(_single(kind), _single(self.text[start : ends.start()]), _single(ends["file"]), ends["line"])
            if code not in ("0", ""):
                draft.properties["code"] = code
            if self.chained and self.open is not None:
                self._close()
                self.open.cause = draft
                self.open = draft
            else:
                self._begin(draft)
            self.end, self.chained = ends.end(), False
            nested = _NESTED.match(self.text, ends.end()) if ends[0].endswith(", ") else None
            if nested is None:
                return
            kind, code, start, self.chained = nested["kind"], nested["code"], nested.end(), True

    def _close(self) -> None:
        """Give the calls that were read to the open error."""
        if self.open is not None and self.calls:
            self.open.frames = _frames(self.open.frames, self.calls, self.table)
        self.calls, self.table = [], False

    def _flush(self) -> None:
        self._close()
        super()._flush()
        self.chained = False


def _draft(kind: str, message: str, file: str, line: str) -> Draft:
    return Draft(kind.lstrip("\\"), message.strip(), [_frame(file.strip(), int(line), "")])


def _frames(thrown: list[Frame], calls: list[tuple[str, int, str]], table: bool) -> list[Frame]:
    """The place where it was thrown and the places of the calls, each in the function that was running there."""
    places = [(frame.file, frame.line) for frame in thrown[:1]]
    names = [name for _, _, name in calls] + ([] if table else ["{main}"])
    frames: list[Frame] = []
    if places and calls and not table and places[0] == calls[0][:2]:
        frames.append(Frame(function=names.pop(0), file="[internal function]"))  # a function of PHP's own threw
        places = []
    places += [(file, line) for file, line, _ in calls]
    return frames + [_frame(file, line, name) for (file, line), name in zip(places, names, strict=False)]


def _name(function: str) -> str:
    return _CALL_TEXT.sub("{closure}", _single(function)).strip()


def _single(text: str) -> str:
    """Backslashes that the JSON of Monolog's context doubles."""
    return text.replace("\\\\", "\\").replace('\\"', '"').replace("\\/", "/") if "\\" in text else text


@lru_cache(maxsize=4096)
def _frame(file: str, line: int, function: str) -> Frame:
    return Frame(function=function, file=file or "[internal function]", line=line, in_app=bool(line) and php_in_app(file))

"""What V8 and Node print when they abort: a full heap, a failed check, `process.abort()`, with native and JavaScript frames.

`<--- Last few GCs --->` stands above `FATAL ERROR: …`; the JavaScript stack, where there is one, below the native one. Shapes: Node's
node_errors.cc and debug_utils.cc, V8's logging.cc.
"""

from __future__ import annotations

import re

from diagnose.lazy import lazy
from diagnose.model import Frame, Trace
from diagnose.traces.draft import Draft, finish
from diagnose.traces.node_lines import read_frame

_LINE = lazy(
    r"\n(?!\n)(?:"
    r"FATAL ERROR: (?P<fatal>[^\n]+)"
    r"|# Fatal error in (?P<file>[^\n]*?)(?:, line (?P<line>\d{1,9}))?\n# (?P<check>[^\n]+)"
    r"|(?P<native>----- Native stack trace -----)|(?P<script>----- JavaScript stack trace -----)"
    r"|[ \t]*\d{1,3}: (?P<address>0x[0-9a-f]+) (?P<symbol>[^\n]*?) ?\[(?P<module>[^\[\]\n]*)\](?=\n|[ \t]*\Z)"
    r"|\d{1,3}: (?P<call>[^\n]+)"
    r"|(?P<old>==== JS stack trace =+)|[ \t]+\d{1,3}: (?P<entry>[^\n]*?) \[(?P<place>[^\[\]\n:]+):(?P<row>\d{1,9})\][^\n]*"
    r")"
)
_BARE = lazy(r"(?:file://)?/[^\s()]*:\d+:\d+|node:[^\s()]*:\d+:\d+")


class NodeFatalTraces:
    """Reads the last words of V8 and Node."""

    runtime = "node"
    markers: tuple[str, ...] = ("FATAL ERROR: ", "----- Native stack trace -----", "# Fatal error in ")
    samples: tuple[str, ...] = (
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n\n"
        " 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]\n",
    )

    def parse(self, text: str) -> list[Trace]:
        """All traces in the text, in order."""
        found: list[Draft] = []
        script = False
        for match in _LINE.finditer(f"\n{text}"):
            if match["fatal"]:
                found.append(Draft("FATAL ERROR", match["fatal"]))
            elif match["check"]:
                found.append(Draft("Fatal error", match["check"]))
            elif match["native"]:
                script = False
                if not found or found[-1].frames:
                    found.append(Draft("Abort"))
            elif match["script"] or match["old"]:
                script = True
            elif found:
                frame = _frame(match, script)
                if frame is not None:
                    found[-1].frames.append(frame)
        return [trace for draft in found if (trace := finish("node", draft)) is not None]


def _frame(match: re.Match[str], script: bool) -> Frame | None:
    if match["address"]:
        return Frame(function=match["symbol"].partition("(")[0].strip(), file=match["module"])
    if match["call"] and script:
        return read_frame(match["call"])
    if match["entry"] is not None and script:
        return read_frame(f"{match['entry']} ({match['place']}:{match['row']}:0)")
    return None

"""java.util.logging's XMLFormatter: an element a record."""

from __future__ import annotations

import re
from html import unescape

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_ELEMENT = lazy(r"<(date|millis|logger|level|thread|message)>([^<]*)</\1>")
_EXCEPTION = lazy(r"<exception>\s*<message>([^<]*)</message>(.*)", re.DOTALL)
_FRAME = lazy(r"<class>([^<]*)</class>\s*<method>([^<]*)</method>(?:\s*<line>(\d+)</line>)?")


class JavaUtilLoggingXml(BaseFormat):
    """`<record>`, an indented line for each of its parts, `</record>`. The stack has no causes: the formatter leaves them out."""

    name = "jul-xml"
    priority = 35
    start = r"<record>\r?$"
    errors: tuple[str, ...] = (r"<level>SEVERE</level>",)
    samples: tuple[Sample, ...] = (
        Sample(
            "<record>\n  <date>2026-11-23T10:00:00.123456789Z</date>\n  <millis>1795428000123</millis>\n  <logger>com.example.Worker"
            "</logger>\n  <level>SEVERE</level>\n  <message>5 &lt; 6</message>\n  <exception>\n    <message>java.io.IOException: gone"
            "</message>\n    <frame>\n      <class>com.example.Worker</class>\n      <method>&lt;init&gt;</method>\n      <line>7"
            "</line>\n    </frame>\n  </exception>\n</record>",
            "2026-11-23T10:00:00.123456Z",
            "error",
            "5 < 6\njava.io.IOException: gone\n\tat com.example.Worker.<init>(Worker.java:7)",
        ),
        Sample(
            "<record>\n  <date>2026-11-23T10:00:00</date>\n  <level>INFO</level>\n  <message>ready</message>\n</record>",
            "2026-11-23T10:00:00Z",
            "info",
            "ready",
        ),
        Sample(
            "<record>\n  <millis>1795428000123</millis>\n  <level>FINE</level>\n</record>", "2026-11-23T10:00:00.123Z", "debug"
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; what was cut off is left out."""
        exception = _EXCEPTION.search(record)
        found = {name: unescape(text) for name, text in _ELEMENT.findall(record[: exception.start()] if exception else record)}
        header = Header(found.get("message", ""), level=level_of_word(found.get("level", "")), technologies=("java",))
        if exception is not None:
            header.message = f"{header.message}\n{_stack(exception)}".lstrip("\n")
        moment = clock.parse(found.get("date") or found.get("millis") or "")
        if moment is not None:
            header.time, header.resolution = moment
        if found.get("logger"):
            header.fields["logger"] = found["logger"]
        if found.get("thread"):
            header.scope["thread"] = found["thread"]
        return header


def _stack(exception: re.Match[str]) -> str:
    """The exception as Java prints it; the file is the class's own, which the formatter does not name."""
    rows = [unescape(exception[1])]
    for name, method, line in _FRAME.findall(exception[2]):
        file = unescape(name).rpartition(".")[2].partition("$")[0]
        rows.append(f"\tat {unescape(name)}.{unescape(method)}({file}.java{':' + line if line else ''})")
    return "\n".join(rows)

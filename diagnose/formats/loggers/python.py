"""Python's `LEVEL:logger:message` (`logging.basicConfig`) and uvicorn's `LEVEL:    message`."""

from __future__ import annotations

from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(r"(?P<level>[A-Z]+):(?:(?P<logger>[\w.-]+):(?! )| +)")


class PythonLevels(BaseFormat):
    """Lines without a time. uvicorn pads the level to ten characters; `INFO: x` is java.util.logging's second line."""

    name = "python"
    priority = 60
    start = (
        r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[A-Za-z_][\w.-]{0,100}:[^ ]"
        r"|(?:INFO:     |DEBUG:    |TRACE:    |ERROR:    |WARNING:  |CRITICAL: )[^ ]"
    )
    errors: tuple[str, ...] = (r"(?:ERROR|CRITICAL):[A-Za-z_][\w.-]{0,100}:", rf"ERROR{COLOUR}:    ", rf"CRITICAL{COLOUR}: ")
    samples: tuple[Sample, ...] = (
        Sample("ERROR:billing:Exception on /rates/USD [GET]", level="error", message="Exception on"),
        Sample("INFO:sqlalchemy.engine.Engine:SELECT DATABASE()", level="info", message="SELECT"),
        Sample("ERROR:    Exception in ASGI application", level="error", message="Exception in ASGI"),
        Sample("WARNING:  Invalid HTTP request received.", level="warning", message="Invalid HTTP"),
        Sample("INFO:     Started server process [490]", level="info", message="Started server"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], level=level_of_word(match["level"]), technologies=("python",))
        if match["logger"]:
            header.fields["logger"] = match["logger"]
        return header

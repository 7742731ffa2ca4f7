"""Lines that begin with their level and have no time: winston's `simple`, `cli` and `padLevels`, GraphQL Yoga's console."""

from __future__ import annotations

from diagnose.formats.parts.base import COLOUR, BaseFormat
from diagnose.formats.parts.fields import flatten, read_request
from diagnose.formats.parts.graphql import read_answer
from diagnose.formats.parts.levels import level_of_word
from diagnose.formats.parts.structured import header_of
from diagnose.formats.parts.tail import split_tail
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

# npm's and syslog's levels: https://github.com/winstonjs/winston#logging-levels
_WORDS = r"(?:error|warn|info|verbose|debug|silly|emerg|alert|crit|warning|notice|fatal|trace)"
_HTTP = r"http: {1,12}(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /|[0-9a-f:.]{3,45} - )"
"""Go's own messages begin with `http: ` too."""

_QUIET = r"(?:warn|info|verbose|debug|silly|warning|notice|trace)"
_LOUD = r"(?:error|emerg|alert|crit|fatal)"
_LINE = lazy(rf"(?P<level>{_WORDS}|http): +")
_SHORT = lazy(r"(?P<level>ERR|WRN|INF|DBG|TRC) ")


class Levelled(BaseFormat):
    """`info: message {"key":"value"}`, `error:   message`. The object behind the message becomes fields.

    node-postgres' errors are called `error`, so such a line in a stack begins nothing: it is read like this where it stands in
    no other format's record.
    """

    name = "levelled"
    priority = 77
    continues = False
    start = rf"{_QUIET}: {{1,12}}[^ ]|{_LOUD}: {{1,12}}[^ ][^\n]*\}}\r?$|{_HTTP}"
    plain = rf"{_LOUD}: {{1,12}}[^ ]"
    errors: tuple[str, ...] = (rf"{_LOUD}{COLOUR}: {{1,12}}[^ ]",)
    samples: tuple[Sample, ...] = (
        Sample('info: listening on port 6012 {"limits":{"body":"100kb"},"port":6012}', level="info", message="listening on port"),
        Sample(
            'error: no hall {"code":"E_HALL","stack":"TypeError: no hall\\n    at poster (/app/concerts.js:42:36)"}',
            level="error",
            message="no hall",
        ),
        Sample("warn:    no cache configured, concerts are read each time", level="warning", message="no cache"),
        Sample("http: GET /concerts/3 500 12 ms", level="info", message="GET /concerts/3"),
        Sample("debug:    charging", level="debug", message="charging"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; its values may tell its time."""
        match = _LINE.match(record)
        if match is None:
            return None
        word = match["level"]
        line, newline, rest = record[match.end() :].partition("\n")
        data, at = split_tail(line)
        if data is None:
            header = Header(line + newline + rest)
            read_request(header.message, header.fields)
        else:
            message = line[:at].rstrip() + newline + rest
            header = header_of(flatten(data | {"message": message}), clock)
            read_answer(data, header)
        header.level = Level.INFO if word == "http" else level_of_word(word)
        return header


class ShortLevelled(BaseFormat):
    """`ERR message`, with the stack behind it: GraphQL Yoga's console."""

    name = "short-levelled"
    priority = 78
    start = r"(?:ERR|WRN|INF|DBG|TRC) [A-Za-z0-9\"\[{/]"
    errors: tuple[str, ...] = (rf"ERR{COLOUR} [A-Za-z0-9\[{{/]",)
    samples: tuple[Sample, ...] = (
        Sample(
            "ERR TypeError: Cannot read properties of undefined (reading 'name')\n    at poster (file:///app/concerts.js:42:36)",
            level="error",
            message="TypeError: Cannot",
        ),
        Sample("WRN no cache", level="warning", message="WRN no cache"),
        Sample("INF Server is running on http://localhost:4000", level="info", message="INF Server"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record. Redis' error replies, one line each, begin with ERR too: the word stays in them."""
        match = _SHORT.match(record)
        if match is None:
            return None
        return Header(record[match.end() :] if "\n" in record else record, level=level_of_word(match["level"]))

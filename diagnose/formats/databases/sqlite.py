"""What SQLite's shell prints when a statement fails: `Runtime error near line 4: …`, before 3.39 `Error: near line 4: …`."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_PLACE = r"(?: near line \d+| in line \d+)?"
_HEAD = rf"(?:Parse error{_PLACE}: |Runtime error{_PLACE}: |Error: (?:near line \d+: |in prepare, |stepping, ))"
_LINE = lazy(rf"{_HEAD}")
_NUMBER = lazy(r"line (\d+)")
_CODE = lazy(r" \((\d{1,4})\)$")


class SQLiteShell(BaseFormat):
    """The statement and a caret follow on indented lines. The result code stands behind the message."""

    name = "sqlite"
    priority = 79
    start = _HEAD
    errors: tuple[str, ...] = (
        r"(?:Parse|Runtime) error(?: (?:near|in) line \d+)?: ",
        r"Error: (?:near line \d+: |in prepare, |stepping, )",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "Runtime error near line 4: UNIQUE constraint failed: users.email (19)", level="error", message="UNIQUE constraint"
        ),
        Sample(
            'Parse error near line 6: near "SELEC": syntax error\n  SELEC 1;\n  ^--- error here',
            level="error",
            message='near "SELEC"',
        ),
        Sample("Error: near line 3: UNIQUE constraint failed: users.email", level="error", message="UNIQUE constraint"),
        Sample("Error: in prepare, no such table: orders", level="error", message="no such table"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one error; the script's line becomes `script_line`, the result code `code`."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], level=Level.ERROR, technologies=("sqlite",))
        number = _NUMBER.search(match[0])
        if number is not None:
            header.fields["script_line"] = int(number[1])
        code = _CODE.search(header.message.split("\n", 1)[0])
        if code is not None:
            header.fields["code"] = int(code[1])
        return header

"""Jenkins' console with times (Timestamper, Pipeline): `[2026-11-23T10:00:00.123Z] ` before each line that a step prints.

Loggers write such times too, so what is carried is looked at first, and what no other format knows is read as theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.formats.carriers.inner import Inner
from diagnose.formats.loggers.bracketed import Bracketed
from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_STAMP = r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "
_PREFIX = lazy(_STAMP.encode())
_TIME = lazy(r"\[([^\]]+)\] ")
_LATER = lazy(rf"\n{_STAMP}")


class Jenkins(BaseFormat):
    """`[2026-11-23T10:00:00.123Z] text`: lines that go on with the one before are one record with it."""

    name = "jenkins"
    priority = 61
    start = _STAMP
    samples: tuple[Sample, ...] = (
        Sample("[2026-11-23T10:00:00.123Z] + npm test", "2026-11-23T10:00:00.123Z", message="+ npm test"),
        Sample(
            "[2026-11-23T10:00:00.123Z] Traceback (most recent call last):\n"
            '[2026-11-23T10:00:00.123Z]   File "/srv/shop/orders.py", line 12, in pay\n'
            "[2026-11-23T10:00:00.124Z] KeyError: 'id'",
            "2026-11-23T10:00:00.123Z",
            message="Traceback (most recent call last):\n  File",
        ),
        Sample('[2026-11-23T10:00:00.123Z] {"level":50,"msg":"boom"}', "2026-11-23T10:00:00.123Z", "error", "boom"),
    )

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self._logger = Bracketed()
        self.errors = tuple(dict.fromkeys((*Bracketed.errors, *(pattern for form in formats for pattern in form.errors))))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record, of which each line may have a time."""
        match = _TIME.match(record)
        if match is None:
            return None
        record = _LATER.sub("\n", record)
        header = Header(record[match.end() :])
        moment = clock.parse(match[1])
        if moment is not None:
            header.time, header.resolution = moment
        read = self._inner.within(header, clock)
        return read if read is not header else self._logger.parse(record, clock) or header

    def carried(self, line: bytes) -> tuple[bytes, bytes] | None:
        """The line without its time; whose it is nobody says."""
        match = _PREFIX.match(line)
        return None if match is None else (b"", line[match.end() :])

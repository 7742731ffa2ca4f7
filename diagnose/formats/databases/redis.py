"""Redis' own log."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_LINE = lazy(
    r"(?P<process>\d+):(?:signal-handler \((?P<epoch>\d{10})\) "
    r"|(?P<role>[XCSM]) (?P<time>\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}) (?P<sign>[.*#-]) )"
)
_LEVELS = {".": Level.DEBUG, "-": Level.DEBUG, "*": Level.INFO, "#": Level.WARNING}
_ROLES = {"X": "sentinel", "C": "child", "S": "replica", "M": "master"}


class Redis(BaseFormat):
    """`812:M 23 Nov 2026 10:00:00.123 # message`. Redis knows no level above warning (`#`).

    A signal's handler, which may not format a date, writes `812:signal-handler (1795428000) message`.
    """

    name = "redis"
    priority = 24
    start = r"\d{1,10}:(?:[XCSM] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.*#-] |signal-handler \(\d{10}\) )"
    samples: tuple[Sample, ...] = (
        Sample("812:M 23 Nov 2026 10:00:00.123 * Ready to accept connections tcp", "2026-11-23T10:00:00.123Z", "info", "Ready"),
        Sample(
            "812:M 23 Nov 2026 10:00:00.123 # Can't save in background: fork: Cannot allocate memory",
            "2026-11-23T10:00:00.123Z",
            "warning",
            "Can't save",
        ),
        Sample("812:signal-handler (1795428000) Received SIGTERM scheduling shutdown...", "2026-11-23T10:00:00Z", "", "Received"),
        Sample(
            "759:X 23 Nov 2026 10:00:00.742 # +switch-master shop 10.0.0.1 6379 10.0.0.2 6379",
            "2026-11-23T10:00:00.742Z",
            "warning",
        ),
        Sample("9:C 23 Nov 2026 10:00:00.123 - Background saving", "2026-11-23T10:00:00.123Z", "debug", "Background"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], level=_LEVELS.get(match["sign"]), technologies=("redis",))
        moment = clock.parse(match["time"] or match["epoch"])
        if moment is not None:
            header.time, header.resolution = moment
        header.scope["process"] = match["process"]
        if match["role"]:
            header.fields["role"] = _ROLES[match["role"]]
        return header

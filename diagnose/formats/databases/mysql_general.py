"""The general query log of MySQL and MariaDB: every connection and every statement."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_COMMAND = (
    r"(?:Query|Connect|Quit|Execute|Prepare|Close stmt|Reset stmt|Init DB|Field List|Refresh|Statistics|Ping|Change user|"
    r"Reset Connection|Set option|Fetch|Long Data|Kill|Shutdown|Debug|Binlog Dump|Binlog Dump GTID|Register Slave)"
)
_TIME = r"(?:\d{6} [ \d]\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d))"
_LINE = lazy(rf"(?P<time>{_TIME})\t *(?P<thread>\d+) (?P<command>{_COMMAND})\t?")
_CONNECT = lazy(r"(?P<user>[^@\s]*)@(?P<client>\S+) (?:as \S* )?on (?P<database>\S*)")


class MySQLGeneral(BaseFormat):
    """`261123 10:00:00<TAB>     3 Query<TAB>SELECT 1`. MySQL 8 writes ISO times.

    MariaDB leaves the time out where the second is the last one's. Such lines begin with a blank, and so they are a part of the
    record before them: that of their second.
    """

    name = "mysql-general"
    priority = 43
    start = rf"{_TIME}\t {{0,12}}\d{{1,20}} {_COMMAND}(?:\t|\r?$)"
    samples: tuple[Sample, ...] = (
        Sample(
            "261123 10:00:00\t     3 Connect\tapp@127.0.0.1 on shop using TCP/IP",
            "2026-11-23T10:00:00Z",
            message="Connect\tapp@127.0.0.1",
        ),
        Sample(
            "261123 10:00:00\t     3 Query\tSELECT name FROM customers\nWHERE id = 0\n\t\t     3 Quit\t",
            "2026-11-23T10:00:00Z",
            message="Query\tSELECT name FROM customers\nWHERE id = 0",
        ),
        Sample("2026-11-23T10:00:00.123456Z\t    8 Query\tSELECT 1", "2026-11-23T10:00:00.123456Z", message="Query\tSELECT 1"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the connection's number is the thread.

        The message begins with the command, and a statement is no field `statement`: that tells of one program's statements in
        their order, and here those of all connections are mixed.
        """
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.start("command") :], technologies=("mysql",))
        header.fields["command"] = match["command"]
        header.scope["thread"] = match["thread"]
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        connect = _CONNECT.match(record, match.end()) if match["command"] == "Connect" else None
        if connect is not None:
            header.scope.update({name: connect[name] for name in ("user", "database") if connect[name]})
            header.fields["client"] = connect["client"]
        return header

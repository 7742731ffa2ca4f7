"""The error log of MySQL and MariaDB, and their slow query log."""

from __future__ import annotations

import re

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(
    r"(?P<time>\d{4}-\d\d-\d\d[T ][ \d]\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?|\d{6} +\d?\d:\d\d:\d\d) +"
    r"(?:(?P<thread>\d+|0x[0-9a-f]+) )?\[(?P<level>\w+)\] (?:\[(?P<code>MY-\d+)\] )?(?:\[(?P<logger>\w+)\] )?"
)
_SLOW_USER = lazy(
    r"# User@Host: (?P<user>[^\[\s]*)\[[^\]]*\] @ +(?P<host>[^\[\s]*) *\[(?P<address>[^\]]*)\](?: +Id: +(?P<thread>\d+))?"
)
_SLOW_DATABASE = lazy(r"# Thread_id: (?P<thread>\d+)  Schema: (?P<database>\S*)")
_SLOW_NUMBER = lazy(r"\b(Query_time|Lock_time|Rows_sent|Rows_examined|Rows_affected): +(\d+(?:\.\d+)?)")
_SLOW_TIME = lazy(r"^SET timestamp=(\d+(?:\.\d+)?);$", re.MULTILINE)
_NEXT_TIME = lazy(r"\n# Time: [^\n]*\Z")


class MySQL(BaseFormat):
    """MySQL 8: `…Z 12 [ERROR] [MY-010119] [Server] …`; MariaDB: `2026-11-23 10:00:00 12 [Warning] …`, the hour padded."""

    name = "mysql"
    priority = 21
    start = (
        r"(?:\d{4}-\d\d-\d\d[T ][ \d]\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)? (?:\d{1,20}|0x[0-9a-f]{4,16})|\d{6} [ "
        r"\d]\d:\d\d:\d\d)"
        r" \[(?:Note|Warning|ERROR|System)\] "
    )
    errors: tuple[str, ...] = (r" \[ERROR\] ",)
    samples: tuple[Sample, ...] = (
        Sample(
            "2026-11-23 10:00:00 0 [ERROR] InnoDB: Cannot allocate memory for the buffer pool",
            "2026-11-23T10:00:00Z",
            "error",
            "InnoDB: Cannot",
        ),
        Sample(
            "2026-11-23  9:05:01 36 [Warning] Aborted connection 36 to db: 'shop' user: 'shop' host: 'localhost' (Got timeout "
            "reading)",
            "2026-11-23T09:05:01Z",
            "warning",
            "Aborted connection 36",
        ),
        Sample(
            "2026-11-23T10:00:00.123456Z 8 [ERROR] [MY-010119] [Server] Aborting",
            "2026-11-23T10:00:00.123456Z",
            "error",
            "Aborting",
        ),
        Sample("261123 10:00:00 [ERROR] mysqld got signal 11 ;", "2026-11-23T10:00:00Z", "error", "mysqld got signal"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; MySQL's `MY-…` code becomes the field `code`, the connection's number the thread."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], level=level_of_word(match["level"]))
        header.technologies = ("mysql",) if match["code"] else ("mariadb", "mysql")
        moment = clock.parse(match["time"])
        if moment is not None:
            header.time, header.resolution = moment
        if match["thread"] and match["thread"] != "0":
            header.scope["thread"] = match["thread"]
        for name in ("code", "logger"):
            if match[name]:
                header.fields[name] = match[name]
        return header


class MySQLSlow(BaseFormat):
    """The slow query log. `# Time:` stands before a record only where the second changed, so `SET timestamp` tells the time."""

    name = "mysql-slow"
    priority = 23
    start = r"# User@Host: "
    samples: tuple[Sample, ...] = (
        Sample(
            "# User@Host: shop[shop] @ localhost []\n# Thread_id: 36  Schema: shop  QC_hit: No\n"
            "# Query_time: 2.000287  Lock_time: 0.000012  Rows_sent: 1  Rows_examined: 0\nSET timestamp=1795428000;\nselect "
            "sleep(2);",
            "2026-11-23T10:00:00Z",
            message="# User@Host",
        ),
        Sample(
            "# User@Host: shop[shop] @  [10.0.0.5]  Id:     9\n# Query_time: 1.5  Lock_time: 0.000012 Rows_sent: 1  "
            "Rows_examined: 7\n"
            "use shop;\nSET timestamp=1795428000;\nSELECT 1;\n# Time: 2026-11-23T10:00:01.000000Z",
            "2026-11-23T10:00:00Z",
        ),
        Sample("# User@Host: root[root] @ localhost []"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one query; its time becomes `duration_ms`, its text `statement`."""
        message = _NEXT_TIME.sub("", record)
        header = Header(message, technologies=("mysql",))
        moment = _SLOW_TIME.search(message)
        time = clock.epoch(moment[1]) if moment else None
        if moment is not None and time is not None:
            header.time, header.resolution = time
            header.fields["statement"] = message[moment.end() :].strip()
        for name, value in _SLOW_NUMBER.findall(message):
            header.fields[name.lower()] = float(value) if "." in value else int(value)
        if "query_time" in header.fields:
            header.fields["duration_ms"] = header.fields["query_time"] * 1e3
        for pattern in (_SLOW_USER, _SLOW_DATABASE):
            match = pattern.search(message)
            found = match.groupdict() if match else {}
            header.scope.update({name: value for name, value in found.items() if value and name not in ("host", "address")})
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The header line that shows a field."""
        return (r"# Query_time: ",) if name in ("duration_ms", "query_time", "lock_time", "rows_sent", "rows_examined") else ()

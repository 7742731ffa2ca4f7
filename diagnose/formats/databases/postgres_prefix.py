"""PostgreSQL's own log with a `log_line_prefix` that does not begin with the time, or has none.

The severity is believed only beside something else that PostgreSQL writes. Asked last: such lines are rare, and nobody else's.
"""

from __future__ import annotations

from diagnose.formats.databases.postgres import ZONE, PostgreSQL
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.hooks import Sample

_SEVERITY = r"(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|DEBUG[1-5]?|FEHLER|ERREUR|WARNUNG):  [^ ]"
_END = rf"[^\n\"]{{0,120}}[ :>\])|@-]{_SEVERITY}"
_CENTURY = DATE_TIME.replace(r"\d{4}", r"20\d\d", 1)
"""What begins with two literals is found far faster behind a text of any length."""


class PostgreSQLPrefix(PostgreSQL):
    """`[812] ERROR:  …`, `6b076ef9.3fc 3 shop@orders 2026-… UTC ERROR:  …`, `shop@orders ERROR:  …` (through syslog)."""

    name = "postgresql-prefix"
    priority = 83
    start = (
        # the time in brackets; behind names and numbers
        rf"\[{DATE_TIME}{FRACTION} {ZONE}\]{_END}"
        rf"|[\w\[][^\n\"{{}}]{{0,80}} {_CENTURY}{FRACTION} {ZONE}{_END}"
        # an epoch, a session's id, a process, a user
        rf"|(?:\d{{10}}\.\d{{3}}|[0-9a-f]{{8}}\.[0-9a-f]{{1,7}}|\[\d{{1,10}}\]|[\w.-]{{1,64}}@[\w.-]{{1,64}})"
        rf"[ :|-](?:[^\n\"]{{0,120}}[ :>\])|@-])?{_SEVERITY}"
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "1795428000.051 [1050] 23505 shop_app@shop ERROR:  duplicate key", "2026-11-23T10:00:00.051Z", "error", "duplicate"
        ),
        Sample(
            "6b076ef9.3fc 3 shop_app@shop/psql 2026-11-23 10:00:00.183 UTC ERROR:  duplicate key",
            "2026-11-23T10:00:00.183Z",
            "error",
            "duplicate",
        ),
        Sample("[2026-11-23 10:00:00.551 UTC] [1090] [@] LOG:  starting", "2026-11-23T10:00:00.551Z", "info", "starting"),
        Sample(
            "shop_app shop 127.0.0.1 1140 2026-11-23 10:00:00.569 UTC LOG:  starting PostgreSQL",
            "2026-11-23T10:00:00.569Z",
            "info",
            "starting",
        ),
        Sample("[1050] FATAL:  the database system is starting up", "", "fatal", "the database"),
    )

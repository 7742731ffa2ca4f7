"""PostgreSQL's csvlog. Its columns are told in PostgreSQL's manual, 20.8.4 "Using CSV-Format Log Output"."""

from __future__ import annotations

import csv

from diagnose.formats.databases.postgres import DURATION, LEVELS, ZONE, raw_words
from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.model import Header, Level
from diagnose.times import Clock

_COLUMNS = (
    *("time", "user", "database", "process", "client", "session", "session_line", "command", "session_start"),
    *("virtual_transaction", "transaction", "severity", "sqlstate", "message", "detail", "hint"),
    *("internal_query", "internal_position", "context", "statement"),
)
_KEPT = ("client", "command", "sqlstate", "detail", "hint", "context", "statement")
_PARTS = (("DETAIL", "detail"), ("HINT", "hint"), ("QUERY", "internal_query"), ("CONTEXT", "context"), ("STATEMENT", "statement"))
_QUOTED = r"(?:\"[^\"\n]{0,200}\")?"


class PostgreSQLCsv(BaseFormat):
    """One row a record, quoted values may span lines. The message is put together as the text log would tell it."""

    name = "postgresql-csv"
    priority = 19
    start = rf"{DATE_TIME}{FRACTION} {ZONE},{_QUOTED},{_QUOTED},\d{{0,10}},{_QUOTED},[0-9a-f.]{{3,30}},"
    errors: tuple[str, ...] = (rf",{raw_words([word for word, level in LEVELS.items() if level >= Level.ERROR])},[0-9A-Z]{{5}},",)
    samples: tuple[Sample, ...] = (
        Sample(
            '2026-11-23 10:00:00.123 UTC,"shop_app","shop",1997,"127.0.0.1:57992",6b04340a.7cd,3,"INSERT",'
            '2026-11-23 09:59:58 UTC,3/14,742,ERROR,23505,"duplicate key value violates unique '
            'constraint ""users_email_key""","Key (email)=(a@example.com) '
            'already exists.",,,,,"INSERT INTO users (email)\nVALUES ($1)",,,"psql","client backend",,0',
            "2026-11-23T10:00:00.123Z",
            "error",
            'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (email)',
        ),
        Sample(
            '2026-11-23 10:00:00.123 UTC,,,1982,,6b043408.7be,1,,2026-11-23 10:00:00 UTC,,0,LOG,00000,"listening on IPv4 address '
            '""127.0.0.1"", port 5432",,,,,,,,,"","postmaster",,0',
            "2026-11-23T10:00:00.123Z",
            "info",
            'listening on IPv4 address "127.0.0.1"',
        ),
        Sample(
            '2026-11-23 10:00:00.123 CET,"shop_app","shop",7,"[local]",6b043408.7be,1,"SELECT",'
            '2026-11-23 10:00:00 CET,,0,LOG,00000,"duration: 1234.567 ms  statement: select 1",,,,,,,,,"","client backend",,0',
            "2026-11-23T09:00:00.123Z",
            "info",
            "duration: 1234.567 ms",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one row."""
        try:
            row = next(csv.reader(record.splitlines(keepends=True)), [])
        except csv.Error:
            return None
        found = dict(zip(_COLUMNS, row, strict=False))
        level = LEVELS.get(found.get("severity", ""))
        if level is None:
            return None
        parts = [found.get("message", ""), *(f"{label}:  {found[name]}" for label, name in _PARTS if found.get(name))]
        header = Header("\n".join(parts), level=level, technologies=("postgresql",))
        moment = clock.iso(found["time"])
        if moment is not None:
            header.time, header.resolution = moment
        header.scope.update({name: found[name] for name in ("user", "database", "process") if found[name]})
        header.fields.update({name: found[name] for name in _KEPT if found.get(name) and found[name] != "00000"})
        took = DURATION.match(parts[0])
        if took is not None:
            header.fields["duration_ms"] = float(took[1])
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Durations and SQLSTATEs."""
        if name == "duration_ms":
            return (r",00000,\"[^:\"]{3,24}: \d+\.\d{3} ms",)
        return (rf",{raw_words(list(LEVELS))},[0-9A-Z]{{5}},",) if name in _KEPT else ()

"""Captured logs as the tables in `tables/*.yaml` say they must be read.

A table names a `file` below fixtures/ (or holds a `text`), how many `events` it holds in all, and some of them, each by its
first line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.formats.told import differs, told
from tests.kit import FIXTURES, read_yaml

TABLES: list[dict[str, Any]] = [
    table for file in sorted((Path(__file__).parent / "tables").glob("*.yaml")) for table in read_yaml(file)
]


def named(table: dict[str, Any]) -> str:
    return str(table.get("name") or table["file"])


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_log_is_read_as_its_table_says(table: dict[str, Any]) -> None:
    data = table["text"].encode() if "text" in table else (FIXTURES / table["file"]).read_bytes()
    rows = told(data)
    by_line = {row["line"]: row for row in rows}
    faults = []
    for wanted in table["told"]:
        row = by_line.get(wanted["line"])
        if row is None:
            faults.append(f"line {wanted['line']}: no record begins here")
        else:
            faults += [f"line {wanted['line']}: {fault}" for fault in differs(wanted, row)]
    assert not faults, "\n" + "\n".join(faults)
    assert len(rows) == table["events"], f"{len(rows)} events, at lines {[row['line'] for row in rows]}"


def test_the_tables_meet_the_formats_of_applications() -> None:
    met = {wanted.get("format") for table in TABLES for wanted in table["told"]}
    assert met >= {"json", "timed", "bracketed", "access", "python", "nestjs", "levelled", "pino-pretty", "structlog", "debug"}

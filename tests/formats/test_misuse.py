"""Records of the JVM's, Go's, PHP's and .NET's loggers that were cut, glued to the next, or parted by somebody else's line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.told import told
from tests.kit import FIXTURES

NDJSON = b'{"level":50,"time":1795428000123,"msg":"boom"}'

# (log, line where a record of several lines begins, its lines)
WHOLE = (
    ("log4j2/level-first", 6, 15),
    ("log4j2/cassandra", 6, 15),
    ("log4j2/ttcc", 6, 15),
    ("log4j2/thread-and-level", 6, 15),
    ("log4j2/spark", 6, 15),
    ("jul/xml", 42, 35),
    ("go/logrus-terminal", 3, 3),
    ("go/zerolog-plain", 3, 3),
    ("go/zap-production-console", 5, 7),
    ("go/klog", 6, 5),
    ("go/chi", 7, 34),
    ("monolog/line-traces", 6, 11),
    ("laravel/single", 5, 11),
    ("php/error-log", 4, 11),
    ("php/built-in-server", 31, 11),
    ("dotnet/console", 9, 11),
    ("dotnet/console-scopes", 4, 12),
    ("dotnet/serilog-console", 5, 10),
    ("dotnet/nlog", 5, 9),
)


def lines_of(name: str, first: int, count: int) -> list[bytes]:
    lines = (FIXTURES / name / "input.log").read_bytes().split(b"\n")
    return lines[first - 1 : first - 1 + count]


def same(one: dict[str, Any], other: dict[str, Any], *parts: str) -> bool:
    return all(one.get(part) == other.get(part) for part in parts)


@pytest.mark.parametrize(("name", "first", "count"), WHOLE, ids=[row[0] for row in WHOLE])
def test_a_whole_record_is_one_event_after_any_other(name: str, first: int, count: int) -> None:
    record = lines_of(name, first, count)
    alone = told(b"\n".join(record))
    assert len(alone) == 1, [row["message"][:60] for row in alone]
    twice = told(b"\n".join([*record, NDJSON, *record, b""]))
    assert [row["format"] for row in twice] == [alone[0]["format"], "json", alone[0]["format"]]
    for row in (twice[0], twice[2]):
        assert same(row, alone[0], "level", "message", "scope", "fields", "time")


@pytest.mark.parametrize(("name", "first", "count"), WHOLE, ids=[row[0] for row in WHOLE])
def test_a_foreign_line_within_ends_the_record_and_is_read_as_what_it_is(name: str, first: int, count: int) -> None:
    record = lines_of(name, first, count)
    alone = told(b"\n".join(record))[0]
    parted = told(b"\n".join([record[0], record[1], NDJSON, *record[2:]]))
    assert parted[0]["lines"] == 2
    assert same(parted[0], alone, "format", "time")
    assert (parted[1]["format"], parted[1]["level"], parted[1]["message"]) == ("json", "error", "boom")
    assert all(row["format"] == "plain" for row in parted[2:])


@pytest.mark.parametrize(("name", "first", "count"), WHOLE, ids=[row[0] for row in WHOLE])
def test_a_record_that_was_cut_takes_nothing_from_the_next(name: str, first: int, count: int) -> None:
    record = lines_of(name, first, count)
    alone = told(b"\n".join(record))[0]
    whole = b"\n".join(record)
    for at in sorted({*range(0, min(len(record[0]), 60), 7), len(record[0]) - 1, len(whole) // 2, len(whole) - 2}):
        rows = told(whole[:at] + b"\n" + whole)
        assert same(rows[-1], alone, "format", "level", "message", "scope", "fields", "time"), at
        assert rows[-1]["lines"] == count, at


@pytest.mark.parametrize(("name", "first", "count"), WHOLE, ids=[row[0] for row in WHOLE])
def test_two_records_glued_together_are_one(name: str, first: int, count: int) -> None:
    record = lines_of(name, first, count)
    alone = told(b"\n".join(record))[0]
    glued = told(b"\n".join(record) + record[0])
    assert len(glued) == 1
    assert same(glued[0], alone, "format", "time")


# PHP-FPM writes each line of an error with a prefix of its own: children write between each other's lines.
SAID = b'[26-Nov-2026 00:04:05] WARNING: [pool www] child %d said into stderr: "%s"'


def test_the_lines_of_two_children_of_fpm_do_not_mix() -> None:
    one = [b"NOTICE: PHP message: PHP Fatal error:  Uncaught Error: one in /a.php:3", b"Stack trace:", b"#0 {main}"]
    two = [line.replace(b"one", b"two") for line in one]
    document = b"\n".join(SAID % said for pair in zip(one, two, strict=True) for said in ((7, pair[0]), (8, pair[1])))
    rows = told(document)
    assert [(row["line"], row["lines"], row["level"]) for row in rows] == [(1, 3, "fatal"), (2, 3, "fatal")]
    assert [row["message"].count("\n") for row in rows] == [2, 2]
    assert "one" in rows[0]["message"]
    assert "two" not in rows[0]["message"]
    assert rows[0]["time"] == "2026-11-26T00:04:05Z"


@pytest.mark.parametrize(
    ("line", "format_", "message"),
    [
        (SAID[:-4] % 7, "php", "[pool www] child 7 said into stderr: "),
        (SAID % (7, b"worker says hello"), "plain", "worker says hello"),
        (SAID % (7, b"cut off")[:2], "plain", "cut off"),
        (b"Fatal error: Uncaught in the wild", "plain", "Fatal error: Uncaught in the wild"),
        (b"[26-Nov-2026 00:00:00 Nowhere/Else] x", "php", "x"),
        (b"<6>Nov 23 10:00:00 web-1 kernel: x", "syslog", "x"),
        (b"<record>", "jul-xml", ""),
        (b"<records>", "plain", "<records>"),
        (b"25.11.2026 the meeting", "plain", "25.11.2026 the meeting"),
        (b"INFO[0000]", "plain", "INFO[0000]"),
        (b"11:26PM the train", "plain", "11:26PM the train"),
        (b"[notes] 2026/11/25", "plain", "[notes] 2026/11/25"),
    ],
)
def test_what_looks_alike(line: bytes, format_: str, message: str) -> None:
    rows = told(line)
    assert [(row["format"], row.get("message", "")) for row in rows] == [(format_, message)]

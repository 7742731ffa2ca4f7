"""The formats on the logs that real programs wrote (fixtures/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from diagnose.formats import BUILT_IN, WRAPPERS
from diagnose.formats.runners import RUNNERS
from diagnose.hooks import later_of
from diagnose.lines import PLAIN, Line, LineReader
from diagnose.model import Level
from diagnose.times import Clock

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
LOGS = sorted(FIXTURES.rglob("*.log"))
DAY = 86_400_000_000
READER = LineReader(BUILT_IN, WRAPPERS)

LOOKS_LIKE_A_START = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d|\{\"|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\[Nest\] |\d+:[MCSX] \d\d |.{0,80}\" [1-5]\d\d "
)
GOES_ON = re.compile(r"[^\n]{0,120}\b(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION|ANWEISUNG|ZUSAMMENHANG|ANFRAGE|TIPP):  ")
"""PostgreSQL's later lines repeat the prefix."""

TIMELESS = (
    "python",
    "statements",
    "crash",
    "access",
    "mysql-slow",
    "mysql-general",
    "sqlite",
    "journal",
    "ci",
    "kubernetes-events",
    "go",
    "php",
    "jvm",
    "dotnet",
    "jul-xml",
    "levelled",
    "short-levelled",
    "debug",
)
"""Formats some of whose first lines have no time."""

RUNNER_NAMES = {form.name for form in RUNNERS}
UNTOLD = {"mocha", "node-test"}
"""Formats of which a first line alone is not enough."""

UNTIMED = re.compile(r"(?:\[\d+\] )?[A-Z]+:  |(?:kern  :\w+ *: )?\[ *\d+\.\d{6}\] |\[\d+\.\d{3}s\]\[")
"""PostgreSQL without a time in its prefix; the kernel's uptime, and the JVM's."""

QUOTED = re.compile(r"\S+ \S+ (?:\S+\.go:\d+ ERROR: |\w+\[\w+\] @ [^\n]{0,80} ERROR \d+: )")
"""PostgreSQL's error as GORM prints it, and a client's in MariaDB's SQL error log: neither is the record's level."""

LOUD = re.compile(r".{0,60}?(?<![\w.])(?:ERROR|FATAL|CRITICAL)(?![\w.])[\]:| ]")


def lines(path: Path) -> Iterator[tuple[Line, str]]:
    before: dict[bytes, bool] = {}
    for raw in path.read_bytes().split(b"\n"):
        line = READER.read(raw, 0)
        if not before.get(line.stream, False):
            yield line, line.payload.decode("utf-8", "replace")
        before[line.stream] = line.partial


def is_later(payload: bytes) -> bool:
    """Whether a format says that the line belongs to the record before it."""
    return any(re.match(pattern.encode("latin-1"), payload) for form in BUILT_IN for pattern in later_of(form))


@cache
def clock(path: Path) -> Clock:
    """A clock that knows the year as a scan would, by the file's time."""
    return Clock(reference=int(path.stat().st_mtime * 1_000_000))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_real_lines(path: Path) -> None:
    for line, text in lines(path):
        if line.form == PLAIN:
            assert not LOOKS_LIKE_A_START.match(text) or GOES_ON.match(text) or is_later(line.payload), text[:200]
            continue
        form = READER.formats[line.form]
        header = form.parse(text, clock(path))
        if header is None:
            assert line.partial or form.name in UNTOLD, f"{form.name}: {text[:200]}"
            continue
        assert not GOES_ON.match(text) or form.name == "json", text[:200]
        untimed = form.name in TIMELESS or form.name in RUNNER_NAMES or line.outer_time or UNTIMED.match(text)
        if not untimed and not text.startswith(('{"data":', '{"errors":')):  # a GraphQL answer
            assert header.time is not None, f"{form.name}: {text[:200]}"
        if header.time is not None and clock(path).reference is not None:
            # Uptimes and ids must not be taken for times.
            assert -400 * DAY < header.time - (clock(path).reference or 0) < DAY, text[:200]
        if (
            form.name in ("timed", "bracketed", "python", "nestjs", "postgresql", "postgresql-prefix")
            and LOUD.match(text)
            and not QUOTED.match(text)
        ):
            assert header.level is not None, text[:200]
            assert header.level >= Level.ERROR, text[:200]
        if header.level is not None and header.level >= Level.ERROR:
            assert any(re.search(pattern.encode("latin-1"), line.payload) for pattern in form.errors), text[:200]


def test_the_formats_of_the_labs_are_all_met() -> None:
    met = {READER.formats[line.form].name for path in LOGS for line, _ in lines(path) if line.form != PLAIN}
    assert met >= {
        "json",
        "timed",
        "access",
        "postgresql",
        "mysql",
        "nginx",
        "nestjs",
        "bracketed",
        "python",
        "jul",
        "syslog",
        "crash",
    }

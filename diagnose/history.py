"""What was found before: failures, the occasions on which each was seen, and incidents, in one SQLite file.

Runs overlap: a log is scanned each night, rotated, or scanned again with more rules. So what is kept is no count of runs but
*occasions*, stretches of event time without a gap of ten minutes, as the engine tells them; those of several runs are joined like
those of one. Scanning the same log twice, in pieces or at once gives the same history. What has no time is told apart by its first
evidence and counts as one occasion.

A failure is known by its fingerprint; where the code above its blamed line has moved, by its likeness, as in a baseline.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from diagnose.baseline import known_of
from diagnose.errors import UsageError
from diagnose.model import GAP, Finding, Incident, Past, Report
from diagnose.state import user_folder

NAME = "history.sqlite3"
VERSION = 1
OCCASIONS = 2_000
"""Occasions of one failure that are kept; older ones are only counted."""

INCIDENTS = 100_000
"""Incidents that are kept; those told longest ago go first."""

_WAIT = 30.0
_FAR = 1 << 61
_TABLES = (
    "CREATE TABLE IF NOT EXISTS failure (id INTEGER PRIMARY KEY, rule TEXT, place TEXT, likeness TEXT, class TEXT, title TEXT, severity TEXT,"
    " first INTEGER, last INTEGER, before INTEGER DEFAULT 0, settled INTEGER, sources TEXT)",
    "CREATE INDEX IF NOT EXISTS failure_likeness ON failure (rule, place, likeness)",
    "CREATE TABLE IF NOT EXISTS print (fingerprint TEXT PRIMARY KEY, failure INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS occasion (failure INTEGER, first INTEGER, last INTEGER, mark TEXT DEFAULT '')",
    "CREATE INDEX IF NOT EXISTS occasion_failure ON occasion (failure, last)",
    "CREATE TABLE IF NOT EXISTS incident (id INTEGER PRIMARY KEY, root INTEGER, first INTEGER, last INTEGER, told INTEGER, members TEXT)",
    "CREATE INDEX IF NOT EXISTS incident_root ON incident (root, last)",
)
"""`failure.before`: occasions that are counted and no longer kept; all of them end before `settled`."""


@dataclass(frozen=True)
class Known:
    """A failure as the history has it. `sources`: where it was seen last."""

    number: int
    rule: str
    of_class: str
    title: str
    severity: str
    first: int
    last: int
    times: int
    fingerprints: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """An incident as the history has it: its root, when it happened, and how many failures it tied together."""

    root: Known
    first: int
    last: int
    members: tuple[int, ...]


def user_history() -> Path:
    """The history of a user who names none."""
    return user_folder() / NAME


class History:
    """One file, for any number of runs at once. `now`: the run's. Raises UsageError where it cannot be used."""

    def __init__(self, path: Path, now: int, *, make: bool = True) -> None:
        self._now = now
        self.path = path
        self.trouble = ""
        """Why it could not be written to, or empty."""
        if not make and not path.exists():
            raise UsageError(f"there is no history at {path}: diagnose scan --history keeps one")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._database = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise UsageError(f"the history {path} is that of another version of diagnose")
            if not version:
                with self._transaction():
                    for table in _TABLES:
                        self._database.execute(table)
                    self._database.execute(f"PRAGMA user_version = {VERSION}")
        except OSError as error:
            raise UsageError(f"the history {path} cannot be used: {error.strerror or error}") from error
        except sqlite3.Error as error:
            raise UsageError(f"the history {path} cannot be used: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    # ------------------------------------------------------------ what a run adds

    def told(self, report: Report) -> Report:
        """Keep what a run found, and tell with each finding what was seen of it before.

        Where the file takes nothing, `trouble` says why, nothing of the run is kept, and the report stays as it is.
        """
        try:
            with self._transaction():
                return self._keep(report)
        except sqlite3.Error as error:
            self.trouble = f"the history {self.path} was not written: {error}"
            return report

    def _keep(self, report: Report) -> Report:
        numbers = self._numbers(report.findings)
        findings = []
        for finding in report.findings:
            number, is_new = numbers[finding.fingerprint]
            self._describe(number, finding)
            findings.append(replace(finding, past=self._count(number, finding, is_new)))
        for incident in report.incidents:
            self._incident(incident, {name: number for name, (number, _) in numbers.items()})
        self._forget()
        return replace(report, findings=tuple(findings))

    def _numbers(self, findings: Iterable[Finding]) -> dict[str, tuple[int, bool]]:
        """The failure of each finding by fingerprint, and whether it is new: those known by fingerprint go first."""
        numbers: dict[str, tuple[int, bool]] = {}
        rest = []
        for finding in findings:
            row = self._row("SELECT failure FROM print WHERE fingerprint = ?", finding.fingerprint)
            if row is None:
                rest.append(finding)
            else:
                numbers[finding.fingerprint] = (row[0], False)
        taken = {number for number, _ in numbers.values()}
        for finding in rest:
            rule, place, likeness = map(_text, known_of(finding).likeness)
            alike = "SELECT id FROM failure WHERE rule = ? AND place = ? AND likeness = ? ORDER BY last DESC, id"
            known = [row[0] for row in self._rows(alike, rule, place, likeness) if row[0] not in taken] if place else []
            if known:
                number = int(known[0])
            else:
                made = "INSERT INTO failure (rule, place, likeness) VALUES (?, ?, ?)"
                number = int(self._database.execute(made, (rule, place, likeness)).lastrowid or 0)
            taken.add(number)
            numbers[finding.fingerprint] = (number, not known)
            self._database.execute("INSERT INTO print VALUES (?, ?)", (finding.fingerprint, number))
        return numbers

    def _describe(self, number: int, finding: Finding) -> None:
        values = (finding.of_class, _text(finding.title), finding.severity.name.lower(), json.dumps(finding.sources), number)
        self._database.execute("UPDATE failure SET class = ?, title = ?, severity = ?, sources = ? WHERE id = ?", values)

    def _count(self, number: int, finding: Finding, is_new: bool) -> Past:
        """Add the occasions of a finding; what is known then."""
        if finding.episodes:
            settled = (self._row("SELECT settled FROM failure WHERE id = ?", number) or (None,))[0]
            for first, last in finding.episodes:
                if settled is None or last > settled:
                    self._join(number, _near(first), _near(last))
        else:
            mark = _mark(finding)
            if self._row("SELECT 1 FROM occasion WHERE failure = ? AND mark = ?", number, mark) is None:
                self._database.execute("INSERT INTO occasion VALUES (?, ?, ?, ?)", (number, self._now, self._now, mark))
        self._settle(number)
        first, last, count = self._rows("SELECT min(first), max(last), count(*) FROM occasion WHERE failure = ?", number)[0]
        ((before, start),) = self._rows("SELECT before, first FROM failure WHERE id = ?", number)
        first = first if start is None else min(first, start)
        self._database.execute("UPDATE failure SET first = ?, last = ? WHERE id = ?", (first, last, number))
        return Past(first, last, before + count, max(0, self._now - first), is_new)

    def _join(self, number: int, first: int, last: int) -> None:
        near = "failure = ? AND mark = '' AND last > ? AND first < ?"
        met = self._rows(f"SELECT first, last FROM occasion WHERE {near}", number, first - GAP, last + GAP)
        if met == [(first, last)]:
            return
        self._database.execute(f"DELETE FROM occasion WHERE {near}", (number, first - GAP, last + GAP))
        first, last = min([first, *(one[0] for one in met)]), max([last, *(one[1] for one in met)])
        self._database.execute("INSERT INTO occasion (failure, first, last) VALUES (?, ?, ?)", (number, first, last))

    def _settle(self, number: int) -> None:
        """Of a failure that was seen on very many occasions the oldest are only counted."""
        count = (self._row("SELECT count(*) FROM occasion WHERE failure = ?", number) or (0,))[0]
        if count <= OCCASIONS:
            return
        oldest = "SELECT rowid FROM occasion WHERE failure = ? ORDER BY last LIMIT ?"
        more = count - OCCASIONS
        first, last = self._rows(f"SELECT min(first), max(last) FROM occasion WHERE rowid IN ({oldest})", number, more)[0]
        self._database.execute(f"DELETE FROM occasion WHERE rowid IN ({oldest})", (number, more))
        values = (more, last, first, first, number)
        self._database.execute(
            "UPDATE failure SET before = before + ?, settled = ?, first = min(coalesce(first, ?), ?) WHERE id = ?", values
        )

    def _incident(self, incident: Incident, numbers: dict[str, int]) -> None:
        """Keep an incident; one with the same root at the same time is the same one."""
        root = numbers[incident.root]
        timed = incident.first_seen is not None and incident.last_seen is not None
        first, last = (_near(incident.first_seen or 0), _near(incident.last_seen or 0)) if timed else self._untimed(root)
        members = {numbers[name] for name in incident.findings}
        met = self._rows(
            "SELECT id, first, last, members FROM incident WHERE root = ? AND last > ? AND first < ?",
            root,
            first - GAP,
            last + GAP,
        )
        for number, start, end, others in met:
            first, last = min(first, start), max(last, end)
            members.update(json.loads(others))
            self._database.execute("DELETE FROM incident WHERE id = ?", (number,))
        self._database.execute(
            "INSERT INTO incident (root, first, last, told, members) VALUES (?, ?, ?, ?, ?)",
            (root, first, last, self._now, json.dumps(sorted(members))),
        )

    def _untimed(self, root: int) -> tuple[int, int]:
        first, last = self._rows("SELECT min(first), max(last) FROM occasion WHERE failure = ?", root)[0]
        return int(first), int(last)

    def _forget(self) -> None:
        kept = "SELECT id FROM incident ORDER BY told DESC, id DESC LIMIT ?"
        self._database.execute(f"DELETE FROM incident WHERE id NOT IN ({kept})", (INCIDENTS,))

    # ------------------------------------------------------------ what a person asks

    def incidents(self, since: int | None = None, most: int = 50) -> list[Kept]:
        """The incidents that ended last, the latest first. Raises UsageError for a damaged file."""
        query = "SELECT root, first, last, members FROM incident WHERE last >= ? ORDER BY last DESC, id DESC LIMIT ?"
        with self._asking():
            rows = self._rows(query, -_FAR if since is None else since, most)
            return [Kept(self._known(root), first, last, tuple(json.loads(members))) for root, first, last, members in rows]

    def failure(self, fingerprint: str) -> Known:
        """The failure of a fingerprint or of its beginning. Raises UsageError where there is none, or several."""
        with self._asking():
            like = fingerprint.lower()
            rows = self._rows("SELECT DISTINCT failure FROM print WHERE substr(fingerprint, 1, ?) = ?", len(like), like)
            if len(rows) == 1:
                return self._known(rows[0][0])
        what = "knows no finding whose fingerprint is" if not rows else "knows several findings whose fingerprints begin with"
        raise UsageError(f"the history {self.path} {what} {fingerprint!r}")

    def occasions(self, known: Known, most: int = 20) -> list[tuple[int, int]]:
        """When a failure was seen, the latest first."""
        with self._asking():
            return self._rows("SELECT first, last FROM occasion WHERE failure = ? ORDER BY last DESC LIMIT ?", known.number, most)

    def _known(self, number: int) -> Known:
        rule, of_class, title, severity, first, last, before, sources = self._rows(
            "SELECT rule, class, title, severity, first, last, before, sources FROM failure WHERE id = ?", number
        )[0]
        times = before + (self._row("SELECT count(*) FROM occasion WHERE failure = ?", number) or (0,))[0]
        prints = tuple(
            row[0] for row in self._rows("SELECT fingerprint FROM print WHERE failure = ? ORDER BY fingerprint", number)
        )
        return Known(number, rule, of_class, title, severity, first, last, times, prints, tuple(json.loads(sources)))

    # ------------------------------------------------------------ the database

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, IndexError) as error:
            raise UsageError(f"the history {self.path} is damaged: {error}") from error

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    def _row(self, query: str, *values: Any) -> Sequence[Any] | None:
        rows = self._rows(query, *values)
        return rows[0] if rows else None


def _mark(finding: Finding) -> str:
    """What tells occasions without time apart: the first evidence."""
    place = [(proof.source, proof.offset, proof.text) for proof in finding.evidence[:1]]
    return sha256(json.dumps([finding.count if not place else 0, place]).encode()).hexdigest()[:16]


def _text(text: str) -> str:
    """What SQLite can keep: a log may hold halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def _near(time: int) -> int:
    """A time that fits into 64 bits."""
    return max(-_FAR, min(_FAR, time))

"""The history: whatever the runs were, it tells of each failure when it was first seen and on how many occasions since."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose import history as module
from diagnose.errors import UsageError
from diagnose.history import GAP, History
from diagnose.model import SECOND, Finding, Incident, Past, Report
from diagnose.visible import ago, times_since
from tests.kit import NOW, scan_bytes
from tests.shell import shell, write_rules

DAY = 86_400 * SECOND
WEEK = 7 * DAY


def report(*names: str, blame: str = "", episodes: tuple[tuple[int, int], ...] = ((NOW, NOW),)) -> Report:
    """A report with one finding for each name, the first one the root of all."""
    base = scan_bytes(b"2026-11-23T10:00:00Z ERROR connect ECONNREFUSED 10.0.3.7:5432\n")
    finding = base.findings[0]
    findings = tuple(replace(finding, fingerprint=name, title=name, blame=blame, episodes=episodes) for name in names)
    first, last = (episodes[0][0], episodes[-1][1]) if episodes else (None, None)
    return replace(base, findings=findings, incidents=(Incident(names[0], names, first, last),))


def told(path: Path, *reports: Report, now: int = NOW) -> list[Past]:
    """What is said of the first finding of each report."""
    pasts = []
    for one in reports:
        book = History(path, now)
        past = book.told(one).findings[0].past
        assert past is not None
        pasts.append(past)
        assert book.trouble == ""
        book.close()
    return pasts


def at(*hours: int) -> tuple[tuple[int, int], ...]:
    return tuple((NOW + hour * 3_600 * SECOND, NOW + hour * 3_600 * SECOND + SECOND) for hour in hours)


def test_a_finding_says_when_it_was_first_seen_and_how_often_since(tmp_path: Path) -> None:
    (new,) = told(tmp_path / "h", report("a", episodes=at(0)))
    assert (new.is_new, new.times, times_since(new)) == (True, 1, "not seen before")
    (again,) = told(tmp_path / "h", report("a", episodes=at(24, 48)), now=NOW + 3 * WEEK)
    assert (again.first_seen, again.times, times_since(again)) == (NOW, 3, "first seen 3 weeks ago, 2 times since")


def test_the_same_log_read_twice_in_pieces_or_longer_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "h"
    assert [past.times for past in told(path, *[report("a", episodes=at(0, 2, 4))] * 2)] == [3, 3]
    assert told(path, report("a", episodes=at(4, 6)), report("a", episodes=at(0)))[-1].times == 4
    stretch = ((NOW, NOW + 2 * 3_600 * SECOND + SECOND),)
    assert told(path, report("a", episodes=stretch))[0].times == 3


HOURS = st.lists(st.integers(0, 40), min_size=1, max_size=12)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(HOURS, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=5), st.randoms())
def test_how_the_time_was_divided_among_runs_does_not_matter(
    minutes: list[int], windows: list[tuple[int, int]], draw: object
) -> None:
    """Law 2 for the history: any windows that cover all give what one scan gives."""

    def joined(chosen: list[int]) -> tuple[tuple[int, int], ...]:
        met: list[list[int]] = []
        for time in sorted(NOW + minute * 300 * SECOND for minute in chosen):
            if met and time < met[-1][1] + GAP:
                met[-1][1] = time
            else:
                met.append([time, time])
        return tuple((first, last) for first, last in met)

    covering = [(0, 40), *windows]
    with tempfile.TemporaryDirectory() as folder:
        pieces = [some for first, last in windows if (some := [m for m in minutes if first <= m <= last])]
        rest = [m for m in minutes if not any(first <= m <= last for first, last in windows)]
        parts = [joined(some) for some in (*pieces, rest) if some]
        draw.shuffle(parts)  # type: ignore[attr-defined]
        many = told(Path(folder) / "many", *(report("a", episodes=part) for part in parts))[-1]
        one = told(Path(folder) / "one", report("a", episodes=joined(minutes)))[-1]
        assert replace(many, is_new=True) == one, covering


def test_what_has_no_time_counts_once_for_each_first_evidence(tmp_path: Path) -> None:
    timeless = report("a", episodes=())
    proof = replace(timeless.findings[0].evidence[0], offset=77)
    other = replace(timeless, findings=(replace(timeless.findings[0], evidence=(proof,)),))
    assert [past.times for past in told(tmp_path / "h", timeless, timeless, other, timeless)] == [1, 1, 2, 2]


def test_a_failure_is_known_though_its_line_has_moved_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "h"
    told(path, report("one", blame="src/a.js:10 in f"))
    moved = replace(report("two", blame="src/a.js:14 in f").findings[0], title="one")
    stranger = replace(moved, fingerprint="three")
    book = History(path, NOW)
    base = report("two")
    found = book.told(replace(base, findings=(moved, stranger), incidents=())).findings
    assert [finding.past and finding.past.is_new for finding in found] == [False, True]
    assert book.failure("two").fingerprints == ("one", "two")
    assert book.failure("tw") == book.failure("one")
    with pytest.raises(UsageError, match="several findings"):
        book.failure("t")
    with pytest.raises(UsageError, match="knows no finding"):
        book.failure("nobody")
    book.close()


def test_the_oldest_of_very_many_occasions_are_only_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OCCASIONS", 5)
    many = report("a", episodes=at(*range(0, 40, 2)))
    past = told(tmp_path / "h", many, many)[-1]
    assert (past.times, past.first_seen) == (20, NOW)
    with sqlite3.connect(tmp_path / "h") as database:
        assert database.execute("SELECT count(*) FROM occasion").fetchone() == (5,)
    database.close()


def test_incidents_are_kept_and_the_same_one_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h"
    told(
        path,
        report("a", "b", episodes=at(0)),
        report("a", "c", episodes=at(0)),
        report("a", episodes=at(9)),
        report("z", episodes=()),
    )
    book = History(path, NOW)
    kept = book.incidents()
    assert [(one.root.fingerprints, len(one.members)) for one in kept] == [(("a",), 1), (("a",), 3), (("z",), 1)]
    assert [one.root.times for one in book.incidents(since=NOW + 3_600 * SECOND)] == [2]
    assert len(book.incidents(most=1)) == 1
    monkeypatch.setattr(module, "INCIDENTS", 1)
    book.told(report("q", episodes=at(50)))
    assert [one.root.fingerprints for one in book.incidents()] == [("q",)]
    book.close()


def test_several_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    books = [History(tmp_path / "h", NOW) for _ in range(3)]
    for number, book in enumerate(books):
        book.told(report("a", episodes=at(number * 5)))
    assert books[0].failure("a").times == 3
    for book in books:
        book.close()


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be one\n" * 40, b"SQLite format 3\0" + b"\xff" * 600]
)
def test_what_is_no_history_is_told_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be used"):
        History(path, NOW)
    assert path.read_bytes() == content
    with pytest.raises(UsageError, match="cannot be used"):
        History(tmp_path / "h" / "below", NOW)
    with pytest.raises(UsageError, match="there is no history"):
        History(tmp_path / "none", NOW, make=False)
    assert not (tmp_path / "none").exists()
    with sqlite3.connect(tmp_path / "other") as database:
        database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(UsageError, match="another version"):
        History(tmp_path / "other", NOW)


def test_a_disk_that_takes_nothing_costs_the_history_and_not_the_report(tmp_path: Path) -> None:
    book = History(tmp_path / "h", NOW)
    size = book._database.execute("PRAGMA page_count").fetchone()[0]
    book._database.execute(f"PRAGMA max_page_count = {size}")
    made = report(*(f"{number:012d}" for number in range(300)))
    assert book.told(made) is made
    assert "full" in book.trouble
    assert book.incidents() == []
    book.close()


def test_strange_times_and_texts_are_kept(tmp_path: Path) -> None:
    made = report("a", episodes=((-(1 << 80), 1 << 80),))
    strange: Finding = replace(
        made.findings[0], title="half \ud800 a character\0", sources=("caf\udce9",), blame="\udcff.py:1 in f"
    )
    book = History(tmp_path / "h", NOW)
    book.told(replace(made, findings=(strange,)))
    assert book.failure("a").sources == ("caf\udce9",)
    assert len(book.incidents()) == 1
    book.close()


AGES = {
    0: "just now", 61: "1 minute ago", 7_199: "119 minutes ago", 86_400: "24 hours ago", 21 * 86_400: "3 weeks ago",
    40 * 86_400: "5 weeks ago", 99 * 86_400: "3 months ago", 800 * 86_400: "2 years ago", -5: "just now",
}  # fmt: skip


@pytest.mark.parametrize(("age", "words"), AGES.items())
def test_ages_are_told_in_words(age: int, words: str) -> None:
    assert ago(age * SECOND) == words


# ---------------------------------------------------------------- the program


def line(hour: int, part: str = "fan", day: int = 23) -> str:
    return f"2026-11-{day:02d}T{hour:02d}:00:00Z ERROR the {part} broke down\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    write_rules(tmp_path / "rules")
    (tmp_path / "diagnose.toml").write_text('rules = "rules"\nrule = "tiny/*"\nhistory-file = "h.sqlite3"\n')
    (tmp_path / "a.log").write_text(line(1) + line(9) + line(9, "pump"))
    return tmp_path


@pytest.mark.slow
def test_scans_remember_and_the_history_is_shown(desk: Path) -> None:
    first = shell("scan", "a.log", "--format", "json", cwd=desk).report
    assert [finding["history"]["new"] for finding in first["findings"]] == [True, True]
    (desk / "b.log").write_text(line(12))
    second = shell("scan", "b.log", "--format", "json", cwd=desk).report
    (fan,) = second["findings"]
    assert (fan["history"]["times"], fan["history"]["new"], fan["history"]["first_seen"]) == (3, False, "2026-11-23T01:00:00Z")
    page = shell("scan", "b.log", "--no-color", cwd=desk).out
    assert "first seen" in page
    assert "2 times since" in page
    listed = shell("history", cwd=desk)
    assert (listed.code, "The fan broke" in listed.out, "explains 1 more" in listed.out) == (0, True, True)
    data = json.loads(shell("history", fan["fingerprint"][:8], "--format", "json", cwd=desk).out)
    assert [one["first_seen"][11:13] for one in data["occasions"]] == ["12", "09", "01"]
    assert data["sources"] == ["b.log"]
    assert "known as    " + fan["fingerprint"] in shell("history", fan["fingerprint"], cwd=desk).out
    assert shell("history", "--since", "2027-01-01", cwd=desk).out == "no incident is known since then\n"
    assert shell("history", "ffff", cwd=desk).code == 2
    silent = shell("scan", "b.log", "--format", "json", "--config", "/dev/null", "--rules", "rules", "--rule", "tiny/*", cwd=desk)
    assert silent.report["findings"][0]["history"] is None
    assert shell("scan", "b.log", "--history-file", "a.log", cwd=desk).code == 2


@pytest.mark.slow
def test_a_follow_up_reads_only_around_a_finding(desk: Path) -> None:
    (desk / "o.log").write_text(line(3, "door") + line(9, "lamp") + line(20, "roof"))
    report = shell("scan", "a.log", "--format", "json", "--rules", "rules", cwd=desk)
    (desk / "r.json").write_text(report.out)
    pump = next(finding for finding in report.report["findings"] if "pump" in finding["title"])
    by_report = shell("scan", "a.log", "o.log", "--follow-up", f"r.json:{pump['fingerprint']}", "--format", "json", cwd=desk)
    assert sorted(by_report.titles) == ["The fan broke", "The lamp broke", "The pump broke"]
    assert {finding["count"] for finding in by_report.report["findings"]} == {1}
    fan = next(finding for finding in report.report["findings"] if "fan" in finding["title"])
    alone = shell("scan", "--follow-up", fan["fingerprint"][:6], "--format", "json", cwd=desk)
    assert sorted(alone.titles) == ["The fan broke", "The pump broke"]  # its last occasion, in its own file
    for wrong in ("r.json:ffff", "nothing.json:a", "ffff", "a.log:a"):
        said = shell("scan", "--follow-up", wrong, cwd=desk)
        assert (said.code, "Traceback" in said.err) == (2, False), wrong


@pytest.mark.slow
def test_a_follow_up_of_what_has_no_time_reads_its_place(desk: Path) -> None:
    filler = "all is well here, as it was on the line before and will be below\n"
    padding = filler * (17_000_000 // len(filler))
    (desk / "t.log").write_text("the fan broke down\n" + padding + "the pump broke down\n" + filler * 50_000)
    report = shell("scan", "t.log", "--format", "json", cwd=desk)
    (desk / "r.json").write_text(report.out)
    pump = next(finding for finding in report.report["findings"] if "pump" in finding["title"])
    again = shell("scan", "a.log", "t.log", "--follow-up", f"r.json:{pump['fingerprint']}", "--format", "json", cwd=desk).report
    assert [finding["evidence"][0] for finding in again["findings"]] == [pump["evidence"][0]]
    assert again["summary"]["bytes"] < 3_000_000

"""What was known before does not fail a run; what is new does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.baseline import SCHEMA, Baseline, known_of, load_baseline
from diagnose.errors import UsageError
from diagnose.model import Finding, Proof
from tests.shell import DOOR, FAN, PUMP, call
from tests.strange import finding

# ---------------------------------------------------------------- the command line


@pytest.mark.slow
def test_a_known_finding_fails_no_run_and_a_new_one_does(desk: Path, rules: Path) -> None:
    words = ["--rules", rules, "--rule", "tiny/*", "app.log"]
    assert call("scan", *words).code == 1
    said = call("baseline", *words)
    assert said.code == 0
    assert "diagnose-baseline.json: 1 finding known" in said.out
    same = call("scan", *words, "--baseline", "diagnose-baseline.json", "--format", "json")
    assert (same.code, [one["baseline"] for one in same.report["findings"]]) == (0, ["known"])
    assert "known before" in call("scan", *words, "--baseline", "diagnose-baseline.json").out
    (desk / "app.log").write_text(FAN + PUMP)
    new = call("scan", *words, "--baseline", "diagnose-baseline.json", "--format", "json")
    assert new.code == 1
    assert {one["title"]: one["baseline"] for one in new.report["findings"]} == {
        "The fan broke": "known",
        "The pump broke": "new",
    }
    assert [one["baseline"] for one in call("scan", *words, "--format", "json").report["findings"]] == [None, None]


def test_reports_of_any_verb_make_a_baseline_too(desk: Path, rules: Path) -> None:
    words = ["--rules", rules, "--rule", "tiny/*"]
    call("scan", *words, "app.log", "--output", "json:fan.json")
    (desk / "other.log").write_text(PUMP)
    assert call("baseline", *words, "fan.json", "other.log", "--file", "known.json").code == 0
    assert [one["title"] for one in json.loads((desk / "known.json").read_text())["findings"]] == [
        "The fan broke",
        "The pump broke",
    ]
    assert call("scan", *words, "app.log", "other.log", "--baseline", "known.json").code == 0
    only = call("baseline", "fan.json", "--file", "one.json")
    assert (only.code, len(json.loads((desk / "one.json").read_text())["findings"])) == (0, 1)


def test_the_file_is_the_same_whenever_it_is_written(desk: Path, rules: Path) -> None:
    words = ["--rules", rules, "--rule", "tiny/*"]
    (desk / "app.log").write_text(FAN + PUMP + DOOR)
    call("baseline", *words, "app.log", "--file", "a.json")
    (desk / "app.log").write_text(FAN.replace("10:00", "11:30") + DOOR + PUMP + FAN)
    call("baseline", *words, "app.log", "--file", "b.json")
    assert (desk / "a.json").read_bytes() == (desk / "b.json").read_bytes()


def test_nothing_is_written_where_something_was_not_read(desk: Path, rules: Path) -> None:
    said = call("baseline", "--rules", rules, "--rule", "tiny/*", "app.log", "missing.log")
    assert said.code == 3
    assert "missing.log" in said.err
    assert not (desk / "diagnose-baseline.json").exists()


def test_the_settings_may_name_it_from_their_own_folder(desk: Path, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("baseline", "--rules", rules, "--rule", "tiny/*", "app.log", "--file", "known.json")
    (desk / "diagnose.toml").write_text('baseline = "known.json"\n')
    (desk / "deep").mkdir()
    monkeypatch.chdir(desk / "deep")
    assert call("scan", "--rules", rules, "--rule", "tiny/*", "../app.log").code == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no baseline"),
        ('{"schema": "diagnose.report/1", "findings": []}', "is no baseline"),
        (f'{{"schema": "{SCHEMA}"}}', "not in order"),
        (f'{{"schema": "{SCHEMA}", "findings": 3}}', "not in order"),
        (f'{{"schema": "{SCHEMA}", "findings": [{{"rule": "a/b"}}]}}', "not in order"),
        (
            f'{{"schema": "{SCHEMA}", "findings": [{{"rule": 1, "place": "", "title": "", "fingerprint": ""}}]}}',
            "a field is no text",
        ),
    ],
)
def test_a_file_that_is_none_is_told_before_anything_is_read(desk: Path, rules: Path, content: str | None, reason: str) -> None:
    if content is not None:
        (desk / "known.json").write_text(content)
    said = call("scan", "--rules", rules, "missing.log", "--baseline", "known.json")
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert "missing.log" not in said.err


def test_a_place_that_takes_no_file_is_told(desk: Path) -> None:
    assert call("baseline", "app.log", "--file", "nowhere/x").code == 2
    assert call("baseline", "app.log", "--file", ".").code == 2


# ---------------------------------------------------------------- what is the same


def states(baseline: Baseline, *findings: Finding) -> list[str]:
    return [one.baseline for one in baseline.mark(findings)]


@pytest.mark.slow
def test_a_moved_line_is_the_same_finding() -> None:
    before = finding(1, blame="/srv/app/src/repo.js:42:7 in find")
    moved = replace(before, fingerprint="other", blame="/srv/app/src/repo.js:57:7 in find")
    assert known_of(before).place == "/srv/app/src/repo.js in find"
    assert states(Baseline([known_of(before)]), moved) == ["known"]
    elsewhere = replace(moved, blame="/srv/app/src/repo.js:57:7 in save")
    assert states(Baseline([known_of(before)]), elsewhere) == ["new"]


def test_each_entry_stands_for_one_finding() -> None:
    """A second query in a loop of the same function is new, whichever of them moved."""
    before = finding(1, blame="a.js:1 in f")
    moved, second = replace(before, fingerprint="x", blame="a.js:5 in f"), replace(before, fingerprint="y", blame="a.js:9 in f")
    assert states(Baseline([known_of(before)]), moved, second) == ["known", "new"]
    assert states(Baseline([known_of(before)]), second, before) == ["new", "known"]


def test_without_a_place_only_the_fingerprint_counts() -> None:
    before = finding(1)
    assert not before.blame
    assert states(Baseline([known_of(before)]), replace(before, fingerprint="other")) == ["new"]


def test_numbers_in_a_title_do_not_matter() -> None:
    before = finding(1, blame="a.js:1 in f")
    slower = replace(before, fingerprint="x", title="Part 38.5 broke")
    assert states(Baseline([known_of(before)]), slower) == ["known"]


def test_a_finding_in_code_is_kept_by_its_file() -> None:
    spot = Proof("src/a.js", 4, 0, "await f()", None, "", 3, 4, 8)
    assert known_of(finding(1, evidence=(Proof("x.log", 1, 0, ""), spot))).place == "src/a.js"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.text(max_size=3)), max_size=6), st.lists(st.integers(0, 4), max_size=6))
def test_what_is_written_is_read_again_and_marks_its_own_as_known(
    tmp_path_factory: pytest.TempPathFactory, known: list[tuple[int, str]], more: list[int]
) -> None:
    before = [finding(number, blame=blame) for number, blame in dict(known).items()]
    path = tmp_path_factory.mktemp("baseline") / "known.json"
    path.write_text(Baseline(map(known_of, before)).text())
    read = load_baseline(path)
    assert read.known == Baseline(map(known_of, before)).known
    assert set(states(read, *before)) <= {"known"}
    strangers = [finding(10 + number) for number in set(more)]
    assert set(states(read, *strangers)) <= {"new"}


def test_a_report_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_text('{"schema": "diagnose.report/1", "findings": [{}]}')
    said = call("baseline", "r.json")
    assert said.code == 2
    assert "not in order" in said.err
    with pytest.raises(UsageError):
        load_baseline(tmp_path / "r.json")

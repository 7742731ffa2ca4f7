"""Suppressions in the settings: with a reason, maybe an end; what is wrong, over or unused is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from diagnose.config import load_config
from diagnose.errors import Fault, Faults
from diagnose.model import Incident, Proof
from diagnose.suppressions import Suppression, Suppressions
from tests.shell import DOOR, FAN, PUMP, call
from tests.strange import finding, report_of

TODAY = date(2026, 11, 26)


@pytest.fixture
def desk(desk: Path) -> Path:
    (desk / "door.log").write_text(DOOR)
    return desk


def settle(desk: Path, *tables: str, name: str = "diagnose.toml", head: str = "[[suppress]]") -> None:
    (desk / name).write_text("".join(f"{head}\n{table}\n" for table in tables))


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize(("name", "head"), [("diagnose.toml", "[[suppress]]"), ("pyproject.toml", "[[tool.diagnose.suppress]]")])
def test_what_is_suppressed_fails_no_run_and_is_counted(desk: Path, rules: Path, name: str, head: str) -> None:
    settle(desk, 'rule = "tiny/broken"\nreason = "the fan is known"', name=name, head=head)
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log")
    assert (said.code, said.err) == (0, "")
    assert "1 finding suppressed" in said.out
    assert "The fan broke" not in said.out
    told = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--format", "json").report
    assert (told["findings"], told["incidents"], told["summary"]["suppressed"]) == ([], [], 1)


def test_the_rest_of_an_incident_keeps_what_it_needs(desk: Path, rules: Path) -> None:
    """The root is suppressed, its symptom is not: both are told, and the symptom fails the run."""
    root, symptom = finding(1), finding(2, explained_by=f"{1:012x}")
    incident = Incident(root.fingerprint, (root.fingerprint, symptom.fingerprint), None, None)
    marks = Suppressions([Suppression("", "why", fingerprint=root.fingerprint)], TODAY)
    assert [one.suppressed for one in marks.mark(report_of(root, symptom, incidents=(incident,))).findings] == ["why", ""]
    (desk / "app.log").write_text(FAN + PUMP.replace("11:00:00", "10:00:01"))
    plain = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--format", "json").report
    assert len(plain["incidents"]) == 1
    first = plain["incidents"][0]["root"]
    settle(desk, f'fingerprint = "{first}"\nreason = "known"')
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--format", "json")
    assert said.code == 1
    assert {one["fingerprint"]: one["suppressed"] for one in said.report["findings"]}[first] == "known"
    assert len(said.report["findings"]) == 2
    assert "root suppressed: known" in call("scan", "--rules", rules, "--rule", "tiny/*", "app.log").out


def test_one_that_is_over_counts_no_more_and_is_told(desk: Path, rules: Path) -> None:
    today = datetime.now(UTC).date()
    table = 'rule = "tiny/*"\nreason = "SHOP-12"\nuntil = '
    settle(desk, table + str(today))
    assert call("scan", "--rules", rules, "--rule", "tiny/*", "app.log").code == 0, "the last day counts"
    settle(desk, table + str(today - timedelta(days=1)))
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log")
    assert said.code == 1
    assert (
        f"diagnose.toml:1: the suppression of tiny/* (SHOP-12) ended on {today - timedelta(days=1)}: what it covered" in said.err
    )
    assert "nothing needs it any more" in call("scan", "--rules", rules, "--rule", "tiny/slow", "app.log").err


def test_those_that_nothing_needed_are_told_together(desk: Path, rules: Path) -> None:
    settle(desk, 'rule = "tiny/broken"\nreason = "a"', 'rule = "tiny/slow"\nreason = "b"', 'rule = "no/such"\nreason = "c"')
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log")
    assert said.err.splitlines() == [
        f"warning: {desk / 'diagnose.toml'}: 2 of 3 suppressions were not needed by this run: line 4, 7"
    ]


def test_a_baseline_does_not_hold_what_is_suppressed(desk: Path, rules: Path) -> None:
    settle(desk, 'rule = "tiny/broken"\nreason = "a"')
    assert "0 findings known" in call("baseline", "--rules", rules, "--rule", "tiny/*", "app.log").out


# ---------------------------------------------------------------- what is covered


@pytest.mark.parametrize(
    ("glob", "covered"),
    [
        ("logs/*.log", True),
        ("*.log", True),
        ("other/*", False),
        ("src/repo.js", True),
        ("src/*", True),
        ("/srv/app/src/repo.js", True),
        ("repo", False),
        ("legacy/**", True),
    ],
)
def test_a_path_is_that_of_a_log_or_of_the_blamed_file(glob: str, covered: bool) -> None:
    found = finding(
        1, blame="/srv/app/src/repo.js:42:7 in find", evidence=(Proof("logs/a.log", 1, 0, "x"), Proof("legacy/a/b.js", 1, 0, "x"))
    )
    assert Suppression("", "why", path=glob).covers(found) is covered


def test_rule_path_and_fingerprint_must_all_hold() -> None:
    found = finding(1, evidence=(Proof("a.log", 1, 0, "x"),))
    assert Suppression("tiny/*", "why", "a.log", found.fingerprint).covers(found)
    assert not Suppression("big/*", "why", "a.log", found.fingerprint).covers(found)
    assert not Suppression("tiny/*", "why", "b.log", found.fingerprint).covers(found)
    assert not Suppression("tiny/*", "why", "a.log", "other").covers(found)


# ---------------------------------------------------------------- what may stand there


def faults(path: Path, text: str) -> list[Fault]:
    path.write_text(text)
    with pytest.raises(Faults) as told:
        load_config(path)
    return list(told.value.items)


GOOD = '[[suppress]]\nrule = "a/b"\nreason = "x"\n'


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (GOOD + '[[suppress]]\nrule = "a/b"\n', (4, 1), "a suppression needs a reason"),
        (GOOD + '[[suppress]]\nreason = "a"\n', (4, 1), "a suppression names a rule or a fingerprint"),
        (GOOD + '[[suppress]]\nrule = "a"\nreason = ""\n', (6, 1), "'reason' takes a string that is not empty"),
        (GOOD + '[[suppress]]\nrule = 3\nreason = "b"\n', (5, 1), "'rule' takes a string that is not empty"),
        (GOOD + '[[suppress]]\nrule = "a"\nreason = "b"\nuntil = "2026-01-01"\n', (7, 1), "'until' takes a date"),
        (GOOD + '[[suppress]]\nrule = "a"\nreason = "b"\nuntil = 2026-01-01T00:00:00Z\n', (7, 1), "'until' takes a date"),
        (GOOD + '[[suppress]]\nrule = "a"\nreason = "b"\nuntill = 2026-01-01\n', (7, 1), "unknown key 'untill'"),
        ("suppress = 3\n", (1, 1), "'suppress' is a list of tables"),
        ("tz = 'UTC'\n[suppress]\nrule = 'x'\n", (2, 1), "'suppress' is a list of tables"),
        ("suppress = [3]\n", (1, 1), "'suppress' is a list of tables"),
        ('tz = "UTC"\nsuppress = [{rule = "a"}]\n', (2, 1), "a suppression needs a reason"),
    ],
)
def test_a_fault_has_its_place(tmp_path: Path, text: str, place: tuple[int, int], reason: str) -> None:
    (fault,) = faults(tmp_path / "diagnose.toml", text)
    assert (fault.line, fault.column) == place
    assert fault.reason.startswith(reason)
    assert fault.excerpt == text.splitlines()[fault.line - 1]


def test_a_misspelt_key_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "diagnose.toml", GOOD + "untill = 2026-01-01\n")
    assert fault.help == "did you mean 'until'?"
    (fault,) = faults(tmp_path / "diagnose.toml", "[[supress]]\nrule = 'x'\n")
    assert fault.help == "did you mean 'suppress'?"


def test_all_that_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[tool.diagnose]\ntz = "UTC"\n\n[[tool.diagnose.suppress]]\nrule = "a/*"\nreason = "x"\npath = "p"\nuntil = 2027-01-31\n'
    )
    (read,) = load_config(path).suppressions
    assert read == Suppression("a/*", "x", "p", "", date(2027, 1, 31), str(path), 4)

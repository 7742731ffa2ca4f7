"""`--output FORMAT:FILE`: several reports in one run, each there whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import pytest

from diagnose.cli.outputs import Output, read_outputs, write_whole
from diagnose.errors import UsageError
from diagnose.model import Report
from diagnose.printers import BUILT_IN
from tests.shell import FAN, PUMP, call, command, environment, shell
from tests.strange import finding, report_of


@pytest.fixture
def desk(desk: Path) -> Path:
    (desk / "app.log").write_text(FAN + PUMP)
    return desk


def test_one_run_writes_every_format(desk: Path, rules: Path) -> None:
    names = ["json", "sarif", "github", "gitlab", "junit", "markdown", "terminal"]
    words = [word for name in names for word in ("--output", f"{name}:out.{name}")]
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", *words, "--color")
    assert said.code == 1
    assert "The fan broke" in said.out
    texts = {name: (desk / f"out.{name}").read_text() for name in names}
    assert all("The fan broke" in text for text in texts.values())
    assert len(json.loads(texts["sarif"])["runs"][0]["results"]) == len(json.loads(texts["gitlab"])) == 2
    assert len(list(ElementTree.fromstring(texts["junit"]).iter("failure"))) == 2
    assert "\x1b" in said.out
    assert "\x1b" not in texts["terminal"], "a file has no colours"
    assert sorted(path.name for path in desk.iterdir()) == ["app.log", *sorted(f"out.{name}" for name in names)]


def test_fail_on_decides_what_fails_in_junit_too(desk: Path, rules: Path) -> None:
    words = ["scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--output", "junit:out.xml"]
    assert call(*words, "--fail-on", "critical").code == 0
    assert "<failure" not in (desk / "out.xml").read_text()
    assert call(*words, "--fail-on", "warning").code == 1
    assert "<failure" in (desk / "out.xml").read_text()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("sarif", "takes FORMAT:FILE"),
        ("sarif:", "takes FORMAT:FILE"),
        ("sarf:x", "no printer is called 'sarf': did you mean sarif?"),
        ("json:nowhere/x", "there is no folder nowhere"),
        ("json:.", "this is a folder"),
    ],
)
def test_a_misspelt_output_costs_no_scan(desk: Path, rules: Path, word: str, reason: str) -> None:
    said = call("scan", "--rules", rules, "missing.log", "--output", word)
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert "missing.log" not in said.err, "nothing was read"


def test_a_file_is_named_once(desk: Path) -> None:
    (desk / "link").symlink_to("out")
    with pytest.raises(UsageError, match="named twice"):
        read_outputs(["json:out", "sarif:./link"], Path(), BUILT_IN)


def test_a_file_name_may_hold_colons(desk: Path) -> None:
    (output,) = read_outputs(["json:a:b"], desk, BUILT_IN)
    assert output.file == desk / "a:b"


def test_settings_may_name_outputs_from_their_own_folder(desk: Path, rules: Path) -> None:
    (desk / "deep").mkdir()
    (desk / "diagnose.toml").write_text('output = ["json:out.json", "markdown:deep/out.md"]\n')
    os.chdir(desk / "deep")
    assert call("scan", "--rules", rules, "--rule", "tiny/*", "../app.log").code == 1
    assert (desk / "out.json").exists()
    assert (desk / "deep" / "out.md").exists()
    assert call("scan", "--rules", rules, "--rule", "tiny/*", "../app.log", "--output", "json:mine.json").code == 1
    assert (desk / "deep" / "mine.json").exists()


class Failing:
    """A printer that breaks off in the middle."""

    name = "failing"

    def print(self, report: Report, out: IO[str], options: object) -> None:
        out.write("half of it")
        out.flush()
        raise OSError(28, "No space left on device")


@pytest.mark.slow
def test_a_file_that_cannot_be_written_whole_keeps_what_it_held(desk: Path) -> None:
    (desk / "out").write_text("before")
    with pytest.raises(UsageError, match="No space left"):
        Output(Failing(), desk / "out").write(report_of(finding(1)), {})
    assert (desk / "out").read_text() == "before"
    assert sorted(os.listdir(desk)) == ["app.log", "out"]


def test_the_other_files_are_written_where_one_cannot_be(desk: Path, rules: Path) -> None:
    """A name that is too long for its `.part`, and for a file system: found only when it is written."""
    long = "x" * 250
    said = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--output", f"json:{long}", "--output", "json:out.json")
    assert said.code == 2
    assert "cannot be written: File name too long" in said.err
    assert len(json.loads((desk / "out.json").read_text())["findings"]) == 2


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(desk: Path) -> None:
    (desk / "real").write_text("old")
    (desk / "real").chmod(0o640)
    (desk / "link").symlink_to("real")
    write_whole(desk / "link", lambda stream: stream.write("new") and None)
    assert (desk / "link").is_symlink()
    assert (desk / "real").read_text() == "new"
    assert stat.S_IMODE((desk / "real").stat().st_mode) == 0o640
    mask = os.umask(0o022)
    try:
        write_whole(desk / "fresh", lambda stream: stream.write("x") and None)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((desk / "fresh").stat().st_mode) == 0o644, "other users of a build machine read it too"


def test_what_is_no_file_is_written_straight(desk: Path, rules: Path) -> None:
    said = shell(
        "scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--format", "json", "--output", "gitlab:/dev/stderr", cwd=desk
    )
    assert said.code == 1
    assert len(json.loads(said.err)) == len(said.report["findings"]) == 2


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_output_to_the_same_stream_follows_the_report_even_in_a_file(desk: Path, rules: Path, name: str) -> None:
    words = command("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--output", f"github:{name}")
    with (desk / "log").open("w") as log:
        for last in (words, [sys.executable, "-c", "print('diagnose: over')"]):
            subprocess.run(last, stdout=log, cwd=desk, env=environment(), timeout=60, check=False)
    lines = (desk / "log").read_text().splitlines()
    assert any("Triage" in line for line in lines[:-3])
    assert [line.split()[0] for line in lines[-3:]] == ["::error", "diagnose:", "diagnose:"]
    assert lines[-1] == "diagnose: over", "what comes next writes over nothing"


def test_tail_takes_no_outputs_from_the_settings(desk: Path, rules: Path) -> None:
    (desk / "diagnose.toml").write_text('output = "json:out.json"\n')
    said = shell("tail", "--rules", rules, "--rule", "tiny/*", "-", stdin=FAN.encode(), cwd=desk)
    assert said.code == 1
    assert not (desk / "out.json").exists()


CODE = "async function all(ids) {\n  for (const id of ids) {\n    await pool.query('SELECT * FROM orders WHERE id = $1', [id])\n  }\n}\n"


def test_check_writes_the_same_files_and_knows_a_baseline(desk: Path) -> None:
    (desk / "src").mkdir()
    (desk / "src" / "a.js").write_text(CODE)
    said = shell("check", "src", "--output", "sarif:out.sarif", "--output", "json:out.json", "--output", "github:-", cwd=desk)
    assert said.code == 1, said.err
    (run,) = json.loads((desk / "out.sarif").read_text())["runs"]
    assert run["automationDetails"]["id"] == "diagnose/check/"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("src/a.js", 3)
    assert "::warning title=" in said.out
    assert "file=src/a.js,line=3" in said.out
    assert shell("baseline", "out.json", cwd=desk).code == 0
    (desk / "src" / "a.js").write_text("// moved\n" + CODE)
    assert shell("check", "src", "--baseline", "diagnose-baseline.json", cwd=desk).code == 0
    (desk / "src" / "b.js").write_text(CODE)
    assert shell("check", "src", "--baseline", "diagnose-baseline.json", cwd=desk).code == 1

"""The command line: what it takes, what it says, how it ends. Never a traceback."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from diagnose import __version__
from diagnose.printers.json import report_data
from tests.kit import FIXTURES, ROOT, scan_files
from tests.shell import BROKEN, DOOR, FAN, PUMP, Said, call, command, environment, shell, write_rules
from tests.test_fixtures import CASES, CLEAN, logs


@pytest.fixture
def desk(desk: Path) -> Path:
    (desk / "app.log").write_text(FAN + PUMP + DOOR)
    (desk / "deep").mkdir()
    (desk / "deep" / "other.log").write_text(FAN)
    (desk / "healthy.txt").write_text("2026-11-23T10:00:00Z INFO all is well\n")
    return desk


def scan(rules: Path, *words: str | Path) -> Said:
    """A scan with the tiny rules only, told as JSON."""
    return call("scan", "--rules", rules, "--rule", "tiny/*", "--format", "json", *words)


# ---------------------------------------------------------------- exit codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["healthy.txt"], 0),
        (["app.log"], 1),
        (["app.log", "--format", "nonsense"], 2),
        (["app.log", "missing.log"], 3),
        (["missing.log"], 3),
        (["app.log", "--fail-on", "critical"], 0),
        (["app.log", "--fail-on", "never"], 0),
        (["app.log", "--fail-on", "info"], 1),
        (["app.log", "--rule", "tiny/slow", "--fail-on", "warning"], 1),
    ],
)
def test_the_exit_code_says_how_it_went(desk: Path, rules: Path, words: list[str], code: int) -> None:
    globs = [] if "--rule" in words else ["--rule", "tiny/*"]
    assert call("scan", "--rules", rules, *globs, *words).code == code


def test_a_rule_that_only_warns_does_not_fail_the_run(desk: Path, rules: Path) -> None:
    assert call("scan", "--rules", rules, "--rule", "tiny/slow", "app.log").code == 0


@pytest.mark.slow
def test_the_exit_codes_reach_the_shell(desk: Path, rules: Path) -> None:
    for words, code in ((["healthy.txt"], 0), (["app.log"], 1), (["--nonsense"], 2), (["missing.log"], 3)):
        assert shell("scan", "--rules", rules, *words, cwd=desk).code == code


# ---------------------------------------------------------------- inputs


def test_a_folder_is_walked(desk: Path, rules: Path) -> None:
    said = scan(rules, ".")
    assert said.report["summary"]["sources"] == 3
    assert sorted(said.titles) == ["The door is slow", "The fan broke", "The pump broke"]


def test_a_glob_is_expanded(desk: Path, rules: Path) -> None:
    assert scan(rules, "**/*.log").report["summary"]["sources"] == 2


def test_the_same_file_is_read_once(desk: Path, rules: Path) -> None:
    assert scan(rules, "app.log", "./app.log", "*.log").report["summary"]["sources"] == 1


@pytest.mark.parametrize("glob", ["other.log", "deep/*", "*/deep/*", "o*"])
def test_exclude_leaves_out_by_name_or_path(desk: Path, rules: Path, glob: str) -> None:
    assert scan(rules, str(desk), "--exclude", glob, "--exclude", "deep/*").report["summary"]["sources"] <= 3
    assert scan(rules, "deep", "app.log", "--exclude", glob).report["summary"]["sources"] == (2 if glob == "*/deep/*" else 1)


@pytest.mark.parametrize("words", [["scan"], ["scan", "-"]])
def test_a_pipe_is_read_with_and_without_a_dash(desk: Path, rules: Path, words: list[str]) -> None:
    said = shell(*words, "--rules", rules, "--rule", "tiny/*", "--format", "json", stdin=(FAN + PUMP).encode())
    assert (said.code, sorted(said.titles)) == (1, ["The fan broke", "The pump broke"])


@pytest.mark.slow
def test_two_workers_tell_the_same_and_a_ledger_refuses_a_pipe(desk: Path, rules: Path) -> None:
    one, two = scan(rules, "."), scan(rules, ".", "--workers", "2")
    reports = [said.report for said in (one, two)]
    for report in reports:
        report["summary"]["seconds"] = 0
    assert (one.code, reports[0]) == (two.code, reports[1])
    refused = shell("scan", "-", "--ledger", "book", stdin=FAN.encode(), cwd=desk)
    assert refused.code == 2
    assert "standard input has no name" in refused.err


def test_a_file_that_is_older_than_what_is_wanted_is_passed_over(desk: Path, rules: Path) -> None:
    os.utime(desk / "app.log", (1, 1))
    assert scan(rules, "app.log", "deep", "--since", "2026-11-23").report["summary"]["sources"] == 1
    assert scan(rules, "app.log", "deep").report["summary"]["sources"] == 2


def test_without_a_path_and_a_pipe_the_way_is_told() -> None:
    import pty

    master, slave = pty.openpty()
    try:
        done = subprocess.run(command("scan"), stdin=slave, capture_output=True, env=environment(), timeout=60, check=False)
    finally:
        os.close(slave)
        os.close(master)
    assert done.returncode == 2
    assert b"pipe them in" in done.stderr


UNREADABLE = {
    "program": (b"\x7fELF" + bytes(20), "program"),
    "picture": (b"\x89PNG\r\n", "picture"),
    "database": (b"SQLite format 3\0", "database"),
    "utf-16": ("Error".encode("utf-16"), "UTF-16"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_named_file_that_is_no_log_is_told_and_the_rest_goes_on(desk: Path, rules: Path, kind: str) -> None:
    content, word = UNREADABLE[kind]
    (desk / "odd.bin").write_bytes(content)
    said = scan(rules, "odd.bin", "app.log")
    assert said.code == 3
    assert said.err.startswith("error: odd.bin: this is ")
    assert word in said.err
    assert len(said.titles) == 3
    assert [unread["source"] for unread in said.report["summary"]["unread"]] == ["odd.bin"]


@pytest.mark.parametrize("kind", UNREADABLE)
def test_in_a_folder_such_files_are_left_out(desk: Path, rules: Path, kind: str) -> None:
    (desk / "odd.bin").write_bytes(UNREADABLE[kind][0])
    said = scan(rules, ".")
    assert (said.code, said.report["summary"]["sources"]) == (1, 3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.log", "no such file or folder"), ("no*thing", "no file matches"), ("", "no such file or folder")],
)
def test_what_is_not_there_is_told_and_the_rest_goes_on(desk: Path, rules: Path, name: str, reason: str) -> None:
    said = scan(rules, name, "app.log")
    assert (said.code, len(said.titles)) == (3, 3)
    named = name or "''"
    assert f"error: {named}: {reason}" in said.err


def test_a_file_that_may_not_be_read_is_told_and_the_rest_goes_on(
    desk: Path, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal is played."""
    import builtins

    real = builtins.open

    def refuse(file: Any, *more: Any, **named: Any) -> Any:
        if str(file).endswith("other.log"):
            raise PermissionError(13, "Permission denied", file)
        return real(file, *more, **named)

    monkeypatch.setattr(builtins, "open", refuse)
    said = scan(rules, "deep/other.log", "app.log")
    assert (said.code, len(said.titles)) == (3, 3)
    assert "error: deep/other.log: Permission denied" in said.err


def test_a_fifo_without_writer_in_a_folder_blocks_nobody(desk: Path, rules: Path) -> None:
    os.mkfifo(desk / "pipe")
    assert scan(rules, ".").report["summary"]["sources"] == 3


@pytest.mark.slow
def test_names_of_files_that_are_no_utf_8_are_told_all_the_same(desk: Path, rules: Path) -> None:
    name = os.fsdecode(b"caf\xe9.log")
    (desk / name).write_text(FAN)
    said = shell("scan", "--rules", rules, "--rule", "tiny/*", "--format", "json", name, cwd=desk)
    assert (said.code, said.titles) == (1, ["The fan broke"])
    assert shell("scan", "--rules", rules, name, cwd=desk).code == 1


# ---------------------------------------------------------------- options


@pytest.mark.slow
def test_rules_of_other_databases_are_left_out(desk: Path) -> None:
    (desk / "app.log").write_text("2026-11-25T10:00:00Z ERROR api: Duplicate entry 'a' for key 'users.email'\n")
    for names, told in (([], True), (["mariadb"], True), (["mariadb", "redis"], True), (["postgresql"], False)):
        options = [word for name in names for word in ("--database", name)]
        found = json.loads(shell("scan", "--format", "json", *options, "app.log", cwd=desk).out)["findings"]
        assert ("mysql/duplicate-key" in [finding["rule"] for finding in found]) is told, names


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--format", "jsn"], "did you mean json?"),
        (["--format", "q"], "there are "),
        (["--framework", "expres"], "did you mean express?"),
        (["--database", "postgres"], "did you mean postgresql?"),
        (["--framework", "zzzzzz"], "there are "),
        (["--tz", "Europe/Berlinn"], "did you mean Europe/Berlin?"),
        (["--tz", "../../etc/passwd"], "write Europe/Berlin or +02:00"),
        (["--tz", "+25:00"], "write Europe/Berlin or +02:00"),
        (["--since", "yesterday"], "write 2h, 2026-11-23, or 2026-11-23T14:03:11Z"),
        (["--until", "2026-13-45"], "write 2h"),
        (["--rule", "zzz/*"], "no rule is left"),
        (["--rules", "nowhere"], "no folder of rules: nowhere"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
        (["--workers", "0"], "--workers takes 1 or more"),
        (["--shard", "1/2"], "--shard needs --ledger"),
        (["--shard", "3/2", "--ledger", "books"], "write 2/8"),
        (["--workers", "many"], "not a valid integer"),
        (["--severity", "grave"], "'info', 'warning', 'error', 'critical'"),
        (["--fail-on", "grave"], "'critical', 'never'"),
        (["--frmat", "json"], "--format"),
    ],
)
def test_a_misspelt_option_is_told_with_the_way_out(desk: Path, words: list[str], hint: str) -> None:
    said = call("scan", "app.log", *words)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err
    assert "Traceback" not in said.err


def test_a_misspelt_verb_is_told_with_the_one_that_was_meant() -> None:
    said = call("scn", "app.log")
    assert said.code == 2
    assert "Did you mean 'scan'?" in said.err


@pytest.mark.parametrize(
    ("key", "value"), [("severity", "grave"), ("fail-on", "grave"), ("format", "jsn"), ("tz", "Mars"), ("framework", "expres")]
)
def test_a_wrong_word_in_the_settings_is_told_before_anything_is_read(desk: Path, key: str, value: str) -> None:
    (desk / "diagnose.toml").write_text(f'{key} = "{value}"\n')
    said = call("scan", "app.log")
    assert (said.code, said.out) == (2, "")
    assert value in said.err


def test_severity_hides_what_is_less_grave(desk: Path, rules: Path) -> None:
    assert sorted(scan(rules, "app.log", "--severity", "error").titles) == ["The fan broke", "The pump broke"]
    assert scan(rules, "app.log", "--severity", "critical").titles == []


def test_rule_chooses_by_id(desk: Path, rules: Path) -> None:
    assert scan(rules, "app.log").titles
    said = call("scan", "--rules", rules, "--rule", "tiny/sl*", "--format", "json", "app.log")
    assert said.titles == ["The door is slow"]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        (["--since", "2026-11-23T11:00:00Z"], ["The door is slow", "The pump broke"]),
        (["--since", "2026-11-23T11:00"], ["The door is slow", "The pump broke"]),
        (["--until", "2026-11-23T11:00:00Z"], ["The fan broke"]),
        (["--since", "2026-11-23T10:30", "--until", "2026-11-23T11:30"], ["The pump broke"]),
        (["--since", "2026-11-24"], []),
        (["--since", "2026-11-23"], ["The door is slow", "The fan broke", "The pump broke"]),
        (["--since", "1s"], []),
        (["--since", "2026-11-23T12:00", "--tz", "+01:00"], ["The door is slow", "The pump broke"]),
    ],
)
def test_since_and_until_cut_by_the_events_own_time(desk: Path, rules: Path, words: list[str], titles: list[str]) -> None:
    assert sorted(scan(rules, "app.log", *words).titles) == titles


def test_tz_is_the_zone_of_times_that_have_none(desk: Path, rules: Path) -> None:
    (desk / "local.log").write_text("2026-07-01 12:00:00,123 ERROR [main] shop: the fan broke down\n")
    for zone, seen in (("Europe/Berlin", "2026-07-01T10:00:00.123000Z"), ("-05:30", "2026-07-01T17:30:00.123000Z")):
        assert scan(rules, "local.log", "--tz", zone).report["findings"][0]["first_seen"] == seen


@pytest.mark.slow
def test_rules_are_looked_for_where_the_command_is_given_not_where_the_settings_are(desk: Path, rules: Path) -> None:
    (desk / "diagnose.toml").write_text("unknown = true\n")
    write_rules(desk / "deep" / "mine")
    os.chdir(desk / "deep")
    said = call("scan", "--rules", "mine", "--rule", "tiny/*", "--format", "json", "other.log")
    assert (said.code, said.titles) == (1, ["The fan broke"])


@pytest.mark.slow
def test_settings_count_from_their_own_folder_and_the_command_line_goes_before_them(desk: Path) -> None:
    write_rules(desk / "mine")
    (desk / "diagnose.toml").write_text(
        'rules = "mine"\nrule = "tiny/*"\nformat = "json"\nexclude = ["other.log", "*.yaml", "*.toml"]\nfail-on = "never"\n'
    )
    os.chdir(desk / "deep")
    said = call("scan", "..")
    assert (said.code, said.report["summary"]["sources"]) == (0, 2)
    assert call("scan", "..", "--fail-on", "error").code == 1
    assert call("scan", "../app.log", "--rule", "tiny/slow").titles == ["The door is slow"]


def test_config_names_another_settings_file(desk: Path, rules: Path) -> None:
    (desk / "other.toml").write_text('format = "json"\nrule = "tiny/slow"\n')
    assert call("scan", "--config", "other.toml", "--rules", rules, "app.log").titles == ["The door is slow"]


@pytest.mark.slow
def test_a_faulty_rule_is_told_with_its_place_and_the_rest_goes_on(desk: Path) -> None:
    folder = write_rules(desk / "mine", wrong=BROKEN.replace("keys: [part]", "kyes: [part]"))
    said = call("scan", "--rules", folder, "--rule", "tiny/*", "--format", "json", "app.log")
    assert (said.code, len(said.titles)) == (1, 3)
    assert "wrong.yaml:7:1" in said.err
    assert "did you mean" in said.err


def test_no_plugins_and_colours_are_taken(desk: Path, rules: Path) -> None:
    plain = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--no-plugins", "--no-color")
    coloured = call("scan", "--rules", rules, "--rule", "tiny/*", "app.log", "--color")
    assert "\x1b[" not in plain.out
    assert "\x1b[" in coloured.out


def test_unknown_shows_the_clusters(desk: Path, rules: Path) -> None:
    (desk / "strange.log").write_text("2026-11-23T10:00:00Z ERROR flux capacitor empty: 3 of 7\n")
    hidden = call("scan", "--rules", rules, "strange.log")
    shown = call("scan", "--rules", rules, "strange.log", "--unknown")
    assert "flux capacitor" not in hidden.out
    assert "--unknown" in hidden.out
    assert "flux capacitor empty: <*> of <*>" in shown.out


# ---------------------------------------------------------------- help, version, rules


def test_the_version_is_told() -> None:
    for option in ("--version", "-V"):
        assert call(option).out == f"diagnose {__version__}\n"


@pytest.mark.parametrize(
    "verb",
    [
        [],
        ["scan"],
        ["tail"],
        ["rules"],
        ["rules", "lint"],
        ["rules", "list"],
        ["rules", "test"],
        ["rules", "schema"],
        ["rules", "new"],
        ["explain"],
    ],
)
def test_every_verb_has_help(verb: list[str]) -> None:
    for option in ("-h", "--help"):
        said = call(*verb, option)
        assert (said.code, said.err) == (0, "")
        assert "Usage: diagnose" in said.out
    assert "TODO" not in said.out


def test_rules_lint_tells_faults_and_counts(tmp_path: Path) -> None:
    assert call("rules", "lint", write_rules(tmp_path / "good")).code == 0
    wrong = call("rules", "lint", write_rules(tmp_path / "bad", wrong=BROKEN.replace("severity: error", "severity: bad")))
    assert (wrong.code, "1 errors" in wrong.out) == (2, True)
    assert "wrong.yaml:3:11" in wrong.err
    assert call("rules", "lint", tmp_path / "nowhere").code == 2


def test_rules_list_and_test_say_what_is_there(rules: Path) -> None:
    listed = call("rules", "list", rules)
    assert [line.split()[0] for line in listed.out.splitlines()] == ["tiny/broken", "tiny/slow"]
    assert call("rules", "list", rules, "--rule", "*/slow").out.split()[0] == "tiny/slow"
    assert call("rules", "test", rules).out == "0 passed, 0 failed\n"


def test_rules_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(call("rules", "schema").out))


# ---------------------------------------------------------------- the JSON contract


@cache
def contract() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("case", [*CASES, *CLEAN], ids=lambda case: str(case.relative_to(FIXTURES)))
def test_the_report_of_every_case_keeps_the_contract(case: Path) -> None:
    data = report_data(scan_files(logs(case) if case.is_dir() else [case]))
    contract().validate(json.loads(json.dumps(data, allow_nan=False)))
    prints = [finding["fingerprint"] for finding in data["findings"]]
    assert len(set(prints)) == len(prints)
    for incident in data["incidents"]:
        assert incident["root"] in incident["findings"]
        assert set(incident["findings"]) <= set(prints)


@pytest.mark.slow
def test_the_printed_json_keeps_the_contract_too(desk: Path, rules: Path) -> None:
    (desk / "odd.gz").write_bytes(gzip.compress(b"x" * 99)[:-9])
    contract().validate(scan(rules, "app.log", "missing", "odd.gz", "healthy.txt").report)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_the_json_is_the_same_in_every_encoding_of_the_output(desk: Path, rules: Path, encoding: str) -> None:
    (desk / "odd.log").write_text("2026-11-23T10:00:00Z ERROR the fan broke down in Zürich 🔥\n")
    words = ["scan", "--rules", rules, "--rule", "tiny/*", "--format", "json", "odd.log"]
    done = subprocess.run(
        command(*words), capture_output=True, cwd=desk, env=environment(PYTHONIOENCODING=encoding), timeout=60, check=False
    )
    assert done.returncode == 1
    report = json.loads(done.stdout.decode(encoding))
    assert report["findings"][0]["evidence"][0]["text"].endswith("in Zürich 🔥")


# ---------------------------------------------------------------- the rough edges of a shell


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_characters_gets_escapes(desk: Path, rules: Path, encoding: str) -> None:
    said = shell("scan", "--rules", rules, "app.log", cwd=desk, PYTHONIOENCODING=encoding)
    assert (said.code, said.err) == (1, "")


def test_a_reader_that_goes_away_is_no_error(desk: Path, rules: Path) -> None:
    (desk / "big.log").write_text("".join(FAN.replace("fan", f"fan{i}") for i in range(1_000)))
    words = ["scan", "--rules", rules, "--rule", "tiny/*", "--format", "json", "big.log"]
    process = subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=desk, env=environment())
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"{\n"
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), error) == (1, b"")  # as if all had been read


def test_a_listing_may_be_cut_off_too(tmp_path: Path) -> None:
    many = {f"r{i}": BROKEN.replace("The {part} broke", "x" * 500) for i in range(200)}
    done = subprocess.run(
        ["sh", "-c", " ".join(command("rules", "list", write_rules(tmp_path, **many))) + " | head -c 1"],
        capture_output=True, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (b"t", b"")


@pytest.mark.slow
def test_an_output_that_is_full_is_told(desk: Path, rules: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    for form in ("json", "terminal"):
        with open("/dev/full", "wb") as full:
            words = command("scan", "--rules", rules, "--format", form, "app.log")
            done = subprocess.run(
                words, stdout=full, stderr=subprocess.PIPE, cwd=desk, env=environment(), timeout=60, check=False
            )
        assert (done.returncode, done.stderr) == (2, b"error: No space left on device\n")


@pytest.mark.slow
def test_closed_streams_are_no_crash(desk: Path) -> None:
    line = " ".join(command("scan", "app.log"))
    for redirect, code in (("<&-", 1), (">&-", 1), ("2>&-", 1), ("<&- >&- 2>&-", 1)):
        done = subprocess.run(
            ["sh", "-c", f"{line} {redirect}"], capture_output=True, cwd=desk, env=environment(), timeout=60, check=False
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, code)
    for verb in ("scan", "tail"):
        line = " ".join(command(verb, "-"))
        done = subprocess.run(["sh", "-c", f"{line} <&-"], capture_output=True, env=environment(), timeout=60, check=False)
        assert (done.returncode, done.stderr) == (3, b"error: -: standard input is closed\n")


def test_ctrl_c_ends_a_scan_quietly(desk: Path) -> None:
    line = ["env", "--default-signal=INT", *command("scan", "-")]  # a job in the background would ignore it
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert process.stdin is not None
    process.stdin.write(b"x\n" * 1_000_000)  # more than a pipe holds: it is being read when this returns
    process.stdin.flush()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, error.strip()) == (b"", b"")


ODD = [
    [],
    ["scan", "--"],
    ["scan", "\x1b[31m"],
    ["scan", "a\nb"],
    ["scan", "[/]"],
    ["scan", "--rule", "[", "app.log"],
    ["scan", "--exclude", "[", "app.log"],
    ["scan", "["],
    ["scan", "**"],
    ["scan", "--since", "9" * 30 + "w", "app.log"],
    ["scan", "--since", "0001-01-01", "app.log"],
    ["scan", "--until", "9999-12-31", "app.log"],
    ["scan", "--tz", "", "app.log"],
    ["scan", "--tz", "x" * 300, "app.log"],
    ["scan", "--tz", "Europe", "app.log"],
    ["scan", "--rules", "app.log", "app.log"],
    ["scan", "--config", ".", "app.log"],
    ["scan", "--format", "", "app.log"],
    ["scan", "x" * 5_000],
    ["tail"],
    ["tail", "missing"],
    ["tail", "app.log", "--format", "json"],
    ["tail", "\x00".replace("\x00", "~")],
    ["rules"],
    ["rules", "lint", "missing"],
    ["rules", "lint", "--logs", "missing"],
    ["rules", "test", "app.log"],
    ["rules", "nonsense"],
    ["--nonsense"],
    ["-h", "-h"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", ODD, ids=lambda words: " ".join(words)[:40].encode("unicode_escape").decode() or "nothing")
def test_odd_command_lines_end_with_a_code_and_no_traceback(desk: Path, words: list[str]) -> None:
    said = call(*words)
    assert said.code in (0, 1, 2, 3)
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err

"""`diagnose check` as a program: what it tells, which files it looks at, what it does with broken input."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import jsonschema
import pytest

from diagnose.cli import main
from tests.kit import ROOT
from tests.shell import loaded_by

LOOP = """\
async function attach(orders) {
  for (const order of orders) {
    order.customer = await Customer.findByPk(order.customerId)
  }
}
"""
TOLD = "app.js:3:22: warning database/n-plus-one: `findByPk` is awaited once for each turn of this loop: one query a row"


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str
    returncode: int


def run(folder: Path, *arguments: str, **env: str) -> Done:
    """The program in this process: fifty starts of Python would be most of the time."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, env),
        mock.patch.object(sys, "argv", ["diagnose", "check", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    assert isinstance(code, int)
    return Done(out.getvalue(), err.getvalue(), code)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "app.js").write_text(LOOP)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


@pytest.mark.slow
def test_one_line_a_finding_and_one_for_the_fix(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    done = run(tmp_path, "app.js")
    first, fix = done.stdout.splitlines()
    assert first == TOLD
    assert fix.startswith("    fix: Read them before the loop")
    assert (done.returncode, done.stderr) == (1, "")


def test_silent_when_clean(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("console.log(1)\n")
    done = run(tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_report_is_that_of_scan(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    report = json.loads(run(tmp_path, "--format", "json").stdout)
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    (finding,) = report["findings"]
    (proof,) = finding["evidence"]
    assert (proof["source"], proof["line"], proof["column"], proof["end_line"]) == ("app.js", 3, 22, 3)
    assert LOOP.split("\n")[2][proof["column"] - 1 : proof["end_column"] - 1] == "await Customer.findByPk(order.customerId)"
    assert (finding["class"], finding["blame"], finding["technologies"]) == ("n-plus-one", "app.js:3", ["sequelize"])
    assert [code["language"] for code in finding["code"]] == ["javascript"]


def test_a_fingerprint_does_not_move_with_its_line(tmp_path: Path) -> None:
    def fingerprints() -> list[str]:
        return [one["fingerprint"] for one in json.loads(run(tmp_path, "--format", "json").stdout)["findings"]]

    (tmp_path / "app.js").write_text(LOOP + LOOP)
    before = fingerprints()
    assert len(set(before)) == 2
    (tmp_path / "app.js").write_text("// moved\n\n" + LOOP + LOOP)
    assert fingerprints() == before


def test_what_git_ignores_is_left_out(repository: Path) -> None:
    (repository / ".gitignore").write_text("generated/\n")
    for folder in ("generated", "node_modules/x", "src"):
        (repository / folder).mkdir(parents=True)
        (repository / folder / "more.js").write_text(LOOP)
    told = [line for line in run(repository).stdout.splitlines() if "n-plus-one" in line]
    assert [line.split(":")[0] for line in told] == ["app.js", "src/more.js"]


def test_only_changed_lines(repository: Path) -> None:
    assert run(repository, "--diff").stdout == ""
    (repository / "app.js").write_text(LOOP + LOOP.replace("attach", "again"))
    assert [line.split(":")[1] for line in run(repository, "--diff").stdout.splitlines()[::2]] == ["8"]
    assert len(run(repository, "--diff", "--all").stdout.splitlines()) == 4
    git(repository, "commit", "-qam", "second")
    assert run(repository, "--diff").stdout == ""
    assert len(run(repository, "--diff", "--base", "HEAD~1").stdout.splitlines()) == 2
    done = run(repository, "--diff", "--base", "nothing")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_file_that_git_does_not_know_yet_is_all_new(repository: Path) -> None:
    (repository / "new.js").write_text(LOOP)
    assert run(repository, "--diff").stdout.startswith("new.js:3:22")


def test_a_renamed_file_has_changed_nothing(repository: Path) -> None:
    git(repository, "mv", "app.js", "moved.js")
    assert run(repository, "--diff", "moved.js").stdout == ""


def test_in_a_merge_only_what_neither_side_has(repository: Path) -> None:
    git(repository, "checkout", "-qb", "side")
    (repository / "side.js").write_text(LOOP)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "side")
    git(repository, "checkout", "-q", "main")
    (repository / "main.js").write_text(LOOP)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "main")
    git(repository, "merge", "-q", "--no-commit", "--no-ff", "side")
    assert run(repository, "--diff").stdout == ""


def test_conflicts_are_skipped_and_told(repository: Path) -> None:
    (repository / "app.js").write_text("<<<<<<< ours\n" + LOOP + "=======\n" + LOOP + ">>>>>>> theirs\n")
    done = run(repository, "--skipped")
    assert (done.stdout, done.returncode) == ("", 0)
    assert "app.js: holds merge conflicts" in done.stderr


def test_without_git_all_lines_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    done = run(tmp_path, "--diff", PATH="/nonexistent")
    assert done.stdout.startswith(TOLD)
    assert "git is not installed" in done.stderr


def test_the_first_commit_of_a_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "app.js").write_text(LOOP)
    git(tmp_path, "add", ".")
    assert run(tmp_path, "--diff", "app.js").stdout.startswith(TOLD)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("binary.js", b"\0\1\2" * 100, "UTF-16 or binary"),
        ("latin.js", LOOP.encode() + b"// \xe9\xff\n", "not UTF-8"),
        ("big.js", LOOP.encode() * 12_000, "larger than 1 MiB"),
        ("app.min.js", LOOP.encode(), "minified"),
        ("packed.js", LOOP.replace("\n", " ").encode() * 40, "minified"),
        ("api.pb.go", b"package x\n", "generated"),
        ("made.py", b"# Code generated by x. DO NOT EDIT.\nx = 1\n", "generated"),
    ],
)
def test_what_nobody_wrote_is_skipped_and_told(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(data)
    done = run(tmp_path, "--skipped")
    assert (done.stdout, done.returncode) == ("", 0)
    assert f"{name}: {why}" in done.stderr


def test_a_minified_file_of_ten_megabytes_is_not_even_parsed(tmp_path: Path) -> None:
    (tmp_path / "huge.js").write_bytes(b"!function(){for(const a of b)c=await d.findByPk(a)}();" * 200_000)
    assert run(tmp_path).returncode == 0


def test_broken_syntax_does_not_hide_the_rest(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP + "function (((\n")
    done = run(tmp_path, "--skipped")
    assert TOLD in done.stdout or "does not parse" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["app.js", "app.py", "app.php", "App.java", "app.kt", "app.go", "app.cs", "app.cpp", "app.sh", "a.yaml"]
)
def test_nesting_without_end_is_no_crash(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(("await findByPk for foreach range catch open( [{(" + "\n") * 4_000)
    done = run(tmp_path)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr


def test_links_that_go_round_are_no_loop(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "self.js").symlink_to("self.js")
    done = run(tmp_path)
    assert len(done.stdout.splitlines()) == 2
    assert run(tmp_path, "self.js").returncode == 3


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "nothing.js")
    assert done.returncode == 3
    assert "nothing.js: no such file or folder" in done.stderr


def test_a_name_that_steers_a_terminal_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.js").write_text(LOOP)
    done = run(tmp_path)
    assert "\x1b" not in done.stdout + done.stderr
    assert "\\x1b" in done.stdout


def test_a_secret_in_the_source_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("jwt.sign({ sub: 1, exp: 2 }, 'my-password-secret')\nconst JWT_SECRET = 'hunter2-hunter2'\n")
    done = run(tmp_path, "--format", "json")
    assert "hunter2-hunter2" not in done.stdout


def test_what_another_file_answers_for_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "load.js").write_text("const fs = require('fs')\nfs.promises.readFile('a').then((text) => use(text))\n")
    assert "source/unhandled-promise" in run(tmp_path, ".").stdout
    (tmp_path / "main.js").write_text("process.on('unhandledRejection', (error) => log.error(error))\n")
    assert run(tmp_path, ".") == Done("", "", 0)


def test_severity_and_exit_code(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    assert run(tmp_path, "--fail-on", "error").returncode == 0
    assert run(tmp_path, "--severity", "error").stdout == ""
    assert run(tmp_path, "--exclude", "*.js").stdout == ""
    done = run(tmp_path, "--rule", "jwt/*")
    assert (done.stdout, done.returncode) == ("", 0)
    assert run(tmp_path, "--rule", "nothing/*").returncode == 2
    assert "did you mean" in run(tmp_path, "--format", "jsom").stderr


def test_settings_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    (tmp_path / "diagnose.toml").write_text('fail-on = "error"\nexclude = ["old/*"]\n')
    (tmp_path / "old").mkdir()
    (tmp_path / "old/app.js").write_text(LOOP)
    done = run(tmp_path)
    assert (len(done.stdout.splitlines()), done.returncode) == (2, 0)


@pytest.mark.slow
def test_rules_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine/app").mkdir(parents=True)
    (tmp_path / "mine/app/no-eval.yaml").write_text(
        "title: eval\nclass: uncaught-exception\nseverity: error\ncause: It runs text.\nfix: Do not.\n"
        "source:\n  - {language: javascript, rule: {pattern: eval($X)}, message: 'eval of `$X`'}\n"
    )
    (tmp_path / "app.js").write_text("eval(text)\n")
    assert run(tmp_path, "app.js", "--rules", "mine").stdout.splitlines()[0] == "app.js:1:1: error app/no-eval: eval of `text`"
    rule = tmp_path / "mine/app/no-eval.yaml"
    rule.write_text(rule.read_text().replace("pattern: eval", "kind: no_such_kind, pattern: eval"))
    done = run(tmp_path, "app.js", "--rules", "mine")
    assert "ast-grep refuses detector 1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_warm_check_imports_neither_plugins_nor_what_reads_rules_and_logs(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(LOOP)
    loaded = loaded_by("check", "--no-plugins", tmp_path / "app.js")
    assert "ast_grep_py" in loaded
    assert loaded & {"pluggy", "yaml", "lark", "regex", "hyperscan", "diagnose.plugins", "diagnose.pipeline"} == set()


def test_comments_in_every_style(tmp_path: Path) -> None:
    (tmp_path / "compose.prod.yaml").write_text(
        "services:\n  # diagnose: ignore[config/no-memory-limit] one machine of its own\n  api:\n    image: x\n"
    )
    (tmp_path / "app.js").write_text(LOOP.replace("orders) {\n  for", "orders) {\n  /* old */\n  for").replace(
        "customerId)", "customerId) /* diagnose: ignore[n-plus-one] three at most */"))  # fmt: skip
    assert run(tmp_path, "app.js").stdout == ""
    assert "no-memory-limit" not in run(tmp_path).stdout


def test_an_ignore_that_nothing_needs_is_told(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("run() // diagnose: ignore[database/n-plus-one] was slow\nrun() // diagnose: ignore\n")
    lines = run(tmp_path).stdout.splitlines()[::2]
    assert lines[0].startswith("app.js:1:7: warning diagnose/unused-ignore: this comment suppresses nothing here")
    assert "names no rule" in lines[1]

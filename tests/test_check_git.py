"""`diagnose check` and git: odd names, submodules, worktrees, branches, and no git at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagnose.check.changes import changed
from tests.test_check import LOOP, TOLD, git, repository, run

__all__ = ["repository"]
AGAIN = LOOP.replace("attach", "again")
SUBMODULE = ["-c", "protocol.file.allow=always", "submodule", "add", "-q"]

ODD = ["with space.js", 'quo"te.js', "tab\there.js", "line\nbreak.js", "back\\slash.js", "ä.js", os.fsdecode(b"n\xff.js")]


@pytest.mark.parametrize("name", ODD)
def test_names_that_git_quotes(repository: Path, name: str) -> None:
    file = repository / name
    file.write_text(LOOP)
    git(repository, "add", ".")
    assert run(repository, "--diff").stdout.count("n-plus-one") == 1
    git(repository, "commit", "-qm", "odd")
    file.write_text(LOOP + AGAIN)
    assert run(repository, "--diff").stdout.count(":8:22: ") == 1
    git(repository, "commit", "-qam", "more")
    moved = file.with_name(f"moved {name}")
    file.rename(moved)
    git(repository, "add", "-A")
    assert run(repository, "--diff", f"moved {name}").stdout == ""
    moved.write_text(LOOP + AGAIN + LOOP.replace("attach", "third"))
    assert run(repository, "--diff").stdout.count(":13:22: ") == 1


def test_before_the_first_commit_and_gone_from_the_index(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "app.js").write_text(LOOP)
    assert run(tmp_path, "--diff").stdout.startswith(TOLD)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "rm", "-q", "--cached", "app.js")
    assert run(tmp_path, "--diff").stdout.startswith(TOLD), "git no longer knows it"
    (tmp_path / "app.js").unlink()
    done = run(tmp_path, "--diff")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_submodule_is_a_repository_of_its_own(tmp_path: Path, repository: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    git(above, "init", "-q")
    (above / "app.js").write_text(LOOP)
    git(above, *SUBMODULE, str(repository), "mod")
    git(above, "add", ".")
    git(above, "commit", "-qm", "above")
    done = run(above, "--skipped")
    assert done.stdout.startswith(TOLD)
    assert "mod/" not in done.stdout
    assert "skipped: mod: a repository of its own" in done.stderr
    assert run(above, "--diff", ".", "mod").stdout == ""
    (above / "mod/app.js").write_text(LOOP + AGAIN)
    assert run(above, "--diff", "mod").stdout.startswith("mod/app.js:8:22")
    assert run(above, "--diff", "app.js", "mod/app.js").stdout.count("mod/app.js:8:22") == 1


def test_a_worktree_of_a_bare_repository_and_a_link_to_it(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("bare")
    bare, work = base / "bare.git", base / "work"
    git(repository, "clone", "-q", "--bare", ".", str(bare))
    git(bare, "worktree", "add", "-q", str(work), "main")
    assert "all lines are looked at" in run(bare, "--diff").stderr
    assert run(work, "--diff").stdout == ""
    (work / "app.js").write_text(LOOP + AGAIN)
    assert run(work, "--diff").stdout.startswith("app.js:8:22")
    (base / "link").symlink_to(work)
    outside = base / "outside"
    outside.mkdir()
    assert f"{base}/link/app.js:8:22" in run(outside, "--diff", str(base / "link")).stdout


def test_what_lies_in_no_repository_is_new(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    git(inside, "init", "-q")
    (inside / "app.js").write_text(LOOP)
    git(inside, "add", ".")
    git(inside, "commit", "-qm", "first")
    (outside / "app.js").write_text(LOOP)
    assert run(inside, "--diff", ".", "../outside").stdout.startswith(f"{outside}/app.js:3:22")


def test_a_base_is_told_by_its_name_and_by_where_branches_parted(repository: Path) -> None:
    git(repository, "checkout", "-qb", "side")
    (repository / "app.js").write_text(LOOP + AGAIN)
    git(repository, "commit", "-qam", "side")
    git(repository, "checkout", "-q", "main")
    (repository / "main.js").write_text(LOOP)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "main")
    git(repository, "rm", "-q", "main.js")
    git(repository, "commit", "-qm", "main again")
    git(repository, "checkout", "-q", "side")
    (repository / "app.js").write_text("// moved\n" + LOOP + AGAIN)
    for base in ("main", "main..."):
        assert run(repository, "--base", base).stdout.startswith("app.js:9:22"), "the lines of the working tree"
    for arguments in (["--diff", "main"], ["--diff", "main..."]):
        done = run(repository, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"--base {arguments[1]}" in done.stderr
    assert run(repository, "--diff", "--base", "none...").returncode == 2
    assert run(repository, "--all", "--base", "main").returncode == 2


@pytest.mark.slow
def test_why_git_tells_nothing(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(repository, "--diff", PATH="/nonexistent")
    assert done.stdout.startswith(TOLD)
    assert "git is not installed: all lines" in done.stderr
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "dubious ownership" in run(repository, "--diff").stderr
    assert changed(repository) is None


def test_a_pipe_has_no_name(repository: Path) -> None:
    done = run(repository, "-")
    assert done.returncode == 3
    assert "name files" in done.stderr

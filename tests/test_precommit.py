"""The hooks through the real pre-commit, from a local repository with this project's manifest, in a fresh project.

`language: python` installs the project anew, with all it needs: one test lets pre-commit do that, by pip from a clone. For the others the manifest is
taken with `language: system`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit import ROOT
from tests.test_check import LOOP, TOLD, git

pytestmark = pytest.mark.slow

GOOD = """\
title: eval
class: uncaught-exception
severity: error
signals: {seen: {literals: eval failed}}
when: seen
cause: It runs text.
fix: Do not.
tests:
  - {name: hit, log: eval failed, expect: app/no-eval}
  - {name: miss, log: all is well, expect: []}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose pre-commit uses the hooks of a clone of this project."""
    clone, project = tmp_path / "diagnose", tmp_path / "project"
    for folder in (clone, project):
        folder.mkdir()
        git(folder, "init", "-q")
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    (clone / ".pre-commit-hooks.yaml").write_text(manifest.replace("language: python", "language: system"))
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "hooks")
    configure(project, clone, "diagnose")
    (project / "app.js").write_text(LOOP)
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return project


PARTS = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "diagnose", "rules")
"""What a wheel is built from."""


def test_pre_commit_installs_the_hooks_by_pip_from_a_clone(tmp_path: Path) -> None:
    clone, project = tmp_path / "diagnose", tmp_path / "project"
    for folder in (clone, project):
        folder.mkdir()
        git(folder, "init", "-q")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, clone / part)
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "all of it")
    configure(project, clone, "diagnose")
    (project / "app.js").write_text(LOOP)
    git(project, "add", ".")
    code, told = precommit(project, "run", PYTHONPATH="")
    assert code == 1, told
    assert TOLD in told
    (project / "app.js").write_text("console.log(1)\n")
    git(project, "add", ".")
    code, told = precommit(project, "run", PYTHONPATH="")
    assert (code, "Passed" in told) == (0, True), told


def configure(project: Path, clone: Path, hook: str, arguments: str = "") -> None:
    head = git(clone, "rev-parse", "HEAD").strip()
    extra = f", args: [{arguments}]" if arguments else ""
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {clone}\n    rev: {head}\n    hooks: [{{id: {hook}{extra}}}]\n"
    )


def precommit(project: Path, *arguments: str, **more: str) -> tuple[int, str]:
    folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PRE_COMMIT_HOME": str(project.parent / "home"),
        **more,
    }
    done = subprocess.run(
        [shutil.which("pre-commit", path=str(folder)) or "pre-commit", *arguments],
        cwd=project, capture_output=True, text=True, env=environment, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_clean_commit_passes_and_a_dirty_one_is_told(repository: Path) -> None:
    (repository / "fine.js").write_text("console.log(1)\n")
    git(repository, "add", ".")
    code, told = precommit(repository, "run")
    assert (code, "Passed" in told) == (0, True), told
    (repository / "app.js").write_text(LOOP + LOOP.replace("attach", "again"))
    git(repository, "add", ".")
    code, told = precommit(repository, "run")
    assert code == 1, told
    assert "app.js:8:22: warning database/n-plus-one" in told
    assert TOLD not in told, "lines that were there before are not told"
    (repository / "app.js").write_text(LOOP + LOOP.replace("attach", "again") + "// not staged\n")
    assert "app.js:8:22" in precommit(repository, "run")[1]


def test_all_files_are_looked_at_whole(repository: Path) -> None:
    code, told = precommit(repository, "run", "--all-files")
    assert code == 1, told
    assert TOLD in told


def test_whole_files_where_one_wants_them(repository: Path) -> None:
    configure(repository, repository.parent / "diagnose", "diagnose", "--all")
    (repository / "app.js").write_text(LOOP + "console.log(1)\n")
    git(repository, "add", ".")
    assert TOLD in precommit(repository, "run")[1]


def test_rules_and_logs_have_hooks_too(repository: Path) -> None:
    configure(repository, repository.parent / "diagnose", "diagnose-rules")
    rule = repository / "rules/app/no-eval.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(GOOD)
    git(repository, "add", ".")
    assert precommit(repository, "run")[0] == 0
    rule.write_text(GOOD.replace("log: eval failed", "log: eval went well"))
    git(repository, "add", ".")
    code, told = precommit(repository, "run")
    assert code == 1
    assert "FAIL  app/no-eval: hit" in told
    (repository / "app.log").write_text("Error: connect ECONNREFUSED 127.0.0.1:5432\n")
    configure(repository, repository.parent / "diagnose", "diagnose-logs", "app.log")
    git(repository, "add", ".")
    code, told = precommit(repository, "run")
    assert code == 1
    assert "connection-refused" in told

"""The GitHub Action and the GitLab template are in order, and their shell lines do what docs/ci.md says: run for real, by pip."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from diagnose import __version__
from tests.kit import CACHE, ROOT

ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "docs" / "ci" / "diagnose.gitlab-ci.yml"
LOG = "2026-11-23T10:00:00Z ERROR connect ECONNREFUSED 127.0.0.1:5432\n::error::planted by a log\n"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def schema(name: str) -> jsonschema.protocols.Validator:
    """A schema of SchemaStore, as check-jsonschema carries it."""
    text = (files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json").read_text()
    data = json.loads(text)
    return jsonschema.validators.validator_for(data)(data)


# ---------------------------------------------------------------- read


def test_the_action_is_one() -> None:
    schema("github-actions").validate(load(ACTION))


def test_the_template_is_one() -> None:
    schema("gitlab-ci").validate(load(TEMPLATE))


def test_no_input_is_part_of_a_script() -> None:
    """`${{ }}` in a script is text before it is a value: an input could end the line and begin a command."""
    for step in load(ACTION)["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_every_input_is_used_and_every_used_one_is_there() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text()))
    assert used == set(load(ACTION)["inputs"])


def test_the_docs_name_every_input_and_variable() -> None:
    text = (ROOT / "docs" / "ci.md").read_text()
    for name in load(ACTION)["inputs"]:
        assert f"`{name}`" in text, name
    for name in load(TEMPLATE)[".diagnose"]["variables"]:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL))
def test_yaml_in_the_docs_is_in_order(block: str) -> None:
    data = yaml.safe_load(block)
    if "jobs" in data:
        data["on"] = data.pop(True)  # YAML 1.1 reads the key so, GitHub does not
        schema("github-workflows").validate(data)
        inputs = load(ACTION)["inputs"]
        steps = [step for job in data["jobs"].values() for step in job["steps"] if "/diagnose" in step.get("uses", "")]
        assert steps
        for step in steps:
            assert set(step["with"]) <= set(inputs)
            assert {name for name, told in inputs.items() if told.get("required")} <= set(step["with"])
    else:
        schema("gitlab-ci").validate(data)


# ---------------------------------------------------------------- run


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which pip installs this project for real, without a network: what it needs is there already."""
    wheels = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(wheels),
        "PYTHONPATH": os.pathsep.join(libraries),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_DEPS": "1",
        "PIP_IGNORE_INSTALLED": "1",  # the checkout that runs the tests is no installation of the job's
        "PIP_NO_BUILD_ISOLATION": "0",
        "DIAGNOSE_CACHE": str(CACHE),
    }


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "work" / "logs here").mkdir(parents=True)
    (tmp_path / "work" / "logs here" / "app.log").write_text(LOG)
    (tmp_path / "temp").mkdir()
    return tmp_path


def run_action(desk: Path, offline: Mapping[str, str], **given: str) -> tuple[int, str, dict[str, str]]:
    """The action's steps as a runner runs them: exit code, what was printed, outputs."""
    action = load(ACTION)
    inputs = {name: told.get("default", "") for name, told in action["inputs"].items()} | given
    inputs["python"] = sys.executable
    for name in ("output", "summary"):
        (desk / name).write_text("")
    runner = {
        **offline,
        "RUNNER_TEMP": str(desk / "temp"),
        "GITHUB_OUTPUT": str(desk / "output"),
        "GITHUB_STEP_SUMMARY": str(desk / "summary"),
    }
    printed, code = "", 0
    for step in action["runs"]["steps"]:
        env = {name: value_of(text, inputs) for name, text in step["env"].items()}
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            words, cwd=desk / "work", env={**runner, **env}, capture_output=True, text=True, timeout=300, check=False
        )
        printed, code = printed + done.stdout + done.stderr, done.returncode
        if code:
            break
    return code, printed, dict(line.split("=", 1) for line in (desk / "output").read_text().splitlines())


def value_of(text: str, inputs: Mapping[str, str]) -> str:
    match = re.fullmatch(r"\$\{\{ (github\.action_path|inputs\.([a-z-]+)) \}\}", text)
    assert match, text
    return inputs[match[2]] if match[2] else str(ROOT)


def obeyed(text: str) -> list[str]:
    """The commands that a runner obeys: none between `stop-commands` and its token."""
    token, found = "", []
    for line in map(str.strip, text.splitlines()):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    assert not token
    return found


@pytest.mark.slow
def test_the_action_runs(desk: Path, offline: dict[str, str]) -> None:
    code, printed, outputs = run_action(desk, offline, paths="logs here\n", junit="out.xml", options="--rule\nnetwork/*")
    assert code == 1, printed
    assert outputs == {"exit-code": "1", "sarif": "diagnose.sarif"}
    venv = next((desk / "temp" / "diagnose").glob("lib/python*/site-packages/diagnose"))
    assert (venv / "_rules").is_dir(), "pip installed what stands beside the action"
    run = json.loads((desk / "work" / "diagnose.sarif").read_text())["runs"][0]
    assert {result["ruleId"] for result in run["results"]} == {"network/connection-refused"}
    assert "Connection refused" in (desk / "summary").read_text()
    assert len(list(ElementTree.parse(desk / "work" / "out.xml").getroot().iter("failure"))) == 1
    (command,) = obeyed(printed)
    assert command.startswith("::error title=Connection refused")
    assert "file=logs here/app.log,line=1" in command
    assert "ROOT CAUSE" in printed or "FOUND" in printed


@pytest.mark.slow
def test_the_action_installs_a_version_by_name_and_keeps_to_its_inputs(desk: Path, offline: dict[str, str]) -> None:
    mean = "logs here\n$(touch pwned)\n; touch pwned\n--help"
    code, printed, outputs = run_action(
        desk, offline, paths=mean, version=__version__, sarif="", summary="false", annotations="false", **{"fail-on": "never"}
    )
    assert code == 3, printed
    assert outputs == {"exit-code": "3"}
    assert not (desk / "work" / "pwned").exists()
    assert "error: --help: no such file" in printed, "a path is never an option"
    assert (desk / "summary").read_text() == ""
    assert obeyed(printed) == []


@pytest.mark.slow
def test_the_template_runs(desk: Path, offline: dict[str, str]) -> None:
    job = load(TEMPLATE)[".diagnose"]
    (desk / "work" / "logs").mkdir()
    (desk / "work" / "logs" / "app.log").write_text(LOG)
    env = {**offline, **{name: str(value) for name, value in job["variables"].items()}, "CI_PROJECT_DIR": str(desk / "work")}
    env |= {"DIAGNOSE_OPTIONS": "--rule network/* --no-color", "DIAGNOSE_CACHE": offline["DIAGNOSE_CACHE"]}
    env["PATH"] = f"{desk / 'bin'}{os.pathsep}{env['PATH']}"
    (desk / "bin").mkdir()
    (desk / "bin" / "python3").symlink_to(sys.executable)
    lines = "\n".join((*job["before_script"], *job["script"]))
    done = subprocess.run(
        ["sh", "-ec", lines], cwd=desk / "work", env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    reports = job["artifacts"]["reports"]
    (issue,) = json.loads((desk / "work" / reports["codequality"]).read_text())
    assert issue["location"] == {"path": "logs/app.log", "lines": {"begin": 1}}
    assert len(list(ElementTree.parse(desk / "work" / reports["junit"]).getroot().iter("failure"))) == 1
    assert "Connection refused" in (desk / "work" / job["artifacts"]["paths"][0]).read_text()

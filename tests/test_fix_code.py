"""The code that fixes show parses: Python with `ast`, JavaScript with node, shell with bash, YAML and JSON with their readers."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from diagnose.model import Fix
from tests.kit import rulebook


def fixes(*languages: str) -> Iterator[tuple[str, Fix]]:
    seen = set()
    for rule in rulebook().rules:
        for cause in rule.causes:
            for fix in cause.fix:
                if fix.code and fix.language in languages and (rule.id, fix.code) not in seen:
                    seen.add((rule.id, fix.code))
                    yield rule.id, fix


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is missing: .ci/run installs it")
        pytest.skip(f"{program} is not installed")
    return found


def test_python_parses() -> None:
    checked = 0
    for rule, fix in fixes("python"):
        try:
            ast.parse(fix.code)
        except SyntaxError as error:
            pytest.fail(f"{rule}: {error}\n{fix.code}")
        checked += 1
    assert checked


@pytest.mark.slow
def test_javascript_parses(tmp_path: Path) -> None:
    node = need("node")
    problems, files = [], []
    for number, (rule, fix) in enumerate(fixes("javascript", "js")):
        # Code is a module unless it says otherwise: CommonJS uses require.
        file = tmp_path / f"{number}.{'cjs' if 'require(' in fix.code else 'mjs'}"
        file.write_text(fix.code)
        files.append((rule, file))
    assert files
    for rule, file in files:
        done = subprocess.run([node, "--check", str(file)], capture_output=True, text=True, check=False)
        if done.returncode:
            problems.append(f"{rule}: {done.stderr[:600]}")
    assert not problems, "\n".join(problems)


def test_shell_parses() -> None:
    bash = need("bash")
    for rule, fix in fixes("bash", "sh", "shell"):
        done = subprocess.run([bash, "-n"], input=fix.code, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{rule}: {done.stderr}\n{fix.code}"


def test_yaml_and_json_parse() -> None:
    for rule, fix in fixes("yaml"):
        try:
            list(yaml.safe_load_all(fix.code))
        except yaml.YAMLError as error:
            pytest.fail(f"{rule}: {error}\n{fix.code}")
    for rule, fix in fixes("json"):
        try:
            json.loads(fix.code)
        except ValueError as error:
            pytest.fail(f"{rule}: {error}\n{fix.code}")


def test_every_language_is_known() -> None:
    known = {
        "python", "javascript", "js", "typescript", "java", "kotlin", "go", "php", "csharp", "sql", "bash", "sh", "yaml", "json", "properties",
        "shell", "ini", "nginx", "toml", "text", "dockerfile", "redis", "cpp", "xml", "conf", "rust", "ruby", "twig", "html",
        "apache", "graphql", "haproxy",
    }  # fmt: skip
    used = {fix.language for rule in rulebook().rules for cause in rule.causes for fix in cause.fix if fix.code}
    assert used <= known

"""The wheel carries what a run needs: code, grammar, rules."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_holds_code_grammar_and_rules(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("diagnose_logs-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "diagnose/condition/grammar.lark" in names
    rules = {str(path.relative_to(ROOT / "rules")) for path in (ROOT / "rules").rglob("*.yaml")}
    assert {name.removeprefix("diagnose/_rules/") for name in names if name.startswith("diagnose/_rules/")} == rules
    assert not [name for name in names if name.startswith(("tests/", "fixtures/", "docs/"))]
    (entry,) = [name for name in names if name.endswith("entry_points.txt")]
    assert "diagnose = diagnose.cli:main" in zipfile.ZipFile(wheel).read(entry).decode()


def test_the_version_is_told_in_one_place() -> None:
    from diagnose import __version__

    done = subprocess.run([sys.executable, "-m", "diagnose", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"diagnose {__version__}\n"

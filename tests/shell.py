"""The program as a shell sees it, and a folder with rules small enough to know by heart."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import diagnose.cli
from tests.kit import CACHE, ROOT

BROKEN = """\
title: "The {part} broke"
class: connection-refused
severity: error
signals:
  broke: {regex: "the (?P<part>\\\\w+) broke down"}
when: broke
keys: [part]
cause: It was old.
fix: Buy a new one.
"""
SLOW = """\
title: "The {part} is slow"
class: read-timeout
severity: warning
signals:
  slow: {regex: "the (?P<part>\\\\w+) took too long"}
when: slow
keys: [part]
cause: It is old.
fix: Wait.
"""
FAN = "2026-11-23T10:00:00Z ERROR the fan broke down\n"
PUMP = "2026-11-23T11:00:00Z ERROR the pump broke down\n"
DOOR = "2026-11-23T12:00:00Z WARN the door took too long\n"


@dataclass(frozen=True)
class Said:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def titles(self) -> list[str]:
        return [finding["title"] for finding in self.report["findings"]]


@cache
def state_folder() -> str:
    """One folder for what the runs of a test session remember."""
    folder = tempfile.mkdtemp(prefix="diagnose-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def environment(**more: str) -> dict[str, str]:
    """The environment of a run: this checkout's code, a cache and state of its own, no colours by accident."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "DIAGNOSE_CACHE": str(CACHE),
        "DIAGNOSE_STATE": state_folder(),
        "PYTHONWARNINGS": "error",
        **more,
    }


def command(*words: str | Path) -> list[str]:
    """The words of a command line; `--no-plugins` is not among them."""
    return [sys.executable, "-m", "diagnose", *map(str, words)]


def shell(*words: str | Path, stdin: bytes | None = None, cwd: Path | None = None, **env: str) -> Said:
    """Run the program to its end. Without `stdin` nothing is piped in."""
    piped: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(
        command(*words), capture_output=True, cwd=cwd, env=environment(**env), timeout=120, check=False, **piped
    )
    return Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def call(*words: str | Path) -> Said:
    """The program within this process: quicker than `shell`, without pipes and signals."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = sys.argv, dict(os.environ)
    sys.argv = ["diagnose", *map(str, words)]
    os.environ.update(environment())
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            diagnose.cli.main()
    finally:
        sys.argv = before[0]
        os.environ.clear()
        os.environ.update(before[1])
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Said(int(ended.value.code or 0), *texts)


def loaded_by(*words: str | Path) -> set[str]:
    """The modules that a run imports where all that can be cached is: what makes it quick, told without a clock."""
    shell(*words)
    script = (
        f"import sys; sys.argv[1:] = {[str(word) for word in words]!r}; from diagnose.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True)
    return set(done.stderr.split())


def write_rules(folder: Path, **texts: str) -> Path:
    """A folder with `tiny/broken`, `tiny/slow` and more rules of the names told."""
    home = folder / "tiny"
    home.mkdir(parents=True)
    for name, text in {"broken": BROKEN, "slow": SLOW, **texts}.items():
        (home / f"{name}.yaml").write_text(text)
    return folder

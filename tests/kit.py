"""What tests share: the built-in kit and rulebook, made once, and scans of text and files."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from diagnose.cache import Cache
from diagnose.model import Report
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit, load_kit, rulebook_in
from diagnose.rulebook import Rulebook
from diagnose.sources import Input, find

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
NOW = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z: the tests' now, and the time of their files."""


CACHE = ROOT / ".pytest_cache" / "diagnose"
"""Rules and databases, compiled once for all workers and for the next test run: entries are named by what they are made from."""

STORE = Cache(CACHE)


def read_yaml(path: Path) -> Any:
    """What a file of the tests' own says: by libyaml where PyYAML has it, which is ten times as fast."""
    return yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def kit() -> Kit:
    return load_kit(plugins=False)


@cache
def rulebook() -> Rulebook:
    return rulebook_in(kit().rules, kit(), STORE)


def scan_bytes(data: bytes, *, options: Options | None = None, book: Rulebook | None = None, name: str = "log") -> Report:
    run = Run(book or rulebook(), kit(), options or Options(now=NOW), STORE)
    run.read(Input(name, NOW), io.BytesIO(data))  # type: ignore[arg-type]
    return run.report()


def scan_files(paths: list[Path], *, options: Options | None = None) -> Report:
    inputs, errors = find(str(path) for path in paths)
    assert not errors
    run = Run(rulebook(), kit(), options or Options(now=NOW), STORE)
    run.scan(Input(item.name, NOW, item.size) for item in inputs)
    return run.report()

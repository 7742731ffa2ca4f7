"""Folders that tests of the command line stand in.

Property tests look at new examples on each run; where a change is judged (CI is set) they look at the same ones each time. A machine that is
slow fails none of them.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.shell import FAN, write_rules

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


MANY = 60
"""Cases of one test from which on it goes through all of something: fixtures, rules, samples. It is slow then, however quick each is."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what goes through all of something, so that `make test-fast` leaves it out."""
    cases = Counter(item.nodeid.partition("[")[0] for item in items)
    for item in items:
        if cases[item.nodeid.partition("[")[0]] >= MANY:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the rules `tiny/broken` and `tiny/slow`, which no test writes to."""
    return write_rules(tmp_path_factory.mktemp("rules"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to stand in, with a log of one failure."""
    (tmp_path / "app.log").write_text(FAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path

"""Sources that have a name instead of a path. The journalctl here is a script that does what the real one does with a cursor."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from diagnose.errors import InputError
from diagnose.sources.follow import named
from diagnose.sources.follow.named import Journal, path_of
from diagnose.state import State
from tests.live.kit import Desk, add_docker, once_each


def test_docker_by_name_and_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAGNOSE_DOCKER", str(tmp_path))
    id = "0123456789ab" + "c" * 52
    (tmp_path / id).mkdir()
    (tmp_path / id / "config.v2.json").write_text(json.dumps({"Name": "/shop", "LogPath": f"/var/{id}-json.log"}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.v2.json").write_text("{")
    assert path_of("docker:shop") == path_of("docker:0123456789ab") == f"/var/{id}-json.log"
    for name in ("", "other", "0123"):
        with pytest.raises(InputError, match="no container"):
            path_of(f"docker:{name}")


def test_kubernetes_is_a_folder_of_links() -> None:
    assert path_of("kubernetes:") == "/var/log/containers/*.log"
    assert path_of("kubernetes:/x") == "/x/*.log"
    assert path_of("/x:y") == "/x:y"


def test_two_containers_of_a_node_are_two_sources(tmp_path: Path) -> None:
    """CRI lines below links, one file rotated as the kubelet does it."""
    links, pods = tmp_path / "containers", tmp_path / "pods"
    links.mkdir()
    for pod in ("api", "web"):
        (pods / pod).mkdir(parents=True)
        add_docker(pods / pod / "0.log", 1 if pod == "api" else 2)
        (links / f"{pod}-5d9c8b7f6-x2x4z_shop_{pod}-{'a' * 64}.log").symlink_to(pods / pod / "0.log")
    desk = Desk(tmp_path, path_of(f"kubernetes:{links}"))
    desk.drain()
    (pods / "api" / "0.log").rename(pods / "api" / "0.log.20261126-040000")
    add_docker(pods / "api" / "0.log.20261126-040000", 3)
    add_docker(pods / "api" / "0.log", 4)
    desk.drain()
    report = desk.stop()
    once_each(desk.run.texts, 1, 2, 3, 4)
    (finding,) = report.findings
    assert set(finding.services) == {"api", "web"}


SCRIPT = """#!/usr/bin/env python3
import json, os, sys
open(os.environ["CALLS"], "a").write(" ".join(sys.argv[1:]) + "\\n")
after = next((int(word.split("=")[1]) for word in sys.argv if word.startswith("--after-cursor=")), 0)
for number in range(after + 1, 4 if after == 0 else 6):
    print(json.dumps({"__CURSOR": str(number), "__REALTIME_TIMESTAMP": str(1795435200000000 + number), "PRIORITY": "3",
                      "_HOSTNAME": "h", "SYSLOG_IDENTIFIER": "api", "MESSAGE": f"the fan broke {number}"}), flush=True)
"""


def test_the_journal_goes_on_after_its_cursor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "journalctl").write_text(SCRIPT)
    (tmp_path / "bin" / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setattr(named, "AGAIN", 3600.0)
    desk = Desk(tmp_path, tmp_path / "none.log")
    journal = Journal("journal:api.service", desk.state, from_start=True, tell=desk.warnings.append)
    desk.tail.sources = [journal]
    desk.until(lambda: journal.is_over)
    assert [finding.count for finding in desk.tail.run.report().findings] == [3]
    assert any("started again" in warning for warning in desk.warnings)
    desk.keep()
    desk.kill()
    state = State(tmp_path / "state")
    again = Journal("journal:api.service", state, from_start=True, tell=desk.warnings.append)
    first, second = (tmp_path / "calls").read_text().splitlines() if _written(tmp_path / "calls", 2) else ("", "")
    assert "--unit=api.service" in first
    assert "--no-tail" in first
    assert second.endswith("--after-cursor=3")
    again.close()
    state.close()


def _written(path: Path, count: int) -> bool:
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if len(path.read_text().splitlines()) >= count:
            return True
        time.sleep(0.05)
    return False

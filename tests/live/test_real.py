"""Real programs fail, and what is wrong with them is delivered: PostgreSQL's own log, and nginx before a service that is gone."""

from __future__ import annotations

import glob
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.test_program import PATIENCE, until
from tests.shell import command, environment

BINARIES = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)), "")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CI = bool(os.environ.get("CI"))
"""Where a change is judged, a server that is missing fails the test."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Delivered:
    """A tail of a folder with the built-in rules of these servers, whose sink is a file."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._sink, self._err = folder / "sink.jsonl", folder / "err"
        rules = ["--rule", "postgresql/*", "--rule", "nginx/*", "--log-level", "info", "--format", "jsonl"]
        words = command("tail", logs, *rules, "--state", folder / "state", "--sink", f"file:{self._sink}")
        with self._err.open("wb") as err, (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=err, env=environment())
        try:
            until(lambda: "info: started" in self._err.read_text())
        except AssertionError:
            self.process.kill()
            raise

    @property
    def rules(self) -> set[str]:
        """Of all findings in what was delivered."""
        text = self._sink.read_text() if self._sink.exists() else ""
        notices: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
        return {finding["rule"] for notice in notices for finding in notice["findings"]}

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(PATIENCE) in (0, 1)


class Postgres:
    """A server of its own in a folder of its own; not as root, which it refuses."""

    def __init__(self, logs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="diagnose-pg-"))
        self._as: dict[str, Any] = {"user": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, "postgres")
        self.port = free_port()
        data = self.folder / "data"
        subprocess.run(
            [f"{BINARIES}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"],
            check=True, capture_output=True, timeout=120, **self._as,
        )  # fmt: skip
        with (logs / "postgresql.log").open("ab") as log:
            self.process = subprocess.Popen(
                [f"{BINARIES}/postgres", "-D", data, "-k", self.folder, "-p", str(self.port), "-h", "127.0.0.1", "-F"],
                stdout=log, stderr=log, **self._as,
            )  # fmt: skip
        until(lambda: self.ask("select 1").returncode == 0)

    def ask(self, query: str) -> subprocess.CompletedProcess[bytes]:
        words = [f"{BINARIES}/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", query]
        return subprocess.run(words, capture_output=True, timeout=60, check=False)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def postgres(logs: Path) -> Iterator[Postgres]:
    server = Postgres(logs)
    yield server
    server.close()


@pytest.mark.server
@pytest.mark.skipif(not BINARIES and not CI, reason="postgresql is not installed")
def test_postgresql_refuses_a_second_row_and_misses_a_table(tmp_path: Path, logs: Path, postgres: Postgres) -> None:
    tail = Delivered(tmp_path, logs)
    try:
        _fail(postgres, tail)
    finally:
        tail.stop()


def _fail(postgres: Postgres, tail: Delivered) -> None:
    assert postgres.ask("create table users (email text primary key)").returncode == 0
    for _ in range(2):
        postgres.ask("insert into users values ('a@example.com')")
    until(lambda: "postgresql/duplicate-key" in tail.rules)
    postgres.ask("select pg_sleep(0.1); select * from missing_table")
    until(lambda: "postgresql/missing-table" in tail.rules)


@pytest.mark.server
@pytest.mark.skipif(NGINX is None and not CI, reason="nginx is not installed")
def test_nginx_before_a_service_that_is_gone(tmp_path: Path, logs: Path) -> None:
    port, gone = free_port(), free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log {logs}/error.log;\n"
        f"events {{}}\nhttp {{ access_log {logs}/access.log; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;\n"
        f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{gone}; }} }} }}\n"
    )
    tail = Delivered(tmp_path, logs)
    assert NGINX is not None
    nginx = subprocess.Popen([NGINX, "-c", config, "-p", tmp_path], stderr=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/orders", timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()
            return error.code == 502
        except OSError:
            return False
        return False

    try:
        until(answers)
        until(lambda: "nginx/upstream-refused" in tail.rules)
    finally:
        nginx.terminate()
        nginx.wait(60)
        tail.stop()

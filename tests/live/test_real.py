"""Real programs fail, and what is wrong with them is delivered: PostgreSQL's own log, nginx before a service that is gone, services (Express, and
Python's own) whose MariaDB is stopped under them.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.test_program import PATIENCE, until
from tests.shell import command, environment

BINARIES = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)), "")
MARIADB = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NODE = shutil.which("node")
NODE_PATH = Path("/usr/share/nodejs")
"""Where Debian's node-express and node-mysql are."""
CI = bool(os.environ.get("CI"))
"""Where a change is judged, a server that is missing fails the test."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Delivered:
    """A tail of a folder with the built-in rules of these servers, whose sink is a file."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._sink, self._out, self._err = folder / "sink.jsonl", folder / "out", folder / "err"
        chosen = [word for rules in ("postgresql", "nginx", "mysql", "network") for word in ("--rule", f"{rules}/*")]
        rules = [*chosen, "--log-level", "info", "--format", "jsonl"]
        words = command("tail", logs, *rules, "--state", folder / "state", "--sink", f"file:{self._sink}")
        with self._err.open("wb") as err, self._out.open("wb") as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=err, env=environment())
        try:
            until(lambda: "info: started" in self._err.read_text())
        except AssertionError:
            self.process.kill()
            raise

    @property
    def notices(self) -> list[dict[str, Any]]:
        """All that was delivered."""
        text = self._sink.read_text() if self._sink.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    @property
    def rules(self) -> set[str]:
        """Of all findings in what was delivered."""
        return {finding["rule"] for notice in self.notices for finding in notice["findings"]}

    @property
    def told(self) -> set[tuple[str, str, str | None]]:
        """(event, rule, why it is over) of each line on standard output."""
        lines = (json.loads(line) for line in self._out.read_text().split("\n")[:-1])
        return {(one["event"], one["finding"]["rule"], one.get("reason")) for one in lines}

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


class Maria:
    """A MariaDB of its own in a folder of its own, which can be stopped and started; not as root."""

    def __init__(self, logs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="diagnose-maria-"))
        self._log = logs / "mariadb.log"
        self._as: dict[str, Any] = {"user": "mysql", "cwd": "/"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, "mysql")
        self.port = free_port()
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.folder}/data",
            "--auth-root-authentication-method=normal",
        ]
        subprocess.run(install, check=True, capture_output=True, timeout=120, **self._as)
        self.start()

    def start(self) -> None:
        assert MARIADB is not None
        words = [MARIADB, "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.folder}/socket"]
        words += [
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={self.folder}/pid",
            "--innodb-buffer-pool-size=8M",
        ]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([*words, "--skip-grant-tables"], stdout=log, stderr=log, **self._as)

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(120) == 0

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def mariadb(logs: Path) -> Iterator[Maria]:
    server = Maria(logs)
    yield server
    server.close()


class Shop:
    """A service, as a program in Python or on Node.js, that asks the database at each request."""

    def __init__(self, program: str, logs: Path, database: int) -> None:
        self.port = free_port()
        path = Path(__file__).with_name(program)
        words = [NODE if path.suffix == ".js" else sys.executable, path, str(self.port), str(database)]
        with (logs / "shop.log").open("ab") as log:
            self.process = subprocess.Popen(words, stderr=log, env={**os.environ, "NODE_PATH": str(NODE_PATH)})  # type: ignore[arg-type]

    def status(self) -> int:
        """What a request is answered with; 0: nothing."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/orders", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def stopped_and_started(tmp_path: Path, logs: Path, mariadb: Maria, program: str) -> None:
    shop = Shop(program, logs, mariadb.port)
    try:
        until(lambda: shop.status() == 200)
        tail = Delivered(tmp_path, logs)
        try:
            _stop_and_start(mariadb, tail, shop.status)
        finally:
            tail.stop()
    finally:
        shop.close()


@pytest.mark.server
@pytest.mark.skipif(MARIADB is None and not CI, reason="mariadb-server is not installed")
def test_mariadb_is_stopped_under_a_service_and_started_again(tmp_path: Path, logs: Path, mariadb: Maria) -> None:
    stopped_and_started(tmp_path, logs, mariadb, "shop.py")


@pytest.mark.server
@pytest.mark.skipif(MARIADB is None and not CI, reason="mariadb-server is not installed")
@pytest.mark.skipif(not (NODE_PATH / "express").exists() and not CI, reason="node-express is not installed")
@pytest.mark.skipif(not (NODE_PATH / "mysql").exists() and not CI, reason="node-mysql is not installed")
def test_mariadb_is_stopped_under_express_and_started_again(tmp_path: Path, logs: Path, mariadb: Maria) -> None:
    stopped_and_started(tmp_path, logs, mariadb, "shop.js")


def _stop_and_start(mariadb: Maria, tail: Delivered, status: Callable[[], int]) -> None:
    mariadb.stop()
    until(lambda: status() == 500 and "network/connection-refused" in tail.rules)
    (opened,) = (notice for notice in tail.notices if notice["rule"] == "network/connection-refused")
    assert opened["event"] == "opened"
    assert opened["root"]["cause_id"] == "stopped", "as MariaDB's own log says"
    assert opened["root"]["captures"]["peer"] in ("127.0.0.1", f"127.0.0.1:{mariadb.port}")
    mariadb.start()
    until(lambda: status() == 200)
    until(lambda: tail.notices[-1]["event"] == "resolved")
    assert tail.notices[-1]["incident"] == opened["incident"]
    until(lambda: ("resolved", "network/connection-refused", "recovered") in tail.told)
    causes = {notice["root"]["cause_id"] for notice in tail.notices if notice["rule"] == "network/connection-refused"}
    assert causes == {"stopped"}, "that it came back later does not say that it was only starting"

"""The program against the real world: `logrotate`, kill -9, HUP, a webhook; what it told in the end equals a scan of what was written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.test_sinks import Server
from tests.shell import BROKEN, command, environment, shell, write_rules

PATIENCE = 400.0
"""Seconds until a test gives up; what it waits for takes a fraction of one where a processor is free."""
LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rules(tmp_path_factory.mktemp("rules"))


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


_RUNNING: list[Program] = []


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """A test that fails leaves no tail behind."""
    yield
    while _RUNNING:
        _RUNNING.pop().kill()


class Program:
    """A tail as a process; what all its lives wrote is in one file."""

    def __init__(self, folder: Path, rules: Path, *words: str | Path) -> None:
        self._words = command(
            "tail",
            *words,
            "--rules",
            rules,
            "--rule",
            "tiny/*",
            "--format",
            "jsonl",
            "--state",
            folder / "state",
            "--log-level",
            "info",
        )
        _RUNNING.append(self)
        self.out, self.err = folder / "out.jsonl", folder / "err"
        self.start()

    def start(self) -> None:
        self._started = self.err.read_text().count("info: started") if self.err.exists() else 0
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(self._words, stdout=out, stderr=err, env=environment())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)

    @property
    def is_started(self) -> bool:
        """Whether its present life takes signals: before that HUP would end it, as it does any process."""
        return self.err.read_text().count("info: started") > self._started

    @property
    def told(self) -> list[dict[str, Any]]:
        lines = self.out.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    @property
    def counts(self) -> dict[str, int]:
        """The last count of each finding."""
        return {one["finding"]["captures"]["part"]: one["finding"]["count"] for one in self.told}


def line(number: int, part: str) -> str:
    return f"2026-11-26T04:{number // 60 % 60:02d}:{number % 60:02d}.000Z ERROR the {part} broke down {number}\n"


class Writer(threading.Thread):
    """Writes a line every few milliseconds, and opens its log anew where it was renamed, as a logger does on a signal."""

    def __init__(self, log: Path, *, reopen: bool, count: int = 0) -> None:
        super().__init__()
        self._log, self._reopen = log, reopen
        self.count = count
        """Lines so far."""
        self.ending = threading.Event()

    def run(self) -> None:
        descriptor = self._open()
        while not self.ending.is_set():
            os.write(descriptor, line(self.count, "fan").encode())
            self.count += 1
            if self._reopen and self.count % 20 == 0:
                os.close(descriptor)
                descriptor = self._open()
            time.sleep(0.003)
        os.close(descriptor)

    def reach(self, count: int) -> None:
        until(lambda: self.count > count)

    def _open(self) -> int:
        return os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


@pytest.mark.server
@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize("how", ["create", "copytruncate"])
def test_logrotate_with_kills_in_between(tmp_path: Path, rules: Path, how: str) -> None:
    log = tmp_path / "logs" / "app.log"
    log.parent.mkdir()
    log.write_text(line(0, "fan"))
    config = tmp_path / "logrotate.conf"
    config.write_text(f'"{log}" {{\n  rotate 50\n  {how}\n  missingok\n  compress\n  delaycompress\n}}\n')
    config.chmod(0o644)
    program = Program(tmp_path, rules, log.parent, "--from-start")
    until(lambda: program.counts == {"fan": 1})
    writer = Writer(log, reopen=how == "create", count=1)
    writer.start()
    for turn in range(6):
        before = writer.count
        writer.reach(before + 40)
        if how == "copytruncate":
            # What is written between copy and truncation is lost by logrotate itself: the writer stands still.
            writer.ending.set()
            writer.join()
        assert LOGROTATE is not None
        subprocess.run([LOGROTATE, "-f", "-s", tmp_path / "status", config], check=True, timeout=PATIENCE)
        if how == "copytruncate":
            writer = Writer(log, reopen=False, count=writer.count)
            writer.start()
        if turn % 2:
            program.kill()
            program.start()
    writer.ending.set()
    writer.join()
    until(lambda: program.counts.get("fan") == writer.count)
    assert program.stop() == 1
    assert program.counts == {"fan": writer.count}
    opened = [one["id"] for one in program.told if one["event"] == "opened"]
    assert len(set(opened)) == 1, "told again after a kill, it bears the same id"


@pytest.mark.slow
def test_kill_9_again_and_again_loses_nothing(tmp_path: Path, rules: Path) -> None:
    log = tmp_path / "app.log"
    log.touch()
    program = Program(tmp_path, rules, log, "--from-start")
    writer = Writer(log, reopen=False)
    writer.start()
    for turn in range(5):
        before = len(program.told)
        until(lambda before=before: len(program.told) > before)  # type: ignore[misc]
        time.sleep(0.05 * turn)
        program.kill()
        program.start()
    writer.ending.set()
    writer.join()
    until(lambda: program.counts.get("fan") == writer.count)
    assert program.stop() == 1
    scanned = shell("scan", log, "--rules", rules, "--rule", "tiny/*", "--format", "json").report["findings"]
    last = program.told[-1]["finding"]
    assert [finding["fingerprint"] for finding in scanned] == [last["fingerprint"]]
    assert {key: last[key] for key in ("count", "first_seen", "last_seen", "evidence", "captures")} == {
        key: scanned[0][key] for key in ("count", "first_seen", "last_seen", "evidence", "captures")
    }


@pytest.mark.slow
def test_new_rules_by_hup_and_bad_ones_are_told_and_left(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules")
    log = tmp_path / "app.log"
    log.write_text(line(1, "fan"))
    program = Program(tmp_path, rules, log, "--from-start")
    until(lambda: program.counts == {"fan": 1})
    (rules / "tiny" / "leaky.yaml").write_text(
        BROKEN.replace("broke down", "leaks").replace("The {part} broke", "The {part} leaks")
    )
    program.process.send_signal(signal.SIGHUP)
    until(lambda: "reloaded: 3 rules" in program.err.read_text())
    with log.open("a") as writer:
        writer.write(line(2, "fan") + line(3, "pipe").replace("broke down", "leaks") + line(4, "x").replace("broke", "is"))
    until(lambda: program.counts.get("pipe") == 1)
    (rules / "tiny" / "leaky.yaml").write_text("title: [")
    program.process.send_signal(signal.SIGHUP)
    until(lambda: "the rules in use stay" in program.err.read_text())
    assert program.stop() == 1
    assert program.counts == {"fan": 2, "pipe": 1}, "what was counted before is not forgotten"


@pytest.mark.slow
def test_from_the_line_to_the_webhook_with_metrics(tmp_path: Path, rules: Path) -> None:
    server = Server()
    address = "127.0.0.1:0"
    log = tmp_path / "app.log"
    log.touch()
    with __import__("socket").socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    program = Program(tmp_path, rules, log, "--sink", f"webhook:{server.url}", "--metrics", address)

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    try:
        until(lambda: (tmp_path / "state" / "tail.sqlite3").exists() and _answers(get))
        with log.open("a") as writer:
            writer.write(line(1, "fan") + line(2, "fan"))
            writer.write('127.0.0.1 - - [26/Nov/2026:04:00:03 +0000] "GET /orders/7 HTTP/1.1" 502 157 "-" "curl/7"\n')
        until(lambda: server.got)
        assert server.got[0]["event"] == "opened"
        assert server.got[0]["root"]["title"] == "The fan broke"
        text = get("/metrics")
        assert 'diagnose_findings{class="connection-refused",severity="error"} 2' in text
        assert "\nerror_rate 1\n" in text
        assert f'diagnose_lag_bytes{{file="{log}"}} 0' in text
        assert get("/healthz") == "ok\n"
    finally:
        code = program.stop()
        server.close()
    assert code == 1


def _answers(get: Any) -> bool:
    try:
        return bool(get("/readyz") == "ok\n")
    except OSError:
        return False


@pytest.mark.slow
def test_term_is_heard_within_ten_seconds_whatever_is_there(tmp_path: Path, rules: Path) -> None:
    """A backlog that takes minutes, and a receiver that answers nothing."""
    (tmp_path / "logs").mkdir()
    text = "".join(line(number, ("fan", "pump", "door")[number % 3]) for number in range(60_000))
    for name in "abcdef":
        (tmp_path / "logs" / f"{name}.log").write_text(text)
    server = Server()
    server.plan = [("hang", {})] * 100
    program = Program(tmp_path, rules, tmp_path / "logs", "--from-start", "--sink", f"webhook:{server.url}")
    try:
        until(lambda: bool(program.told))
        begun = time.monotonic()
        assert program.stop() == 1
        assert time.monotonic() - begun < 10.0
        assert sum(program.counts.values()) < 360_000, "it had more to read"
    finally:
        server.close()

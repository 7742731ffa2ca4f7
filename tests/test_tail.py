"""`diagnose tail` as a program. What is told last equals what a scan says of the same bytes."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.live.changes import OPENED, RESOLVED, UPDATED
from tests.shell import DOOR, FAN, PUMP, command, environment, shell

PATIENCE = 60.0
"""Seconds until a test gives up; what it waits for takes a fraction of one."""


class Tail:
    """A running `diagnose tail`. Never waits longer than PATIENCE."""

    def __init__(self, rules: Path, *words: str | Path, form: str = "jsonl", **popen: Any) -> None:
        options = ["--rules", rules, "--rule", "tiny/*", "--format", form]
        self.process = subprocess.Popen(
            command("tail", *words, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), **popen
        )
        self._rest = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    @property
    def _out(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def lines(self, until: str) -> Iterator[str]:
        """Lines as they come, up to the first that holds a text."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            while b"\n" in self._rest:
                line, self._rest = self._rest.split(b"\n", 1)
                yield line.decode()
                if until in line.decode():
                    return
            if self._selector.select(deadline - time.monotonic()):
                part = os.read(self._out, 65_536)
                assert part, f"ended before {until!r}: {self.process.stderr.read()!r}"  # type: ignore[union-attr]
                self._rest += part
        raise AssertionError(f"{until!r} did not come")

    def end(self) -> tuple[int, str, str]:
        """(exit code, what was not read yet, stderr)"""
        self._selector.close()
        out, error = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, (self._rest + out).decode(), error.decode()


def findings(lines: list[str]) -> dict[str, dict[str, Any]]:
    """The last finding of each fingerprint."""
    return {told["finding"]["fingerprint"]: told["finding"] for told in map(json.loads, lines)}


def scanned(path: Path, rules: Path) -> dict[str, dict[str, Any]]:
    told = shell("scan", path, "--rules", rules, "--rule", "tiny/*", "--format", "json").report["findings"]
    return {finding["fingerprint"]: finding for finding in told}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_a_growing_file_is_followed_until_a_signal(tmp_path: Path, rules: Path, number: signal.Signals) -> None:
    log = tmp_path / "app.log"
    log.write_text(FAN)
    tail = Tail(rules, log, "--from-start")
    lines = list(tail.lines("The fan broke"))
    with log.open("a") as writer:
        writer.write(PUMP + FAN.replace("10:00:00", "10:00:05"))
        writer.flush()
        lines += tail.lines('"count":2')
        if not any("The pump broke" in line for line in lines):
            lines += tail.lines("The pump broke")
        writer.write(DOOR)
    lines += tail.lines("The door is slow")
    tail.process.send_signal(number)
    code, rest, error = tail.end()
    lines += rest.splitlines()
    assert (code, error) == (1, "")
    assert {json.loads(line)["event"] for line in lines} == {OPENED, UPDATED, RESOLVED}, "an hour of silence is the end"
    assert findings(lines) == scanned(log, rules)


@pytest.mark.slow
def test_without_from_start_only_what_is_new_is_told(tmp_path: Path, rules: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(FAN)
    tail = Tail(rules, log)
    deadline = time.monotonic() + PATIENCE
    with log.open("a") as writer:
        while time.monotonic() < deadline:  # the program may not have looked at the end yet
            writer.write(PUMP)
            writer.flush()
            if tail._selector.select(0.3):
                break
    lines = list(tail.lines("The pump broke"))
    tail.process.send_signal(signal.SIGTERM)
    code, rest, _ = tail.end()
    titles = {finding["title"] for finding in findings(lines + rest.splitlines()).values()}
    assert (code, titles) == (1, {"The pump broke"})


@pytest.mark.slow
def test_a_pipe_is_told_of_while_its_writer_is_silent_and_ends_with_it(tmp_path: Path, rules: Path) -> None:
    """The last record is open: only the pause says that it counts."""
    tail = Tail(rules, "-", stdin=subprocess.PIPE)
    pipe = tail.process.stdin
    assert pipe is not None
    text = "Error: the fan broke down\n    at spin (/srv/fan.js:1:1)\n"
    pipe.write(text.encode())
    pipe.flush()
    lines = list(tail.lines("The fan broke"))
    more = "    at turn (/srv/fan.js:2:1)\n" + PUMP + FAN * 3
    pipe.write(more.encode())
    code, rest, error = tail.end()  # closes the pipe
    assert (code, error) == (1, "")
    said = shell("scan", "-", "--rules", rules, "--rule", "tiny/*", "--format", "json", stdin=(text + more).encode())
    assert findings(lines + rest.splitlines()) == {finding["fingerprint"]: finding for finding in said.report["findings"]}


@pytest.mark.slow
def test_for_a_person_a_line_opens_and_the_report_ends(tmp_path: Path, rules: Path) -> None:
    tail = Tail(rules, "-", form="terminal", stdin=subprocess.PIPE)
    assert tail.process.stdin is not None
    tail.process.stdin.write(FAN.encode())
    tail.process.stdin.flush()
    (line,) = tail.lines("The fan broke")
    assert line == "10:00:00 error: The fan broke [tiny/broken] -:1"
    code, rest, _ = tail.end()
    assert code == 1
    assert "Incident 1 of 1" in rest
    assert "Triage" in rest


@pytest.mark.slow
def test_what_is_less_grave_is_not_told_where_severity_says_so(rules: Path) -> None:
    words = [
        "tail",
        "-",
        "--rules",
        rules,
        "--rule",
        "tiny/*",
        "--format",
        "jsonl",
        "--severity",
        "error",
        "--fail-on",
        "critical",
    ]
    said = shell(*words, stdin=(DOOR + FAN).encode())
    assert (said.code, {json.loads(line)["finding"]["title"] for line in said.out.splitlines()}) == (0, {"The fan broke"})


@pytest.mark.slow
def test_settings_that_ask_for_json_mean_lines_of_it(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "diagnose.toml").write_text('format = "json"\n')
    said = shell("tail", "-", "--rules", rules, "--rule", "tiny/*", stdin=FAN.encode(), cwd=tmp_path)
    assert json.loads(said.out)["event"] == OPENED


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_it(rules: Path) -> None:
    tail = Tail(rules, "-", stdin=subprocess.PIPE)
    assert tail.process.stdin is not None
    assert tail.process.stdout is not None
    tail.process.stdin.write(FAN.encode())
    tail.process.stdin.flush()
    list(tail.lines("The fan broke"))
    tail._selector.close()
    tail.process.stdout.close()
    tail.process.stdin.write(PUMP.encode())
    tail.process.stdin.flush()
    assert tail.process.wait(PATIENCE) == 0
    assert tail.process.stderr is not None
    assert tail.process.stderr.read() == b""
    tail.process.stderr.close()
    tail.process.stdin.close()

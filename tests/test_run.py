"""`diagnose run -- COMMAND`: the output is the command's, byte for byte, and so is the exit code."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.shell import FAN, command, environment, shell

PATIENCE = 120.0


def run(rules: Path, *words: str, **more: bytes) -> subprocess.CompletedProcess[bytes]:
    line = command("run", "--rules", rules, "--rule", "tiny/*", *words)
    return subprocess.run(line, capture_output=True, env=environment(), timeout=PATIENCE, check=False, **more)  # type: ignore[call-overload]


BINARY = bytes(range(256)) * 300 + b"\r\n\x1b[31m half"


@pytest.mark.slow
def test_output_passes_byte_for_byte_and_the_exit_code_is_kept(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(BINARY)
    done = run(rules, "--", "sh", "-c", f"cat {tmp_path}/out; echo oops >&2; cat; exit 7", input=b"typed")
    assert (done.returncode, done.stdout, done.stderr) == (7, BINARY + b"typed", b"oops\n")


@pytest.mark.slow
def test_findings_follow_the_output_on_standard_error(rules: Path, tmp_path: Path) -> None:
    done = run(rules, "--", "sh", "-c", f"printf '{FAN.strip()}\\n' >&2; exit 3")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(FAN.encode())
    assert b"The fan broke" in done.stderr[len(FAN) :]
    report = tmp_path / "report.json"
    outputs = ["--output", f"json:{report}", "--output", f"junit:{tmp_path / 'out.xml'}"]
    done = run(rules, *outputs, "--", "sh", "-c", f"printf '{FAN.strip()}'")
    assert (done.returncode, done.stdout) == (0, FAN.strip().encode())
    assert b"The fan broke" in done.stderr
    assert [finding["title"] for finding in json.loads(report.read_text())["findings"]] == ["The fan broke"]
    assert "<failure" in (tmp_path / "out.xml").read_text()


@pytest.mark.slow
def test_a_command_that_a_signal_ends(rules: Path) -> None:
    assert run(rules, "--", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


@pytest.mark.slow
def test_a_command_that_is_not_there(rules: Path) -> None:
    said = shell("run", "--", "/nothing/here")
    assert (said.code, said.out) == (2, "")
    assert "No such file" in said.err


@pytest.mark.slow
def test_signals_go_on_to_the_command(rules: Path) -> None:
    script = (
        "import signal,sys,time\nsignal.signal(signal.SIGTERM, lambda *a: (print('bye', flush=True), sys.exit(5)))\n"
        "print('up', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen(
        command("run", "--rules", rules, "--rule", "tiny/*", "--", sys.executable, "-c", script),
        stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n", "unbuffered"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (5, b"bye\n")


@pytest.mark.slow
def test_live_tells_while_the_command_runs(rules: Path) -> None:
    process = subprocess.Popen(
        command("run", "--live", "--rules", rules, "--rule", "tiny/*", "--", "sh", "-c", f"printf '{FAN.strip()}\\n'; read wait"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert process.stderr is not None
    assert b"error: The fan broke" in process.stderr.readline()
    process.communicate(b"\n", timeout=PATIENCE)


@pytest.mark.slow
def test_in_a_terminal_the_command_has_a_terminal(rules: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        script = "import os; print(os.isatty(0), os.isatty(1), os.isatty(2)); print(input())"
        line = command("run", "--rules", rules, "--rule", "tiny/*", "--", sys.executable, "-c", script)
        os.execve(line[0], line, environment())
    said, deadline, typed = b"", time.monotonic() + PATIENCE, False
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            part = os.read(terminal, 4_096)
        except OSError:
            break
        said += part
        if b"True" in said and not typed:
            os.write(terminal, b"typed\r")
            typed = True
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"True True True" in said
    assert said.count(b"typed") == 2, "echoed once, printed once"

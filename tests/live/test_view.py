"""The live view: what is shown and what keys change of it, and the program on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.cli.keys import names
from diagnose.cli.screen import PLAIN_BARS, Screen, sparkline
from diagnose.live.board import STEP, Board
from diagnose.live.changes import RESOLVED, Change
from diagnose.live.watching import LiveRun
from diagnose.model import Report, Severity, Sighting
from diagnose.pipeline import Options
from diagnose.sources import Input
from tests.documents import CutStream
from tests.kit import NOW, kit
from tests.shell import command, environment, write_rules
from tests.tiny import STORE, book, rule

PATIENCE = 400.0
RULES = book(
    broke=rule("regex: 'the (?P<what>\\w+) broke'", keys="what"),
    code=rule("regex: \"code '(?P<secret>[^']+)' refused\", captures: {secret: {redact: true}}", of_class="duplicate-key"),
)


SIGHTING = Sighting("", "seen", "log", 0, 1, None)


class Watched:
    """A run that reads what it is told, and a board of it with a clock that is set."""

    def __init__(self, least: Severity = Severity.INFO) -> None:
        self.clock = 1_000.0
        self.run = LiveRun(RULES, kit(), Options(now=NOW, engine="plain"), STORE).watched()
        self.text = ""
        self.board = Board(self.report, lambda: self.run, {}, least, lambda: self.clock)
        self.screen = Screen(self.board, lambda: (2_000_000, 0), False)

    def report(self) -> Report:
        return self.run.report(self.run.latest)

    def say(self, *texts: str, seconds: float = 0.0) -> None:
        """Lines that come now, then time that passes."""
        data = "".join(f"2026-11-23T10:00:{second:02d}Z ERROR {text}\n" for second, text in enumerate(texts))
        self.text += data
        self.run.read(Input(f"log{len(self.text)}", NOW), CutStream(data.encode(), [1 << 20]))  # type: ignore[arg-type]
        self.clock += seconds

    def lines(self, width: int = 100, height: int = 12) -> list[str]:
        drawn = self.screen.draw(width, height).plain.split("\n")
        assert len(drawn) == height
        assert all(len(line) <= width for line in drawn)
        return [line.rstrip() for line in drawn]


def test_an_incident_is_two_lines_with_its_rate_and_its_newest_evidence() -> None:
    watched = Watched()
    watched.say("the fan broke", seconds=STEP)
    watched.lines()
    watched.say(*["the fan broke"] * 7, "the fan broke at last", seconds=STEP)
    head, first, second, *_, foot = watched.lines()
    assert head.startswith(" diagnose tail   1 open   0 over   2.0 MB read, 0.0 MB behind")
    assert re.fullmatch(r" > 10:00:07 error +It broke: fan  tiny/broke +9 ×  ▁{28}▂█", first)
    assert second.endswith("the fan broke at last")
    assert "q quit" in foot


def test_what_is_over_stands_below_and_is_counted() -> None:
    watched = Watched()
    watched.say("the fan broke")
    (finding,) = watched.report().findings
    watched.say("the pump broke")
    watched.board.take([Change(RESOLVED, finding, "1", "silence")])
    text = "\n".join(watched.lines())
    assert "1 open   1 over" in text
    assert text.index("pump") < text.index("over     It broke: fan")


def test_keys_choose_open_filter_and_pause() -> None:
    watched = Watched()
    for part in ("fan", "pump", "door"):
        watched.say(f"the {part} broke")
    chosen = next(line for line in watched.lines() if line.startswith(" >"))
    watched.screen.press("down")
    assert next(line for line in watched.lines() if line.startswith(" >")) != chosen
    watched.screen.press("enter")
    opened = "\n".join(watched.lines(height=40))
    assert "proof" in opened
    assert "FIX" in opened
    watched.screen.press("enter")
    for key in "/PUMP":
        watched.screen.press(key)
    shown = "\n".join(watched.lines())
    assert "/ PUMP_" in shown
    assert "pump" in shown
    assert "fan" not in shown
    watched.screen.press("enter")
    watched.screen.press("escape")
    assert "fan" in "\n".join(watched.lines())
    watched.screen.press("p")
    before = watched.lines()
    watched.say("the lamp broke")
    assert "paused" in before[0] or "paused" in watched.lines()[0]
    assert "lamp" not in "\n".join(watched.lines())
    watched.screen.press("p")
    assert "lamp" in "\n".join(watched.lines())
    watched.screen.press("q")
    assert watched.screen.is_over


def test_an_incident_that_is_open_stays_open_when_its_root_turns_out_to_be_another() -> None:
    watched = Watched()
    watched.say("the fan broke", "the pump broke")
    (row,) = watched.board.rows()
    watched.screen._opened = next(member.fingerprint for member in row.members if member is not row.root)
    assert "proof" in "\n".join(watched.lines(height=30))
    assert watched.screen._opened == row.key
    watched.screen._opened = "of an incident that is gone"
    assert "proof" not in "\n".join(watched.lines(height=30))


def test_more_incidents_than_lines_scroll() -> None:
    watched = Watched()
    for number in range(40):
        watched.say(f"the part{number} broke")
    assert len(watched.board.rows()) == 40
    for _ in range(60):
        watched.screen.press("down")
        assert sum(line.startswith(" >") for line in watched.lines(height=10)) == 1
    watched.screen.press("home")
    assert watched.lines(height=10)[1].startswith(" >")


def test_control_characters_never_reach_the_screen() -> None:
    watched = Watched()
    watched.say("the fan broke \x1b]0;title\x07 \x9b2J \x1b[2J \u202e end")
    for key in ("", "enter"):
        if key:
            watched.screen.press(key)
        text = "\n".join(watched.lines(200, 30))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert "end" in text


def test_secrets_are_not_shown() -> None:
    watched = Watched()
    watched.say("the fan broke Authorization: Bearer abcdef0123456789abcdef0123456789", "code 'hush4711' refused")
    text = "\n".join(watched.lines(200, 30))
    assert "hush4711" not in text
    assert "code '[redacted" in text
    assert "abcdef0123456789" not in "\n".join(watched.lines(200, 30))


def test_the_newest_evidence_may_be_a_record_that_is_open() -> None:
    watched = Watched()
    watched.say("the fan broke 1", "the fan broke 2")
    watched.run.recent.clear()
    (finding,) = watched.report().findings
    sighting = replace(SIGHTING, rule=finding.rule, captures={"what": "fan"}, text="the fan broke 3")
    watched.run.now([sighting])
    assert "the fan broke 3" in "\n".join(watched.lines())


def test_what_is_less_grave_than_asked_for_is_left_out() -> None:
    watched = Watched(Severity.CRITICAL)
    watched.say("the fan broke")
    assert "Nothing found" in "\n".join(watched.lines())


def test_a_message_is_shown_for_a_while() -> None:
    watched = Watched()
    watched.board.warn("reloaded: 3 rules\x07")
    assert "reloaded: 3 rules\\x07" in "\n".join(watched.lines())
    watched.clock += 3_600
    assert "reloaded" not in "\n".join(watched.lines())
    assert watched.board.messages == ["reloaded: 3 rules\x07"]


@pytest.mark.parametrize(("width", "height"), [(20, 4), (80, 24), (1, 1), (300, 80)])
def test_any_size_is_filled(width: int, height: int) -> None:
    watched = Watched()
    watched.say("the fan broke", "the pump broke")
    drawn = watched.screen.draw(width, height).plain.split("\n")
    assert len(drawn) == height
    watched.screen.press("enter")
    assert len(watched.screen.draw(width, height).plain.split("\n")) == height


def test_sparklines() -> None:
    assert sparkline((0, 1, 4, 8)) == "▁▂▅█"
    assert sparkline((0, 0)) == "▁▁"
    assert sparkline((0, 9), PLAIN_BARS) == "_#"


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("\x1b[A\x1bOB\r", ["up", "down", "enter"]),
        ("a\u00e9\x7f", ["a", "\u00e9", "backspace"]),
        ("\x1b", ["escape"]),
        ("\x1b[99;5~q", ["q"]),
        ("\x00\x01", []),
        ("\x1b[5~\x1b[6~", ["page-up", "page-down"]),
    ],
)
def test_keys_by_their_sequences(typed: str, keys: list[str]) -> None:
    assert list(names(typed)) == keys


# ---------------------------------------------------------------- the program on a pseudo-terminal

FOLDED = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A tail on a pseudo-terminal. `seen`: all that it wrote."""

    def __init__(self, *words: str | Path) -> None:
        self._outer, self._inner = pty.openpty()
        termios.tcsetwinsize(self._inner, (30, 120)) if hasattr(termios, "tcsetwinsize") else None
        self.before = termios.tcgetattr(self._inner)
        self.process = subprocess.Popen(
            command("tail", *words),
            stdin=self._inner,
            stdout=self._inner,
            stderr=self._inner,
            env=environment(TERM="xterm-256color", COLUMNS="120", LINES="30", LANG="C.UTF-8", PYTHONUTF8="1"),
            start_new_session=True,
        )
        self.seen = b""

    def take(self, seconds: float = 0.2) -> bool:
        if not select.select([self._outer], [], [], seconds)[0]:
            return False
        self.seen += os.read(self._outer, 65_536)
        return True

    def until(self, condition: Callable[[str], bool]) -> str:
        """Until what was written since the last key makes it true."""
        deadline = time.monotonic() + PATIENCE
        start = len(self.seen)
        while not condition(text := FOLDED.sub(b"", self.seen[start:]).decode("utf-8", "replace")):
            assert time.monotonic() < deadline, text[-3_000:]
            self.take()
        return text

    def press(self, keys: bytes) -> None:
        while self.take(0.0):
            pass
        os.write(self._outer, keys)

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            self.take()
        while self.take(0.1):
            pass
        return self.process.returncode

    @property
    def mode(self) -> list[object]:
        return termios.tcgetattr(self._inner)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._outer)
        os.close(self._inner)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[Terminal, Path]]:
    log = tmp_path / "app.log"
    log.write_text("2026-11-26T04:00:01.000Z ERROR the fan broke down \x1b]0;stolen\x07 \x1b[2J\x9b2J\n")
    rules = write_rules(tmp_path / "rules")
    terminal = Terminal(log, "--rules", rules, "--rule", "tiny/*", "--from-start", "--state", tmp_path / "state")
    yield terminal, log
    terminal.close()


@pytest.mark.slow
def test_the_program_on_a_terminal(program: tuple[Terminal, Path]) -> None:
    terminal, log = program
    terminal.until(lambda text: "1 open" in text and "The fan broke" in text)
    with log.open("a") as writer:
        writer.write("2026-11-26T04:00:02.000Z WARN the door took too long\n")
    terminal.until(lambda text: "The door is slow" in text)
    terminal.press(b"\r")
    terminal.until(lambda text: "Buy a new one." in text and "enter back" in text)
    terminal.press(b"\x1b")
    terminal.until(lambda text: "enter open" in text)
    terminal.press(b"/door")
    terminal.until(lambda text: "/ door_" in text and "fan" not in text.rpartition("diagnose tail")[2])
    terminal.press(b"\x1b")
    terminal.press(b"p")
    terminal.until(lambda text: "paused" in text)
    terminal.press(b"q")
    assert terminal.end() == 1
    assert terminal.mode == terminal.before, "the terminal is as it was"
    text = terminal.seen
    assert text.rindex(b"\x1b[?1049l") < text.rindex(b"Incident 1 of 2"), "the report stays when the view is gone"
    for harm in (b"\x1b]", b"\x07", b"\x9b2J", b"\x1b[2J"):
        assert harm not in text.replace(b"\xc2\x9b", b""), harm


@pytest.mark.slow
def test_term_leaves_the_terminal_as_it_was(program: tuple[Terminal, Path]) -> None:
    terminal, _ = program
    terminal.until(lambda text: "The fan broke" in text)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == 1
    assert terminal.mode == terminal.before
    assert b"\x1b[?25h" in terminal.seen[terminal.seen.rindex(b"\x1b[?1049l") - 200 :], "the cursor is shown again"


@pytest.mark.slow
def test_plain_lines_where_they_are_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("2026-11-26T04:00:01.000Z ERROR the fan broke down\n")
    rules = write_rules(tmp_path / "rules")
    terminal = Terminal(log, "--rules", rules, "--rule", "tiny/*", "--from-start", "--no-state", "--plain")
    try:
        terminal.until(lambda text: "04:00:01 error: The fan broke [tiny/broken]" in text)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 1
        assert b"\x1b[?1049h" not in terminal.seen
    finally:
        terminal.close()

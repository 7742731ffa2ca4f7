"""The ways in which other tails lost lines or told them twice, each by name (and number, as the trackers' list has them)."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import resource
import shutil
import stat
import time
from pathlib import Path
from unittest import mock

import pytest

import diagnose.sources.follow.leaving as leaving
from diagnose.sources.codecs import zstd_module
from diagnose.sources.follow import copies
from diagnose.sources.follow import file as followed
from tests.live.kit import Desk, line, lines, once_each


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "app.log"


@pytest.fixture(autouse=True)
def folder(log: Path) -> None:
    log.parent.mkdir()


def add(path: Path, *numbers: int) -> None:
    with path.open("a") as writer:
        writer.write(lines(*numbers))


def closed(desk: Desk) -> list[str]:
    """All messages, the last record closed by the end."""
    desk.drain()
    desk.stop()
    return desk.run.texts


def test_01_rename_and_create_while_the_writer_keeps_the_old_descriptor(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    with log.open("a") as old:
        old.write(lines(1, 2))
        old.flush()
        desk.drain()
        log.rename(log.with_suffix(".log.1"))
        add(log, 5)
        desk.drain()
        old.write(lines(3, 4))
        old.flush()
        desk.drain()
        add(log, 6)
    once_each(closed(desk), 1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize("also", [["app.log.*"], []], ids=["all are named", "only the live one is"])
def test_02_two_rotations_between_two_polls(tmp_path: Path, log: Path, also: list[str]) -> None:
    desk = Desk(tmp_path, log, *(log.parent / name for name in also))
    add(log, 1)
    desk.drain()
    add(log, 2)
    log.rename(f"{log}.2")
    add(log, 3)
    log.rename(f"{log}.1")
    add(log, 4)
    once_each(closed(desk), 1, 2, 3, 4)


def test_03_rotated_then_compressed_while_unread(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, f"{log}*")
    add(log, 1)
    desk.drain()
    add(log, 2, 3)
    log.rename(f"{log}.1")
    Path(f"{log}.1.gz").write_bytes(gzip.compress(Path(f"{log}.1").read_bytes()))
    Path(f"{log}.1").unlink()
    add(log, 4)
    once_each(closed(desk), 1, 2, 3, 4)
    assert any("compressed" in warning for warning in desk.warnings)


def test_03_and_12_compressed_while_the_tail_is_down(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    first = closed(desk)
    add(log, 3, 4)
    Path(f"{log}.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    add(log, 5)
    desk.start()
    once_each([*first, *closed(desk)], 1, 2, 2, 3, 4, 5)  # 2 was open when it stopped: told then, and kept when it was whole


@pytest.mark.parametrize("watched", ["app.log", "app.log*"])
def test_04_copytruncate_while_running(tmp_path: Path, log: Path, watched: str) -> None:
    desk = Desk(tmp_path, log.parent / watched)
    add(log, 1, 2, 3)
    desk.drain()
    add(log, 4)  # not read before the copy is made
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    desk.drain()
    add(log, 5)
    once_each(closed(desk), 1, 2, 3, 4, 5)


def test_04_the_copy_is_seen_before_the_truncation(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, f"{log}*")
    add(log, *range(1, 40))
    desk.drain()
    whole = log.read_bytes()
    for part in (0, 100, len(whole)):
        Path(f"{log}.1").write_bytes(whole[:part])
        desk.drain()
    os.truncate(log, 0)
    add(log, 40)
    once_each(closed(desk), *range(1, 41))


def test_05_copytruncate_then_grown_past_the_old_offset(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    desk.drain()
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 3, 4, 5, 6, 7)
    once_each(closed(desk), 1, 2, 3, 4, 5, 6, 7)


def test_06_copytruncate_with_the_same_first_thousand_bytes(tmp_path: Path, log: Path) -> None:
    banner = "# " + "=" * 1_100 + "\n"
    desk = Desk(tmp_path, log)
    log.write_text(banner + lines(1, 2))
    desk.drain()
    shutil.copy(log, f"{log}.1")
    with log.open("r+") as writer:
        writer.truncate(0)
        writer.write(banner + lines(3, 4, 5, 6))
    once_each(closed(desk), 1, 2, 3, 4, 5, 6)


def test_07_deleted_and_created_with_the_inode_reused(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    expected = []
    for number in range(1, 60, 3):
        add(log, number, number + 1, number + 2)
        desk.drain()
        for file in desk.files.follower.files.values():
            file.rest()  # without a descriptor that holds it the inode is free at once
        log.unlink()
        expected += [number, number + 1, number + 2]
    add(log, 100)
    once_each(closed(desk), *expected, 100)


def test_07_closed_and_gone_while_a_record_is_open(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    desk.drain()
    for file in desk.files.follower.files.values():
        file.rest()
    log.rename(tmp_path / "elsewhere")
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)


def test_07_the_same_inode_while_it_is_down(tmp_path: Path, log: Path) -> None:
    add(log, 1, 2)
    desk = Desk(tmp_path, log)
    first = closed(desk)
    inode = log.stat().st_ino
    os.truncate(log, 0)  # what a reused inode is: the same number, other content
    add(log, 3, 4, 5)
    assert log.stat().st_ino == inode
    desk.start()
    once_each([*first, *closed(desk)], 1, 2, 3, 4, 5)


def test_07_what_is_gone_is_forgotten(tmp_path: Path, log: Path) -> None:
    """Else the checkpoint grows for months, and each start looks for what was deleted long ago."""
    desk = Desk(tmp_path, log.parent)
    for number in range(1, 6):
        one = log.with_name(f"{number}.log")
        add(one, number)
        desk.drain()
        one.unlink()
        with mock.patch.object(leaving, "LINGER", -1.0):
            desk.drain()
            desk.drain()
        desk.keep()
    assert desk.state.rows("SELECT name FROM files WHERE state != 'asked'") == []
    once_each(closed(desk), 1, 2, 3, 4, 5)


def test_08_saved_offset_beyond_the_end(tmp_path: Path, log: Path) -> None:
    add(log, 1, 2, 3)
    desk = Desk(tmp_path, log)
    first = closed(desk)
    log.write_text(lines(4))
    desk.start()
    once_each([*first, *closed(desk)], 1, 2, 3, 4)
    assert any("read from its start" in warning for warning in desk.warnings)


def test_09_two_live_files_with_identical_heads(tmp_path: Path, log: Path) -> None:
    other = log.with_name("worker.log")
    numbered = log.with_name("app.1.log")
    banner = "# " + "=" * 2_000 + "\n"
    for path in (log, other, numbered):
        path.write_text(banner)
    desk = Desk(tmp_path, log.parent)
    desk.drain()
    for number, path in enumerate((log, other, numbered), 1):
        add(path, number, number + 10)
    once_each(closed(desk), 1, 2, 3, 11, 12, 13)


def test_10_empty_files_and_short_ones_are_read_at_once(tmp_path: Path, log: Path) -> None:
    log.touch()
    desk = Desk(tmp_path, log.parent / "*.log")
    desk.drain()
    add(log, 1, 2)
    add(log.with_name("short.log"), 3, 4)
    desk.drain()
    once_each(closed(desk), 1, 2, 3, 4)


def test_11_the_fingerprint_grows_across_its_limit(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    expected, seen = [], []
    for number in range(1, 40):
        add(log, number)
        expected.append(number)
        if number % 7 == 0:
            seen += desk.drain()
            desk.keep()
            desk.kill()
            desk.start()
        desk.drain()
    once_each([*seen, *closed(desk)], *expected)


def test_12_rotated_while_the_tail_is_down(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    first = closed(desk)
    add(log, 3)
    log.rename(f"{log}.1")
    add(log, 4)
    desk.start()
    once_each([*first, *closed(desk)], 1, 2, 2, 3, 4)  # 2 was open when it stopped


def test_13_kill_9_at_any_instant(tmp_path: Path, log: Path) -> None:
    """Everything since the last commit comes again, nothing else; findings bear the ids they had."""
    desk = Desk(tmp_path, log)
    add(log, 1, 2, 3)
    desk.drain()
    desk.keep()
    kept = list(desk.run.texts)
    add(log, 4, 5)
    desk.drain()
    told = {(change.event, change.finding.count): change.id for change in desk.changes}
    desk.kill()
    desk.changes = []
    desk.start()
    once_each([*kept, *closed(desk)], 1, 2, 3, 4, 5)
    again = {(change.event, change.finding.count): change.id for change in desk.changes}
    assert all(again[same] == told[same] for same in again.keys() & told.keys())
    assert desk.tail.report.findings[0].count == 5


@pytest.mark.parametrize("damage", ["cut", "garbage", "zeros"])
def test_14_a_damaged_checkpoint(tmp_path: Path, log: Path, damage: str) -> None:
    desk = Desk(tmp_path, log, from_start=False)
    desk.drain()
    add(log, 1, 2)
    first = closed(desk)
    database = tmp_path / "state" / "tail.sqlite3"
    whole = database.read_bytes()
    database.write_bytes(
        {"cut": whole[: len(whole) // 2], "garbage": b"x" * 5_000, "zeros": whole[:4_096] + b"\0" * 60_000}[damage]
    )
    add(log, 3)
    desk.start()
    assert desk.state.broken
    again = closed(desk)
    once_each(first, 1, 2)
    once_each(again, 1, 2, 3)  # rather twice than not at all


def test_14_a_full_disk_while_writing_the_checkpoint(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    desk.drain()
    desk.keep()
    add(log, 3, *range(100, 2_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        size = (tmp_path / "state" / "tail.sqlite3-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        desk.drain()
        desk.keep()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert any("cannot be kept" in warning for warning in desk.warnings)
    assert desk.run.fresh, "what could not be kept is still to be"
    desk.keep()
    assert "the state is kept again" in desk.warnings
    kept = list(desk.run.texts)
    desk.kill()
    desk.start()
    once_each([*kept, *closed(desk)], 1, 2, 3, *range(100, 2_000))


def test_15_a_slow_sink_holds_the_rotated_file_and_starves_no_other(tmp_path: Path, log: Path) -> None:
    """While nothing can be delivered nothing is read further; the descriptor keeps what was rotated and deleted."""
    desk = Desk(tmp_path, log.parent / "*.log")
    add(log, 1)
    desk.drain()
    desk.tail.blocked = True
    add(log, 2, 3)
    log.rename(f"{log}.1")
    add(log, 4)
    desk.tail._kept = time.monotonic() + 60
    desk.drain()
    Path(f"{log}.1").unlink()
    other = log.with_name("other.log")
    add(other, 5)
    desk.tail.blocked = False
    once_each(closed(desk), 1, 2, 3, 4, 5)


def test_15_files_take_turns(tmp_path: Path, log: Path) -> None:
    add(log, *range(20_000))
    small = [log.with_name(f"small-{name}.log") for name in "abc"]
    desk = Desk(tmp_path, log.parent)
    for number, path in enumerate(small, 100_000):
        add(path, number, number + 10)
    for _ in range(4):
        desk.once()
    read = {int(text.rsplit(" ", 1)[1]) for text in desk.run.texts}
    assert {100_000, 100_001, 100_002} <= read
    assert len(read) < 1_000
    desk.kill()


def test_15_and_21_more_sources_than_may_be_warm_grow_again_at_once(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log.parent, warm=2)
    logs = [log.with_name(f"{name}.log") for name in "abcd"]
    for round in range(2):
        for number, one in enumerate(logs):
            add(one, 10 * number + round)
            with one.open("a") as writer:
                writer.write(" " * 9_000 + "\n")  # many blocks long: two turns would not do
        desk.drain(rounds=40)
        assert desk.tail.lag == 0
    once_each(closed(desk), *(10 * number + round for number in range(len(logs)) for round in range(2)))


def test_16_the_checkpoint_is_never_ahead_of_what_was_delivered(tmp_path: Path, log: Path) -> None:
    class Refusing:
        def put(self, database: object, changes: object, report: object) -> None:
            raise OSError("no")

        def hold(self) -> None: ...
        def written(self) -> None: ...

    from diagnose.live.tailing import QueueFull

    class Full(Refusing):
        def put(self, database: object, changes: object, report: object) -> None:
            raise QueueFull("too many deliveries wait")

    desk = Desk(tmp_path, log)
    add(log, 1, 2)
    desk.drain()
    desk.keep()
    desk.tail._outlet = Full()
    add(log, 3, 4)
    desk.drain()
    desk.keep()
    assert desk.tail.blocked
    desk.kill()
    desk.start()
    desk.run.texts.clear()
    once_each(closed(desk), 2, 3, 4)


def test_17_a_partial_line_is_joined_later_and_counts_after_a_pause(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnose.live.readings.FLUSH", 0.3)
    desk = Desk(tmp_path, log)
    text = line(1) + " for the caf\u00e9\n"
    cut = text.encode().index("\u00e9".encode()) + 1
    log.write_bytes(text.encode()[:cut])
    desk.drain()
    assert desk.changes == []
    desk.until(lambda: bool(desk.changes))
    assert desk.changes[0].finding.count == 1
    with log.open("ab") as writer:
        writer.write(text.encode()[cut:])
    desk.drain()
    report = desk.stop()
    assert [finding.count for finding in report.findings] == [1]
    assert report.findings[0].evidence[0].text.endswith("caf\u00e9")


@pytest.mark.slow
def test_18_a_line_of_a_hundred_megabytes(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log, block=65_536, engine="")
    add(log, 1)
    desk.drain()  # what is imported and compiled once does not count
    with log.open("a") as writer:
        for _ in range(100):
            writer.write("x" * (1 << 20))
        writer.write("\n" + lines(2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    once_each(closed(desk), 1, 2)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "KiB"


TRACE = "2026-11-23T10:00:00.000000Z ERROR request failed\nError: the fan broke 1\n    at spin (/srv/fan.js:1:1)\n"
MORE = "    at turn (/srv/turn.js:2:2)\n    at run (/srv/run.js:3:3)\n"


@pytest.mark.parametrize("how", ["restart", "kill", "rotate", "cold"])
def test_19_a_trace_that_is_open_at_rotation_or_restart(tmp_path: Path, log: Path, how: str) -> None:
    desk = Desk(tmp_path, log, warm=1)
    log.write_text(TRACE)
    desk.until(lambda: bool(desk.changes))
    desk.keep()
    if how == "restart":
        desk.restart()
    elif how == "kill":
        desk.kill()
        desk.start()
    elif how == "cold":
        reader = next(iter(desk.tail.readings._readers.values()))
        reader.steps.close()  # type: ignore[union-attr]
        reader.steps = reader.last = None
    with log.open("a") as writer:
        if how == "rotate":
            log.rename(f"{log}.1")
            add(log, 7)
            desk.drain()
        writer.write(MORE)
    desk.drain()
    report = desk.stop()
    assert sum("broke 1" in text for text in desk.run.texts) == 1
    assert next(text for text in desk.run.texts if "broke 1" in text).count("\n") == 4, "whole, with all its frames"
    assert sum(finding.count for finding in report.findings) == (2 if how == "rotate" else 1)


def test_20_a_symlink_that_is_switched_and_two_paths_to_one_file(tmp_path: Path, log: Path) -> None:
    pods = tmp_path / "pods"
    pods.mkdir()
    add(pods / "0.log", 1)
    log.symlink_to(pods / "0.log")
    os.link(pods / "0.log", log.with_name("same.log"))
    desk = Desk(tmp_path, log.parent / "*.log", pods / "0.log")
    desk.drain()
    add(pods / "0.log", 2)
    desk.drain()
    add(pods / "0.log", 3)
    add(pods / "1.log", 4)
    log.unlink()
    log.symlink_to(pods / "1.log")
    desk.drain()
    add(pods / "0.log", 5)
    add(pods / "1.log", 6)
    once_each(closed(desk), 1, 2, 3, 4, 5, 6)


def test_21_a_glob_that_gains_and_loses_files_with_few_descriptors(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log.parent / "**" / "*.log", descriptors=8, warm=4)
    expected = []
    for turn in range(3):
        for number in range(30):
            path = log.parent / f"svc{turn}" / f"{chr(97 + number % 26)}{number}x.log"
            path.parent.mkdir(exist_ok=True)
            add(path, turn * 1_000 + number, turn * 1_000 + 500 + number)
            expected += [turn * 1_000 + number, turn * 1_000 + 500 + number]
        desk.drain()
        assert sum(file.is_open for file in desk.files.follower.files.values()) <= 8
        assert desk.tail.readings.warm <= 5
        if turn:
            shutil.rmtree(log.parent / f"svc{turn - 1}")
    once_each(closed(desk), *expected)


@pytest.mark.skipif(os.geteuid() == 0 and not hasattr(os, "seteuid"), reason="permissions do not bind root")
def test_21_more_files_than_descriptors_at_the_first_look(tmp_path: Path, log: Path) -> None:
    for number in range(200):
        add(log.with_name(f"{number}.log"), number)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    desk = Desk(tmp_path, log.parent, descriptors=20)
    # The limit is one of numbers: it leaves 100 more than are open, once the holes below the highest are counted in.
    opened = sorted(map(int, os.listdir("/proc/self/fd")))
    limit, free = 0, 100
    while free >= 0:
        free -= limit not in opened
        limit += 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limits[1]))
    try:
        desk.drain()
        for number in range(200):
            add(log.with_name(f"{number}.log"), 200 + number)
        # A file that could not be opened is tried again after a while.
        desk.until(lambda: not any(file.behind for file in desk.files.follower.files.values()))
        once_each(closed(desk), *range(400))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert desk.warnings == []


@pytest.mark.parametrize("watched", ["", "*"])
def test_21_a_folder_that_cannot_be_looked_at_for_a_while_has_lost_nothing(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, watched: str
) -> None:
    add(log, 1)
    desk = Desk(tmp_path, log.parent / watched, warm=1)
    desk.drain()
    add(log, 2)
    with monkeypatch.context() as patch:

        def scandir(folder: str) -> None:
            raise OSError(errno.EMFILE, "Too many open files", folder)

        patch.setattr(os, "scandir", scandir)
        desk.files.follower.files[next(iter(desk.files.follower.files))].rest()
        desk.files.poll(discover=True)
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)
    assert all("deleted" not in warning for warning in desk.warnings)


def test_21_a_name_that_is_no_utf_8_and_has_more_than_a_line(tmp_path: Path, log: Path) -> None:
    path = os.fsencode(log.parent) + b"/b\xff\xfe\nd.log"
    with open(path, "w") as writer:
        writer.write(lines(1))
    desk = Desk(tmp_path, log.parent)
    desk.drain()
    desk.keep()
    desk.kill()
    desk.start()
    with open(path, "a") as writer:
        writer.write(lines(2))
    desk.drain()
    told = desk.stop()
    assert [finding.count for finding in told.findings] == [2]
    assert told.findings[0].evidence[0].source.endswith("/b\\xff\\xfe\nd.log")


def test_22_permission_denied_then_granted(tmp_path: Path, log: Path) -> None:
    add(log, 1, 2)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o755)
    log.chmod(0)
    desk = Desk(tmp_path, log)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        desk.drain()
        assert desk.run.texts == []
        desk.drain()
    finally:
        if root:
            os.seteuid(0)
    assert sum("ermission denied" in warning for warning in desk.warnings) == 1
    log.chmod(0o644)
    once_each(closed(desk), 1, 2)


@pytest.mark.parametrize("other", ["folder", "fifo"])
def test_22_a_file_replaced_by_a_folder_or_a_pipe(tmp_path: Path, log: Path, other: str) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1)
    desk.drain()
    log.rename(f"{log}.1")
    log.mkdir() if other == "folder" else os.mkfifo(log)
    desk.drain()
    log.rmdir() if other == "folder" else log.unlink()
    add(log, 2)
    once_each(closed(desk), 1, 2)


@pytest.mark.parametrize("inotify", [False, True])
def test_23_polling_alone_is_complete(tmp_path: Path, log: Path, inotify: bool) -> None:
    desk = Desk(tmp_path, f"{log}*", inotify=inotify)
    for number in range(1, 40, 2):
        add(log, number, number + 1)
        if number % 10 == 1:
            log.rename(f"{log}.{number}")
        desk.drain()
    once_each(closed(desk), *range(1, 41))


def cri(stamp: int, kind: str, text: str) -> str:
    return f"2026-11-23T10:00:{stamp:02d}.000000000Z stdout {kind} {text}\n"


def test_24_cri_parts_across_a_restart_and_holes_after_a_truncation(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    log.write_text(cri(1, "F", "all well") + cri(2, "P", "ERROR the fan "))
    desk.drain()
    desk.keep()
    desk.kill()
    desk.start()
    with log.open("a") as writer:
        writer.write(cri(2, "F", "broke 1") + cri(3, "F", "all well"))
    desk.drain()
    report = desk.stop()
    assert [finding.count for finding in report.findings] == [1]


def test_24_holes_of_nul_bytes(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    with log.open("w") as writer:  # keeps its place, other than one that appends
        writer.write(lines(1, 2, 3))
        writer.flush()
        desk.drain()
        shutil.copy(log, f"{log}.1")
        os.truncate(log, 0)
        desk.drain()
        writer.write(lines(4))
        writer.flush()
        assert log.read_bytes().startswith(b"\0")
    once_each(closed(desk), 1, 2, 3, 4)


def test_25_the_clock_jumps_backwards(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, f"{log}*")
    add(log, 1)
    desk.drain()
    os.utime(log, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    add(log, 2)
    desk.drain()
    log.rename(f"{log}.1")
    add(log, 3)
    os.utime(log, (900_000_000, 900_000_000))
    desk.drain()
    add(log, 4)
    once_each(closed(desk), 1, 2, 3, 4)


def test_a_rotated_file_rests_and_comes_back_when_it_grows(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "LINGER", 0.0)
    desk = Desk(tmp_path, log)
    with log.open("a") as old:
        old.write(lines(1))
        old.flush()
        desk.drain()
        log.rename(f"{log}.1")
        add(log, 2)
        desk.until(lambda: bool(desk.files.follower.resting))
        old.write(lines(3))
        old.flush()
        desk.drain()
    once_each(closed(desk), 1, 2, 3)


def test_without_from_start_what_is_there_is_passed_over_and_framed_all_the_same(tmp_path: Path, log: Path) -> None:
    log.write_text(lines(1) + TRACE)
    desk = Desk(tmp_path, log, from_start=False)
    desk.drain()
    time.sleep(0.3)
    desk.drain()
    assert desk.changes == []
    with log.open("a") as writer:
        writer.write(MORE + lines(2))
    desk.drain()
    report = desk.stop()
    assert [finding.evidence[0].line for finding in report.findings] == [7], "line numbers are the file's own"


def test_a_copy_that_somebody_goes_on_with_is_followed(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "SETTLED", 0.05)
    desk = Desk(tmp_path, f"{log}*")
    add(log, 1, 2)
    desk.drain()
    shutil.copy(log, f"{log}.1")
    desk.drain()
    time.sleep(0.1)
    add(Path(f"{log}.1"), 3)
    once_each(closed(desk), 1, 2, 3)


def test_the_state_folder_is_private(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    desk.stop()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def rotated(log: Path, numbers: tuple[int, ...], *, ending: str = ".gz") -> None:
    """As logrotate with `compress`: older ones move on, the log becomes .1 and is compressed."""
    kept = sorted(log.parent.glob(f"{log.name}.*{ending}"), key=lambda path: -int(path.suffixes[-2][1:]))
    for path in kept:
        path.rename(f"{log}.{int(path.suffixes[-2][1:]) + 1}{ending}")
    add(log, *numbers)
    Path(f"{log}.1{ending}").write_bytes(PACKERS[ending](log.read_bytes()))
    log.unlink()
    log.touch()


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd_module().compress}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("watched", ["app.log", "*"])
@pytest.mark.parametrize("running", [True, False])
def test_02_and_03_several_rotations_compressed_before_anybody_looked(
    tmp_path: Path, log: Path, ending: str, watched: str, running: bool
) -> None:
    desk = Desk(tmp_path, log.parent / watched)
    add(log, 1, 2)
    rotated(log, ())  # was there before: no news
    desk.drain()
    add(log, 3)
    desk.drain()
    desk.keep()
    kept = list(desk.run.texts)
    if not running:
        desk.kill()
    rotated(log, (4, 5), ending=ending)
    rotated(log, (6, 7), ending=ending)
    rotated(log, (8,), ending=ending)
    add(log, 9)
    if not running:
        desk.start()
        desk.drain()
    once_each([*(kept if not running else []), *closed(desk)], 3, 4, 5, 6, 7, 8, 9)


def test_03_a_file_that_was_empty_when_it_was_seen_last(tmp_path: Path, log: Path) -> None:
    log.touch()
    desk = Desk(tmp_path, log)
    desk.drain()
    desk.keep()
    desk.kill()
    rotated(log, (1, 2))
    add(log, 3)
    desk.start()
    once_each(closed(desk), 1, 2, 3)


def test_04_a_file_that_was_empty_when_it_was_seen_last(tmp_path: Path, log: Path) -> None:
    log.touch()
    desk = Desk(tmp_path, log)
    desk.drain()
    desk.keep()
    desk.kill()
    add(log, 1, 2)
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 3)
    desk.start()
    once_each(closed(desk), 1, 2, 3)


def test_03_killed_while_the_compressed_rest_is_read(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1)
    desk.drain()
    desk.keep()
    desk.kill()
    add(log, *range(2, 400))
    rotated(log, ())
    desk.start()
    desk.once()
    desk.once()
    desk.keep()
    kept = list(desk.run.texts)
    assert 1 < len(kept) < 399
    desk.kill()
    Path(f"{log}.1.gz").rename(f"{log}.2.gz")
    desk.start()
    once_each([*kept, *closed(desk)], *range(1, 400))


def test_03_while_it_is_being_compressed_it_is_not_taken_for_another(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1, 2, 3)
    desk.drain()
    whole = gzip.compress(log.read_bytes())
    log.rename(f"{log}.1")
    add(log, 4)
    for size in (0, 20, len(whole)):
        Path(f"{log}.1.gz").write_bytes(whole[:size])
        desk.drain()
    Path(f"{log}.1").unlink()
    add(log, 5)
    desk.drain()
    once_each(closed(desk), 1, 2, 3, 4, 5)


def test_02_the_path_was_nobodys_when_it_was_looked_at_last(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1)
    desk.drain()
    log.rename(f"{log}.1")
    desk.drain()
    Path(f"{log}.1").rename(f"{log}.2")
    add(log, 2)
    log.rename(f"{log}.1")
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)


def found_and_kept(tmp_path: Path, log: Path) -> Desk:
    """A tail between its look for files and the reading of them: its log grew, and was rotated and compressed."""
    log.write_text(line(1)[:20])
    desk = Desk(tmp_path, log)
    desk.drain()
    with log.open("a") as writer:
        writer.write(line(1)[20:] + "\n" + lines(2, 3))
    rotated(log, ())
    desk.files.poll(discover=True)
    desk.keep()
    return desk


def test_03_a_file_that_was_found_but_not_read_is_not_read_out_of_what_it_was_compressed_to_as_well(
    tmp_path: Path, log: Path
) -> None:
    desk = found_and_kept(tmp_path, log)
    desk.files.poll(discover=True)
    once_each(closed(desk), 1, 2, 3)


def test_03_found_but_not_read_and_killed_it_is_read_out_of_what_it_was_compressed_to(tmp_path: Path, log: Path) -> None:
    desk = found_and_kept(tmp_path, log)
    desk.kill()
    desk.start()
    once_each(closed(desk), 1, 2, 3)


@pytest.mark.parametrize("watched", ["app.log", "*"])
def test_04_copied_before_a_line_of_it_was_read_and_truncated_before_the_next_look(
    tmp_path: Path, log: Path, watched: str
) -> None:
    log.touch()
    desk = Desk(tmp_path, log.parent / watched)
    desk.drain()
    add(log, 1, 2)
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 3)
    desk.files.poll(discover=False)
    add(log, 4)
    once_each(closed(desk), 1, 2, 3, 4)


@pytest.mark.parametrize("watched", ["app.log", "*"])
def test_04_copied_unread_and_compressed_before_the_next_look(tmp_path: Path, log: Path, watched: str) -> None:
    log.touch()
    desk = Desk(tmp_path, log.parent / watched)
    desk.drain()
    for number in (1, 3):
        add(log, number, number + 1)
        Path(f"{log}.{number}.gz").write_bytes(gzip.compress(log.read_bytes()))
        os.truncate(log, 0)
    once_each(closed(desk), 1, 2, 3, 4)


@pytest.mark.parametrize("watched", ["app.log", "*"])
def test_04_copied_unread_and_truncated_after_it_was_read(tmp_path: Path, log: Path, watched: str) -> None:
    log.touch()
    desk = Desk(tmp_path, log.parent / watched)
    desk.drain()
    add(log, 1, 2)
    for part in (0, 30, log.stat().st_size):
        Path(f"{log}.1").write_bytes(log.read_bytes()[:part])
        desk.files.poll(discover=True)
    desk.drain()
    os.truncate(log, 0)
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)


@pytest.mark.parametrize("watched", ["app.log", "*"])
def test_04_copied_slowly_while_nothing_can_be_read(tmp_path: Path, log: Path, watched: str) -> None:
    log.touch()
    desk = Desk(tmp_path, log.parent / watched)
    desk.drain()
    add(log, 1, 2)
    for part in (None, None, None, 0, 30, 60, log.stat().st_size):
        if part is not None:
            Path(f"{log}.1").write_bytes(log.read_bytes()[:part])
        desk.files.poll(discover=True)
    os.truncate(log, 0)
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)


@pytest.mark.parametrize("watched", ["app.log", "*"])
@pytest.mark.parametrize("compressed", [False, True])
def test_04_truncated_twice_before_the_next_look(tmp_path: Path, log: Path, watched: str, compressed: bool) -> None:
    desk = Desk(tmp_path, log.parent / watched)
    add(log, 1)
    desk.drain()
    for number in (2, 3, 4):
        add(log, number)
        copy = Path(f"{log}.{number}.gz" if compressed else f"{log}.{number}")
        copy.write_bytes(gzip.compress(log.read_bytes()) if compressed else log.read_bytes())
        os.truncate(log, 0)
    add(log, 5)
    once_each(closed(desk), 1, 2, 3, 4, 5)


def test_04_truncated_when_half_a_line_was_read(tmp_path: Path, log: Path) -> None:
    log.touch()
    desk = Desk(tmp_path, log)
    desk.drain()
    log.write_text(lines(1)[:30])
    desk.drain()
    with log.open("a") as writer:
        writer.write(lines(1)[30:] + lines(2))
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 3)
    once_each(closed(desk), 1, 2, 3)


def test_04_a_copy_that_is_known_keeps_being_so_when_it_is_renamed_after_a_restart(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log.parent)
    add(log, 1, 2, 3)
    desk.drain()
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 4)
    desk.drain()
    desk.keep()
    kept = list(desk.run.texts)
    desk.kill()
    desk.start()
    desk.drain()
    Path(f"{log}.1").rename(f"{log}.2")
    add(log, 5)
    once_each([*kept, *closed(desk)], 1, 2, 3, 4, 5)


def test_05_grown_past_the_old_offset_and_renamed_before_the_next_look(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1)
    desk.drain()
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 2, 3)
    log.rename(f"{log}.2")
    add(log, 4)
    once_each(closed(desk), 1, 2, 3, 4)


def test_05_grown_past_the_old_offset_while_it_was_cold(tmp_path: Path, log: Path) -> None:
    other = log.with_name("other.log")
    desk = Desk(tmp_path, log, other, warm=1)
    add(log, 1)
    desk.drain()
    add(other, 100, 101)
    desk.drain()
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    add(log, 2, 3, 4)
    once_each(closed(desk), 1, 2, 3, 4, 100, 101)


def test_12_a_path_that_has_no_file_for_a_while_keeps_its_old_rotated_ones_apart(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "LINGER", 0.0)
    Path(f"{log}.2.gz").write_bytes(gzip.compress(lines(100, 101).encode()))
    add(log, 1)
    desk = Desk(tmp_path, log)
    desk.drain()
    Path(f"{log}.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    for _ in range(3):
        desk.drain()
    add(log, 2)
    once_each(closed(desk), 1, 2)


@pytest.mark.parametrize("watched", ["app.log", "*"])
@pytest.mark.parametrize("seen", [False, True], ids=["", "the copy was seen before"])
def test_04_a_copy_that_is_shorter_than_what_was_read_of_a_busy_log(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, watched: str, seen: bool
) -> None:
    monkeypatch.setattr(copies, "PATIENCE", 0.0)
    desk = Desk(tmp_path, log.parent / watched)
    for number in range(1, 200):
        add(log, number)
        if number % 10 == 0:
            desk.drain()
    shutil.copy(log, f"{log}.1")
    if seen:
        desk.drain()
    add(log, 200, 201)
    desk.tail.readings.turn(desk.files.ready(), desk.files.ended)
    desk.files.poll(discover=False)
    desk.tail.readings.turn(desk.files.ready(), desk.files.ended)
    os.truncate(log, 0)
    add(log, 202)
    for _ in range(3):
        desk.drain()
    once_each(closed(desk), *range(1, 203))


def test_07_an_inode_without_a_fingerprint_is_another_files_after_a_restart(tmp_path: Path, log: Path) -> None:
    desk = Desk(tmp_path, log)
    add(log, 1)
    desk.drain()
    log.rename(f"{log}.1")
    log.touch()
    desk.drain()
    log.rename(f"{log}.2")  # empty, and followed
    add(log, 2, 3)
    desk.drain()
    desk.keep()
    kept = list(desk.run.texts)
    desk.kill()
    # What a reused inode is: the same number, here for the copy that `copytruncate` makes.
    Path(f"{log}.2").write_bytes(log.read_bytes())
    Path(f"{log}.2").rename(f"{log}.3")
    os.truncate(log, 0)
    add(log, 4)
    desk.start()
    once_each([*kept, *closed(desk)], 1, 2, 3, 4)

"""The cache: whatever happens to its files, a run gets the right data or none."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from diagnose.cache import KEEP, MAGIC, Cache, user_cache


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def entry(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("data", [b"", b"x", os.urandom(100_000)])
def test_what_is_put_is_got(folder: Path, data: bytes) -> None:
    cache = Cache(folder)
    assert cache.get("name") is None
    cache.put("name", data)
    assert cache.get("name") == data
    assert cache.get("other") is None
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entry(folder).stat().st_mode & 0o777 == 0o600
    cache.put("name", data + b"2")
    assert cache.get("name") == data + b"2"


def test_every_damage_is_noticed(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("name", b"the data")
    good = entry(folder).read_bytes()
    for at in range(len(good)):
        cut = good[:at]
        flipped = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        for bad in (cut, flipped, good + good[at : at + 1]):
            (folder / "name.entry").write_bytes(bad)
            assert cache.get("name") is None
            assert not (folder / "name.entry").exists(), "what is damaged is cleared away"


def test_random_bytes_are_no_entry(folder: Path) -> None:
    draw = random.Random(7)
    cache = Cache(folder)
    cache.put("name", b"x")
    for size in (0, 1, 16, 40, 57, 58, 1000):
        (folder / "name.entry").write_bytes(draw.randbytes(size))
        assert cache.get("name") is None
        (folder / "name.entry").write_bytes(MAGIC + draw.randbytes(size))
        assert cache.get("name") is None


def test_an_entry_under_another_name_is_none(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("one", b"x")
    (folder / "one.entry").rename(folder / "two.entry")
    assert cache.get("two") is None


def test_names_cannot_leave_the_folder(folder: Path) -> None:
    cache = Cache(folder)
    for name in ("../../up", "/etc/passwd", "a/b", "x" * 1000, "ü\n\0", ""):
        cache.put(name, name.encode())
        assert cache.get(name) == name.encode()
    assert all(path.parent == folder for path in folder.rglob("*"))
    assert sorted(path.name for path in folder.parent.iterdir()) == ["cache"]


def test_another_users_entry_is_not_read(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("name", b"x")
    path = entry(folder)
    path.chmod(0o666)
    assert cache.get("name") is None
    if os.geteuid() == 0:
        cache.put("name", b"x")
        os.chown(folder / "name.entry", 12345, 12345)
        assert cache.get("name") is None


def test_links_pipes_and_folders_are_not_read(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("real", b"x")
    for number, make in enumerate((lambda p: p.symlink_to(folder / "real.entry"), os.mkfifo, Path.mkdir)):
        make(folder / f"n{number}.entry")
        assert cache.get(f"n{number}") is None


def test_a_folder_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file/below", Path("/proc/none/cache"), Path("/dev/null")):
        cache = Cache(folder)
        cache.put("name", b"x")
        assert cache.get("name") is None


def test_no_cache_at_all() -> None:
    cache = Cache(None)
    cache.put("name", b"x")
    assert cache.get("name") is None


def test_the_entries_used_last_stay(folder: Path) -> None:
    cache = Cache(folder)
    for number in range(KEEP):
        cache.put(f"n{number}", b"x")
        os.utime(folder / f"n{number}.entry", (1_000_000 + number, 1_000_000 + number))
    assert cache.get("n0") == b"x", "and was used just now"
    (folder / "9-dead.part").write_text("half")
    os.utime(folder / "9-dead.part", (1, 1))
    (folder / "9-alive.part").write_text("half")
    (folder / "somebody's.txt").write_text("x")
    cache.put("new", b"x")
    left = {path.name for path in folder.iterdir()}
    assert {"n0.entry", "new.entry", "9-alive.part", "somebody's.txt"} <= left
    assert not {"n1.entry", "9-dead.part"} & left
    assert len([name for name in left if name.endswith(".entry")]) == KEEP


def test_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIAGNOSE_CACHE", str(tmp_path))
    assert user_cache().folder == tmp_path
    for word in ("", "off"):
        monkeypatch.setenv("DIAGNOSE_CACHE", word)
        assert user_cache().folder is None
    monkeypatch.delenv("DIAGNOSE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = user_cache().folder
    assert folder is not None
    assert folder.name == "diagnose"

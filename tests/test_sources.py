"""What a user types becomes inputs, in a fixed order; what is no log is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagnose.errors import InputError
from diagnose.sources import STDIN, find, is_binary
from diagnose.sources.file import FileOpener


def plant(folder: Path, *names: str, content: bytes = b"a line\n") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(folder: Path, *locations: str) -> list[str]:
    inputs, errors = find(str(folder / location) if location != STDIN else STDIN for location in locations)
    assert not errors
    return [os.path.relpath(item.name, folder) if item.name != STDIN else STDIN for item in inputs]


def test_a_folder_is_walked_in_order_without_hidden_files_and_links(tmp_path: Path) -> None:
    plant(tmp_path, "b.log", "a.log", "sub/c.log", ".hidden", ".git/config", "sub/.x/y.log")
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    plant(tmp_path, "core", content=b"\x7fELF" + bytes(100))
    plant(tmp_path, "holes", content=bytes(100))
    assert names(tmp_path, ".") == ["a.log", "b.log", "sub/c.log"]


def test_what_is_named_is_taken_once_wherever_it_is_named(tmp_path: Path) -> None:
    plant(tmp_path, "a.log", ".hidden", "sub/b.log")
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    assert names(tmp_path, "a.log", "link.log", "*.log", ".") == ["a.log", "sub/b.log"]
    assert names(tmp_path, "link.log", "a.log") == ["link.log"]
    assert names(tmp_path, ".hidden") == [".hidden"]
    assert names(tmp_path, STDIN, "a.log", STDIN) == [STDIN, "a.log"]


def test_a_glob_may_cross_folders_and_a_name_may_look_like_one(tmp_path: Path) -> None:
    plant(tmp_path, "x/1.log", "x/y/2.log", "[1].log", "1.log")
    assert names(tmp_path, "**/*.log") == ["1.log", "[1].log", "x/1.log", "x/y/2.log"]
    assert names(tmp_path, "[1].log") == ["[1].log"]
    assert names(tmp_path, "?") == ["x/1.log", "x/y/2.log"]


def test_what_is_not_there_is_told_and_the_rest_found(tmp_path: Path) -> None:
    plant(tmp_path, "a.log")
    inputs, errors = find([str(tmp_path / "no"), str(tmp_path / "no*"), "", str(tmp_path / "a.log"), "x\0y"])
    assert [os.path.basename(item.name) for item in inputs] == ["a.log"]
    assert [error.reason for error in errors][:3] == ["no such file or folder", "no file matches", "no such file or folder"]
    assert len(errors) == 4


def test_an_input_tells_its_size_and_time(tmp_path: Path) -> None:
    plant(tmp_path, "a.log")
    os.utime(tmp_path / "a.log", (1_000, 2_000.5))
    (item,) = find([str(tmp_path / "a.log")])[0]
    assert (item.size, item.modified) == (7, 2_000_500_000)
    assert find([STDIN])[0][0].modified is None


@pytest.mark.parametrize(
    ("content", "binary"), [(b"", False), (b"text\n", False), (b"a\0b" * 10, True), (b"x" * 99 + b"\0", False)]
)
def test_binary_is_told_from_the_head(tmp_path: Path, content: bytes, binary: bool) -> None:
    plant(tmp_path, "file", content=content)
    assert is_binary(str(tmp_path / "file")) is binary


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_cannot_be_opened_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as told:
        FileOpener().open(str(tmp_path / name))
    assert told.value.source == str(tmp_path / name)


def test_opening_leaves_nothing_open_behind_it(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    for _ in range(5):
        with pytest.raises(InputError):
            FileOpener().open(str(tmp_path))
    after = set(os.listdir("/proc/self/fd")) if before else set()
    assert len(after) == len(before)

"""Whatever logs are packed in: what is read is what was packed, and of what is damaged as much as there is."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import os
import random
import tarfile
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.errors import InputError, UsageError
from diagnose.model import Unread
from diagnose.sources import Input, ahead, codecs, find, unpacked
from diagnose.sources.limits import USUAL, Limits, read_limits
from diagnose.sources.stream import Opened, Stream
from diagnose.sources.unfold import Unfolder
from tests.packing import ARCHIVES, STREAMS, tar, zip_
from tests.shell import shell, write_rules

FAN = b"2026-11-23T10:00:00Z ERROR the fan broke down\n"
PUMP = b"2026-11-23T10:00:01Z ERROR the pump broke down\n"
LINES = b"".join(b"2026-11-23T10:00:00Z INFO line %d of a log\n" % number for number in range(1_000))
SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def _beside() -> Iterator[None]:
    """All of it is unpacked by a thread here; other tests unpack what is small without one."""
    before, ahead.SMALL = ahead.SMALL, 0
    yield
    ahead.SMALL = before


class Cut(io.BytesIO):
    """Gives at most `size` bytes a read."""

    def __init__(self, data: bytes, size: int = 1 << 30) -> None:
        super().__init__(data)
        self.size = size

    def readinto(self, buffer: Any, /) -> int:
        return super().readinto(memoryview(buffer)[: self.size])


def unfold(
    data: bytes, *, limits: Limits = USUAL, size: int = 1 << 30, named: bool = True, name: str = "in"
) -> tuple[dict[str, bytes], list[Unread]]:
    """The logs by name, and what was not read."""
    notes: list[Unread] = []
    logs: dict[str, bytes] = {}
    try:
        for item, stream in Unfolder(Cut(data, size), limits, notes.append).logs(Input(name, named=named)):  # type: ignore[arg-type]
            room, parts = bytearray(10_000), []
            while count := stream.readinto(memoryview(room)):
                parts.append(bytes(room[:count]))
            logs[item.name] = b"".join(parts)
    except InputError as error:
        notes.append(Unread(error.source, error.reason))
    return logs, notes


# ---------------------------------------------------------------- what was packed


@pytest.mark.parametrize("size", [1, 700, 1 << 30])
@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("content", [b"", FAN, LINES], ids=["nothing", "a line", "lines"])
def test_a_packed_stream_gives_what_was_packed(kind: str, content: bytes, size: int) -> None:
    data = STREAMS[kind](content)
    if size == 1 and len(data) > 3_000:
        data, content = STREAMS[kind](LINES[:4_000]), LINES[:4_000]
    assert unfold(data, size=size) == ({"in": content}, [])


@pytest.mark.parametrize("size", [7, 1 << 30])
@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_gives_its_files_in_order(kind: str, size: int) -> None:
    files = {"var/log/b.log": LINES, "a.log": FAN, "var/empty": b"", "c" * 90 + "/x.log": PUMP}
    logs, notes = unfold(ARCHIVES[kind](files), size=size)
    assert list(logs.items()) == [(f"in!/{name}", content) for name, content in files.items()]
    assert notes == []


@pytest.mark.parametrize("outer", STREAMS)
@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("inner", ["gzip", "zstd", "two bzip2"])
def test_archives_packed_and_full_of_packed_files_are_read(outer: str, kind: str, inner: str) -> None:
    data = STREAMS[outer](ARCHIVES[kind]({"a.gz": STREAMS[inner](FAN), "b": PUMP}))
    assert unfold(data) == ({"in!/a.gz": FAN, "in!/b": PUMP}, [])


@pytest.mark.parametrize("outer", ["tar", "zip", "piped zip"])
@pytest.mark.parametrize("inner", ARCHIVES)
def test_archives_in_archives_are_read(outer: str, inner: str) -> None:
    data = ARCHIVES[outer]({"x.arc": ARCHIVES[inner]({"a/b.log": FAN}), "c.log": PUMP})
    assert unfold(data) == ({"in!/x.arc!/a/b.log": FAN, "in!/c.log": PUMP}, [])


@pytest.mark.parametrize("long", ["d" * 99 + "/", "e/" * 120])
@pytest.mark.parametrize("kind", ["tar", "gnu tar"])
def test_long_names_are_told_whole(kind: str, long: str) -> None:
    name = f"{long * 2}{'n' * 140}.log"
    assert list(unfold(ARCHIVES[kind]({name: FAN}))[0]) == [f"in!/{name}"]


def test_a_file_tells_its_time() -> None:
    for data in (tar({"a": FAN}), tar({"a": FAN}, tarfile.USTAR_FORMAT), zip_({"a": FAN})):
        (item,) = [item for item, _ in Unfolder(Cut(data), USUAL, print).logs(Input("in"))]  # type: ignore[arg-type]
        assert item.modified == 1_795_435_200_000_000


def test_folders_links_devices_hidden_and_binary_files_are_passed_over() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("d", tarfile.DIRTYPE), ("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("n", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name, content in (
            ("core", b"\x7fELF" + bytes(600)),
            (".x", FAN),
            ("a/.git/y", FAN),
            ("holes", bytes(999)),
            ("z", FAN),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert unfold(out.getvalue()) == ({"in!/z": FAN}, [])


def test_a_packed_program_is_told_where_it_was_named_and_left_out_where_it_was_found() -> None:
    data = gzip.compress(b"\x7fELF" + bytes(100))
    assert unfold(data) == ({}, [Unread("in", "this is a program, no log")])
    assert unfold(data, named=False) == ({}, [])


def test_a_sparse_file_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    header = bytearray(tar({"s": b"x" * 600})[:512])
    header[156:157] = b"S"
    header[482] = 1
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    data = bytes(header) + bytes(512) + b"x" * 600 + bytes(424) + tar({"a": FAN})
    logs, notes = unfold(data)
    assert (logs, notes) == ({"in!/a": FAN}, [Unread("in!/s", "it is a sparse file")])


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize("kind", STREAMS)
def test_of_a_stream_that_was_cut_off_all_that_is_there_is_read(kind: str) -> None:
    data = STREAMS[kind](LINES)
    read = []
    for part in (0.3, 0.6, 0.95):
        cut = data[: int(len(data) * part)] if "padded" not in kind else data[: int((len(data) - 1_000) * part)]
        logs, notes = unfold(cut)
        content = logs["in"]
        assert LINES.startswith(content)
        read.append(len(content))
        if content != LINES[: len(LINES) // 2]:
            (note,) = notes
            assert (note.source, note.offset) == ("in", len(content))
            assert note.reason.startswith("incomplete: the ")
            assert note.reason.endswith("data ends too early")
    assert read == sorted(read)
    assert "gzip" not in kind or read[0] > 0


@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz", "lz4", "bzip2"])
def test_a_wrong_check_sum_costs_no_line(kind: str) -> None:
    """Only what the very last bytes unpack to is at risk."""
    packers: dict[str, Any] = {**STREAMS, "zstd": _zstd_with_sum, "xz": lambda data: lzma.compress(data, check=lzma.CHECK_CRC32)}
    data = bytearray(packers[kind](FAN + LINES))
    at = {"gzip": -6, "zstd": -2, "bzip2": -3, "lz4": -2, "xz": -40}[kind]
    data[at] ^= 0xFF
    logs, notes = unfold(bytes(data))
    assert notes
    assert notes[0].reason.startswith(f"incomplete: the {kind} data ")
    if kind in ("gzip", "zstd"):
        assert len(logs["in"]) > len(LINES) * 0.9


def _zstd_with_sum(data: bytes) -> bytes:
    module = codecs.zstd_module()
    return bytes(module.compress(data, options={module.CompressionParameter.checksum_flag: 1}))


def test_garbage_behind_a_stream_is_told_and_its_lines_kept() -> None:
    logs, notes = unfold(gzip.compress(LINES) + b"garbage that is no gzip at all")
    assert logs == {"in": LINES}
    assert [note.reason for note in notes] == ["incomplete: what follows the gzip data is something else"]


@pytest.mark.parametrize("kind", ARCHIVES)
def test_of_an_archive_that_was_cut_off_the_files_before_are_whole(kind: str) -> None:
    random.seed(1)
    noise = b"\n".join(random.randbytes(30).hex().encode() for _ in range(400))
    data = ARCHIVES[kind]({"a": FAN, "b": noise, "c": PUMP})
    logs, notes = unfold(data[: len(data) // 2])
    assert logs["in!/a"] == FAN
    assert noise.startswith(logs["in!/b"])
    assert "in!/c" not in logs
    assert [note.source for note in notes] == ["in!/b", "in"]
    assert all(note.reason.startswith("incomplete: ") for note in notes)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_file_in_a_zip_is_told_and_the_next_one_read(method: int) -> None:
    data = bytearray(zip_({"a": LINES, "b": PUMP}, method=method))
    data[2_000] ^= 0xFF
    logs, notes = unfold(bytes(data))
    assert logs["in!/b"] == PUMP
    assert [(note.source, note.reason.split(":")[0]) for note in notes] == [("in!/a", "incomplete")]


def test_a_damaged_header_in_a_tar_ends_it_there() -> None:
    data = bytearray(tar({"a": FAN, "b": PUMP}, tarfile.USTAR_FORMAT))
    data[1_024 + 3] ^= 0xFF
    logs, notes = unfold(bytes(data))
    assert logs == {"in!/a": FAN}
    assert notes == [Unread("in", "incomplete: the tar archive is damaged: this is no header", 1_536)]


def test_what_a_zip_cannot_tell_or_is_encrypted_is_named() -> None:
    stored = zip_({"a": FAN, "b": FAN}, method=zipfile.ZIP_STORED, piped=True)
    assert [note.source for note in unfold(stored)[1]] == ["in!/a", "in"]
    locked = bytearray(zip_({"a": FAN, "b": PUMP}))
    locked[6] |= 1
    assert unfold(bytes(locked)) == ({"in!/b": PUMP}, [Unread("in!/a", "it is encrypted")])
    odd = bytearray(zip_({"a": FAN, "b": PUMP}))
    odd[8] = 9
    assert unfold(bytes(odd))[1] == [Unread("in!/a", "it is packed by method 9, which is not read")]


def test_a_missing_library_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lz4", None)
    monkeypatch.setitem(__import__("sys").modules, "lz4.frame", None)
    assert unfold(STREAMS["lz4"](FAN))[1] == [Unread("in", "this is lz4: pip install 'diagnose-logs[lz4]'", outside=True)]


@pytest.mark.parametrize("kind", ["gzip", "two gzip", "zip", "piped zip"])
def test_without_isal_zlib_gives_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "isal", None)
    if kind in STREAMS:
        assert unfold(STREAMS[kind](LINES)) == ({"in": LINES}, [])
        assert unfold(STREAMS[kind](LINES)[:-90])[1]
    else:
        assert unfold(ARCHIVES[kind]({"a": LINES, "b": FAN})) == ({"in!/a": LINES, "in!/b": FAN}, [])


# ---------------------------------------------------------------- limits


def test_a_bomb_is_stopped_by_its_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.sources.limits.FREE", 1 << 20)
    monkeypatch.setattr("diagnose.sources.unpacked.FED", 512)
    packed = gzip.compress(bytes(8 << 20), 9)
    logs, notes = unfold(packed, limits=Limits(ratio=900), size=900, name="bomb")
    assert notes[0].reason == "incomplete: it unfolds to more than 900 times its size (--limit ratio=…)"
    assert 1 << 20 <= sum(map(len, logs.values())) < 3 << 20
    assert unfold(packed, limits=Limits(ratio=1_100))[1] == []


def test_size_counts_over_all_files() -> None:
    data = tar(dict.fromkeys("abcdefghij", LINES))
    logs, notes = unfold(gzip.compress(data), limits=Limits(size=300_000))
    assert sum(map(len, logs.values())) < 300_000 + unpacked.MOST, "one step more than allowed at most"
    assert notes[-1] == Unread("in", "incomplete: it unfolds to more than 300,000 bytes (--limit size=…)", notes[-1].offset)


def test_depth_members_links_and_names_that_lead_out_have_limits() -> None:
    deep = FAN
    for _ in range(4):
        deep = gzip.compress(deep)
    assert unfold(deep, limits=Limits(depth=4)) == ({"in": FAN}, [])
    assert unfold(deep, limits=Limits(depth=3)) == ({}, [Unread("in", "it is packed more than 3 times (--limit depth=…)")])
    many = tar({str(number): FAN for number in range(9)})
    logs, notes = unfold(many, limits=Limits(members=5))
    assert (len(logs), notes[0].reason) == (5, "incomplete: the archive holds more than 5 files (--limit members=…)")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number in range(9):
            info = tarfile.TarInfo(str(number))
            info.type, info.linkname = tarfile.SYMTYPE, "/etc"
            archive.addfile(info)
    assert unfold(out.getvalue()) == ({}, [])
    assert "more than 5 links" in unfold(out.getvalue(), limits=Limits(links=5))[1][0].reason
    for kind in ("tar", "zip"):
        outside = ARCHIVES[kind]({"../../etc/cron.d/x": FAN, "b": PUMP})
        logs, notes = unfold(outside)
        assert (logs, notes[0].source) == ({"in!/b": PUMP}, "in!/etc/cron.d/x")
        assert notes[0].reason == "its name leads out of the archive (--limit outside=…)"
        assert unfold(outside, limits=Limits(outside=1)) == ({"in!/etc/cron.d/x": FAN, "in!/b": PUMP}, [])


def test_limits_are_read_with_their_units() -> None:
    assert read_limits(["size=10G", "ratio=7", "depth=2"]) == Limits(size=10 << 30, ratio=7, depth=2)
    for wrong in ("size", "size=", "sise=1", "size=-1", "size=1x", "=1", "depth=51", "size=1" + "0" * 30):
        with pytest.raises(UsageError):
            read_limits([wrong])


def test_a_zip_bomb_of_zips_is_stopped() -> None:
    """Every layer counts, so that what unfolds to archives of archives has an end too."""
    layer = zip_({"0": b"x\n" * (1 << 19)})
    for _ in range(2):
        layer = zip_({str(number): layer for number in range(12)})
    _, notes = unfold(layer, limits=Limits(size=9 << 20))
    assert any("it unfolds to more than" in note.reason for note in notes)


def test_headers_that_claim_to_be_huge_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def header(kind: bytes, size: int) -> bytes:
        block = bytearray(tar({"a": b""}, tarfile.USTAR_FORMAT)[:512])
        block[156:157], block[124:136] = kind, b"%011o\0" % size
        block[148:156] = b"        "
        block[148:156] = b"%06o\0 " % sum(block)
        return bytes(block)

    class Endless(io.RawIOBase):
        """A header, then letters without end."""

        def __init__(self, head: bytes, size: int) -> None:
            self.head, self.left = head, size

        def readinto(self, buffer: Any, /) -> int:
            part, self.head = self.head[: len(buffer)], self.head[len(buffer) :]
            count = min(len(buffer), self.left)
            if part:
                buffer[: len(part)] = part
                return len(part)
            self.left -= count
            buffer[:count] = b"x" * count
            return count

    for kind in (b"x", b"L", b"g", b"K"):
        tracemalloc.start()
        notes: list[Unread] = []
        raw = Endless(header(kind, 8 << 30), 12 << 20)
        assert list(Unfolder(raw, USUAL, notes.append).logs(Input("in"))) == []  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20, kind


def test_a_window_or_dictionary_that_is_huge_is_refused() -> None:
    module = codecs.zstd_module()
    wide = module.compress(LINES, options={module.CompressionParameter.window_log: 30})
    frame = bytearray(wide)
    if frame[4] & 0x20:  # one segment: its size is its window
        frame = bytearray(b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3])) + frame[6:]
    assert unfold(bytes(frame))[1][0].reason.startswith("incomplete: the zstd data is damaged")
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    large = lzma.compress(LINES, filters=filters)
    assert unfold(large)[1][0].reason.startswith("incomplete: the xz data is damaged (Memory usage limit")


# ---------------------------------------------------------------- fuzz


@st.composite
def packed(draw: st.DrawFn, depth: int = 2) -> bytes:
    """Something packed in up to three layers."""
    content = draw(st.sampled_from([b"", FAN, LINES[:4_000], b"\x7fELF", bytes(700)]))
    for _ in range(draw(st.integers(1, depth))):
        if draw(st.booleans()):
            content = STREAMS[draw(st.sampled_from(sorted(STREAMS)))](content)
        else:
            names = draw(st.lists(st.sampled_from(["a.log", "b/c", "../d", ".e", "/f", "g\\h", "ü"]), min_size=1, unique=True))
            content = ARCHIVES[draw(st.sampled_from(sorted(ARCHIVES)))](dict.fromkeys(names, content))
    return content


@st.composite
def wrecks(draw: st.DrawFn) -> bytes:
    """Something packed, then cut, flipped, doubled or filled in."""
    data = bytearray(draw(packed()))
    for _ in range(draw(st.integers(0, 4))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        how = draw(st.sampled_from(["flip", "cut", "fill", "drop", "double", "large"]))
        if how == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut":
            del data[at:]
        elif how == "fill":
            data[at : at + 16] = draw(st.binary(min_size=16, max_size=16))
        elif how == "drop":
            del data[at : at + draw(st.integers(1, 600))]
        elif how == "double":
            data[at:at] = data[at : at + 700]
        else:
            data[at : at + 8] = b"\xff" * 8
    return bytes(data)


@SLOW
@given(wrecks(), st.sampled_from([3, 1 << 30]), st.booleans())
def test_any_wreck_is_read_without_a_traceback(data: bytes, size: int, named: bool) -> None:
    first = unfold(data, size=size if len(data) < 5_000 else 1 << 30, named=named, limits=Limits(size=4 << 20))
    assert unfold(data, named=named, limits=Limits(size=4 << 20)) == first
    assert all(note.reason for note in first[1])


@SLOW
@given(
    st.binary(max_size=600),
    st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh91AY&SY", b"PK\x03\x04", b""]),
)
def test_any_bytes_behind_any_magic_are_read_without_a_traceback(data: bytes, magic: bytes) -> None:
    unfold(magic + data, limits=Limits(size=4 << 20))


@SLOW
@given(packed(), st.integers(0, 1 << 20))
def test_what_is_read_of_a_cut_input_begins_what_is_in_the_whole(data: bytes, at: int) -> None:
    whole, _ = unfold(data)
    part = data[: at % (len(data) + 1)]
    cut, _ = unfold(part)
    # Of less one does not know what it was, nor what was packed in it: it is read as a log.
    if len(part) >= 20 and set(cut) <= set(whole):
        assert all(len(content) < 20 or whole[name].startswith(content) for name, content in cut.items())


# ---------------------------------------------------------------- the program


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path / "rules")


def test_a_folder_of_rotated_and_packed_logs_is_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    names = [
        "app.log-20261101.gz", "app.log-20261108.gz", "app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log",
        "web-2026-11-01.log.zst", "web-2026-11-02.1.log", "web-2026-11-02.2.log", "web.2.log", "web.1.log", "web.log",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).write_bytes(FAN)
    assert [os.path.basename(item.name) for item in find([str(tmp_path)])[0]] == names
    assert [os.path.basename(item.name) for item in find([str(tmp_path / "*")])[0]] == names


@pytest.mark.slow
def test_a_scan_reads_what_is_packed_and_says_what_is_incomplete(tmp_path: Path, rules: Path) -> None:
    desk = tmp_path / "logs"
    desk.mkdir()
    (desk / "a.tar.gz").write_bytes(gzip.compress(tar({"api/app.log": FAN})))
    (desk / "b.log.gz").write_bytes(gzip.compress(PUMP + LINES)[:-500])
    words = ("scan", "--rules", rules, "--rule", "tiny/*", "--format", "json")
    said = shell(*words, ".", cwd=desk)
    assert (said.code, sorted(said.titles)) == (3, ["The fan broke", "The pump broke"])
    assert "error: ./b.log.gz: incomplete: the gzip data ends too early" in said.err
    (unread,) = said.report["summary"]["unread"]
    assert unread["offset"] > 1_000
    evidence = {finding["title"]: finding["evidence"][0]["source"] for finding in said.report["findings"]}
    assert evidence["The fan broke"] == "./a.tar.gz!/api/app.log"
    piped = shell(*words, "-", stdin=(desk / "a.tar.gz").read_bytes())
    assert (piped.code, piped.titles) == (1, ["The fan broke"])
    limited = shell(*words, "a.tar.gz", "--limit", "depth=1", cwd=desk)
    assert (limited.code, limited.titles) == (3, [])
    assert shell(*words, "a.tar.gz", "--limit", "depth=x", cwd=desk).code == 2
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file() and "rules" not in str(path)) == [
        "a.tar.gz",
        "b.log.gz",
    ]


def test_steps_are_small_at_first_so_that_damage_takes_little() -> None:
    packed = bytearray(gzip.compress(LINES, 0))
    packed[1_000] ^= 0xFF
    packed[30_000] ^= 0xFF
    logs, notes = unfold(bytes(packed))
    assert len(logs["in"]) >= len(LINES) - 1_000
    assert notes


def test_every_level_of_bzip2_is_known_by_its_first_bytes() -> None:
    for level, content in itertools.product(range(1, 10), (b"", FAN)):
        codec = codecs.codec_of(bz2.compress(content, level))
        assert codec is not None
        assert codec.name == "bzip2"


class Steady(Stream):
    """Lines without end, or up to a failure."""

    def __init__(self, failure: BaseException | None = None) -> None:
        super().__init__()
        self._failure = failure

    def fill(self, buffer: memoryview) -> int:
        if self._failure and self.position > ahead.BLOCK:
            raise self._failure
        buffer[:] = b"\n" * len(buffer)
        return len(buffer)


def test_who_reads_ahead_stops_where_nobody_reads_on() -> None:
    inner = Steady()
    stream = ahead.Ahead(inner)
    assert stream.readinto(memoryview(bytearray(10))) == 10
    stream.close()
    read = inner.position
    assert read <= (ahead.BLOCKS + 2) * ahead.BLOCK, "no more than may wait"
    assert "unpacking" not in {thread.name for thread in threading.enumerate()}


def test_what_fails_beside_fails_where_it_is_read() -> None:
    stream = ahead.Ahead(Steady(MemoryError("all of it")))
    with pytest.raises(MemoryError, match="all of it"):
        stream.skip(1 << 30)
    stream.close()


def test_what_is_small_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "SMALL", len(FAN) + 1)
    stream = ahead.Ahead(Opened(io.BytesIO(FAN)))
    assert stream.peek(1_000) == FAN
    assert "unpacking" not in {thread.name for thread in threading.enumerate()}
    stream.close()

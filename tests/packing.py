"""Ways to pack bytes, made by other libraries than those that unpack them wherever there is one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import lz4.frame

from diagnose.sources.codecs import zstd_module

Pack = Callable[[bytes], bytes]


def tar(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_795_435_200
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


class _Pipe(io.RawIOBase):
    """An output that cannot be wound back: zip files written to it tell their sizes behind the files."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.data += bytes(data)
        return len(data)


def zip_(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, piped: bool = False) -> bytes:
    out = _Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:  # type: ignore[arg-type]
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 12, 0, 0)), content, method)
    return out.data if isinstance(out, _Pipe) else out.getvalue()


def frames(pack: Pack, data: bytes) -> bytes:
    """Two frames one after the other."""
    half = len(data) // 2
    return pack(data[:half]) + pack(data[half:])


def zstd(data: bytes) -> bytes:
    packed: bytes = zstd_module().compress(data)
    return packed


STREAMS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "zstd": zstd,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "lz4": lz4.frame.compress,
    "two gzip": lambda data: frames(gzip.compress, data),
    "two zstd": lambda data: b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + frames(zstd, data),
    "two xz": lambda data: frames(lzma.compress, data),
    "two bzip2": lambda data: frames(bz2.compress, data),
    "two lz4": lambda data: frames(lz4.frame.compress, data),
    "padded gzip": lambda data: gzip.compress(data) + bytes(1_000),
}

ARCHIVES: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "tar": tar,
    "gnu tar": lambda files: tar(files, tarfile.GNU_FORMAT),
    "ustar": lambda files: tar(files, tarfile.USTAR_FORMAT),
    "zip": zip_,
    "stored zip": lambda files: zip_(files, method=zipfile.ZIP_STORED),
    "bzip2 zip": lambda files: zip_(files, method=zipfile.ZIP_BZIP2),
    "piped zip": lambda files: zip_(files, piped=True),
    "piped bzip2 zip": lambda files: zip_(files, method=zipfile.ZIP_BZIP2, piped=True),
}

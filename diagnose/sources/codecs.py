"""Ways of packing one stream: how each is recognised, and what unpacks it. Libraries are imported when a file asks for them.

gzip: RFC 1952. Zstandard and its skippable frames: RFC 8878. xz: https://tukaani.org/xz/xz-file-format.txt.
lz4: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

MEMORY = 256 << 20
"""Bytes that unpacking one stream may take (xz)."""

WINDOW = 27
"""zstd: the largest window, as a power of two: 128 MiB, what the `zstd` program takes without being asked."""


class Unpacker(Protocol):
    """The protocol of the standard library's decompressors."""

    @property
    def eof(self) -> bool:
        """Whether the end of the packed data was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without more data."""

    @property
    def unused_data(self) -> bytes:
        """What stood behind the end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """What the data gives, `max_length` bytes at most."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One way of packing. `make` raises ImportError where its library is missing; `extra` installs it."""

    name: str
    magics: tuple[bytes, ...]
    make: Callable[[], Unpacker]
    extra: str = ""

    def begins(self, head: bytes) -> bool:
        """Whether a stream that begins so is packed this way."""
        return head.startswith(self.magics)


def _gzip() -> Unpacker:
    return inflater(31)


def _zstd() -> Unpacker:
    module = zstd_module()
    unpacker: Unpacker = module.ZstdDecompressor(options={module.DecompressionParameter.window_log_max: WINDOW})
    return unpacker


def zstd_module() -> Any:
    """Standard library from 3.14 on, before that its backport."""
    try:
        from compression import zstd
    except ImportError:
        from backports import zstd
    return zstd


def _xz() -> Unpacker:
    import lzma

    return lzma.LZMADecompressor(memlimit=MEMORY)


def _bzip2() -> Unpacker:
    import bz2

    return bz2.BZ2Decompressor()


def _lz4() -> Unpacker:
    import lz4.frame

    unpacker: Unpacker = lz4.frame.LZ4FrameDecompressor()
    return unpacker


def inflater(bits: int) -> Unpacker:
    """What unpacks deflate: 31 with the frame of gzip, -15 without any. Where isal has no wheel, zlib does it, slower."""
    try:
        from isal import igzip_lib
    except ImportError:
        return _Inflater(bits)
    flag = igzip_lib.DECOMP_GZIP if bits == 31 else igzip_lib.DECOMP_DEFLATE
    unpacker: Unpacker = igzip_lib.IgzipDecompressor(flag=flag)
    return unpacker


class _Inflater:
    """zlib's decompressor with the protocol of all others."""

    def __init__(self, bits: int) -> None:
        import zlib

        self._zlib = zlib.decompressobj(bits)
        self.eof, self.needs_input, self.unused_data = False, True, b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See Unpacker."""
        made = self._zlib.decompress(self._zlib.unconsumed_tail + data, max(0, max_length))
        self.eof, self.unused_data = self._zlib.eof, self._zlib.unused_data
        self.needs_input = not self.eof and not self._zlib.unconsumed_tail and len(made) != max_length
        return made


_SKIPPABLE = tuple(bytes((number,)) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))
"""Frames without content, which parallel packers begin with."""

CODECS = (
    Codec("gzip", (b"\x1f\x8b\x08",), _gzip),
    Codec("zstd", (b"\x28\xb5\x2f\xfd", *_SKIPPABLE), _zstd, "zstd"),
    Codec("xz", (b"\xfd7zXZ\x00",), _xz),
    Codec("bzip2", tuple(b"BZh%d" % level + block for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")), _bzip2),
    Codec("lz4", (b"\x04\x22\x4d\x18",), _lz4, "lz4"),
)


def codec_of(head: bytes) -> Codec | None:
    """How a stream that begins so is packed; None: not at all."""
    return next((codec for codec in CODECS if codec.begins(head)), None)

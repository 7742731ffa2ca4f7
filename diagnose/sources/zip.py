"""Zip archives as they stream by: each file's bytes in turn, told from the headers before them.

Not the standard library's: it needs the directory at the end, so it can neither read a pipe nor anything of an archive that was cut off.
Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3 to 4.5).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from diagnose.model import SECOND
from diagnose.sources.codecs import CODECS, Codec, inflater
from diagnose.sources.stream import Part, Stream
from diagnose.sources.tar import Member
from diagnose.sources.unpacked import Allowed, Unpacked

FILE, DIRECTORY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
SPANNED = b"PK\x07\x08"
"""Begins the numbers behind a file's bytes, where its header could not tell them."""

_ENCRYPTED, _NUMBERS_BEHIND, _UTF_8 = 1, 8, 1 << 11
_LATER = 0xFFFFFFFF
_ENDS = (DIRECTORY, END, b"PK\x06\x06", b"PK\x06\x08")

_BY_NAME = {codec.name: codec for codec in CODECS}
_METHODS = {
    8: Codec("deflate", (), lambda: inflater(-15)),
    12: _BY_NAME["bzip2"],
    93: _BY_NAME["zstd"],
    95: _BY_NAME["xz"],
}
_STORED = 0
WRONG_SUM = "its check sum is wrong"


def is_zip(head: bytes) -> bool:
    """Whether a stream that begins so is a zip archive, perhaps an empty one."""
    return head.startswith((FILE, END))


def members(outer: Stream, allowed: Allowed) -> Iterator[Member]:
    """The files of an archive; each must be read before the next is asked for. `outer.trouble` says what ended it too early."""
    while outer.peek(4) == FILE:
        begin = outer.position
        header = outer.take(30)
        if len(header) < 30:
            break
        entry = _Entry(header, outer)
        if outer.trouble:
            return
        stream, refused = entry.stream(outer, allowed)
        if not entry.name.endswith("/"):
            yield Member(entry.name, entry.modified, stream, False, refused)
        if not entry.finish(stream):
            # How much of it was taken hangs on how much was read at once.
            outer.trouble, outer.whole = outer.trouble or "the zip archive is damaged: where this file ends is not known", begin
            return
    if not outer.peek(4).startswith(_ENDS):
        outer.trouble = outer.trouble or "the zip archive ends too early"
    while not outer.trouble and outer.skip(1 << 40):
        pass


class _Entry:
    """What a file's header tells: its name, how it is packed and, unless that stands behind it, how large it is."""

    def __init__(self, header: bytes, outer: Stream) -> None:
        (_, flags, self.method, time, day, self.sum, packed, size, name, extra) = struct.unpack("<4x5H3I2H", header)
        told = outer.take(name)
        more = outer.take(extra)
        if len(more) < extra or len(told) < name:
            outer.trouble = outer.trouble or "the zip archive ends too early"
        self.name = told.decode("utf-8" if flags & _UTF_8 else "cp437", "replace").replace("\\", "/")
        self.encrypted, self.open = bool(flags & _ENCRYPTED), bool(flags & _NUMBERS_BEHIND) and packed == 0
        self.packed = _large_size(more, size == _LATER) if packed == _LATER else packed
        self.modified = _moment(time, day)

    def stream(self, outer: Stream, allowed: Allowed) -> tuple[Stream, str]:
        """The file's bytes, or why they cannot be read."""
        packed: Stream = outer if self.open else Part(outer, self.packed)
        codec = _METHODS.get(self.method)
        if self.encrypted:
            return packed, "it is encrypted"
        if self.method == _STORED:
            return (packed, "it is stored without its size") if self.open else (_Stored(outer, self), "")
        if codec is None:
            return packed, f"it is packed by method {self.method}, which is not read"
        try:
            return _Checked(packed, codec, allowed, self), ""
        except ImportError:
            return packed, f"it is packed by {codec.name}: pip install 'diagnose-logs[{codec.extra}]'"

    def finish(self, stream: Stream) -> bool:
        """Pass over what is left of the file; False where it is not known where that ends."""
        if not self.open:
            (stream.packed if isinstance(stream, _Checked) else stream).finish()  # type: ignore[attr-defined]
            return True
        if not isinstance(stream, _Checked):
            return False
        while stream.skip(1 << 40):
            pass
        return stream.told

    def read_numbers(self, outer: Stream) -> None:
        """Read the numbers behind a file; the sizes have 8 bytes or 4, whatever makes the next header stand there."""
        begin = 4 if outer.peek(4) == SPANNED else 0
        data = outer.peek(begin + 24)
        self.sum = int.from_bytes(data[begin : begin + 4], "little")
        ends = (FILE, *_ENDS)
        is_long = not data[begin + 12 : begin + 16].startswith(ends) and data[begin + 20 : begin + 24].startswith(ends)
        outer.take(begin + (20 if is_long else 12))


class _Stored(Part):
    """A file's bytes as they are, their check sum compared at the end."""

    def __init__(self, outer: Stream, entry: _Entry) -> None:
        super().__init__(outer, entry.packed)
        self._told = entry.sum
        self._sum = 0

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        count = super().fill(buffer)
        self._sum = zlib.crc32(buffer[:count], self._sum)
        if not count and not self.trouble and self._sum != self._told:
            self.trouble = WRONG_SUM
        return count


class _Checked(Unpacked):
    """A file's bytes, its check sum compared at the end. `told`: the end was found."""

    def __init__(self, packed: Stream, codec: Codec, allowed: Allowed, entry: _Entry) -> None:
        super().__init__(packed, codec, allowed, alone=True)
        self.packed = packed
        self.told = False
        self._entry = entry
        self._sum = 0

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        count = super().fill(buffer)
        self._sum = zlib.crc32(buffer[:count], self._sum)
        if not count and not self.trouble and not self.told:
            self.told = True
            if self._entry.open:
                self.packed.give_back(self.rest)
                self._entry.read_numbers(self.packed)
            if self._sum != self._entry.sum:
                self.trouble = WRONG_SUM
        return count


def _large_size(extra: bytes, with_size: bool) -> int:
    """The packed size from the zip64 field, where it stands behind the size."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        field = extra[at + 4 : at + 4 + length]
        if kind == 1:
            return int.from_bytes(field[8:16] if with_size else field[:8], "little")
        at += 4 + length
    return _LATER


def _moment(time: int, day: int) -> int | None:
    """DOS date and time, which have no zone: taken as UTC."""
    try:
        moment = datetime(1980 + (day >> 9), day >> 5 & 15, day & 31, time >> 11, time >> 5 & 63, time % 32 * 2, tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND

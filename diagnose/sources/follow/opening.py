"""Opening files: regular ones only, and rotated ones that were compressed, which are read by offsets of what they hold.

A compressor makes its file beside the original and removes that in the end (gzip(1), and logrotate's `compresscmd` in the same way), so a packed
file is whole once nothing has its name without the ending.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, cast

from diagnose.sources.codecs import zstd_module

_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"
_OTHERS = (b"PK\x03\x04", b"\x04\x22\x4d\x18")
ENDINGS = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that holds what another one held: `packed` gives its bytes where it is compressed."""

    descriptor: int
    packed: IO[bytes] | None
    path: str

    def read(self, size: int, offset: int) -> bytes:
        """Bytes of what it holds. Raises OSError."""
        return os.pread(self.descriptor, size, offset) if self.packed is None else read_packed(self.packed, size, offset)

    def reaches(self, offset: int) -> bool:
        """Whether it holds so many bytes. Raises OSError."""
        return self.packed is not None or os.fstat(self.descriptor).st_size >= offset

    def close(self) -> None:
        """Give it back."""
        os.close(self.descriptor)
        if self.packed is not None:
            self.packed.close()


def open_regular(path: str) -> int:
    """A descriptor of a regular file, without waiting for a pipe's other end. Raises OSError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise (
            IsADirectoryError(errno.EISDIR, "this is a folder")
            if stat.S_ISDIR(mode)
            else OSError(errno.EINVAL, "this is no file")
        )
    return descriptor


def is_packed(descriptor: int) -> bool:
    """Whether the file is compressed: such a one does not grow by lines. Raises OSError."""
    return os.pread(descriptor, 6, 0).startswith((_GZIP, _BZIP2, _XZ, _ZSTD, *_OTHERS))


def open_copy(path: str) -> Copy:
    """A rotated file, compressed or not. Raises OSError."""
    descriptor = open_regular(path)
    try:
        opener = _opener(os.pread(descriptor, 6, 0))
        return Copy(descriptor, opener(path) if opener is not None else None, path)
    except BaseException:
        os.close(descriptor)
        raise


def is_unfinished(path: str) -> bool:
    """Whether a compressor may still be at work on it: what it is made from is there."""
    stem, ending = os.path.splitext(path)
    return ending in ENDINGS and os.path.lexists(stem)


def read_packed(packed: IO[bytes], size: int, offset: int) -> bytes:
    """Bytes of a compressed file; a part that is missing or damaged is as good as its end."""
    try:
        packed.seek(offset)
        return packed.read(size)
    except Exception:  # each library has errors of its own for damage
        return b""


def _opener(head: bytes) -> Callable[[str], IO[bytes]] | None:
    module: Any
    if head.startswith(_GZIP):
        import gzip as module
    elif head.startswith(_BZIP2):
        import bz2 as module
    elif head.startswith(_XZ):
        import lzma as module
    elif head.startswith(_ZSTD):
        module = zstd_module()
    else:
        return None
    return cast("Callable[[str], IO[bytes]]", module.open)

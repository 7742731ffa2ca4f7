"""Tar archives as they stream by: each file's bytes in turn, in bounded memory, and of a damaged archive what comes before the damage.

Not the standard library's: it keeps a record of every member, and holds an extended header whole, however long it says it is.
ustar and pax: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html. GNU: https://www.gnu.org/software/tar/manual/html_node/Standard.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.sources.stream import Part, Stream

BLOCK = 512
LONGEST = 1 << 20
"""Bytes of an extended header that are read; names and times are at most some hundred."""

_FILES = (b"0", b"\0", b"7", b"")
_FOLDERS = (b"5", b"D", b"V", b"M")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. `modified` in µs; None: not told. `link`: it has no bytes of its own: a link, a device."""

    name: str
    modified: int | None
    stream: Stream
    link: bool = False
    refused: str = ""
    """Why its bytes cannot be read."""


def is_tar(head: bytes) -> bool:
    """Whether these first bytes are a header: its check sum says so, in old archives without a magic too."""
    return len(head) >= BLOCK and any(head[:100]) and _sum_holds(head[:BLOCK])


def members(outer: Stream) -> Iterator[Member]:
    """The files of an archive; each must be read before the next is asked for. `outer.trouble` says what ended it too early."""
    told: dict[str, str] = {}
    while (header := _header(outer)) is not None:
        kind, size = header[156:157], _number(header[124:136])
        if kind in (b"g", b"L", b"K", b"x", b"X"):
            told |= _extended(outer, kind, size)
            continue
        if told.get("size", "").isdigit():
            size = int(told["size"][:18])
        sparse = kind == b"S" or any(name.startswith("GNU.sparse.") for name in told)
        holds = kind in _FILES or kind == b"S"
        more = holds and kind == b"S" and header[482]
        while more:
            more = outer.take(BLOCK)[504:505] not in (b"", b"\0")
        part = Part(outer, size if holds else 0)
        if kind not in _FOLDERS:
            name = told.get("path") or _name(header)
            yield Member(name, _moment(told.get("mtime"), header), part, not holds, "it is a sparse file" if sparse else "")
        part.finish()
        if part.left:
            outer.trouble = outer.trouble or "the tar archive ends too early"
        outer.skip(_padded(size) - size if holds else 0)
        told = {}


def _header(outer: Stream) -> bytes | None:
    """The next header; None at the end, or where there is none though there should be."""
    header = outer.take(BLOCK)
    if len(header) == BLOCK and not any(header):
        while outer.skip(1 << 40):
            pass
        return None
    if len(header) == BLOCK and _sum_holds(header):
        return header
    if header:
        reason = "ends too early" if len(header) < BLOCK else "is damaged: this is no header"
        outer.trouble = outer.trouble or f"the tar archive {reason}"
    return None


def _extended(outer: Stream, kind: bytes, size: int) -> dict[str, str]:
    """What a header before a header tells of the file."""
    data = outer.take(min(size, LONGEST))
    outer.skip(_padded(size) - len(data))
    if kind == b"L":
        return {"path": _text(data.rstrip(b"\0"))}
    return _records(data) if kind in (b"x", b"X") else {}


def _records(data: bytes) -> dict[str, str]:
    """The records of a pax header: `length key=value\\n`."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        digits, space, _ = data[at : at + 12].partition(b" ")
        if not space or not digits.isdigit() or int(digits) <= len(digits) + 1:
            break
        key, equals, value = data[at + len(digits) + 1 : at + int(digits)].removesuffix(b"\n").partition(b"=")
        if equals:
            found[_text(key)] = _text(value)
        at += int(digits)
    return found


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _moment(pax: str | None, header: bytes) -> int | None:
    try:
        seconds = float(pax) if pax is not None else float(_number(header[136:148]))
        return int(seconds * 1_000_000) if 0 < seconds < 1e11 else None
    except ValueError:
        return None


def _number(field: bytes) -> int:
    """An octal number, or GNU's binary one. What is neither is 0."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else 0


def _sum_holds(header: bytes) -> bool:
    told = header[148:156].strip(b" \0")
    if not told or told.strip(b"01234567"):
        return False
    return sum(header) - sum(header[148:156]) + 8 * 32 == int(told, 8)


def _padded(size: int) -> int:
    return (size + BLOCK - 1) // BLOCK * BLOCK


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

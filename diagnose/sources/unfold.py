"""From an opened input to the logs in it: packing is taken off and archives are walked, both as deep as a limit allows.

A log in an archive is called `archive.tar.gz!/path/in/it`. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagnose.errors import InputError
from diagnose.model import Unread
from diagnose.sources import Input, batches, is_binary_head, no_log, tar, zip
from diagnose.sources.ahead import Ahead
from diagnose.sources.codecs import codec_of
from diagnose.sources.limits import Budget, Limits
from diagnose.sources.stream import Opened, Raw, Stream
from diagnose.sources.unpacked import Unpacked

INSIDE = "!/"
"""Stands between an archive's name and that of a file in it."""

HEAD = tar.BLOCK
"""Bytes that tell what a stream is."""

Found = tuple[Input, Stream]
Note = Callable[[Unread], None]


class Unfolder:
    """Finds the logs of one input. What cannot be read, or not to its end, is noted."""

    def __init__(self, raw: Raw, limits: Limits, note: Note) -> None:
        self._opened = Opened(raw)
        self._budget = Budget(limits)
        self._note = note
        self._told = 0

    def logs(self, item: Input) -> Iterator[Found]:
        """Each log in turn; it must be read before the next is asked for. Raises InputError where the input itself is no log."""
        yield from self._logs(item, self._opened, 0)

    def _logs(self, item: Input, stream: Stream, depth: int) -> Iterator[Found]:
        head = stream.peek(HEAD)
        codec = codec_of(head)
        if codec is None and not tar.is_tar(head) and not zip.is_zip(head):
            yield from self._log(item, stream, head)
            return
        if reason := self._budget.too_deep(depth + 1):
            self._note(Unread(item.name, reason))
        elif codec is not None:
            try:
                unpacked = Unpacked(stream, codec, self._allowed)
            except ImportError:
                reason = f"this is {codec.name}: pip install 'diagnose-logs[{codec.extra}]'"
                self._note(Unread(item.name, reason, outside=True))
                return
            yield from self._logs(item, unpacked, depth + 1)
        else:
            members = tar.members(stream) if tar.is_tar(head) else zip.members(stream, self._allowed)
            yield from self._walk(item, stream, members, depth + 1)

    def _log(self, item: Input, stream: Stream, head: bytes) -> Iterator[Found]:
        reason = no_log(head)
        if (reason or is_binary_head(head)) and not item.named:
            return
        if reason:
            raise InputError(item.name, reason)
        ahead = None if stream is self._opened else Ahead(stream)
        if ahead is not None:
            stream = ahead
        if shape := batches.shape_of(head):
            stream = batches.Batches(stream, shape)
        try:
            yield item, stream
        finally:
            if ahead is not None:
                ahead.close()
        # Read to its end it may turn out to be damaged.
        if stream.trouble:
            self._note(Unread(item.name, f"incomplete: {stream.trouble}", stream.position, self._opened.failed))

    def _walk(self, item: Input, outer: Stream, members: Iterator[tar.Member], depth: int) -> Iterator[Found]:
        """The logs of an archive's files; hidden and binary ones are left out, as in a folder."""
        for member in members:
            path, leads_out = _inside(member.name)
            inner = Input(f"{item.name}{INSIDE}{path}", member.modified or item.modified, named=False)
            reason = member.refused
            if member.link:
                self._budget.count("links")
                reason = ""
            elif leads_out:
                reason = reason or self._budget.leads_out()
            hidden = not path or any(part.startswith(".") for part in path.split("/"))
            if not member.link and not hidden and self._budget.count("members"):
                if reason:
                    self._note(Unread(inner.name, reason))
                else:
                    yield from self._logs(inner, member.stream, depth)
            if self._budget.spent:
                outer.trouble = self._budget.spent
                break
        if outer.trouble:
            place = outer.position if outer.whole is None else outer.whole
            self._note(Unread(item.name, f"incomplete: {outer.trouble}", place, self._opened.failed))

    def gained(self) -> int:
        """Bytes that came from outside since this was asked last."""
        gained, self._told = self._opened.taken - self._told, self._opened.taken
        return gained

    def _allowed(self, count: int) -> str:
        return self._budget.make(count, self._opened.taken)


def is_plain(path: str) -> bool:
    """Whether a file is read as it stands: neither packed, nor an archive, nor an export. False for what cannot be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError):
        return False
    packed = codec_of(head) is not None or tar.is_tar(head) or zip.is_zip(head)
    return not packed and not no_log(head) and batches.shape_of(head) is None


def _inside(name: str) -> tuple[str, bool]:
    """A file's path within its archive, and whether its name leads out of it."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "/".join(part for part in parts if part != ".."), ".." in parts

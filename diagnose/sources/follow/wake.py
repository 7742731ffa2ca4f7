"""Waking sooner than the next poll: inotify through libc, where the kernel has it.

It decides nothing. Where it is missing, overflows, or does not see what another machine writes (NFS, overlay file systems), polling is complete
without it, only later.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import time
from collections.abc import Iterable

_MODIFY = 0x2
_MASK = _MODIFY | 0x40 | 0x80 | 0x100 | 0x200
"""IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE (inotify(7))."""

_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
WATCHES = 1_024
"""Folders that are watched at most; a user has 8,192 watches on an old kernel."""

RENEW = 1.0
"""Seconds between two times that folders are looked after."""


class Waker:
    """Waits for a change below some folders, for other descriptors, or for `wake`."""

    def __init__(self, *, inotify: bool = True) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True) if inotify else None
        self._inotify = self._start()
        self._watched: dict[str, int] = {}
        self._due = 0.0
        self._read, self._write = os.pipe2(_NONBLOCK | _CLOEXEC)
        self.moved = False
        """Whether what woke it last was more than growth: a file that came, went or was renamed, or more than could be told."""

    def _start(self) -> int:
        try:
            return int(self._libc.inotify_init1(_NONBLOCK | _CLOEXEC)) if self._libc is not None else -1
        except AttributeError:  # no Linux
            return -1

    @property
    def awake(self) -> bool:
        """Whether anything but the time can end a wait."""
        return self._inotify >= 0

    def watch(self, folders: Iterable[str]) -> None:
        """Watch these folders and no others; one that cannot be watched is polled only."""
        now = time.monotonic()
        if self._inotify < 0 or self._libc is None or now < self._due:
            return
        self._due = now + RENEW
        wanted = set(sorted(folders)[:WATCHES])
        for folder in [folder for folder in self._watched if folder not in wanted]:
            self._libc.inotify_rm_watch(self._inotify, self._watched.pop(folder))
        for folder in wanted:
            # Asked again each time: a folder that was deleted and made anew has lost its watch.
            number = self._libc.inotify_add_watch(self._inotify, os.fsencode(folder), _MASK)
            if number >= 0:
                self._watched[folder] = number
            else:
                self._watched.pop(folder, None)

    def wait(self, seconds: float, also: Iterable[int] = ()) -> bool:
        """Wait at most so long; True where something woke it. `also`: descriptors that wake it when they can be read."""
        own = [self._read, self._inotify] if self._inotify >= 0 else [self._read]
        poller = select.poll()
        for descriptor in (*own, *also):
            poller.register(descriptor, select.POLLIN)
        woken = bool(poller.poll(max(0.0, seconds) * 1000))
        self.moved = False
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 4_096)
        if self._inotify >= 0:
            with contextlib.suppress(BlockingIOError):
                self.moved = _is_more(os.read(self._inotify, 65_536))
        return woken

    def wake(self) -> None:
        """End a wait, from a signal handler or another thread."""
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._write, b"!")

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (self._inotify, self._read, self._write):
            if descriptor >= 0:
                os.close(descriptor)
        self._inotify = -1


def _is_more(events: bytes) -> bool:
    """Whether any of the events is something else than IN_MODIFY. Each is (wd, mask, cookie, length) and a name."""
    at = 0
    while at + 16 <= len(events):
        _, mask, _, length = struct.unpack_from("iIII", events, at)
        if mask != _MODIFY:
            return True
        at += 16 + length
    return False

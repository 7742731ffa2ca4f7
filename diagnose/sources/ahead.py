"""Unpacking beside the search: a thread fills the next blocks of a packed stream while the last ones are looked through."""

from __future__ import annotations

from queue import Full, Queue
from threading import Event, Thread

from diagnose.sources.stream import Stream

SMALL = 4 << 20
"""Bytes that are read without a thread: most members of an archive are no longer than that."""

BLOCK = 256 * 1024
"""Bytes that the thread hands over at once."""

BLOCKS = 4
"""Blocks that wait at most."""

_GIVE_WAY = 0.1
"""Seconds after which the thread looks whether anybody still reads."""


class Ahead(Stream):
    """What another stream gives, read ahead of whoever reads. `close` must be called before the other one is touched again."""

    def __init__(self, inner: Stream) -> None:
        super().__init__()
        self._inner = inner
        self._blocks: Queue[memoryview | BaseException | None] = Queue(BLOCKS)
        self._over = Event()
        self._thread: Thread | None = None
        self._rest = memoryview(b"")

    def fill(self, buffer: memoryview) -> int:
        """See Stream. Raises MemoryError where unpacking did."""
        if self._inner.position < SMALL and self._thread is None:
            count = self._inner.readinto(buffer)
            self.trouble = self._inner.trouble
            return count
        if self._thread is None:
            self._thread = Thread(target=self._run, name="unpacking", daemon=True)
            self._thread.start()
        if not self._rest:
            block = self._blocks.get()
            if isinstance(block, BaseException):
                raise block
            if block is None:
                self.trouble = self._inner.trouble
                return 0
            self._rest = block
        count = min(len(self._rest), len(buffer))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """End the thread; the stream beneath stands where nobody knows."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        last: BaseException | None = None
        try:
            while count := self._fill_block(block := memoryview(bytearray(BLOCK))):
                if not self._hand_over(block[:count]):
                    return
        except BaseException as error:  # the reader's to handle
            last = error
        self._hand_over(last)

    def _fill_block(self, block: memoryview) -> int:
        filled = 0
        while filled < len(block) and not self._over.is_set() and (count := self._inner.readinto(block[filled:])):
            filled += count
        return filled

    def _hand_over(self, block: memoryview | BaseException | None) -> bool:
        while not self._over.is_set():
            try:
                self._blocks.put(block, timeout=_GIVE_WAY)
            except Full:
                continue
            return True
        return False

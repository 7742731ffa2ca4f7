"""What a packed stream holds, as a stream: frame after frame, in bounded memory.

Where data is damaged, the step that comes upon it gives nothing. So steps are the same however packed bytes come and unpacked ones are asked for:
what can be read of a damaged file hangs on neither.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.sources.codecs import Codec
from diagnose.sources.stream import CHUNK, Stream

FIRST, MOST = 256, 64 * 1024
"""Bytes that are unpacked at once: few at first and then more and more, since a step that fails gives nothing."""

FED = 32 * 1024
"""Packed bytes that an unpacker is given at once, however many were read."""

HELD = 32
"""The last bytes of what is packed go one by one: a check sum that is wrong then takes hardly a line with it."""

MAGIC = 16
"""Bytes by which a frame is recognised, and more."""

Allowed = Callable[[int], str]
"""Takes a number of unpacked bytes; gives the limit that is reached, in words, or nothing."""


class Unpacked(Stream):
    """The bytes that a packed stream holds. A frame may follow a frame; zeros behind the last are padding."""

    def __init__(self, packed: Stream, codec: Codec, allowed: Allowed, *, alone: bool = False) -> None:
        """`alone`: no frame follows, and what does is another's: it stays in `rest`. Raises ImportError."""
        super().__init__()
        self._packed, self._codec, self._allowed, self._alone = packed, codec, allowed, alone
        self._unpacker = codec.make()
        self._room = memoryview(bytearray(CHUNK))
        self._exhausted = False
        self._step = FIRST
        self._made = memoryview(b"")
        self.rest = b""
        """Packed bytes that were read and not yet unpacked."""

    def fill(self, buffer: memoryview) -> int:
        """See Stream."""
        if not self._made:
            self._made = memoryview(self._unpack())
        count = min(len(self._made), len(buffer))
        buffer[:count] = self._made[:count]
        self._made = self._made[count:]
        return count

    def _unpack(self) -> bytes:
        """What the next step gives; nothing at the end."""
        while not self.trouble:
            if self._unpacker.eof and not self._goes_on():
                break
            data = b""
            if self._unpacker.needs_input:
                data = self._next()
                if not data:
                    self.trouble = self._packed.trouble or f"the {self._codec.name} data ends too early"
                    break
            try:
                made = self._unpacker.decompress(data, self._step)
            except MemoryError:
                raise  # that is no fault of the data
            except Exception as error:  # each library has errors of its own
                self.trouble = f"the {self._codec.name} data is damaged ({str(error) or type(error).__name__})"
                break
            if made:
                self._step = min(2 * self._step, MOST)
                self.trouble = self._allowed(len(made))
                return made
        return b""

    def _next(self) -> bytes:
        """The next packed bytes; none at the end."""
        while len(self.rest) < FED + HELD and self._read():
            pass
        cut = min(FED, max(1, len(self.rest) - HELD))
        data, self.rest = self.rest[:cut], self.rest[cut:]
        return data

    def _read(self) -> bool:
        count = 0 if self._exhausted else self._packed.readinto(self._room)
        self._exhausted = count == 0
        self.rest += self._room[:count]
        return count > 0

    def _goes_on(self) -> bool:
        """Whether another frame follows; its unpacker is then ready."""
        self.rest = (self._unpacker.unused_data or b"") + self.rest
        if self._alone:
            return False
        self.rest = self.rest.lstrip(b"\0")
        while len(self.rest) < MAGIC and self._read():
            self.rest = self.rest.lstrip(b"\0")
        if not self.rest:
            self.trouble = self._packed.trouble
            return False
        if not self._codec.begins(self.rest):
            self.trouble = f"what follows the {self._codec.name} data is something else"
            return False
        self._unpacker, self._step = self._codec.make(), FIRST
        return True

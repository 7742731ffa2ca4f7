"""A command whose output is passed through and read at once.

Bytes go on before they are looked at, unchanged and unbuffered. Where our output is a terminal, the command gets one of its own (a pseudo-terminal),
so that it colours and buffers as it would without us. Signals that we get go on to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import tty
from collections.abc import Iterator, Sequence

from diagnose.errors import DiagnoseError
from diagnose.sources.follow.live import Piped
from diagnose.sources.follow.pipe import Pipe

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT)
"""Signals that the command gets from us. SIGWINCH sets the size of its terminal."""


class Missing(DiagnoseError):
    """There is no such command, or it cannot be run."""


class _Through(Pipe):
    """A pipe whose bytes are written on as they are read."""

    def __init__(self, name: str, descriptor: int, out: int) -> None:
        super().__init__(name, descriptor)
        self._out = out

    def _keep(self, buffer: memoryview, count: int) -> None:
        data = bytes(buffer[:count])
        super()._keep(buffer, count)
        while data and self._out >= 0:
            try:
                data = data[os.write(self._out, data) :]
            except BlockingIOError:
                select.select([], [self._out], [])
            except OSError:  # whoever read our output went away: the command is told by its own next write
                self._out = -1
                self.end()


class Child:
    """A running command. Raises Missing."""

    def __init__(self, words: Sequence[str]) -> None:
        self._terminal = -1
        self._restore: list[object] | None = None
        self._wide = os.isatty(1) and os.isatty(0)
        try:
            self._process = self._start_terminal(words) if self._wide else self._start_pipes(words)
        except OSError as error:
            raise Missing(f"{words[0]}: {error.strerror or error}") from error

    def _start_pipes(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        assert process.stdout is not None
        assert process.stderr is not None
        out, error = os.dup(process.stdout.fileno()), os.dup(process.stderr.fileno())
        process.stdout.close()
        process.stderr.close()
        self.sources = [Piped(_Through("stdout", out, 1)), Piped(_Through("stderr", error, 2))]
        return process

    def _start_terminal(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        self._terminal, inner = pty.openpty()
        self._resize()
        try:
            process = subprocess.Popen(
                list(words), stdin=inner, stdout=inner, stderr=inner, start_new_session=True, preexec_fn=_control
            )
        finally:
            os.close(inner)
        self.sources = [Piped(_Through("output", self._terminal, 1))]
        self._restore = termios.tcgetattr(0)
        tty.setraw(0)
        threading.Thread(target=self._type, daemon=True).start()
        return process

    def _type(self) -> None:
        """Hand on what is typed."""
        with contextlib.suppress(OSError):
            while data := os.read(0, 4_096):
                os.write(self._terminal, data)

    def _resize(self) -> None:
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
            if struct.unpack("HHHH", size)[0]:
                fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Signals are the command's meanwhile."""

        def forward(number: int, frame: object) -> None:
            # A terminal's Ctrl-C reaches the command by itself, unless it has a terminal of its own.
            if number == signal.SIGINT and not self._wide and os.isatty(0):
                return
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

        before = {number: signal.signal(number, forward) for number in FORWARDED}
        before[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, lambda number, frame: self._resize())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self._restore is not None:
                termios.tcsetattr(0, termios.TCSADRAIN, self._restore)  # type: ignore[arg-type]

    def wait(self) -> int:
        """Its exit code; 128 and the number of the signal that ended it."""
        code = self._process.wait()
        return code if code >= 0 else 128 - code


def _control() -> None:
    """In the command's process: its terminal controls it, so that Ctrl-C and job control work."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)

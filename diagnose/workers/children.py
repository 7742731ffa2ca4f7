"""The processes of the pool: born by forking this one, which has all that they need, else as programs of their own.

A fork takes milliseconds and shares the memory of the rules; a program of its own starts, imports and loads for half a second. Forking is
safe only where this process has no other thread: a lock that one held would stay locked in the child for ever.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, NoReturn, Protocol

from diagnose.workers.process import serve
from diagnose.workers.recipe import Bench, Recipe, recipe_data

_START = "import sys; sys.path[:] = {path!r}; from diagnose.workers.process import main; main()"
_LOOK = 0.02
"""Seconds between two looks at whether a process has ended."""


class Child(Protocol):
    """A process: `orders` go in as lines of JSON, `says` is the descriptor where it is heard."""

    orders: IO[bytes]
    says: int

    def end(self, patience: float) -> int:
        """Kill it, if it does not end by itself within so many seconds; its exit code, of a signal the negative number."""


def born(bench: Bench, recipe: Recipe) -> Child:
    """A new process. Both say the same: the bench what a fork takes along, the recipe what a program makes again."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return Forked(bench)
    return Spawned(recipe)


class Spawned:
    """A program of its own."""

    def __init__(self, recipe: Recipe) -> None:
        program = _START.format(path=[path or os.getcwd() for path in sys.path])
        self._process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.orders, self.says = self._process.stdin, self._process.stdout.fileno()
        with suppress(OSError):  # one that is gone is noticed when it is listened to
            self.orders.write(json.dumps(recipe_data(recipe)).encode() + b"\n")
            self.orders.flush()

    def end(self, patience: float) -> int:
        """See Child."""
        if patience:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        with suppress(OSError):
            self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        return code


class Forked:
    """A copy of this process."""

    def __init__(self, bench: Bench) -> None:
        orders, mine = os.pipe()
        self.says, says = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _live(bench, orders, says)
        os.close(orders)
        os.close(says)
        self.orders: IO[bytes] = os.fdopen(mine, "wb")

    def end(self, patience: float) -> int:
        """See Child."""
        until = time.monotonic() + patience
        while (code := self._ended()) is None and time.monotonic() < until:
            time.sleep(_LOOK)
        if code is None:
            with suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        with suppress(OSError):
            self.orders.close()
        os.close(self.says)
        return code

    def _ended(self) -> int | None:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None


def _live(bench: Bench, orders: int, says: int) -> NoReturn:
    """The child's whole life. What the parent has open is not its own: of that nothing is flushed, and all is closed."""
    import fcntl

    code = 1
    try:
        gc.freeze()  # what is shared is not looked through, so that its pages stay shared
        os.setsid()
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        mine = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in (orders, says, os.open(os.devnull, os.O_RDWR))]
        for place, descriptor in enumerate((mine[0], mine[2], mine[2], mine[1])):
            os.dup2(descriptor, place)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        with open(0, encoding="utf-8", closefd=False) as lines, open(3, "w", encoding="utf-8", closefd=False) as out:
            serve(lines, out, lambda: bench)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        os._exit(code)

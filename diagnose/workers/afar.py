"""What happens on a process of somebody else's engine: a recipe and a part in, the bytes of a result out. No folder is shared.

Rules, once made, are kept for the next part. Files and buckets must be the same ones for every machine.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnose.workers.cuts import part_of
from diagnose.workers.process import is_outside, told
from diagnose.workers.recipe import Recipe, make
from diagnose.workers.step import Step

_lock = threading.Lock()
"""An engine may give a process several threads; a step takes one part after the other."""

_steps: dict[str, Step] = {}


def read_afar(recipe: Mapping[str, Any], part: Mapping[str, Any], hang: float) -> dict[str, Any]:
    """`result`: the bytes of the file that a step leaves; or `failed`: why there is none, and `outside`: whether the part is not to blame.

    A process that gives no sign of life for `hang` seconds ends itself, so that the engine sees it die.
    """
    wanted = Recipe(**recipe)
    with _lock, _Watch(hang) as watch:
        try:
            if wanted.key not in _steps:
                _steps.clear()
                _steps[wanted.key] = Step(make(wanted))
        except Exception as error:
            return {"failed": told(error), "outside": True}
        try:
            with tempfile.TemporaryDirectory(prefix="diagnose-") as folder:
                path = Path(folder) / "one.result"
                _steps[wanted.key].scan_object(part_of(part), path, watch)
                return {"result": path.read_bytes()}
        except Exception as error:  # told by name, tried again
            return {"failed": told(error), "outside": is_outside(error)}


class _Watch:
    """Ends this process where work does not go on."""

    def __init__(self, hang: float) -> None:
        self._hang = hang
        self._seen = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __call__(self, size: int) -> None:
        self._seen = time.monotonic()

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(min(1.0, self._hang / 4)):
            if time.monotonic() - self._seen > self._hang:
                os.kill(os.getpid(), signal.SIGKILL)

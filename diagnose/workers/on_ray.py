"""Ray's processes: of the cluster that `RAY_ADDRESS` names, else started for the scan."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from diagnose.errors import UsageError
from diagnose.workers.afar import read_afar
from diagnose.workers.crowd import Lost
from diagnose.workers.pool import DIED

STORE = 256 << 20
"""Bytes of memory for results on their way; what is more goes to disk."""


class RayFarm:
    """See Farm."""

    def __init__(self, count: int) -> None:
        """Raises UsageError where Ray is missing or its cluster does not answer."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else it tells its makers of each use
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError:
            raise UsageError("--engine ray: pip install 'diagnose-logs[ray]'") from None
        own: dict[str, Any] = {}
        if not os.environ.get("RAY_ADDRESS"):
            own = {"num_cpus": count, "object_store_memory": STORE, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        try:
            ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **own)
        except Exception as error:  # it has errors of many kinds for this
            raise UsageError(f"--engine ray: {error}") from error
        self._ray = ray
        # Its driver prints what became of processes, to standard output: there the report will stand.
        self._quiet = contextlib.ExitStack()
        nowhere = self._quiet.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 closed with the farm
        self._quiet.enter_context(contextlib.redirect_stdout(nowhere))
        self._read = ray.remote(max_retries=0, num_cpus=1)(read_afar)

    @property
    def size(self) -> int:
        """One part for each processor."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def give(self, recipe: Mapping[str, Any], part: Mapping[str, Any], hang: float) -> Hashable:
        """See Farm."""
        task: Hashable = self._read.remote(recipe, part, hang)
        return task

    def done(self, tasks: Sequence[Hashable]) -> list[tuple[Hashable, dict[str, Any] | Lost]]:
        """See Farm."""
        ended, _ = self._ray.wait(list(tasks), num_returns=1)
        return [(task, self._outcome(task)) for task in ended]

    def _outcome(self, task: Any) -> dict[str, Any] | Lost:
        errors = self._ray.exceptions
        try:
            outcome: dict[str, Any] = self._ray.get(task)
        except errors.OutOfMemoryError:
            return Lost("Ray ended the process that read it, for lack of memory", outside=True)
        except errors.WorkerCrashedError:
            return Lost(DIED)
        except errors.RayError as error:
            return Lost(f"{type(error).__name__}: {error}".partition("\n")[0][:300], outside=True)
        return outcome

    def close(self) -> None:
        """See Farm."""
        self._ray.shutdown()
        self._quiet.close()

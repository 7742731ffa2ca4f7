"""Dask's processes: of the scheduler that `DASK_SCHEDULER_ADDRESS` (or Dask's own settings) names, else started for the scan."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from diagnose.errors import UsageError
from diagnose.workers.afar import read_afar
from diagnose.workers.crowd import Lost
from diagnose.workers.pool import DIED

PATIENCE = 60.0
"""Seconds without any worker after which a cluster counts as gone."""

_LOOK = 2.0


class DaskFarm:
    """See Farm."""

    def __init__(self, count: int) -> None:
        """Raises UsageError where Dask is missing or its scheduler does not answer."""
        try:
            import dask
            from distributed import Client, LocalCluster
        except ImportError:
            raise UsageError("--engine dask: pip install 'diagnose-logs[dask]'") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._cluster = None
        try:
            if not dask.config.get("scheduler-address", None):
                # Here a death is told at once; who is to blame is found out by the crowd.
                dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.worker.memory.terminate": False})
                self._cluster = LocalCluster(
                    n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
            self._client = Client(self._cluster) if self._cluster is not None else Client()
        except (OSError, ValueError) as error:
            raise UsageError(f"--engine dask: {error}") from error
        self._number = 0
        self._seen = time.monotonic()

    @property
    def size(self) -> int:
        """One part for each worker, whatever threads it has: a step takes one after the other."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def give(self, recipe: Mapping[str, Any], part: Mapping[str, Any], hang: float) -> Hashable:
        """See Farm."""
        self._number += 1
        key = f"diagnose-{id(self)}-{self._number}"
        task: Hashable = self._client.submit(read_afar, recipe, part, hang, key=key, pure=False, retries=0)
        return task

    def done(self, tasks: Sequence[Hashable]) -> list[tuple[Hashable, dict[str, Any] | Lost]]:
        """See Farm."""
        from distributed import wait

        while True:
            try:
                ended = wait(list(tasks), timeout=_LOOK, return_when="FIRST_COMPLETED").done
                return [(task, self._outcome(task)) for task in ended]
            except TimeoutError:
                self._look()

    def _outcome(self, task: Any) -> dict[str, Any] | Lost:
        from distributed import KilledWorker

        try:
            outcome: dict[str, Any] = task.result()
        except KilledWorker:
            return Lost(DIED)
        except Exception as error:  # whatever Dask makes of a task that it lost
            return Lost(f"{type(error).__name__}: {error}"[:300], outside=True)
        return outcome

    def _look(self) -> None:
        now = time.monotonic()
        if self._client.status != "running":
            raise UsageError("--engine dask: its scheduler is gone")
        if self._client.scheduler_info(n_workers=-1)["workers"]:
            self._seen = now
        elif now - self._seen > PATIENCE:
            raise UsageError(f"--engine dask: there was no worker for {PATIENCE:g} s")

    def close(self) -> None:
        """See Farm."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

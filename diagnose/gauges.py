"""Which numbers among a record's fields a service tells of itself: its memory, threads, descriptors, the lag of its loop.

Such a number stands in a text logger's line (`heapUsed=52`) and would be lost in a JSON logger's field, so events hold it as text.
"""

from __future__ import annotations

from functools import lru_cache

from diagnose.lazy import lazy

_UNIT = lazy(r"(?:bytes|kib|mib|gib|kb|mb|gb|ms|seconds)$")
_GAUGES = frozenset(
    "rss heap heapused usedheap heapalloc heapinuse memory mem memoryused usedmemory "
    "goroutines numgoroutine numgoroutines threads threadcount numthreads livethreads "
    "fds fdcount openfds numfds openfiles openfiledescriptors handles handlecount activehandles "
    "eventlooplag eventloopdelay looplag loopdelay lag evictedkeys".split()
)


@lru_cache(maxsize=4096)
def is_gauge(name: str) -> bool:
    """Whether a field's name, whatever its case, unit and what it is nested in, is that of a gauge: `process.heap_used_mb`."""
    last = name.rsplit(".", 1)[-1].replace("_", "").replace("-", "").lower()
    return last in _GAUGES or _UNIT.sub("", last) in _GAUGES

"""A trace as plain data, the way the cases write it down."""

from __future__ import annotations

from typing import Any

from diagnose.model import Frame, Trace


def told(trace: Trace) -> dict[str, Any]:
    """Kind, message, frames, cause, others and properties; what is empty is left out, frames are one line each."""
    parts = {
        "runtime": trace.runtime,
        "kind": trace.kind,
        "message": trace.message,
        "properties": dict(trace.properties),
        "frames": [told_frame(frame) for frame in trace.frames],
        "others": [told(other) for other in trace.others],
        "cause": told(trace.cause) if trace.cause is not None else None,
    }
    return {name: part for name, part in parts.items() if part}


def told_frame(frame: Frame) -> str:
    """`app` or `lib`, the place, the function: `app src/orders.js:12:9 list`."""
    numbers = "".join(f":{number}" for number in (frame.line, frame.column) if number)
    return f"{'app' if frame.in_app else 'lib'} {frame.file}{numbers} {frame.function}".rstrip()

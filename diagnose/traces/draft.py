"""A trace while it is being read: it may still change, and it is bounded when it becomes a `Trace`."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnose.model import Frame, Trace, Value

MAX_LINKS = 40
"""Causes kept in one chain. Of a longer one the outermost and the root stay: they say what and why."""

MAX_NESTING = 8
"""How deep suppressed errors and members of groups nest; deeper ones are left out."""

MAX_LOOKBACK = 16_384
"""How many characters before its first frame an error's header is looked for."""

MAX_OTHERS = 100
"""Suppressed errors or group members kept for one error."""


@dataclass(slots=True, eq=False)
class Draft:
    """One error. `cause` and `others` as in Trace."""

    kind: str = ""
    message: str = ""
    frames: list[Frame] = field(default_factory=list)
    cause: Draft | None = None
    others: list[Draft] = field(default_factory=list)
    properties: dict[str, Value] = field(default_factory=dict)


def finish(runtime: str, draft: Draft, depth: int = 0) -> Trace | None:
    """The draft and its causes as one Trace; errors of which nothing was read are left out, None where all are."""
    chain: list[Draft] = []
    link: Draft | None = draft
    while link is not None:
        if link.kind or link.frames or link.others:
            chain.append(link)
        link = link.cause
    if len(chain) > MAX_LINKS:
        chain = [*chain[: MAX_LINKS - 1], chain[-1]]
    trace: Trace | None = None
    for link in reversed(chain):
        others = link.others[:MAX_OTHERS] if depth < MAX_NESTING else []
        trace = Trace(
            runtime=runtime,
            kind=link.kind,
            message=link.message,
            frames=tuple(link.frames),
            cause=trace,
            others=tuple(other for each in others if (other := finish(runtime, each, depth + 1)) is not None),
            properties=link.properties,
        )
    return trace

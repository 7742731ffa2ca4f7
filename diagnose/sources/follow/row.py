"""What is kept of a followed file on disk."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.origins import GENERATION
from diagnose.sources.follow.identity import NOTHING, Mark

LIVE, LEAVING, RESTING, COPY, ASKED = "live", "leaving", "resting", "copy", "asked"
"""Its path names it; no path does and it is read to its end; that was done; it is a copy of what was read already; it is no file, but a path
that may have had files which nobody saw."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of a file on disk. `number`: of the line at the mark's offset. `open`: a record may go on there."""

    name: str
    path: str
    state: str
    mark: Mark
    number: int = 1
    open: bool = False

    @property
    def location(self) -> str:
        """Its path as a person knows it: the one that it had when it was found."""
        return self.name.partition(GENERATION)[0]


def asked(path: str) -> Row:
    """What is kept of a path whose rotated files are to be looked for."""
    return Row(f"{path}{GENERATION}", path, ASKED, Mark(0, 0, NOTHING, 0, NOTHING))

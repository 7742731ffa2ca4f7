"""Sightings on their way into columns: they wait in trays, and are filed many at a time.

In an error storm each event's failure goes to a dozen rules that wait for its class. Their rows are made once, from the whole tray, and copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from diagnose.condition import Column
from diagnose.condition.timeline import ROW, Tables
from diagnose.model import Sighting


@dataclass(frozen=True, slots=True)
class Tray:
    """Sightings that wait, and the columns that each of them belongs in."""

    columns: Sequence[Column]
    sightings: list[Sighting] = field(default_factory=list)


class Filing:
    """All trays. The columns are as they should be after `file` only."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._trays: list[Tray] = []

    def tray(self, columns: Sequence[Column]) -> list[Sighting] | None:
        """A new tray; None where its sightings would belong nowhere."""
        if not columns:
            return None
        self._trays.append(Tray(columns))
        return self._trays[-1].sightings

    def file(self) -> None:
        """Put what waits where it belongs."""
        for tray in self._trays:
            if tray.sightings:
                rows = Column(self._tables)
                rows.extend(tray.sightings)
                for column in tray.columns:
                    column.join(rows)
                tray.sightings.clear()

    @property
    def bytes(self) -> int:
        """About how much memory it takes when it is filed."""
        return ROW * sum(len(tray.sightings) * len(tray.columns) for tray in self._trays)

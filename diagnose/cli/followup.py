"""`--follow-up FINDING`: what of the logs is read again, and what is left out, for a finding that is known already."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.errors import UsageError
from diagnose.model import SECOND
from diagnose.sources import STDIN, Input

if TYPE_CHECKING:
    from diagnose.cli.common import Settings
    from diagnose.pipeline import Options
    from diagnose.workers.window import Window

AROUND = 600 * SECOND
"""How much before and after a finding is read: causes stand before it, a recovery behind it."""


@dataclass(frozen=True)
class Trail:
    """Where a finding was seen. `places`: of one without time, its first and last offset by source; None for one that has a time."""

    first: int | None
    last: int | None
    sources: Sequence[str]
    places: Mapping[str, tuple[int, int]] | None = None

    def narrowed(self, options: Options) -> Options:
        """The options of a run that reads only around it; `--since` and `--until` may narrow it further."""
        if self.first is None or self.last is None:
            return options
        since, until = self.first - AROUND, self.last + AROUND
        return replace(
            options,
            since=since if options.since is None else max(since, options.since),
            until=until if options.until is None else min(until, options.until),
        )

    def paths(self) -> tuple[str, ...]:
        """What to read where nobody says: the files in which it was seen. Raises UsageError where there are none."""
        found = dict.fromkeys(_outermost(source) for source in self.sources if source != STDIN)
        if not found:
            raise UsageError("--follow-up: name the logs to read; the finding was seen in no file")
        return tuple(found)

    def kept(self, inputs: Sequence[Input]) -> list[Input]:
        """Of a finding without time, only the files in which it was seen; of others all that is there for its time."""
        if self.places is None:
            return list(inputs)
        wanted = {_same(source) for source in self.places}
        return [item for item in inputs if _same(item.name) in wanted]

    def window(self, item: Input) -> Window | None:
        """The part of a plain file to read around the places of a finding without time; None: that is not told by place."""
        place = next((place for source, place in (self.places or {}).items() if _same(source) == _same(item.name)), None)
        if place is None:
            return None
        from diagnose.workers.window import around

        return around(item, *place)


def read_trail(settings: Settings, told: str, now: int) -> Trail:
    """The trail of `FINGERPRINT` (in the history: its last occasion) or `REPORT:FINGERPRINT`. Raises UsageError."""
    report, _, fingerprint = told.rpartition(":")
    return _in_report(Path(report), fingerprint) if report else _in_history(settings, fingerprint, now)


def _in_history(settings: Settings, fingerprint: str, now: int) -> Trail:
    from diagnose.cli.ending import history_path
    from diagnose.history import History

    book = History(history_path(settings), now, make=False)
    try:
        known = book.failure(fingerprint)
        first, last = next(iter(book.occasions(known, 1)), (None, None))
    finally:
        book.close()
    return Trail(first, last, known.sources)


def _in_report(path: Path, fingerprint: str) -> Trail:
    from diagnose.baseline import finding_in_report

    finding = finding_in_report(path, fingerprint)
    try:
        first, last = (_time(finding[name]) for name in ("first_seen", "last_seen"))
        evidence = [(str(proof["source"]), int(proof["offset"])) for proof in finding["evidence"]]
    except (TypeError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: its findings are not in order ({type(error).__name__}: {error})") from error
    places: dict[str, tuple[int, int]] = {}
    for source, offset in evidence:
        begin, end = places.get(source, (offset, offset))
        places[source] = (min(begin, offset), max(end, offset))
    return Trail(first, last, list(places), places if first is None else None)


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * SECOND)


def _outermost(source: str) -> str:
    """The file that a source is, or is packed in."""
    return source.partition("!/")[0]


def _same(source: str) -> str:
    name = _outermost(source)
    return name if "://" in name else os.path.realpath(name)

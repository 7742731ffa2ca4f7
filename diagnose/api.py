"""For library users: one call from paths, or from text, to a report."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.condition import CompiledRule
from diagnose.model import Event, Finding, NotEvaluated, Report, Sighting
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit, load_kit, rulebook_in
from diagnose.rulebook import Rulebook
from diagnose.sources import Input, find, listing_of

TRIAL_TIME = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z: the time of a rule's test log, so that years left out are the same for ever."""


def scan(paths: Iterable[str | Path], *, rules: Iterable[Path] = (), options: Options | None = None) -> Report:
    """Read files, folders and globs with the built-in rules, those of plugins and those below `rules`.

    Raises Faults for rules that are not in order. What cannot be read stands in `summary.unread`.
    """
    kit = load_kit()
    run = Run(rulebook_in((*kit.rules, *rules), kit), kit, options)
    inputs, errors = find((str(path) for path in paths), lambda location: listing_of(kit.openers, location))
    run.note_unread(errors)
    run.scan(inputs)
    return run.report()


@dataclass(frozen=True)
class TextTrial:
    """What a scan of a text gave, events and sightings included: what rules' own tests look at."""

    report: Report
    events: tuple[Event, ...]
    sightings: tuple[Sighting, ...]

    @property
    def findings(self) -> Sequence[Finding]:
        """The report's."""
        return self.report.findings

    @property
    def not_evaluated(self) -> Sequence[NotEvaluated]:
        """The report's."""
        return self.report.not_evaluated


def trial(text: str, compiled: Sequence[CompiledRule], kit: Kit) -> TextTrial:
    """Scan a text with some rules only."""
    run = _Recording(Rulebook(tuple(compiled), "", formats=kit.formats), kit, Options(now=TRIAL_TIME, engine="plain"))
    run.read(Input("log", TRIAL_TIME), io.BytesIO(text.encode("utf-8", "surrogateescape")))
    return TextTrial(run.report(), tuple(run.events_seen), tuple(run.sightings_seen))


class _Recording(Run):
    """A run that remembers what it saw."""

    def __init__(self, rulebook: Rulebook, kit: Kit, options: Options) -> None:
        super().__init__(rulebook, kit, options)
        self.events_seen: list[Event] = []
        self.sightings_seen: list[Sighting] = []

    def admit(self, event: Event, sightings: Sequence[Sighting]) -> None:
        self.events_seen.append(event)
        self.sightings_seen.extend(sightings)
        super().admit(event, sightings)

"""The flow, on one page: sources → windows → search → framing → events → engine → incidents → report.

One way for scan and tail alike. Python touches only hits; a line that no pattern matches costs native search alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from diagnose.blocks import BLOCK, Readable, Window, Windows
from diagnose.clocks import Clocks
from diagnose.clusters import Clusters
from diagnose.engine import Engine
from diagnose.errors import InputError
from diagnose.events import EventReader, is_error
from diagnose.frameworks import Recogniser
from diagnose.incidents import relate
from diagnose.lines import LineReader
from diagnose.model import Cluster, Event, Report, Sighting, Summary, Unread
from diagnose.plan import Plan, measured
from diagnose.plugins import Kit
from diagnose.reading import Reading
from diagnose.redact import redact
from diagnose.rulebook import Rulebook
from diagnose.search import ID_MASK, BlobStore, Searcher, make_searcher
from diagnose.sighter import Sighter
from diagnose.sources import START, Begin, Input, opener_of
from diagnose.sources.limits import USUAL, Limits
from diagnose.sources.unfold import Unfolder
from diagnose.times import Clock
from diagnose.traces import parse_traces
from diagnose.triage import Seen, checklist


@dataclass(frozen=True)
class Options:
    """What a run is told besides its inputs. Times in µs; `now` is an input like all else."""

    zone: tzinfo = UTC
    now: int | None = None
    since: int | None = None
    until: int | None = None
    prefer: frozenset[str] = frozenset()
    """Frameworks and databases the reader uses: their fixes come first."""
    engine: str = ""
    block: int = BLOCK
    limits: Limits = USUAL
    """What packed inputs may unfold to."""
    requests: bool = False
    """Whether every record of a request or a query becomes an event, for those who measure."""


@dataclass(slots=True)
class Tally:
    """What reading counted."""

    bytes: int = 0
    lines: int = 0
    events: int = 0
    orphans: int = 0
    sources: int = 0
    unread: list[Unread] = field(default_factory=list)

    def merge(self, other: Tally) -> None:
        """Take what was counted elsewhere."""
        self.bytes += other.bytes
        self.lines += other.lines
        self.events += other.events
        self.orphans += other.orphans
        self.sources += other.sources
        self.unread += other.unread


class Run:
    """One run over any number of sources: read them, then ask for the report."""

    def __init__(self, rulebook: Rulebook, kit: Kit, options: Options | None = None, store: BlobStore | None = None) -> None:
        self.options = options or Options()
        self.rulebook = rulebook
        self.kit = kit
        also = measured(kit.formats) if self.options.requests else ()
        self.plan: Plan = rulebook.plan(kit.wrappers, also)
        self.reader = LineReader(kit.formats, kit.wrappers, store)
        self.sighter = Sighter(self.plan)
        self.engine = Engine(rulebook.compiled, prefer=self.options.prefer)
        self._sure = {one.rule.id for one in rulebook.compiled if one.simple}
        """Rules that hold wherever their anchor is seen."""
        self._anchors = {(one.rule.id, name) for one in rulebook.compiled for name in one.anchors}
        self.clusters = Clusters()
        self.clocks = Clocks()
        self.seen = Seen()
        self.tally = Tally()
        self.latest: int | None = None
        """The latest event time seen: the watermark of a live run."""
        self.store = store
        self._recogniser = Recogniser(kit.frameworks)
        self._searchers: dict[bool, Searcher] = {}
        self._started = time.perf_counter()

    # ------------------------------------------------------------ reading

    def scan(self, inputs: Iterable[Input], progress: Callable[[int], None] | None = None) -> None:
        """Read the inputs one after the other; what cannot be read is noted and the rest goes on."""
        for item in inputs:
            try:
                location = item.location or item.name
                with opener_of(self.kit.openers, location).open(location) as raw:
                    unfolder = Unfolder(raw, self.options.limits, self.tally.unread.append)  # type: ignore[arg-type]
                    for log, stream in unfolder.logs(item):
                        self.read(log, stream, progress and (lambda size, unfolder=unfolder: progress(unfolder.gained())))  # type: ignore[misc]
            except InputError as error:
                self.note_unread([error])
            except OSError as error:
                self.tally.unread.append(Unread(item.name, error.strerror or str(error)))

    def note_unread(self, errors: Iterable[InputError]) -> None:
        """Inputs that were not even found belong to the report too."""
        self.tally.unread.extend(Unread(error.source, error.reason) for error in errors)

    def read(
        self,
        item: Input,
        stream: Readable,
        progress: Callable[[int], None] | None = None,
        begin: Begin = START,
        stop: int | None = None,
    ) -> None:
        """Read one source to its end, or a part of it. Raises OSError where the stream does; what came before it counts.

        Of a part, the records that start before `stop` count. `stream` goes on behind that as far as a record may. Its bytes and
        lines are its cutter's to count.
        """
        for step in self.follow(item, stream, begin, stop):
            if progress is not None:
                progress(step.size)

    def follow(self, item: Input, stream: Readable, begin: Begin = START, stop: int | None = None) -> Iterator[Step]:
        """Read one source window by window; a step after each. Where a reading goes on, its reads must not cross `begin.told`."""
        reading = Reading(self, item, begin, stop)
        windows = Windows(stream, self.options.block, begin.base - len(begin.past), begin.past)
        self.tally.sources += 1
        size = 0
        try:
            for window in windows:
                # What is still being written moves on, and with it the year and day of times that leave them out.
                modified = getattr(stream, "modified", None)
                if modified is not None:
                    reading.refer(modified)
                reading.take(window)
                size, gained = windows.size, windows.size - size
                yield Step(gained, window.new == window.end and not window.last, reading)
        finally:
            if stop is not None:
                self.tally.orphans += reading.orphans
            else:
                self.tally.bytes += max(0, begin.base + windows.size - max(begin.base, begin.told))
                fresh = reading.framer.lines - reading.lines_before
                self.tally.lines += fresh + int(windows.size > 0 and not windows.ended_with_newline)
                self.tally.orphans += reading.framer.orphans - reading.orphans_before

    def search(self, window: Window) -> list[int]:
        """The hits in a window's new lines; a block with colours is searched with colours allowed for."""
        coloured = window.data.find(b"\x1b", window.new, window.end) >= 0
        return self.searcher(coloured).scan(memoryview(window.data)[window.new : window.end])

    def searcher(self, coloured: bool) -> Searcher:
        """The compiled patterns, made when first needed."""
        if coloured not in self._searchers:
            self._searchers[coloured] = make_searcher(
                self.plan.patterns, coloured=coloured, engine=self.options.engine, store=self.store
            )
        return self._searchers[coloured]

    def rescan(self, line: bytes) -> frozenset[int]:
        """The patterns of a line that was joined from parts."""
        return frozenset(hit & ID_MASK for hit in self.searcher(b"\x1b" in line).scan(line))

    def events(self, item: Input) -> EventReader:
        """What reads the records of one source."""
        clock = Clock(self.options.zone, item.modified if item.modified is not None else self.options.now)
        return EventReader(
            item.name, clock, self.reader.formats, self.reader.wrappers, self._parse, self._recogniser, self.rescan
        )

    def _parse(self, text: str) -> tuple:  # type: ignore[type-arg]
        return parse_traces(text, self.kit.traces)

    def admit(self, event: Event, sightings: Sequence[Sighting]) -> None:
        """Count an event and hand its sightings on."""
        options = self.options
        if event.time is not None and (
            (options.since is not None and event.time < options.since)
            or (options.until is not None and event.time >= options.until)
        ):
            return
        self.tally.events += 1
        if event.time is not None and (self.latest is None or event.time > self.latest):
            self.latest = event.time
        seen = self.seen
        seen.technologies.update(event.technologies)
        if event.traces:
            seen.traces += 1
        if "status" in event.fields:
            seen.requests += 1
        self.clocks.add(event)
        if sightings:
            self.sight(sightings)
        if is_error(event):
            # Neighbours and evidence explain nothing: only what a rule's condition can hold at does.
            rules = frozenset(sighting.rule for sighting in sightings if (sighting.rule, sighting.signal) in self._anchors)
            self.clusters.add(event, rules, not rules.isdisjoint(self._sure))

    def sight(self, sightings: Sequence[Sighting]) -> None:
        """Hand sightings on: to the engine, unless they are gathered for later."""
        self.engine.add(sightings)

    # ------------------------------------------------------------ telling

    def report(self, watermark: int | None = None, also: Iterable[Sighting] = ()) -> Report:
        """All that is known so far; with a watermark what lies ahead of it may still change.

        Nothing is settled by it, since lines of several threads come late. `also`: sightings that count this time only.
        """
        result = self.engine.findings(watermark, also, settle=False)
        clocks = self.clocks.offsets()
        findings, incidents = relate(result.findings, self.rulebook.rules, clocks)
        held = {finding.rule for finding in findings}
        explained = self.clusters.explained(held)
        errors = self.clusters.events
        tally = self.tally
        summary = Summary(
            bytes=tally.bytes,
            lines=tally.lines,
            events=tally.events,
            error_events=errors,
            explained_events=explained,
            explained=explained / errors if errors else 1.0,
            orphans=tally.orphans,
            evicted=self.clusters.evicted + result.evicted,
            seconds=time.perf_counter() - self._started,
            sources=tally.sources,
            unread=tuple(tally.unread),
            clocks=clocks,
        )
        unknown = tuple(_redacted(cluster) for cluster in self.clusters.unknown(held))
        return Report(summary, incidents, findings, unknown, result.not_evaluated, checklist(findings, self.seen))


@dataclass(frozen=True, slots=True)
class Step:
    """A window was read: `size` bytes more; `idle` where a live source has nothing new for now."""

    size: int
    idle: bool
    reading: Reading


def _redacted(cluster: Cluster) -> Cluster:
    example = replace(cluster.example, text=redact(cluster.example.text))
    return replace(cluster, template=redact(cluster.template), example=example)

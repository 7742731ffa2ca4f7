"""Records become events."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from diagnose.formats.parts.ids import is_counter, read_ids
from diagnose.framing import Record, Time
from diagnose.gauges import is_gauge
from diagnose.hooks import Format, Wrapper
from diagnose.lazy import lazy
from diagnose.lines import PLAIN, Line
from diagnose.model import Event, Header, Level, Trace
from diagnose.origins import location, scope_of_path, scope_of_stream
from diagnose.times import Clock

ParseTraces = Callable[[str], tuple[Trace, ...]]
Recognise = Callable[[str, Sequence[Trace], str], tuple[str, ...]]
Rescan = Callable[[bytes], frozenset[int]]

_PLAIN_ERROR = lazy(
    r"\s*(?:\w+ )?(?:Traceback \(most recent call last\)|Exception in thread|panic: |(?i:fatal(?: error)?): |Segmentation fault"
    r"|(?:[\w.$]+\.)?[A-Z]?\w*(?:Error|Exception)(?: \[\w+\])?: )"
)
_TIME_CACHE = 4_096


class EventReader:
    """Reads the records of one source: its name and its clock are fixed."""

    def __init__(
        self,
        source: str,
        clock: Clock,
        formats: Sequence[Format],
        wrappers: Sequence[Wrapper],
        parse_traces: ParseTraces,
        recognise: Recognise,
        rescan: Rescan,
    ) -> None:
        self._source = source
        self._around = {name: value for name, value in scope_of_path(source).items() if name != "service"}
        """What the source's name tells; of its service, which is a guess, only findings are told (`engine.cases`)."""
        self.clock = clock
        self._formats = formats
        self._containers = {wrapper.name for wrapper in wrappers if getattr(wrapper, "container", True)}
        self._traces = parse_traces
        self._recognise = recognise
        self._rescan = rescan
        self._times: dict[int, Time] = {}
        self._plain_forms = [(lazy(plain), form) for form in formats if (plain := getattr(form, "plain", ""))]

    # ------------------------------------------------------------ records to events

    def time_of(self, line: Line) -> Time:
        """The time that a line carries, its wrapper's first."""
        if line.start in self._times:
            return self._times[line.start]
        time: Time = self.clock.parse(line.outer_time) if line.outer_time else None
        if time is None and line.form != PLAIN:
            header = self._header(line.payload.decode("utf-8", "replace"), line.form)
            if header is not None and header.time is not None:
                time = header.time, header.resolution
        if len(self._times) >= _TIME_CACHE:
            self._times.clear()
        self._times[line.start] = time
        return time

    def event(self, record: Record) -> Event:
        """The event of a record. Never raises on any text."""
        header = self._header(record.text, record.form) if record.form != PLAIN else None
        name = self._formats[record.form].name if header is not None else "plain"
        if header is None:
            name, header = self._plain(record.text)
        time, resolution = header.time, header.resolution
        if record.outer_time:
            outer = self.clock.parse(record.outer_time)
            if outer is not None:
                time, resolution = outer
        own = time is not None
        if time is None:
            known = record.stream_time()
            if known is not None:
                time, resolution = known
        text = _text(header) if header.text is None else header.text
        traces = self._traces_of(header, text)
        logger = header.fields.get("logger")
        technologies = self._recognise(text, traces, logger if isinstance(logger, str) else "")
        if header.technologies:
            technologies = tuple(dict.fromkeys((*technologies, *header.technologies)))
        if record.wrapper in self._containers:
            header.fields["wrapper"] = record.wrapper
        self._complete(header.scope, record, header.message)
        return Event(
            self._source, record.offset, record.number, name, time, own, resolution, header.level, header.message, text,
            header.fields, header.scope, traces, technologies,
        )  # fmt: skip

    def _plain(self, text: str) -> tuple[str, Header]:
        """The format and header of a record that no start began: a few formats know such records by their first words."""
        for pattern, form in self._plain_forms:
            if pattern.match(text):
                header = form.parse(text, self.clock)
                if header is not None:
                    return form.name, header
        return "plain", Header(text)

    def _complete(self, scope: dict[str, str], record: Record, message: str) -> None:
        """Add to a record's own scope what its text, its prefix and its source tell, in this order; what is there stays."""
        if "request" not in scope:
            read_ids(record.text, message, scope)
        if record.stream:
            for name, value in scope_of_stream(record.stream).items():
                scope.setdefault(name, value)
        for name, value in self._around.items():
            scope.setdefault(name, value)
        request = scope.get("request")
        if request is not None and (len(request) < 12 or "@" in request):
            scope["request"] = _unique(request, scope, location(self._source))

    def _traces_of(self, header: Header, text: str) -> tuple[Trace, ...]:
        """The traces of a record. A stack in a field of its own is parsed by itself: the same one comes again and again."""
        if header.text is not None:
            return self._traces(header.stack or text)
        if not header.stack or header.stack in header.message:
            # What stands in the message is read without the fields behind it, which its last line would swallow.
            return self._traces(header.message) or self._traces(text)
        return self._traces(header.message) + self._traces(header.stack)

    def _header(self, text: str, form: int) -> Header | None:
        header = self._formats[form].parse(text, self.clock)
        if header is not None:
            return header
        first = text.split("\n", 1)[0].encode("utf-8", "replace")
        for other in self._formats[form + 1 :]:
            if re.match(other.start.encode("latin-1"), first):
                header = other.parse(text, self.clock)
                if header is not None:
                    return header
        return None

    def patterns(self, record: Record) -> frozenset[int]:
        """The patterns that a record's lines match, those of lines that came in parts included."""
        if record.raw:
            return record.patterns.union(*(self._rescan(line) for line in record.raw))
        return record.patterns


def _unique(request: str, scope: dict[str, str], source: str) -> str:
    """A request id that only counts (`7`, `7@773`) is one request's in its process alone: its machine's name, else its source's, is added."""
    counter, _, process = request.partition("@")
    if not is_counter(counter):
        return request
    machine = scope.get("pod") or scope.get("host") if process else None
    return f"{request}@{machine or source}"


def is_error(event: Event) -> bool:
    """Whether an event tells of an error: by its level, or, without one, by a trace or the look of a plain error."""
    if event.level is not None:
        return event.level >= Level.ERROR
    return bool(event.traces) or (event.format == "plain" and _PLAIN_ERROR.match(event.message) is not None)


def _text(header: Header) -> str:
    """Message, stack, string fields and gauges, each from a new line; ids that tie records together say nothing by themselves."""
    parts = [header.message]
    if header.stack and header.stack not in header.message:
        parts.append(header.stack)
    ids = header.scope.values()
    for name, value in header.fields.items():
        if type(value) is str:
            if value and value not in ids and value not in header.message:
                parts.append(f"{name}: {value}")
        elif (type(value) is int or type(value) is float) and is_gauge(name):
            parts.append(f"{name}: {value}")
    return "\n".join(parts)

"""Strangers' variants, kept from taking a run with them: one that raises or returns nonsense while logs are read is named
once, and what it said of that text is left out. What is built in docks without a guard, and pays for none.

A guard never switches its variant off: what is found must not depend on which text came first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, TypeVar

from diagnose.errors import DiagnoseError, InputError, PluginError
from diagnose.hooks import Carrier, Format, Opener, Printer, Seekable, TraceParser, Unwrapped, Wrapper, later_of
from diagnose.model import Header, Level, Report, Trace
from diagnose.rawform import Gate
from diagnose.search import make_searcher, pattern_set
from diagnose.times import Clock

T = TypeVar("T")


class Guard:
    """Calls for one variant of a plugin. `troubles` collects what went wrong, once for each kind of trouble."""

    def __init__(self, plugin: str, what: str, troubles: list[PluginError]) -> None:
        self._plugin = plugin
        self._what = what
        self._troubles = troubles
        self._told: set[str] = set()

    def ask(self, call: Callable[[], Any], good: Callable[[Any], bool], nothing: T) -> T:
        """What the call returns where that is good, else `nothing`."""
        try:
            answer = call()
        except Exception as error:  # a stranger's code may raise anything
            self._tell(f"raised {type(error).__name__}: {error}")
            return nothing
        if good(answer):
            return answer  # type: ignore[no-any-return]
        self._tell(f"returned nonsense: a {type(answer).__name__}")
        return nothing

    def error(self, reason: str) -> PluginError:
        """An error that names the plugin and the variant."""
        return PluginError(self._plugin, f"{self._what} {reason}"[:500])

    def _tell(self, reason: str) -> None:
        kind = reason.split(":", 1)[0]
        if kind not in self._told:
            self._told.add(kind)
            self._troubles.append(self.error(reason))


class GuardedFormat:
    """See module. Raises ValueError where the native search refuses its patterns."""

    def __init__(self, form: Format, guard: Guard) -> None:
        check_patterns(form.errors)
        self._form, self._guard = form, guard
        self.name, self.priority, self.start, self.continues = form.name, form.priority, form.start, bool(form.continues)
        self.errors, self.samples, self.later = tuple(form.errors), tuple(form.samples), later_of(form)
        self.plain = re.compile(getattr(form, "plain", "")).pattern
        if isinstance(form, Carrier):
            self.carried = lambda line: guard.ask(lambda: form.carried(line), _is_carried, None)

    def parse(self, record: str, clock: Clock) -> Header | None:
        """See `Format`."""
        return self._guard.ask(lambda: self._form.parse(record, clock), _is_header, None)

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """See `Format`."""

        def ask() -> tuple[str, ...]:
            patterns = tuple(self._form.field_patterns(name, test))
            check_patterns(patterns)
            return patterns

        return self._guard.ask(ask, _texts, ())


class GuardedWrapper:
    """See module. Raises ValueError where the native search refuses its pattern."""

    def __init__(self, wrapper: Wrapper, guard: Guard) -> None:
        check_patterns(filter(None, [wrapper.partial]))
        self._wrapper, self._guard = wrapper, guard
        self.name, self.marker, self.partial = wrapper.name, wrapper.marker, wrapper.partial
        self.names_service, self.samples = bool(wrapper.names_service), tuple(wrapper.samples)
        self.container = bool(getattr(wrapper, "container", True))

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """See `Wrapper`."""
        return self._guard.ask(lambda: self._wrapper.unwrap(line), _is_unwrapped, None)

    def needle(self, stream: bytes) -> bytes:
        """See `Wrapper`."""
        wrapper = self._wrapper
        if not isinstance(wrapper, Seekable):
            return b""
        return self._guard.ask(lambda: wrapper.needle(stream), lambda answer: isinstance(answer, bytes), b"")


class GuardedTraces:
    """See module."""

    def __init__(self, parser: TraceParser, guard: Guard) -> None:
        self._parser, self._guard = parser, guard
        self.runtime, self.markers, self.samples = parser.runtime, tuple(parser.markers), tuple(parser.samples)

    def parse(self, text: str) -> list[Trace]:
        """See `TraceParser`."""
        return self._guard.ask(lambda: list(self._parser.parse(text)), _are_traces, [])


class GuardedPrinter:
    """See module."""

    def __init__(self, printer: Printer, guard: Guard) -> None:
        self._printer, self._guard = printer, guard
        self.name = printer.name

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`. Raises PluginError: there is nothing to go on with."""
        try:
            self._printer.print(report, out, options)
        except (DiagnoseError, OSError):
            raise
        except Exception as error:
            raise self._guard.error(f"raised {type(error).__name__}: {error}") from error


class GuardedOpener:
    """See module."""

    def __init__(self, opener: Opener, guard: Guard) -> None:
        self._opener, self._guard = opener, guard
        self.name = opener.name

    def accepts(self, location: str) -> bool:
        """See `Opener`."""
        return self._guard.ask(lambda: self._opener.accepts(location), lambda answer: isinstance(answer, bool), False)

    def open(self, location: str) -> IO[bytes]:
        """See `Opener`."""
        try:
            stream = self._opener.open(location)
        except (DiagnoseError, OSError):
            raise
        except Exception as error:
            raise InputError(location, str(self._guard.error(f"raised {type(error).__name__}: {error}"))) from error
        if not callable(getattr(stream, "readinto", None)):
            raise InputError(location, str(self._guard.error(f"returned nonsense: a {type(stream).__name__}")))
        return stream


def check_patterns(patterns: Iterable[str]) -> None:
    """Raises ValueError for a raw pattern that the native search cannot look for."""
    for pattern in patterns:
        make_searcher(pattern_set([Gate(raw=pattern)]))


def _is_header(header: object) -> bool:
    """Whether this is a header, and all of it what it should be, or None."""
    return header is None or (
        isinstance(header, Header)
        and _texts((header.message, header.stack, *header.technologies))
        and (header.text is None or isinstance(header.text, str))
        and (header.time is None or type(header.time) is int)
        and type(header.resolution) is int
        and (header.level is None or isinstance(header.level, Level))
        and isinstance(header.fields, dict)
        and _texts(tuple(header.fields))
        and isinstance(header.scope, dict)
        and _texts((*header.scope, *header.scope.values()))
    )


def _texts(values: tuple[object, ...]) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_unwrapped(answer: object) -> bool:
    return answer is None or (isinstance(answer, tuple) and tuple(map(type, answer)) == (bytes, bytes, bool, str))


def _is_carried(answer: object) -> bool:
    return answer is None or (isinstance(answer, tuple) and tuple(map(type, answer)) == (bytes, bytes))


def _are_traces(answer: list[Any]) -> bool:
    return all(isinstance(one, Trace) for one in answer)

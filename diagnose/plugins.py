"""Builds the kit of one run: built-in variants first, then those of installed plugins.

A plugin that cannot be imported, raises, or returns nonsense is named and left out; the rest goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from diagnose.cache import Cache
from diagnose.errors import PluginError
from diagnose.hooks import PROJECT, Format, Framework, Hooks, Opener, Printer, TraceParser, Wrapper, hookimpl, later_of
from diagnose.rulebook import Rulebook, build

BUILT_IN = "built-in"


@dataclass(frozen=True)
class Offer:
    """One variant that a plugin offered at a hook: as it offered it, and as it docked."""

    plugin: str
    hook: str
    item: Any
    docked: Any


@dataclass(frozen=True)
class Kit:
    """All variants that docked, and what went wrong with those that did not."""

    formats: tuple[Format, ...]
    wrappers: tuple[Wrapper, ...]
    traces: tuple[TraceParser, ...]
    frameworks: tuple[Framework, ...]
    openers: tuple[Opener, ...]
    printers: tuple[Printer, ...]
    rules: tuple[Path, ...]
    errors: tuple[PluginError, ...] = field(default=())
    names: tuple[str, ...] = field(default=())
    """Plugins that docked, as `name version`: part of what a compiled rulebook depends on."""
    offers: tuple[Offer, ...] = field(default=())
    """What plugins offered and what docked, in order: who is to be told of a fault."""
    troubles: list[PluginError] = field(default_factory=list, hash=False, compare=False)
    """What plugins did wrong while logs were read; it grows as they are."""


class BuiltIns:
    """What comes with diagnose, through the same hooks as a stranger's plugin."""

    @hookimpl
    def diagnose_formats(self) -> Iterable[Format]:
        from diagnose.formats import BUILT_IN

        return BUILT_IN

    @hookimpl
    def diagnose_wrappers(self) -> Iterable[Wrapper]:
        from diagnose.formats import WRAPPERS

        return WRAPPERS

    @hookimpl
    def diagnose_traces(self) -> Iterable[TraceParser]:
        from diagnose.traces import BUILT_IN

        return BUILT_IN

    @hookimpl
    def diagnose_frameworks(self) -> Iterable[Framework]:
        from diagnose.frameworks import BUILT_IN

        return BUILT_IN

    @hookimpl
    def diagnose_sources(self) -> Iterable[Opener]:
        from diagnose.sources.file import FileOpener
        from diagnose.sources.schemes import HTTP, OTHERS, S3

        return (FileOpener(), OTHERS, S3, HTTP)

    @hookimpl
    def diagnose_printers(self) -> Iterable[Printer]:
        from diagnose.printers import BUILT_IN

        return BUILT_IN

    @hookimpl
    def diagnose_rules(self) -> Iterable[Path]:
        return (rules_folder(),)


def rules_folder() -> Path:
    """Where the built-in rules are: inside the installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "_rules"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "rules"


def load_kit(*, plugins: bool = True) -> Kit:
    """Ask every hook. With `plugins=False` only what is built in."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(BuiltIns(), BUILT_IN)
    errors: list[PluginError] = []
    names: list[str] = []
    if plugins:
        for point in sorted(entry_points(group=PROJECT), key=lambda point: point.name):
            _dock(manager, point, errors, names)
    troubles: list[PluginError] = []
    ask = _Asker(manager, errors, troubles)
    return Kit(
        formats=ask("diagnose_formats", _is(Format, _bad_format), "GuardedFormat"),
        wrappers=ask("diagnose_wrappers", _is(Wrapper, _bad_wrapper), "GuardedWrapper"),
        traces=ask("diagnose_traces", _is(TraceParser, _bad_traces), "GuardedTraces"),
        frameworks=ask("diagnose_frameworks", _is(Framework, _bad_framework)),
        openers=ask("diagnose_sources", _is(Opener), "GuardedOpener"),
        printers=ask("diagnose_printers", _is(Printer), "GuardedPrinter"),
        rules=ask("diagnose_rules", _is(Path, lambda path: "" if path.is_dir() else f"{path} is no folder")),
        errors=tuple(errors),
        names=tuple(names),
        offers=tuple(ask.offers),
        troubles=troubles,
    )


def _dock(manager: pluggy.PluginManager, point: EntryPoint, errors: list[PluginError], names: list[str]) -> None:
    try:
        plugin = point.load()
        manager.register(plugin, point.name)
        manager.check_pending()
    except BaseException as error:  # a plugin may raise anything, SystemExit included
        if isinstance(error, KeyboardInterrupt):
            raise
        manager.unregister(name=point.name)
        errors.append(PluginError(point.name, f"cannot be loaded: {type(error).__name__}: {error}"))
        return
    names.append(f"{point.name} {point.dist.version if point.dist else ''}".strip())


class _Asker:
    """Calls a hook of each plugin by itself, so that one that fails takes nothing else with it."""

    def __init__(self, manager: pluggy.PluginManager, errors: list[PluginError], troubles: list[PluginError]) -> None:
        self._manager = manager
        self._errors = errors
        self._troubles = troubles
        self.offers: list[Offer] = []

    def __call__(self, hook: str, check: Callable[[Any], str], guarded: str = "") -> tuple[Any, ...]:
        found: list[Any] = []
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        for implementation in sorted(implementations, key=lambda impl: impl.plugin_name != BUILT_IN):
            name = implementation.plugin_name
            try:
                offered = list(implementation.function())
            except Exception as error:
                self._errors.append(PluginError(name, f"{hook} raised {type(error).__name__}: {error}"))
                continue
            if name == BUILT_IN:  # proved by this project's own tests; checking costs every start
                found.extend(offered)
                continue
            for item in offered:
                try:
                    reason = check(item)
                    docked = self._guard(name, item, guarded) if guarded and not reason else item
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}"
                if reason:
                    self._errors.append(PluginError(name, f"{hook} returned {_short(item)}: {reason}"))
                else:
                    found.append(docked)
                    self.offers.append(Offer(name, hook, item, docked))
        return tuple(found)

    def _guard(self, plugin: str, item: Any, guarded: str) -> Any:
        """The item under its guard. The guards are imported where there is something to guard."""
        from diagnose import guards

        return getattr(guards, guarded)(item, guards.Guard(plugin, type(item).__name__, self._troubles))


def _is(kind: Any, more: Callable[[Any], str] = lambda item: "") -> Callable[[Any], str]:
    def check(item: Any) -> str:
        return more(item) if isinstance(item, kind) else f"this is no {kind.__name__}"

    return check


def _bad_format(form: Format) -> str:
    """A format that matches none of its samples, or whose pattern does not compile, would spoil the union of all."""
    reason = _bad_start(form.start, "start") or next(filter(None, (_bad_start(text, "later") for text in later_of(form))), "")
    if reason:
        return reason
    if type(form.priority) is not int:
        return "`priority` is no whole number"
    if not form.samples:
        return "it has no samples"
    for sample in form.samples:
        if not re.match(form.start.encode("latin-1"), sample.text.split("\n", 1)[0].encode()):
            return f"`start` does not match its own sample {sample.text[:80]!r}"
    return ""


def _bad_wrapper(wrapper: Wrapper) -> str:
    return _bad_start(wrapper.marker, "marker")


def _bad_start(pattern: str, name: str) -> str:
    """Why a pattern cannot stand in the union of all formats and wrappers, or empty."""
    try:
        groups = re.compile(f"(?P<f>{pattern})".encode("latin-1")).groupindex
    except (re.error, UnicodeEncodeError) as error:
        return f"the pattern {pattern!r} does not compile: {error}"
    if len(groups) > 1:
        return f"`{name}` names a group: write (?:…)"
    return f"`{name}` matches the empty line" if re.match(pattern.encode("latin-1"), b"") else ""


def _bad_traces(parser: TraceParser) -> str:
    good = parser.markers and all(isinstance(marker, str) and marker for marker in parser.markers)
    return "" if good else "`markers` are no texts: nothing would lead to it"


def _bad_framework(framework: Framework) -> str:
    words = [framework.name, *framework.frames, *framework.loggers, *framework.words, *framework.implies]
    return "" if all(isinstance(word, str) and word for word in words) else "it holds something that is no word"


def _short(item: Any) -> str:
    text = repr(item)
    return text if len(text) <= 80 else text[:77] + "…"


def rulebook_in(folders: Iterable[Path], kit: Kit, cache: Cache | None = None) -> Rulebook:
    """The rules below the folders, made ready for the formats and frameworks of a kit."""
    names = {framework.name for framework in kit.frameworks}
    return build(tuple(folders), formats=kit.formats, frameworks=names, plugins=kit.names, cache=cache)

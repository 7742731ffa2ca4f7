"""Plugins' variants, proved by the samples that they carry: what `diagnose rules lint` and `rules test` tell their authors.

What is built in is proved by this project's own tests, with the same checks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from diagnose.errors import Fault
from diagnose.formats.parts.samples import NOON, sample_faults
from diagnose.hooks import Format, Sample, TraceParser, Wrapper
from diagnose.plugins import Kit, Offer
from diagnose.times import Clock
from diagnose.traces import parse_traces

_SHOWN = 80
"""Characters of a sample that are shown."""


@dataclass(frozen=True)
class SampleOutcome:
    """How one sample went. `problems` is empty where it was read as it should; the place is that of the sample."""

    plugin: str
    variant: str
    """`format tern`, `wrapper boxes`, `traces perl`."""
    sample: str
    problems: tuple[str, ...]
    file: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""

    @property
    def passed(self) -> bool:
        """True where nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        head = f"{'pass' if self.passed else 'FAIL'}  plugin {self.plugin}: {self.variant}: {self.sample}"
        place = [f"    --> {self.file}:{self.line}"] if self.problems and self.file else []
        return "\n".join([head, *(f"  {problem}" for problem in self.problems), *place])

    def faults(self) -> Iterator[Fault]:
        """The problems as faults with their place."""
        for problem in self.problems:
            reason = f"plugin {self.plugin}: {self.variant}: {problem}"
            yield Fault(reason, self.file, self.line, self.column, self.excerpt, f"the sample: {self.sample}")


def prove(kit: Kit, plugin: str = "") -> Iterator[SampleOutcome]:
    """An outcome for each sample of each plugin's formats, wrappers and traces; of one plugin where it is named."""
    checks: dict[str, Callable[[Kit, Offer], Iterator[SampleOutcome]]] = {
        "diagnose_formats": _format,
        "diagnose_wrappers": _wrapper,
        "diagnose_traces": _traces,
    }
    for offer in kit.offers:
        if offer.hook in checks and plugin in ("", offer.plugin):
            yield from checks[offer.hook](kit, offer)


# ---------------------------------------------------------------- formats


def _format(kit: Kit, offer: Offer) -> Iterator[SampleOutcome]:
    form: Format = offer.docked
    variant = f"format {form.name}"
    ordered = sorted(kit.formats, key=lambda one: one.priority)
    for sample in form.samples:
        raised = _raised("parse", partial(offer.item.parse, sample.text, Clock(reference=NOON)))
        problems = raised or tuple(sample_faults(form, sample, ordered))
        yield _outcome(offer, variant, sample.text, problems)
    own = {id(other.docked) for other in kit.offers if other.plugin == offer.plugin}
    for other in ordered:
        for sample in other.samples if id(other) not in own else ():
            if _first(ordered, sample) is form and other.priority > form.priority:
                problem = (
                    f"it takes what the format {other.name} reads: make `start` narrower, or `priority` above {other.priority}"
                )
                yield _outcome(offer, variant, sample.text, (problem,))


def _first(ordered: list[Format], sample: Sample) -> Format | None:
    line = sample.text.split("\n", 1)[0].encode()
    return next((form for form in ordered if re.match(form.start.encode("latin-1"), line)), None)


# ---------------------------------------------------------------- wrappers


def _wrapper(kit: Kit, offer: Offer) -> Iterator[SampleOutcome]:
    wrapper: Wrapper = offer.docked
    variant = f"wrapper {wrapper.name}"
    if not wrapper.samples:
        yield _outcome(offer, variant, "", ("it has no samples: nothing shows that it unwraps anything",))
    for sample in wrapper.samples:
        raised = _raised("unwrap", partial(offer.item.unwrap, sample.encode()))
        yield _outcome(offer, variant, sample, raised or tuple(_wrapper_faults(kit, wrapper, sample.encode())))
    for form in kit.formats:
        for one in form.samples:
            line = one.text.split("\n", 1)[0].encode()
            if re.match(wrapper.marker.encode("latin-1"), line) and wrapper.unwrap(line) is not None:
                yield _outcome(offer, variant, one.text, (f"it unwraps what the format {form.name} reads",))


def _wrapper_faults(kit: Kit, wrapper: Wrapper, sample: bytes) -> Iterator[str]:
    matching = [one for one in kit.wrappers if re.match(one.marker.encode("latin-1"), sample)]
    taking = next((one for one in matching if one is wrapper or one.unwrap(sample) is not None), wrapper)
    if wrapper not in matching:
        yield "`marker` does not match its sample"
    elif taking is not wrapper:
        yield f"its sample is taken by the wrapper {taking.name}"
    opened = wrapper.unwrap(sample)
    if opened is None:
        yield "`unwrap` makes nothing of its sample"
    elif opened[2] and not (wrapper.partial and re.search(wrapper.partial.encode("latin-1"), sample)):
        yield "`unwrap` says that its sample goes on, but `partial` does not match it"


# ---------------------------------------------------------------- traces


def _traces(kit: Kit, offer: Offer) -> Iterator[SampleOutcome]:
    parser: TraceParser = offer.docked
    variant = f"traces {parser.runtime}"
    if not parser.samples:
        yield _outcome(offer, variant, "", ("it has no samples: nothing shows that it reads anything",))
    for sample in parser.samples:
        raised = _raised("parse", partial(offer.item.parse, sample))
        yield _outcome(offer, variant, sample, raised or tuple(_trace_faults(kit, parser, sample)))


def _trace_faults(kit: Kit, parser: TraceParser, sample: str) -> Iterator[str]:
    if not any(marker in sample for marker in parser.markers):
        yield "none of its markers stands in its sample"
    traces = parser.parse(sample)
    if not traces:
        yield "`parse` finds no trace in its sample"
    for trace in traces:
        if trace.runtime != parser.runtime:
            yield f"its trace is of the runtime {trace.runtime}"
    others = {trace.runtime for trace in parse_traces(sample, kit.traces)} - {parser.runtime}
    if others:
        yield f"its sample is read as a trace of {', '.join(sorted(others))} too"


# ---------------------------------------------------------------- what they share


def _raised(method: str, call: Callable[[], object]) -> tuple[str, ...]:
    """What the plugin's own method raises, told at each sample; its guard tells it only once."""
    try:
        call()
    except Exception as error:  # a stranger's code may raise anything
        return (f"`{method}` raised {type(error).__name__}: {error}",)
    return ()


def _outcome(offer: Offer, variant: str, sample: str, problems: tuple[str, ...]) -> SampleOutcome:
    flat = " ".join(sample.split())
    shown = repr(flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "…")
    return SampleOutcome(offer.plugin, variant, shown, problems, *(_place(offer.item, sample) if problems else ()))


def _place(item: Any, sample: str) -> tuple[str, int, int, str]:
    """Where the sample stands in the plugin's source, else its `samples`, else its class; nothing where there is no source."""
    try:
        file = inspect.getsourcefile(type(item)) or ""
        lines, start = inspect.getsourcelines(type(item))
    except (OSError, TypeError):
        return "", 0, 0, ""
    begin = repr(sample.split("\n", 1)[0][:30])[1:-1]
    for needle in filter(None, (begin, "samples")):
        for number, line in enumerate(lines):
            if needle in line:
                return file, start + number, line.index(needle) + 1, line.rstrip("\n")
    return file, start, 1, lines[0].rstrip("\n")

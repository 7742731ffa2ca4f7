"""Do the names of a condition exist in its rule? Faults are located at the first mention, with a near name as hint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from diagnose.condition.nodes import Compare, Condition, Measure, Ref
from diagnose.condition.parse import locate
from diagnose.condition.questions import anchors, facts, keys, refs, signals
from diagnose.errors import Fault
from diagnose.model import SCOPES, Signal


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that a rule offers."""

    signals: Mapping[str, Signal]
    anchors: tuple[str, ...]

    def captures(self, names: Iterable[str]) -> set[str] | None:
        """What sightings of these signals may carry; None where a class is among them, whose captures are not known."""
        found: set[str] = set()
        for name in names:
            signal = self.signals.get(name)
            if signal is None or signal.of_class:
                return None
            found |= groups(signal)
        return found


def groups(signal: Signal) -> set[str]:
    """The names of a signal's captures: its regexes' groups, and what is completed from them (`captures.complete_peer`)."""
    named = {name for regex in signal.regex for name in re.findall(r"\(\?P?<([A-Za-z_]\w*)>", regex)} | set(signal.captures)
    if "peer" in named or {"host", "port"} <= named:
        named |= {"peer", "port"}
    return named | {"dependency"} if "port" in named else named


def check_names(
    condition: Condition,
    signals: Mapping[str, Signal],
    *,
    at: tuple[str, ...] = (),
    text: str = "",
    file: str = "",
    line: int = 0,
    column: int = 0,
    excerpt: str = "",
) -> list[Fault]:
    """The condition's names that its rule does not have, one fault each; `excerpt` is the faulty line as written.

    `at`: the anchors of the rule, for evidence, which is asked there.
    """
    names = _Names(signals, at or anchors(condition))
    text = text or str(condition)

    def fault(word: str, reason: str, known: Iterable[str]) -> Fault:
        row, place = locate(text, _find(word, text), line, column)
        return Fault(reason, file, row, place, excerpt, _hint(word.split(".")[-1], known))

    faults = list(_unknown_signals(condition, names, fault))
    return faults or [*_unknown_captures(condition, names, fault), *_unknown_keys(condition, names, fault)]


_Maker = Callable[[str, str, Iterable[str]], Fault]


def _unknown_signals(condition: Condition, names: _Names, fault: _Maker) -> Iterator[Fault]:
    for name in signals(condition):
        if name not in names.signals:
            yield fault(name, f"no signal is named `{name}`", names.signals)
    for ref in keys(condition):
        if ref.signal and ref.signal not in names.signals:
            yield fault(str(ref), f"no signal is named `{ref.signal}`", names.signals)


def _unknown_captures(condition: Condition, names: _Names, fault: _Maker) -> Iterator[Fault]:
    for ref in refs(condition):
        known = names.captures([ref.signal] if ref.signal else names.anchors)
        if known is not None and ref.name not in known:
            whose = f"`{ref.signal}`" if ref.signal else "the anchor " + " or ".join(f"`{a}`" for a in names.anchors)
            yield fault(str(ref), f"{whose} captures no `{ref.name}`", _elsewhere(ref, names) or known)


def _elsewhere(ref: Ref, names: _Names) -> list[str]:
    """The capture under the signals that have it: a bare name is looked for at the anchor only."""
    return [f"{name}.{ref.name}" for name, signal in names.signals.items() if ref.name in groups(signal)]


def _unknown_keys(condition: Condition, names: _Names, fault: _Maker) -> Iterator[Fault]:
    for fact in facts(condition):
        asked = list(names.anchors)
        asked += [] if isinstance(fact, Compare | Measure) and not signals(fact) else signals(fact)
        for key in fact.scope.by:
            for ref in key.choices:
                known = names.captures([ref.signal] if ref.signal else asked)
                scope = () if ref.signal else SCOPES
                if known is not None and ref.name not in known and ref.name not in scope:
                    yield fault(str(ref), f"nothing carries the key `{ref}`", [*known, *scope])


def _find(word: str, text: str) -> int:
    """Where the word first stands as a word of its own, outside of quotes."""
    bare = re.sub(r'"[^"\n]*"', lambda quoted: " " * len(quoted[0]), text)
    match = re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", bare)
    return match.start() if match else 0


def _hint(word: str, known: Iterable[str]) -> str:
    options = sorted(set(known))
    near = [option for option in options if "." in option] or get_close_matches(word, options, 1, 0.6)
    if near:
        return f"did you mean {' or '.join(f'`{option}`' for option in near)}?"
    return f"known: {', '.join(options)}" if options else "none is defined"

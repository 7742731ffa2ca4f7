"""What a rule may say but better should not: warnings beyond what loading tells, each at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from diagnose.condition.names import groups
from diagnose.errors import Fault
from diagnose.model import Rule, Signal
from diagnose.pattern import risk
from diagnose.plan import compile_signals
from diagnose.rulebook.known import Known
from diagnose.rulebook.load import LoadedRule, LoadResult
from diagnose.rulebook.node import Path
from diagnose.rulebook.words import meant, show

NOISY = 100
"""Lines of healthy logs, for each MiB, from which on a signal's search costs more than it should (about one in a hundred)."""

FILLED = ("blame",)
"""Placeholders that are filled in besides the captures."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


def lint(result: LoadResult, known: Known, healthy: Iterable[bytes] = ()) -> tuple[Fault, ...]:
    """All that loading told and what lint adds, in the order of file and line.

    `healthy` are logs in which no rule should hold: literals that hit them often are told.
    """
    faults = [fault for one in result.loaded for fault in _Lint(one, result.rules).run()]
    faults += _shared_codes(result.loaded)
    faults += _noise(result.loaded, known, list(healthy))
    return tuple(sorted([*result.faults, *faults], key=lambda fault: (fault.file, fault.line, fault.column)))


class _Lint:
    """One rule's warnings."""

    def __init__(self, loaded: LoadedRule, rules: Sequence[Rule]) -> None:
        self.rule = loaded.rule
        self.asked = loaded.asked
        self.rules = rules
        self.document = loaded.document.fresh()
        self.several = "causes" in (self.document.at().entries or ())
        """True where the causes are a list."""

    def run(self) -> list[Fault]:
        """Look at everything."""
        for name, signal in self.rule.signals.items():
            self._signal(name, signal)
        self._placeholders()
        self._references()
        if not any(cause.fix for cause in self.rule.causes):
            self.document.warn(self.document.key("causes" if self.several else "cause"), "no cause has a fix")
        return self.document.faults

    def _signal(self, name: str, signal: Signal) -> None:
        document = self.document
        key = document.key("signals", name)
        if name not in self.asked:
            document.warn(key, f"no condition asks for the signal {show(name)}")
        for index, pattern in enumerate(signal.regex):
            if risk(pattern) == "exponential":
                help = "let the inner part not match what the outer repeat does; until then it runs under a time-out"
                document.warn(document.at("signals", name, "regex", index), "risky regex: a repeat inside a repeat", help)
        for index, literal in enumerate(signal.unless):
            if signal.literals and all(literal in one for one in signal.literals):
                node = document.at("signals", name, "unless", index)
                document.warn(node, f"{show(literal)} stands in every literal: the signal can never hold")
        if signal.look_in != "text" and not signal.literals and not signal.regex:
            key = document.key("signals", name, "look_in")
            document.warn(key, "nothing is looked for there", "give the signal literals or a regex")

    def _placeholders(self) -> None:
        """Placeholders of texts that nothing fills in: they stay as they stand."""
        captures = {capture for signal in self.rule.signals.values() for capture in groups(signal)}
        if any(signal.of_class for signal in self.rule.signals.values()):
            return
        paths: list[Path] = [("title",)] if self.several else [("title",), ("cause",)]
        paths += [("causes", index, "cause") for index in range(len(self.rule.causes) if self.several else 0)]
        paths += [("checklist", index, "text") for index in range(len(self.rule.checklist))]
        for path in paths:
            node = self.document.at(*path)
            for match in _PLACEHOLDER.finditer(node.text):
                if match[1] not in captures and match[1] not in FILLED:
                    help = meant(match[1], captures | set(FILLED))
                    self.document.warn(node, f"nothing fills in {show(match[0])}", help, match.start())

    def _references(self) -> None:
        """Other rules that this one counts on."""
        ids = {rule.id for rule in self.rules}
        classes = {rule.of_class for rule in self.rules if rule.id != self.rule.id}
        for name, signal in self.rule.signals.items():
            if signal.of_class and signal.of_class not in classes:
                node = self.document.at("signals", name, "class")
                self.document.warn(node, f"no other rule is of the class {show(signal.of_class)}: the signal is never seen")
        for index, test in enumerate(self.rule.tests):
            for number, expected in enumerate(test.expect):
                if expected.rule not in ids:
                    node = self.document.at("tests", index, "expect", number, "rule")
                    self.document.warn(node, f"there is no rule {show(expected.rule)}", meant(expected.rule, ids, list_up_to=0))


def _shared_codes(loaded: Iterable[LoadedRule]) -> Iterator[Fault]:
    """Codes that two rules of one class and technology claim: they may be one rule. Others share names such as TypeError, and
    an SQLSTATE stands for many failures."""
    first: dict[tuple[str, str, str], str] = {}
    for one in loaded:
        rule, document = one.rule, one.document.fresh()
        for index, code in enumerate(rule.codes):
            if code.startswith("SQLSTATE"):
                continue
            names = ((code.casefold(), technology, rule.of_class) for technology in rule.technologies or ("",))
            owners = {first.setdefault(name, rule.id) for name in names}
            for other in sorted(owners - {rule.id})[:1]:
                node = document.at("codes", index)
                document.warn(node, f"{show(code)} is a code of {other} too", "`diagnose explain` shows both")
        yield from document.faults


def _noise(loaded: Iterable[LoadedRule], known: Known, healthy: list[bytes]) -> Iterator[Fault]:
    """Signals whose gates hit healthy lines often: each such line costs a look by Python."""
    mebibytes = sum(map(len, healthy)) / (1 << 20)
    for one in loaded if mebibytes else ():
        if one.compiled is None:
            continue
        document = one.document.fresh()
        for signal in compile_signals([(one.compiled.rule, one.compiled.prepared)], known.formats):
            for gate in signal.gates:
                pattern = re.compile(gate.pattern().encode("latin-1"), re.MULTILINE | (re.IGNORECASE if gate.ignore_case else 0))
                rate = sum(_lines_hit(pattern, log) for log in healthy) / mebibytes
                if rate >= NOISY:
                    reason = f"{show(gate.pattern())} stands on {rate:,.0f} lines per MiB of healthy logs"
                    document.warn(document.key("signals", signal.signal.name), reason, "choose a literal that healthy logs lack")
        yield from document.faults


def _lines_hit(pattern: re.Pattern[bytes], log: bytes) -> int:
    count = at = 0
    while match := pattern.search(log, at):
        count += 1
        at = log.find(b"\n", match.end()) + 1
        if not at:
            break
    return count

"""What only ast-grep can say of a detector's rule (kinds, patterns, regexes), as faults at their place in the rule's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diagnose.check.detector import detectors
from diagnose.check.match import refusal
from diagnose.errors import Fault
from diagnose.rulebook.load import LoadedRule


def detector_faults(loaded: Iterable[LoadedRule]) -> Iterator[Fault]:
    """A fault for each detector that ast-grep refuses."""
    for one in loaded:
        document = one.document.fresh()
        for detector in detectors([one.rule]):
            reason = "" if detector.finder else refusal(detector)
            if reason:
                document.error(document.key("source", detector.number, "rule"), f"ast-grep refuses this rule: {reason}")
        yield from document.faults

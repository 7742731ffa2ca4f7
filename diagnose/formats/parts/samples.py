"""A format proves itself by samples of real output when it loads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Format, Sample
from diagnose.model import Level
from diagnose.times import Clock

NOON = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z: the reference that gives samples without a year theirs."""


def check_samples(formats: Iterable[Format]) -> list[str]:
    """What is wrong with the samples, one message each: a sample must be matched by its own format first, and read right."""
    ordered = sorted(formats, key=lambda form: form.priority)
    return [
        f"format {form.name}: {fault}: {sample.text[:120]!r}"
        for form in ordered
        for sample in form.samples
        for fault in sample_faults(form, sample, ordered)
    ]


def sample_faults(form: Format, sample: Sample, ordered: Sequence[Format]) -> list[str]:
    """What is wrong with one sample, among formats ordered by priority."""
    raw = sample.text.split("\n", 1)[0].encode()
    first = next((other for other in ordered if re.match(other.start.encode("latin-1"), raw)), None)
    if first is not form:
        return [f"its sample is read by {first.name if first else 'no format'}"]
    header = form.parse(sample.text, Clock(reference=NOON))
    if header is None:
        return ["its sample is not read"]
    faults = []
    expected = Clock().iso(sample.time) if sample.time else None
    if header.time != (expected[0] if expected else None):
        faults.append(f"its sample's time is read as {header.time}")
    if header.level != (level_of_word(sample.level) if sample.level else None):
        faults.append(f"its sample's level is read as {header.level!r}")
    if not header.message.startswith(sample.message):
        faults.append(f"its sample's message is read as {header.message[:80]!r}")
    loud = header.level is not None and header.level >= Level.ERROR
    whole = sample.text.encode()
    if loud and not any(re.search(pattern.encode("latin-1"), whole) for pattern in form.errors):
        faults.append("none of its error patterns matches its sample")
    return faults

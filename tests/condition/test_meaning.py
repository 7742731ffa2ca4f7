"""The evaluator against the naive model, for every operator, over random timelines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.condition import Lookup, Timeline, anchors, ask, at_anchor, from_data, parse, to_data
from diagnose.model import SECOND
from tests.condition import drawing
from tests.condition.model import Model
from tests.condition.model_parts import anchors_of


def answer(verdict):
    kind = verdict.state.value
    if kind == "holds":
        return kind, verdict.fallbacks, verdict.unknowns
    if kind == "pending":
        return kind, verdict.until
    return (kind, verdict.value) if kind == "unknown" else (kind,)


def both(condition, sightings, watermark=None, same_service=False):
    """The evaluator's and the model's answers at every sighting."""
    timeline = Timeline(drawing.SIGNALS, "r")
    for sighting in sightings:
        timeline.add(sighting)
    lookup = Lookup(timeline, watermark, same_service=same_service)
    model = Model(sightings, watermark, same_service)
    for anchor in sightings:
        lead = anchor.signal in anchors(condition)
        assert lead == (anchor.signal in anchors_of(condition))
        asked = at_anchor(condition, anchor.signal) if lead else condition
        yield answer(ask(asked, timeline.anchor(anchor), lookup)), model.ask(condition, anchor, lead)


watermarks = st.none() | st.integers(0, 200).map(lambda t: t * SECOND)

OPERATORS = {
    "seen": drawing.seen,
    "chain": drawing.chain,
    "compare": drawing.compare(),
    "measure": drawing.measure,
    "trend": drawing.trend,
    "conditions": drawing.conditions,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATORS)
def test_evaluator_says_what_the_naive_model_says(name):
    @settings(max_examples=250, deadline=None)
    @given(OPERATORS[name], drawing.timelines(), watermarks, st.booleans())
    def check(condition, sightings, watermark, same_service):
        for got, wanted in both(condition, sightings, watermark, same_service):
            assert got == wanted, str(condition)

    check()


@settings(max_examples=200, deadline=None)
@given(drawing.conditions)
def test_conditions_survive_printing_and_data(condition):
    assert parse(str(condition), anchored=False) == condition
    assert from_data(to_data(condition)) == condition

"""The engine against a naive one, and law 2: order, grouping and repeated looks never show in what is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.condition import anchors, parse
from diagnose.condition.nodes import All, Not, Seen
from diagnose.engine import Engine
from diagnose.model import SECOND, Cause, Evidence
from tests.condition import drawing
from tests.condition.model import Model
from tests.engine.rules import compiled

anchored = drawing.conditions.filter(anchors)
evidence = st.lists(drawing.conditions.map(str), max_size=2)


@st.composite
def rulebooks(draw):
    """A rule, one that refers to its class, and a generic one that yields to both."""
    causes = tuple(
        Cause(name, name, weight, tuple(Evidence(text, 10) for text in draw(evidence))) for name, weight in (("x", 15), ("y", 20))
    )
    return [
        compiled(
            "plain",
            draw(anchored),
            causes=causes,
            keys=("shape",),
            of_class="first",
            resolved_by=draw(st.sampled_from(["", "c"])),
        ),
        compiled("refers", draw(anchored), classes={"c": "first"}, keys=("request",)),
        compiled("general", draw(st.sampled_from([parse("a"), draw(anchored)])), generic=True),
    ]


def seen_by(rulebook, sightings):
    """Each event is seen by every rule whose signals look for it themselves."""
    for rule in rulebook:
        for sighting in sightings:
            signal = rule.rule.signals.get(sighting.signal)
            if signal is not None and not signal.of_class:
                yield replace(sighting, rule=rule.rule.id)


# -------------------------------------------------------------------- the naive engine


def held(rule, sightings):
    """The anchors at which the rule holds at the end of the input."""
    model = Model(sightings)
    return [s for s in sightings if s.signal in anchors(rule.when) and _holds(rule, model, s)]


def _holds(rule, model, anchor):
    answer = model.ask(rule.when, anchor)
    lasting = rule.rule.resolved_by
    if answer[0] == "fails" and lasting and isinstance(rule.when, All):
        others = [
            p for p in rule.when.parts if not (isinstance(p, Not) and isinstance(p.part, Seen) and p.part.signal == lasting)
        ]
        if 0 < len(others) < len(rule.when.parts):
            answer = model.ask(All(tuple(others)) if len(others) > 1 else others[0], anchor)
    return answer[0] == "holds"


def naive(rulebook, sightings):
    """(rule, keys) → count, first, last, places of the first anchors, scores."""
    own = {rule.rule.id: [s for s in sightings if s.rule == rule.rule.id] for rule in rulebook}
    plain, refers, general = rulebook
    found = {"plain": held(plain, own["plain"])}
    if any(signal.of_class for signal in refers.rule.signals.values()):
        # Of one event's anchors the order is that of their names.
        places = sorted(found["plain"], key=lambda s: (-(1 << 62) if s.time is None else s.time, s.source, s.offset, s.signal))
        own["refers"] += [replace(s, rule="refers", signal="c") for s in places]
    found["refers"] = held(refers, own["refers"])
    taken = {(s.source, s.offset) for s in found["plain"] + found["refers"]}
    found["general"] = [s for s in held(general, own["general"]) if (s.source, s.offset) not in taken]
    told = {}
    for rule in rulebook:
        for anchor in found[rule.rule.id]:
            keys = tuple(anchor.captures.get(k, anchor.scope.get(k)) for k in rule.rule.keys)
            told.setdefault((rule.rule.id, keys), []).append(anchor)
    return {name: _summary(rulebook, name[0], own[name[0]], case) for name, case in told.items()}


def _summary(rulebook, rule_id, sightings, case):
    rule = next(rule for rule in rulebook if rule.rule.id == rule_id)
    case = sorted(case, key=lambda s: (-(1 << 62) if s.time is None else s.time, s.source, s.offset))
    model = Model(sightings, same_service=True)
    scores = {
        cause.id: cause.weight + sum(
            10 for condition in rule.evidence[i] if any(_proves(model.ask(condition, s, False)) for s in case[:20])
        )
        for i, cause in enumerate(rule.rule.causes)
    }  # fmt: skip
    timed = [s.time for s in case if s.time is not None]
    return sum(s.count for s in case), min(timed, default=None), max(timed, default=None), scores


def _proves(answer):
    """What is only not contradicted, since a value is unknown, is no evidence."""
    return answer[0] == "holds" and not answer[2]


def told(rulebook, result):
    keys = {rule.rule.id: rule.rule.keys for rule in rulebook}
    found = {}
    for finding in result.findings:
        captures = {**finding.captures, "request": finding.requests[0] if finding.requests else None}
        scores = {finding.cause_id: finding.score, **{other.id: other.score for other in finding.alternatives}}
        name = finding.rule, tuple(captures.get(key) for key in keys[finding.rule])
        found[name] = finding.count, finding.first_seen, finding.last_seen, scores
    return found


# -------------------------------------------------------------------- the properties


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(rulebooks(), drawing.timelines())
def test_engine_finds_what_the_naive_engine_finds(rulebook, sightings):
    sightings = list(seen_by(rulebook, sightings))
    engine = Engine(rulebook)
    engine.add(sightings)
    assert told(rulebook, engine.findings()) == naive(rulebook, sightings)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(rulebooks(), drawing.timelines(), st.data())
def test_order_grouping_and_looks_in_between_do_not_show(rulebook, sightings, data):
    sightings = list(seen_by(rulebook, sightings))
    whole = Engine(rulebook)
    whole.add(sightings)
    wanted = whole.findings()
    parts = Engine(rulebook)
    shuffled = data.draw(st.permutations(sightings))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        parts.add(shuffled[:size])
        shuffled = shuffled[size:]
        if data.draw(st.booleans()):
            parts.findings()
    assert parts.findings() == wanted
    assert parts.findings() == wanted


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(rulebooks(), drawing.logs(), st.data())
def test_a_growing_watermark_ends_in_the_same_findings(rulebook, sightings, data):
    _same_after_watermarks(rulebook, sightings, data)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [150])
def test_forgetting_what_no_anchor_asks_for_does_not_show(rounds, monkeypatch):
    monkeypatch.setattr("diagnose.engine.track.SLACK", 0)
    monkeypatch.setattr("diagnose.engine.engine.FORGET_EVERY", 0)
    for module in ("questions", "runs"):
        monkeypatch.setattr(f"diagnose.condition.{module}.LONG_AGO", 20 * SECOND)

    @settings(max_examples=rounds, deadline=None)
    @given(rulebooks(), drawing.logs(), st.data())
    def check(rulebook, sightings, data):
        _same_after_watermarks(rulebook, sightings, data)

    check()


def _same_after_watermarks(rulebook, sightings, data):
    """Added in order of time, with looks in between that say how far time has come."""
    sightings = sorted(seen_by(rulebook, sightings), key=lambda s: s.time)
    whole = Engine(rulebook)
    whole.add(sightings)
    wanted = whole.findings()
    live = Engine(rulebook)
    watermark = -SECOND
    while sightings:
        size = data.draw(st.integers(1, len(sightings)))
        live.add(sightings[:size])
        sightings = sightings[size:]
        latest = sightings[0].time if sightings else 200 * SECOND
        watermark = max(watermark, data.draw(st.integers(min(watermark, latest), latest)))
        guests = sightings[: data.draw(st.integers(0, 2))]
        live.findings(watermark, also=guests)
    live.findings(10_000 * SECOND)
    assert live.findings() == wanted


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(rulebooks(), drawing.timelines(), st.data())
def test_guests_count_for_one_look_only(rulebook, sightings, data):
    sightings = list(seen_by(rulebook, sightings))
    guests = data.draw(st.lists(st.sampled_from(range(len(sightings))), unique=True)) if sightings else []
    engine, whole = Engine(rulebook), Engine(rulebook)
    engine.add(s for i, s in enumerate(sightings) if i not in guests)
    whole.add(sightings)
    before = engine.findings()
    assert engine.findings(also=[sightings[i] for i in guests]) == whole.findings()
    assert engine.findings() == before

"""Random timelines and conditions for property tests: few values, so that things coincide."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from diagnose.condition.nodes import (
    Aggregate,
    All,
    Any,
    Chain,
    Compare,
    Const,
    Key,
    Measure,
    Not,
    Ref,
    Scope,
    Seen,
    Trend,
    Window,
)  # fmt: skip
from diagnose.model import SECOND, Sighting

SIGNALS = ("a", "b", "c")
RESOLUTIONS = {"app.log": 1_000, "nginx.log": SECOND, "worker.log": 1_000}


@st.composite
def timelines(draw, rule="r", signals=SIGNALS, size=14, untimed=True):
    """Sightings of a few signals in three sources, one of them with times in whole seconds."""
    places = draw(st.lists(st.tuples(st.sampled_from(sorted(RESOLUTIONS)), st.integers(0, 30)), unique=True, max_size=size))
    found = []
    for source, offset in places:
        time = draw(times(RESOLUTIONS[source], untimed))
        found += [draw(sightings(rule, signal, source, offset, time)) for signal in draw(_some(signals))]
    return found


@st.composite
def logs(draw, rule="r"):
    """Timelines as files are written: all timed, and in each source no time before an earlier one."""
    drawn = draw(timelines(rule, untimed=False))
    clocks = {source: sorted({(s.offset, s.time) for s in drawn if s.source == source}) for source in RESOLUTIONS}
    at = {
        (source, offset): time
        for source, events in clocks.items()
        for (offset, _), time in zip(events, sorted(time for _, time in events), strict=True)
    }
    return [replace(s, time=at[s.source, s.offset]) for s in drawn]


@st.composite
def times(draw, resolution, untimed):
    """A time of one event; now and then it has none."""
    if untimed and draw(st.integers(0, 5)) == 0:
        return None
    time = draw(st.integers(0, 200)) * SECOND // 2
    return time - time % resolution


def _some(signals):
    return st.lists(st.sampled_from(signals), min_size=1, max_size=2, unique=True)


@st.composite
def sightings(draw, rule, signal, source, offset, time):
    captures = {
        "p": draw(st.sampled_from([None, 1, 2, 3, "2", "x"])),
        "n": draw(st.integers(0, 4)),
        "shape": draw(st.sampled_from("st")),
    }
    if draw(st.booleans()):
        del captures["p"]
    scope = draw(
        st.fixed_dictionaries({}, optional={name: st.sampled_from(["1", "2"]) for name in ("request", "thread", "service")})
    )
    return Sighting(
        rule, signal, source, offset, offset + 1, time, RESOLUTIONS[source], captures, scope,
        text=f"{signal} in {source}", count=draw(st.sampled_from([1, 1, 1, 3])),
    )  # fmt: skip


refs = st.sampled_from([Ref("", "request"), Ref("", "thread"), Ref("", "p"), Ref("", "shape")])
keys = st.lists(refs, min_size=1, max_size=2, unique=True).map(lambda choices: Key(tuple(choices)))
by = st.one_of(st.just(()), st.lists(keys, min_size=1, max_size=2).map(tuple))
lengths = st.sampled_from([SECOND // 2, SECOND, 5 * SECOND, 30 * SECOND, 90 * SECOND])
signals = st.sampled_from(SIGNALS)
ops = st.sampled_from([">=", "<=", "==", "!=", ">", "<"])


def scopes(*where):
    windows = st.none() | st.builds(Window, st.sampled_from(where), lengths)
    return st.builds(Scope, by, windows)


seen = st.builds(Seen, signals, scopes("within", "before", "around"))
step = st.lists(signals, min_size=1, max_size=2, unique=True).map(tuple)
chain = st.builds(Chain, st.lists(step, min_size=2, max_size=3).map(tuple), scopes("within"))
constants = st.one_of(st.integers(0, 4), st.sampled_from(["2", "x"])).map(Const)


@st.composite
def compare(draw):
    signal = draw(st.sampled_from(["", *SIGNALS]))
    scope = draw(scopes("within", "before", "around")) if signal else Scope()
    left = Ref(signal, draw(st.sampled_from(["p", "n"])))
    if draw(st.integers(0, 3)) == 0:
        return Compare(left, "in", tuple(draw(st.lists(constants, min_size=1, max_size=2))), signal, scope)
    return Compare(left, draw(ops), draw(st.one_of(constants, st.just(Ref(signal, "n")))), signal, scope)


@st.composite
def aggregates(draw):
    function = draw(st.sampled_from(["count", "run", "share", "sum", "max", "min", "distinct"]))
    if function == "share":
        return Aggregate(function, (Ref(draw(signals), ""), Ref(draw(signals), "")))
    name = "" if function in ("count", "run") else draw(st.sampled_from(["p", "n"]))
    return Aggregate(function, (Ref(draw(signals), name),))


numbers = st.one_of(st.integers(0, 6).map(Const), st.sampled_from([Const(0.05), Ref("", "n")]))
measure = st.builds(Measure, aggregates(), ops, numbers, scopes("within"))
numeric = st.builds(Ref, signals, st.sampled_from(["p", "n"]))
trend = st.builds(Trend, st.booleans(), numeric, st.integers(2, 3), scopes("within"))
facts = st.one_of(seen, chain, compare(), measure, trend)


def _flat(kind):
    return lambda parts: kind(tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))))


def _negated(part):
    return part.part if isinstance(part, Not) else Not(part)


conditions = st.recursive(
    facts,
    lambda inner: st.one_of(
        inner.map(_negated),
        st.lists(inner, min_size=2, max_size=3).map(_flat(All)),
        st.lists(inner, min_size=2, max_size=3).map(_flat(Any)),
    ),
    max_leaves=4,
)

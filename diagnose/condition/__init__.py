"""The `when` language: parse, ask, evaluate.

A condition is asked at an *anchor*: each sighting of its leftmost positive signal; with `or`, each side at its own.

Time. A sighting's time is an interval, as long as its format's resolution. Of one source, order is (time, offset);
sightings of two sources whose intervals overlap may stand in either order. A sighting without time is related to
its own source only, by place; where a window would have to tell, the answer is *not known*.

    x                      at the anchor, in its event, or within 60 s around it
    x within d             in (t, t + d]; decided when the watermark has passed t + d, or at the end of the input
    x before d             in [t - d, t)
    x around d             both
    not x …                the negation; what is open or not known stays so
    a then b within d      each strictly later than the one before (of two sources: no overlap); d spans the chain,
                           60 s if not given; a chain that does not begin with the anchor's signal begins within d around it
    count(x) >= 5 …        aggregates look back over (t - d, t], 60 s if not given; distinct, sum, max, min of `x.capture`
    share(a, b) >= 5%      a / (a + b), of at least 20 sightings
    run(x) >= 8 by k       sightings of one key by place, at most 2 others between the first and the last; counted no
                           further back than the comparison needs, a day at most
    rising(x.v) over n     the last n values never fall, and the last is at least 1.2 × the first; `falling` mirrors it
    total == 0             captures of the anchor; `y.ms > 500 within 2s`: of a neighbour; `in ("a", "b")`
    … by a|b, c            the first choice that both sides carry must be equal; scope words, else captures

Windows and keys bind to what stands just before them; behind parentheses they reach every fact inside that has none
of its own, except the window of the fact that holds the anchor.

Answers. Holds, fails, not yet (a window is open), not known. An unknown *value* neither holds nor fails: the rest of
an `and` decides and confidence falls, unless nothing but the anchor's presence is left. An unknown *relation* (no
common key, no time) makes the whole `and` not evaluated, if it could matter: a count that is reached without the
doubtful sightings is reached.
"""

from diagnose.condition.compiled import CompiledRule, stratify
from diagnose.condition.data import from_data, to_data
from diagnose.condition.evaluate import ask, evaluate, why
from diagnose.condition.lookup import Lookup
from diagnose.condition.names import check_names
from diagnose.condition.nodes import Condition
from diagnose.condition.parse import parse
from diagnose.condition.questions import anchors, at_anchor, horizon, is_hopeless, is_simple, keys, refs, signals
from diagnose.condition.timeline import UNTIMED, Anchor, Column, Timeline
from diagnose.condition.verdict import Place, State, Verdict

__all__ = [
    "UNTIMED",
    "Anchor",
    "Column",
    "CompiledRule",
    "Condition",
    "Lookup",
    "Place",
    "State",
    "Timeline",
    "Verdict",
    "anchors",
    "ask",
    "at_anchor",
    "check_names",
    "evaluate",
    "from_data",
    "horizon",
    "is_hopeless",
    "is_simple",
    "keys",
    "parse",
    "refs",
    "signals",
    "stratify",
    "to_data",
    "why",
]

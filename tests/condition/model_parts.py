"""The naive model's small parts: what a condition is about, whether two sightings are related, whether a test holds."""

from __future__ import annotations

from diagnose.condition.nodes import All, Any, Chain, Const, Measure, Not, Ref, Seen, Trend


def anchors_of(part):
    if isinstance(part, Not):
        return set()
    if isinstance(part, All):
        return next((anchors_of(one) for one in part.parts if anchors_of(one)), set())
    if isinstance(part, Any):
        sides = [anchors_of(one) for one in part.parts]
        return set().union(*sides) if all(sides) else set()
    if isinstance(part, Chain):
        return set(part.steps[0])
    if isinstance(part, Measure):
        term = part.right if isinstance(part.left, Const | Ref) else part.left
        return {term.refs[0].signal}
    if isinstance(part, Trend):
        return {part.ref.signal}
    return {part.signal} - {""}


def is_only_presence(part, anchor, lead):
    """The part asks for nothing but the anchor itself."""
    if isinstance(part, Seen):
        return part.signal == anchor.signal and part.scope.window is None
    if isinstance(part, Any) and lead and all(anchors_of(one) for one in part.parts):
        mine = [one for one in part.parts if anchor.signal in anchors_of(one)]
        return len(mine) == 1 and is_only_presence(mine[0], anchor, lead)
    if isinstance(part, All):
        leader = next((i for i, one in enumerate(part.parts) if anchors_of(one)), None)
        return all(is_only_presence(one, anchor, lead and i == leader) for i, one in enumerate(part.parts))
    return False


def carried(ref, sighting):
    if not ref.signal and ref.name in sighting.scope:
        return sighting.scope[ref.name]
    return sighting.captures.get(ref.name)


def keys_relation(by, anchor, other):
    total, missing = 0, False
    for key in by:
        for i, ref in enumerate(key.choices):
            a, b = carried(ref, anchor), carried(ref, other)
            if a is not None and b is not None:
                if str(a) != str(b):
                    return False
                total += i
                break
        else:
            missing = True
    return None if missing else total


def here(s, anchor):
    return s.source == anchor.source and s.offset == anchor.offset


def in_window(s, anchor, where, length):
    near = abs(s.time - anchor.time) <= length
    if s.source == anchor.source:
        if here(s, anchor):
            return where == "default"
        later = (s.time, s.offset) > (anchor.time, anchor.offset)
        return near and (where not in ("before", "within") or later == (where == "within"))
    step = max(s.resolution, anchor.resolution)
    if s.time // step == anchor.time // step:
        return True
    return near and (where not in ("before", "within") or (s.time > anchor.time) == (where == "within"))


def strictly_later(a, b):
    if a.source == b.source:
        return (b.time, b.offset) > (a.time, a.offset)
    return b.time >= a.time + a.resolution


def as_number(value):
    if isinstance(value, str):
        try:
            return float(value) if value[:1].isdigit() or value[:1] == "-" else None
        except ValueError:
            return None
    return value


def compare(fact, captures):
    left, right = (term.value if isinstance(term, Const) else captures.get(term.name) if isinstance(term, Ref) else term
                   for term in (fact.left, fact.right))  # fmt: skip
    if left is None or right is None:
        return None
    if fact.op == "in":
        return any(equal(left, const.value, isinstance(const.value, str)) for const in right)
    textual = any(isinstance(term, Const) and isinstance(term.value, str) for term in (fact.left, fact.right))
    if fact.op in ("==", "!="):
        return equal(left, right, textual) == (fact.op == "==")
    a, b = as_number(left), as_number(right)
    if textual or a is None or b is None:
        return None
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[fact.op]


def equal(left, right, textual):
    a, b = as_number(left), as_number(right)
    if not textual and a is not None and b is not None:
        return a == b
    return str(left) == str(right)


def compare_ends(op, a, b):
    """Whether the comparison answers the same wherever in their ranges the two numbers lie."""
    points = {(x, y) for x in a for y in b}
    if op in ("==", "!="):
        if a[0] == a[1] == b[0] == b[1]:
            return op == "=="
        return op == "!=" if a[1] < b[0] or b[1] < a[0] else None
    answers = {{"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op] for x, y in points}
    return answers.pop() if len(answers) == 1 else None

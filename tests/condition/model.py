"""What conditions mean, told naively: lists and loops over all sightings, no index, nothing shared with the code under test.

An answer is a tuple: ("holds", fallbacks, unknowns), ("fails",), ("pending", until) or ("unknown", is_value).
"""

from __future__ import annotations

from itertools import pairwise

from diagnose.condition.nodes import All, Any, Chain, Compare, Const, Measure, Not, Ref, Seen, Trend
from diagnose.model import SECOND
from tests.condition.model_parts import (
    anchors_of,
    as_number,
    compare,
    compare_ends,
    here,
    in_window,
    is_only_presence,
    keys_relation,
    strictly_later,
)

MINUTE = 60 * SECOND
DAY = 24 * 3600 * SECOND
INF = float("inf")


class Model:
    def __init__(self, sightings, watermark=None, same_service=False):
        self.all, self.watermark, self.same_service = list(sightings), watermark, same_service

    # ---------------------------------------------------------------- joints

    def ask(self, condition, anchor, lead=True):
        """`lead`: the condition stands where the anchor is looked for, so other anchors' sides of an `or` are left out."""
        if isinstance(condition, Not):
            answer = self.ask(condition.part, anchor, False)
            return {"holds": ("fails",), "fails": ("holds", 0, 0)}.get(answer[0], answer)
        if isinstance(condition, All):
            return self.all_of(condition, anchor, lead)
        if isinstance(condition, Any):
            parts = list(condition.parts)
            if lead and all(anchors_of(part) for part in parts):
                parts = [part for part in parts if anchor.signal in anchors_of(part)]
                lead_on = True
            else:
                lead_on = False
            answers = [self.ask(part, anchor, lead_on) for part in parts]
            held = [answer for answer in answers if answer[0] == "holds"]
            if held:
                return min(held, key=lambda answer: answer[1] + answer[2])
            waiting = [answer for answer in answers if answer[0] == "pending"]
            if waiting:
                return max(waiting)
            unknown = [answer for answer in answers if answer[0] == "unknown"]
            return min(unknown) if unknown else ("fails",)
        return self.fact(condition, anchor)

    def all_of(self, condition, anchor, lead):
        answers, asked_more = [], False
        leader = next((i for i, part in enumerate(condition.parts) if anchors_of(part)), None)
        for i, part in enumerate(condition.parts):
            answer = self.ask(part, anchor, lead and i == leader)
            answers.append(answer)
            asked_more = asked_more or (answer[0] == "holds" and not is_only_presence(part, anchor, lead and i == leader))
        kinds = [answer[0] for answer in answers]
        if "fails" in kinds:
            return ("fails",)
        if "pending" in kinds:
            return max(answer for answer in answers if answer[0] == "pending")
        if ("unknown", False) in answers:
            return ("unknown", False)
        values = answers.count(("unknown", True))
        if values and not asked_more:
            return ("unknown", True)
        held = [answer for answer in answers if answer[0] == "holds"]
        return ("holds", sum(answer[1] for answer in held), sum(answer[2] for answer in held) + values)

    def fact(self, fact, anchor):
        if isinstance(fact, Seen):
            if fact.signal == anchor.signal and fact.scope.window is None:
                return ("holds", 0, 0)
            return self.presence(fact, anchor)
        if isinstance(fact, Compare):
            if fact.signal and (fact.signal != anchor.signal or fact.scope.window is not None):
                return self.presence(fact, anchor)
            answer = compare(fact, anchor.captures)
            return ("unknown", True) if answer is None else ("holds", 0, 0) if answer else ("fails",)
        return {Chain: self.chain, Measure: self.measure, Trend: self.trend}[type(fact)](fact, anchor)

    # ---------------------------------------------------------------- presence

    def related(self, signal, by, anchor):
        """(sighting, fallbacks or None) of those whose keys do not differ."""
        found = []
        for other in self.all:
            relation = keys_relation(by, anchor, other)
            service = other.scope.get("service"), anchor.scope.get("service")
            if self.same_service and None not in service and service[0] != service[1]:
                continue
            if other.signal == signal and relation is not False:
                found.append((other, relation))
        return found

    def presence(self, fact, anchor):
        test = (lambda s: compare(fact, s.captures)) if isinstance(fact, Compare) else (lambda s: True)
        where = fact.scope.window.where if fact.scope.window else "default"
        length = fact.scope.window.length if fact.scope.window else MINUTE
        near = self.related(fact.signal, fact.scope.by, anchor)
        if anchor.time is None:
            same = [k for s, k in near if here(s, anchor) and test(s) is True and k is not None and where == "default"]
            if same:
                return ("holds", min(same), 0)
            inside = []
        else:
            inside = [(s, k) for s, k in near if s.time is not None and in_window(s, anchor, where, length)]
        sure = [k for s, k in inside if test(s) is True and k is not None]
        if sure:
            return ("holds", min(sure), 0)
        if where != "before":
            until = 1 << 62 if anchor.time is None else anchor.time + max(length, anchor.resolution)
            if self.watermark is not None and self.watermark <= until:
                return ("pending", until)
        if any(test(s) is True for s, k in inside):
            return ("unknown", False)
        for s, _ in near:
            if s.source == anchor.source and None in (s.time, anchor.time) and test(s) is not False:
                earlier, later = s.offset < anchor.offset, s.offset > anchor.offset
                if (earlier and where != "within") or (later and where != "before"):
                    return ("unknown", False)
        doubtful = [k for s, k in inside if test(s) is None]
        if any(k is not None for k in doubtful):
            return ("unknown", True)
        return ("unknown", False) if doubtful else ("fails",)

    # ---------------------------------------------------------------- chains

    def chain(self, fact, anchor):
        length = fact.scope.window.length if fact.scope.window else MINUTE
        begun = anchor.signal in fact.steps[0]
        steps = [[pair for signal in step for pair in self.related(signal, fact.scope.by, anchor)] for step in fact.steps]
        if anchor.time is None:
            return self.chain_by_place(steps, anchor, begun)
        back, ahead = (0, length) if begun else (length, 2 * length)
        starts = [(anchor, 0)] if begun else steps[0]
        costs = []
        for start, cost in starts:
            if start.time is not None and cost is not None and abs(start.time - anchor.time) <= length:
                costs += self.chain_costs(start, cost, steps[1:], start.time + length)
        if costs:
            return ("holds", min(costs), 0)
        until = anchor.time + max(ahead, anchor.resolution)
        if self.watermark is not None and self.watermark <= until:
            return ("pending", until)
        doubt, possible = False, True
        for step in steps[begun:]:
            low, high = anchor.time - back, anchor.time + ahead
            unsure = any(
                (k is None and s.time is not None and low <= s.time <= high) or (s.time is None and s.source == anchor.source)
                for s, k in step
            )
            sure = any(k is not None and s.time is not None and low <= s.time <= high for s, k in step)
            doubt, possible = doubt or unsure, possible and (unsure or sure)
        return ("unknown", False) if doubt and possible else ("fails",)

    def chain_costs(self, last, cost, steps, limit):
        if not steps:
            return [cost]
        costs = []
        for s, k in steps[0]:
            if k is not None and s.time is not None and s.time <= limit and strictly_later(last, s):
                costs += self.chain_costs(s, max(cost, k), steps[1:], limit)
        return costs

    def chain_by_place(self, steps, anchor, begun):
        reached = anchor.offset if begun else -1
        for step in steps[begun:]:
            later = [s.offset for s, _ in step if s.source == anchor.source and s.offset > reached]
            if not later:
                return ("fails",) if self.watermark is None else ("pending", 1 << 62)
            reached = min(later)
        return ("unknown", False)

    # ---------------------------------------------------------------- aggregates

    def measure(self, fact, anchor):
        sides = [self.side(fact.left, fact.right, fact, anchor), self.side(fact.right, fact.left, fact, anchor)]
        if "unknown" in sides:
            return ("unknown", True)
        (a, cost_a), (b, cost_b) = sides
        if a is None or b is None:
            return ("fails",)
        answers = {compare_ends(fact.op, a[2:], b[2:])}
        if None not in answers:
            return ("holds", max(cost_a, cost_b), 0) if answers.pop() else ("fails",)
        return ("unknown", not (a[:2] != a[2:] or b[:2] != b[2:]))

    def side(self, term, other, fact, anchor):
        if isinstance(term, Const):
            return ((term.value,) * 4, 0)
        if isinstance(term, Ref):
            value = as_number(anchor.captures.get(term.name))
            return "unknown" if value is None else ((value,) * 4, 0)
        if term.function == "run":
            enough = other.value if isinstance(other, Const) else INF
            return self.run(term.refs[0].signal, fact.scope, anchor, enough)
        windows = [self.window(ref.signal, fact, anchor) for ref in term.refs]
        cost = max(max((k for _, k in sure), default=0) for sure, _ in windows)
        if term.function == "share":
            return self.share(*windows), cost
        return self.aggregate(term.function, term.refs[0].name, *windows[0]), cost

    def window(self, signal, fact, anchor):
        """(sure sightings with fallbacks, number of vague ones)"""
        length = fact.scope.window.length if fact.scope.window else MINUTE
        sure, vague = [], 0
        for s, k in self.related(signal, fact.scope.by, anchor):
            if anchor.time is None:
                if s.source == anchor.source and s.offset <= anchor.offset:
                    if k is not None and s.offset == anchor.offset:
                        sure.append((s, k))
                    else:
                        vague += s.count
            elif s.time is None:
                vague += s.count if s.source == anchor.source and s.offset <= anchor.offset else 0
            elif anchor.time - length < s.time <= anchor.time:
                if k is None:
                    vague += s.count
                else:
                    sure.append((s, k))
        return sure, vague

    def aggregate(self, function, name, sure, vague):
        if function == "count":
            n = sum(s.count for s, _ in sure)
            return n, n, n, n + vague
        values = [s.captures.get(name) for s, _ in sure]
        if function == "distinct":
            known = len({str(value) for value in values if value is not None})
            unknown = values.count(None)
            low = max(known, min(1, unknown))
            return low, known + unknown, low, known + unknown + vague
        numbers = [(as_number(value), s.count) for value, (s, _) in zip(values, sure, strict=True)]
        unknown = any(number is None for number, _ in numbers)
        known = [(number, count) for number, count in numbers if number is not None]
        if function == "sum":
            total = sum(number * count for number, count in known)
            strict = (-INF, INF) if unknown else (total, total)
            return *strict, *((-INF, INF) if vague else strict)
        if not known and not unknown and not vague:
            return None
        pick = (max if function == "max" else min)((number for number, _ in known), default=-INF if function == "max" else INF)
        if function == "max":
            high = INF if unknown else pick
            return pick, high, pick, INF if vague else high
        low = -INF if unknown else pick
        return low, pick, -INF if vague else low, pick

    def share(self, part, rest):
        a, b = sum(s.count for s, _ in part[0]), sum(s.count for s, _ in rest[0])
        va, vb = part[1], rest[1]
        if a + va + b + vb < 20:
            return None
        if a + b < 20:
            return 0, 1, -INF, INF
        return a / (a + b), a / (a + b), a / (a + b + vb), (a + va) / (a + va + b)

    # ---------------------------------------------------------------- by place

    def run(self, signal, scope, anchor, enough):
        """Counted back from the anchor, no further than the comparison needs."""
        before = sorted((s for s in self.all if s.signal == signal and s.source == anchor.source and s.offset <= anchor.offset),
                        key=lambda s: -s.offset)  # fmt: skip
        lengths, cost = [], 0
        for loose in (False, True):
            length = others = 0
            for s in before:
                relation = keys_relation(scope.by, anchor, s)
                recent = self.recent(s, anchor, scope)
                if relation is not False and recent is False:
                    break
                if relation is not False and (loose or (relation is not None and recent)):
                    length += s.count
                    cost = max(cost, relation or 0) if not loose else cost
                else:
                    others += 1
                if others > 2 or length > enough:
                    break
            lengths.append(length)
        return (lengths[0], lengths[0], lengths[0], max(lengths)), cost

    def recent(self, s, anchor, scope):
        if s.time is not None and anchor.time is not None:
            return s.time > anchor.time - (scope.window.length if scope.window else DAY)
        return True if scope.window is None or s.offset == anchor.offset else None

    def trend(self, fact, anchor):
        near = self.related(fact.ref.signal, fact.scope.by, anchor)
        length = fact.scope.window.length if fact.scope.window else DAY
        if anchor.time is None:
            near = [(s, k) for s, k in near if s.source == anchor.source and s.offset <= anchor.offset]
            sure = sorted(((s.offset, k, s) for s, k in near if k is not None), key=lambda row: row[0])
            vague = sum(k is None for _, k in near)
            if fact.scope.window is not None:
                sure, vague = [], vague + len(sure)
        else:
            timed = [(s, k) for s, k in near if s.time is not None and anchor.time - length < s.time <= anchor.time]
            place = (anchor.time, anchor.source, anchor.offset)
            sure = sorted((((s.time, s.source, s.offset), k, s) for s, k in timed if k is not None), key=lambda row: row[0])
            sure = [row for row in sure if row[0] <= place]
            since = sure[-fact.over][0][0] if len(sure) >= fact.over else -INF
            vague = sum(k is None and s.time >= since for s, k in timed)
            vague += sum(s.time is None and s.source == anchor.source and s.offset <= anchor.offset for s, _ in near)
        sure = sure[-fact.over :]
        if len(sure) + vague < fact.over:
            return ("fails",)
        if vague:
            return ("unknown", False)
        values = [as_number(s.captures.get(fact.ref.name)) for _, _, s in sure]
        if None in values:
            return ("unknown", True)
        if not fact.rising:
            values.reverse()
        grows = all(a <= b for a, b in pairwise(values)) and values[-1] != values[0] and values[-1] >= 1.2 * values[0]
        return ("holds", max(k for _, k, _ in sure), 0) if grows else ("fails",)

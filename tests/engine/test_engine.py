"""What the engine makes of cases: episodes, causes, texts, evidence."""

from __future__ import annotations

import pytest

from diagnose.engine import Engine, Episode
from diagnose.model import Cause, Check, Endpoint, Evidence, Fix
from tests.engine.rules import SECOND, compiled, sighting


def found(rules, sightings, watermark=None, **options):
    engine = Engine(rules, **options)
    engine.add(sightings)
    return engine.findings(watermark)


def only(result):
    [finding] = result.findings
    return finding


# -------------------------------------------------------------------- cases


def test_anchors_less_than_ten_minutes_apart_are_one_episode_and_a_later_one_reopens_the_case():
    result = found([compiled("r", "x")], [sighting("r", "x", t, i) for i, t in enumerate((0, 599, 1198, 1798, 5000))])
    finding = only(result)
    assert finding.count == 5
    assert (finding.first_seen, finding.last_seen) == (0, 5000 * SECOND)
    episodes = (Episode(0, 1198 * SECOND), Episode(1798 * SECOND, 1798 * SECOND), Episode(5000 * SECOND, 5000 * SECOND))
    assert result.cases == {finding.fingerprint: episodes}


def test_fingerprint_is_rule_keys_and_blame_only():
    rule = compiled("r", "x", keys=("peer",))
    other = compiled("q", "x", keys=("peer",))
    same = [sighting("r", "x", i, i, captures={"peer": "db:1", "value": i}, scope={"service": f"s{i}"}) for i in range(3)]
    elsewhere = [
        sighting("r", "x", 9, 9, captures={"peer": "db:2"}),
        sighting("r", "x", 9, 10, captures={"peer": "db:1"}, blame="a.js:1"),
    ]
    result = found([rule, other], [*same, *elsewhere, sighting("q", "x", 1, 1, captures={"peer": "db:1"})])
    assert sorted(finding.count for finding in result.findings) == [1, 1, 1, 3]
    assert len({finding.fingerprint for finding in result.findings}) == 4
    again = found([rule], same)
    assert only(again).fingerprint in {finding.fingerprint for finding in result.findings}


def test_one_sighting_may_stand_for_many():
    finding = only(found([compiled("r", "x")], [sighting("r", "x", 5, 1, count=40, last=90 * SECOND)]))
    assert (finding.count, finding.first_seen, finding.last_seen) == (40, 5 * SECOND, 90 * SECOND)


def test_what_is_gathered_from_anchors():
    anchors = [
        sighting(
            "r", "x", i, i, f"f{i % 2}.log", captures={"host": "10.0.0.7", "port": 5432}, technologies=("pg", "node"),
            scope={"service": "api", "request": f"q{i}"}, endpoint=("GET", f"/orders/{i % 3}"),
        )
        for i in range(50)
    ]  # fmt: skip
    finding = only(found([compiled("r", "x")], reversed(anchors)))
    assert finding.peers == ("10.0.0.7:5432",)
    assert finding.services == ("api",)
    assert finding.sources == ("f0.log", "f1.log")
    assert finding.technologies == ("node", "pg")
    assert finding.requests == tuple(f"q{i}" for i in range(20))
    assert finding.endpoints == (Endpoint("GET", "/orders/0"), Endpoint("GET", "/orders/1"), Endpoint("GET", "/orders/2"))
    assert [proof.offset for proof in finding.evidence] == [0, 1, 2, 3, 4]


# -------------------------------------------------------------------- conditions over time

REFUSED = compiled("r", "refused and not recovered within 30s")


def test_absence_is_decided_by_the_watermark_and_at_the_end():
    engine = Engine([REFUSED])
    engine.add([sighting("r", "refused", 10, 1)])
    early = engine.findings(20 * SECOND)
    assert (early.findings, early.pending) == ((), 1)
    assert only(engine.findings(41 * SECOND)).count == 1
    assert only(found([REFUSED], [sighting("r", "refused", 10, 1)])).count == 1


def test_absence_does_not_hold_where_the_signal_came():
    assert found([REFUSED], [sighting("r", "refused", 10, 1), sighting("r", "recovered", 22, 2)]).findings == ()


def test_a_recovery_resolves_and_deletes_nothing():
    rule = compiled("r", "refused and not recovered within 30s", resolved_by="recovered", keys=("peer",))
    anchors = [sighting("r", "refused", t, t, captures={"peer": "db"}) for t in (10, 11)]
    assert only(found([rule], anchors)).resolved is None
    assert only(found([rule], [*anchors, sighting("r", "recovered", 22, 22)])).resolved == 22 * SECOND
    elsewhere = sighting("r", "recovered", 22, 22, captures={"peer": "cache"})
    assert only(found([rule], [*anchors, elsewhere])).resolved is None
    assert only(found([rule], [*anchors, sighting("r", "recovered", 10, 9)])).resolved is None
    assert only(found([rule], [*anchors, sighting("r", "recovered", 11, 12)])).resolved == 11 * SECOND


def test_a_recovery_is_remembered_when_its_sighting_is_forgotten():
    engine = Engine([compiled("r", "refused", resolved_by="recovered")])
    engine.add([sighting("r", "refused", 10, 1), sighting("r", "recovered", 22, 2)])
    for hour in range(1, 5):
        assert only(engine.findings(hour * 3600 * SECOND)).resolved == 22 * SECOND
    engine.add([sighting("r", "refused", 14_000, 3)])
    assert only(engine.findings()).resolved is None


def test_a_recovery_is_asked_for_again_while_its_sighting_is_there():
    engine = Engine([compiled("r", "refused", resolved_by="recovered")])
    engine.add([sighting("r", "refused", 10, 1), sighting("r", "recovered", 22, 2)])
    assert only(engine.findings(22 * SECOND)).resolved == 22 * SECOND
    engine.add([sighting("r", "refused", 22, 2)])
    assert only(engine.findings(23 * SECOND)).resolved is None, "no later than the failure itself"


def test_a_recovery_of_another_service_is_none_once_the_case_knows_its_own():
    engine = Engine([compiled("r", "refused", resolved_by="recovered")])
    engine.add([sighting("r", "refused", 10, 1), sighting("r", "recovered", 30, 5, scope={"service": "billing"})])
    assert only(engine.findings(11 * SECOND)).resolved == 30 * SECOND
    engine.add([sighting("r", "refused", 12, 2, scope={"service": "shop"})])
    assert only(engine.findings(31 * SECOND)).resolved is None


@pytest.mark.parametrize(
    ("when", "sightings", "words"),
    [
        ("count(q) >= 2 by request within 10s", [sighting("r", "q", t, t) for t in (1, 2)], "key"),
        ("a and b", [sighting("r", "a", None, 1), sighting("r", "b", None, 2)], "no time"),
        ("a and a.value == 3", [sighting("r", "a", 1, 1)], "unknown value"),
    ],
)
def test_what_cannot_be_decided_is_told_with_its_reason(when, sightings, words):
    result = found([compiled("r", when)], sightings)
    assert result.findings == ()
    assert {told.rule for told in result.not_evaluated} == {"r"}
    assert all(words in told.reason for told in result.not_evaluated)


def test_a_fallback_and_an_unknown_value_cost_confidence():
    def confidence(**scope):
        anchors = [sighting("r", "q", t, t, scope=scope, captures={"value": v}) for t, v in ((1, 1), (2, 2), (3, 3))]
        return only(found([compiled("r", "count(q) >= 3 by request|thread within 10s")], anchors)).confidence

    assert confidence(request="1") > confidence(thread="1")
    rule = compiled("r", "count(q) >= 3 within 10s and distinct(q.value) >= 3 within 10s")
    known = [sighting("r", "q", t, t, captures={"value": t}) for t in (1, 2, 3)]
    unknown = [sighting("r", "q", t, t, captures={"value": None}) for t in (1, 2, 3)]
    assert only(found([rule], known)).confidence > only(found([rule], unknown)).confidence


def test_a_rule_may_refer_to_the_findings_of_another():
    rules = [
        compiled("gone", "refused and not recovered within 30s", of_class="connection-refused"),
        compiled("pool", "exhausted and gone before 2m", classes={"gone": "connection-refused"}),
    ]
    sightings = [sighting("gone", "refused", 10, 1), sighting("pool", "exhausted", 100, 2)]
    assert {finding.rule for finding in found(rules, sightings).findings} == {"gone", "pool"}
    healed = [*sightings, sighting("gone", "recovered", 12, 3)]
    assert found(rules, healed).findings == ()


def test_a_generic_rule_yields_in_the_same_event_only():
    rules = [compiled("near", "refused"), compiled("general", "uncaught", generic=True)]
    result = found(
        rules, [sighting("general", "uncaught", 1, 1), sighting("general", "uncaught", 2, 2), sighting("near", "refused", 1, 1)]
    )
    assert {finding.rule: (finding.count, finding.evidence[0].offset) for finding in result.findings} == {
        "near": (1, 1),
        "general": (1, 2),
    }


# -------------------------------------------------------------------- causes

CAUSES = (
    Cause("race", "A race on {key}", weight=40, fix=(Fix("Keep {key}"), Fix("In Java", ("spring-boot",), "java", "try {…}"))),
    Cause("retry", "A retry", weight=20, evidence=(Evidence("count(dup) >= 2 by key, value within 5s", 50),)),
)


def test_the_best_supported_cause_is_told_and_the_others_kept():
    rule = compiled("r", "dup", causes=CAUSES, keys=("key",))
    once = only(found([rule], [sighting("r", "dup", 1, 1, captures={"key": "k", "value": 1})]))
    assert (once.cause_id, once.score, once.cause) == ("race", 40, "A race on k")
    assert [(other.id, other.score) for other in once.alternatives] == [("retry", 20)]
    twice = only(found([rule], [sighting("r", "dup", t, t, captures={"key": "k", "value": 1}) for t in (1, 3)]))
    assert (twice.cause_id, twice.score) == ("retry", 70)
    assert twice.alternatives[0].score == 40
    assert twice.confidence == pytest.approx(0.95 * (0.5 + 0.5 * 30 / 70), abs=0.01)


def test_of_equal_causes_the_first_is_told():
    causes = (Cause("one", "1", weight=10), Cause("two", "2", weight=10))
    assert only(found([compiled("r", "x", causes=causes)], [sighting("r", "x", 1, 1)])).cause_id == "one"


def test_evidence_is_looked_for_at_the_same_service_and_shown():
    causes = (Cause("c", "", weight=1, evidence=(Evidence("killed before 5s", 10),)),)
    rule = compiled("r", "refused", causes=causes)
    anchor = sighting("r", "refused", 10, 1, scope={"service": "api"})
    assert only(found([rule], [anchor, sighting("r", "killed", 8, 9, scope={"service": "web"})])).score == 1
    shown = only(found([rule], [anchor, sighting("r", "killed", 8, 9, "kern.log")]))
    assert shown.score == 11
    assert [(proof.source, proof.offset) for proof in shown.evidence] == [("app.log", 1), ("kern.log", 9)]


def test_evidence_looks_at_the_first_twenty_anchors():
    causes = (Cause("c", "", weight=1, evidence=(Evidence("killed within 1s", 10),)),)
    anchors = [sighting("r", "refused", 10 * i, i) for i in range(40)]
    for at, score in ((190.5, 11), (200.5, 1)):
        assert only(found([compiled("r", "refused", causes=causes)], [*anchors, sighting("r", "killed", at, 99)])).score == score


def test_a_fix_is_shown_to_those_it_fits():
    def texts(*technologies, prefer=frozenset(), causes=CAUSES):
        anchor = sighting("r", "dup", 1, 1, captures={"key": "k"}, technologies=technologies)
        return [(fix.text, fix.code) for fix in only(found([compiled("r", "dup", causes=causes)], [anchor], prefer=prefer)).fix]

    java = ("In Java", "try {…}")
    assert texts("express") == [("Keep k", "")]
    assert texts("spring-boot") == [("Keep k", ""), java]
    assert texts("express", prefer=frozenset({"spring-boot"})) == [("Keep k", ""), java]
    assert texts("express", causes=(Cause("c", "", fix=CAUSES[0].fix[1:]),)) == [("In Java", "")]


# -------------------------------------------------------------------- texts


def test_placeholders_are_filled_and_unknown_ones_shown():
    rule = compiled("r", "x", title="{peer} {value} {blame} {other}", checklist=(Check("See {peer}", "ping {peer} # {value}"),))
    finding = only(found([rule], [sighting("r", "x", 1, 1, captures={"peer": "db:1"}, blame="a.js:3 in f")]))
    assert finding.title == "db:1 … a.js:3 in f {other}"
    assert finding.checklist == (Check("See db:1", "ping db:1 # …"),)


@pytest.mark.parametrize("evil", ["$(reboot)", "a;b", "`x`", "-rf", "a b", "a\nb", "'x'"])
def test_a_command_takes_no_more_than_a_plain_word_from_a_log(evil):
    rule = compiled("r", "x", checklist=(Check("", "ping {peer}"),))
    assert only(found([rule], [sighting("r", "x", 1, 1, captures={"peer": evil})])).checklist[0].run == "ping …"


def test_captures_marked_redact_are_told_as_tokens_everywhere():
    rule = compiled("r", "x", redact=("value",), title="{key} holds {value}", keys=("key",))
    line = "Duplicate entry 'geheim@x.org' for key 'mail', password=hunter22"
    finding = only(found([rule], [sighting("r", "x", 1, 1, text=line, captures={"key": "mail", "value": "geheim@x.org"})]))
    told = str(finding)
    assert "geheim" not in told
    assert "hunter22" not in told
    assert finding.captures["value"].startswith("[redacted:")
    assert finding.captures["value"] in finding.evidence[0].text
    short = only(found([rule], [sighting("r", "x", 1, 1, text="entry '7' of 17", captures={"key": "k", "value": 7})]))
    assert short.evidence[0].text.endswith("of 17")
    assert "'7'" not in short.evidence[0].text


def test_evidence_is_cut_after_it_was_redacted():
    line = "x" * 490 + " password=" + "s3cret" * 20
    proof = only(found([compiled("r", "x")], [sighting("r", "x", 1, 1, text=line)])).evidence[0].text
    assert len(proof) <= 500
    assert "s3cret" not in proof

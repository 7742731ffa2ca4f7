"""Who explains whom: edges, their strength, cycles, roots. Every finding is told once, whatever the links say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.incidents import relate
from diagnose.model import SECOND, Explains, Finding, Incident, Proof, Rule, Severity, Took
from diagnose.parents import CLOCK_SLACK, MARKER
from tests.test_triage import finding

CLASSES = ("oom", "refused", "pool", "http-500", "slow")


def rule(of_class: str, *effects: str, by: tuple[str, ...] = (), within: int = 60 * SECOND) -> Rule:
    links = tuple(Explains(effect, by, within) for effect in effects)
    return Rule(f"tiny/{of_class}", "x", of_class, Severity.ERROR, {}, "x", (), explains=links)


def seen(
    of_class: str, first: float | None, last: float | None = None, *, at: str = "", offset: int = 0, **fields: Any
) -> Finding:
    """A finding of so many seconds; its fingerprint is its class and what is told of it."""
    last = first if last is None else last
    source = fields.pop("source", "app.log")
    base = {
        "rule": f"tiny/{of_class}",
        "fingerprint": fields.pop("id", f"{of_class}{at}"),
        "first_seen": None if first is None else int(first * SECOND),
        "last_seen": None if last is None else int(last * SECOND),
        "peers": (at,) if at else (),
        "services": ("shop",),
        "sources": (source,),
        "evidence": (Proof(source, 1, offset, "x"),),
    }
    return finding(of_class, **{**base, **fields})


def links(findings: list[Finding], rules: list[Rule]) -> dict[str, str]:
    """fingerprint → fingerprint of what explains it."""
    told, _ = relate(findings, rules)
    return {found.fingerprint: found.explained_by for found in told}


# ---------------------------------------------------------------- edges


def test_a_linked_class_explains_what_follows_it() -> None:
    told, (incident,) = relate([seen("refused", 1), seen("oom", 0)], [rule("oom", "refused"), rule("refused")])
    assert incident == Incident("oom", ("oom", "refused"), 0, SECOND)
    assert [(f.fingerprint, f.explains, f.explained_by) for f in told] == [("oom", ("refused",), ""), ("refused", (), "oom")]


@pytest.mark.parametrize(
    ("cause", "effect", "explained"),
    [
        ((0, 10), 5, True),
        ((0, 10), 70, True),
        ((0, 10), 70.1, False),  # beyond `within`
        ((2, 2), 0, True),  # clocks differ by up to 2 s
        ((2.001, 9), 0, True),  # … and by the resolution
        ((2.002, 9), 0, False),
        ((9, 9), 0, False),
    ],
)
def test_the_time_must_fit(cause: tuple[float, float], effect: float, explained: bool) -> None:
    assert CLOCK_SLACK == 2 * SECOND
    told = links([seen("oom", *cause), seen("refused", effect)], [rule("oom", "refused")])
    assert (told["refused"] == "oom") is explained


def test_a_coarse_clock_gives_more_slack() -> None:
    rules = [rule("oom", "refused")]
    assert links([seen("oom", 3), seen("refused", 0)], rules)["refused"] == ""
    assert links([seen("oom", 3, resolution=SECOND), seen("refused", 0)], rules)["refused"] == "oom"


@pytest.mark.parametrize(
    "shared",
    [
        {"peers": ("db:5432",)},
        {"services": ("api",)},
        {"requests": ("r1",)},
        {"sources": ("a.log",)},
        {"technologies": ("postgresql", "pg")},
    ],
    ids=lambda shared: next(iter(shared)),
)
def test_what_shares_something_is_nearer_than_what_shares_nothing(shared: dict[str, Any]) -> None:
    apart: dict[str, Any] = {"services": (), "sources": ()}
    effect = seen("http-500", 5, **{**apart, **shared})
    near = seen("refused", 0, **{**apart, **shared}, id="near")
    far = seen("pool", 4, services=("other",), sources=("other.log",), id="far")
    assert links([effect, near, far], [rule("refused", "http-500"), rule("pool", "http-500")])["http-500"] == "near"
    assert links([effect, far], [rule("pool", "http-500")])["http-500"] == "far"  # weak, but the only one


def test_a_killed_server_is_the_server_of_its_clients() -> None:
    kill = seen("oom", 0, services=("kernel",), source="kern.log", captures={"process": "postgres"}, id="kill")
    other = seen("slow", 1, services=("x",), source="x.log", id="other")
    client = seen("refused", 2, technologies=("postgresql",), id="client")
    assert links([kill, other, client], [rule("oom", "refused"), rule("slow", "refused")])["client"] == "kill"


def test_a_rule_for_one_server_says_whose_client_failed() -> None:
    """The driver's error names no server; the rule that knows it does."""
    kill = seen("oom", 0, services=("kernel",), source="kern.log", captures={"process": "mariadbd"}, id="kill")
    other = seen("slow", 1, services=("x",), source="x.log", id="other")
    client = seen("refused", 2, technologies=("node", "mysql2"), id="client")
    of = replace(rule("refused"), technologies=("mysql", "mariadb"))
    assert links([kill, other, client], [rule("oom", "refused"), rule("slow", "refused"), of])["client"] == "kill"


# ---------------------------------------------------------------- both sides of one failure


def _sides(own: tuple[float, float], *clients: tuple[float, float], **fields: Any) -> list[Finding]:
    """A server's own word of so many seconds, and that of its clients in files of their own."""
    told = [seen("slow", *own, services=("db",), source="db.log", technologies=("postgresql",), id="own")]
    for number, client in enumerate(clients):
        base: dict[str, Any] = {"services": (f"api{number}",), "source": f"{number}.log", "technologies": ("node", "pg")}
        told.append(seen("slow", *client, **{**base, **fields}))
    return told


OF_POSTGRESQL = replace(rule("slow"), technologies=("postgresql",))


@pytest.mark.parametrize(
    ("findings", "roots"),
    [
        (_sides((0, 5), (1, 6), id="api"), 1),
        (_sides((0, 5), (7, 9), id="api"), 1),  # as far as clocks differ
        (_sides((0, 5), (60, 90), id="api"), 2),
        (_sides((0, 5), (1, 6), id="api", technologies=()), 1),  # the rule knows whose client it is
        (_sides((0, 5), (1, 6), id="api", technologies=("redis", "node")), 2),
        (_sides((0, 5), (1, 6), id="api", technologies=("postgresql",)), 2),  # another server
        (_sides((0, 5), (1, 6), id="api", source="db.log"), 2),
    ],
)
def test_what_a_server_and_its_clients_say_at_one_time_is_one_failure(findings: list[Finding], roots: int) -> None:
    assert len(relate(findings, [OF_POSTGRESQL])[1]) == roots


def test_services_that_one_finding_tells_of_are_one_place() -> None:
    """A case may span a server and its client; what the server alone says of it belongs there too."""
    both = seen("slow", 1, id="both", services=("api", "db"), sources=("api.log", "db.log"), source="api.log")
    own = seen("slow", 0, id="own", services=("db",), source="db.log")
    other = seen("slow", 0, id="other", services=("mail",), source="mail.log")
    for findings in ([both, own, other], [other, own, both]):
        told, incidents = relate(findings, [rule("slow")])
        assert [found.fingerprint for found in told] in (["other", "own", "both"], ["own", "both", "other"])
        assert len(incidents) == 2


def test_clients_of_several_servers_stay_apart() -> None:
    findings = [*_sides((0, 5)), seen("slow", 1, at="db-1:5432", source="x.log"), seen("slow", 1, at="db-2:5432", source="y.log")]
    assert len(relate(findings, [OF_POSTGRESQL])[1]) == 3


def test_a_place_in_the_code_speaks_before_an_earlier_line_without() -> None:
    own, client = _sides((0, 5), (1, 6), id="api", blame="src/orders.js:12 in find")
    (incident,) = relate([own, client], [OF_POSTGRESQL])[1]
    assert incident.root == "api"


# ---------------------------------------------------------------- what lasts


@pytest.mark.parametrize(
    ("last", "generic", "cause"),
    [
        (30, True, "refused"),  # what goes on failing has a cause that goes on
        (1, True, "pool"),  # a moment's failure has the nearest one
        (30, False, "pool"),
    ],
)
def test_requests_that_fail_for_long_have_a_cause_that_lasts(last: float, generic: bool, cause: str) -> None:
    """A dropped connection at the onset is nearer in depth, but its moment has passed."""
    rules = [
        rule("refused", "http-500"),
        rule("oom", "pool"),
        rule("pool", "http-500"),
        replace(rule("http-500"), generic=generic),
    ]
    findings = [seen("pool", 0), seen("refused", 0, 30), seen("http-500", 0.5, last)]
    assert links(findings, rules)["http-500"] == cause


# ---------------------------------------------------------------- what links ask for


def test_by_says_what_must_be_shared() -> None:
    """A link `by` request does not count a common service."""
    near = seen("pool", 0, services=("shop",), source="b.log", id="near")
    told = seen("slow", 1, services=("y",), requests=("r1",), source="c.log", id="request")
    effect = seen("http-500", 2, services=("shop",), requests=("r1",))
    rules = [rule("pool", "http-500", by=("request",)), rule("slow", "http-500", by=("request",))]
    assert links([near, told, effect], rules)["http-500"] == "request"


def test_the_nearest_cause_in_depth_wins_then_the_latest() -> None:
    rules = [rule("oom", "refused", "http-500"), rule("refused", "http-500"), rule("slow", "http-500")]
    chain = [seen("oom", 0), seen("refused", 1), seen("http-500", 2)]
    assert links(chain, rules) == {"oom": "", "refused": "oom", "http-500": "refused"}
    two = [seen("refused", 0, at="a"), seen("refused", 1, at="b"), seen("http-500", 2)]
    assert links(two, rules)["http-500"] == "refusedb"


def test_the_better_of_two_links_to_one_class_counts() -> None:
    rules = [
        replace(rule("oom"), explains=(Explains("refused", ("request",), SECOND), Explains("refused", ("service",), 60 * SECOND)))
    ]
    other = rule("slow", "refused")
    findings = [
        seen("oom", 0, source="a.log"),
        seen("slow", 0.5, services=("x",), source="b.log"),
        seen("refused", 1, source="c.log"),
    ]
    assert links(findings, [*rules, other])["refused"] == "oom"
    assert links(findings[::-1], [other, *rules])["refused"] == "oom"


# ---------------------------------------------------------------- without times


def test_without_times_the_place_in_one_file_tells() -> None:
    rules = [rule("oom", "refused")]
    assert links([seen("oom", None, offset=1), seen("refused", None, offset=5)], rules)["refused"] == "oom"
    assert links([seen("oom", None, offset=9), seen("refused", None, offset=5)], rules)["refused"] == ""
    assert links([seen("oom", None, offset=1, source="a.log"), seen("refused", None, offset=5)], rules)["refused"] == ""
    assert links([seen("oom", None, offset=1), seen("refused", 7, offset=5)], rules)["refused"] == "oom"


def test_the_first_place_of_all_findings_of_a_node_counts() -> None:
    two = [seen("oom", None, offset=1, id="first"), seen("oom", None, offset=9, id="second")]
    for causes in (two, two[::-1]):
        assert links([*causes, seen("refused", None, offset=5)], [rule("oom", "refused")])["refused"] != ""


# ---------------------------------------------------------------- cycles, roots, severity


def test_a_cycle_loses_its_weakest_edge() -> None:
    rules = [rule("pool", "slow"), rule("slow", "pool", by=("request",))]
    strong = [seen("pool", 0, services=("a",)), seen("slow", 0.5, services=("a",), source="b.log")]
    assert links(strong, rules) == {"pool": "", "slow": "pool"}
    told, incidents = relate(strong, rules)
    assert len(told) == 2
    assert [incident.root for incident in incidents] == ["pool"]


def test_a_cycle_of_equals_loses_the_edge_to_the_earliest() -> None:
    rules = [rule("pool", "slow"), rule("slow", "http-500"), rule("http-500", "pool")]
    findings = [seen("pool", 1), seen("slow", 0.5), seen("http-500", 0)]
    assert links(findings, rules) == {"http-500": "", "pool": "http-500", "slow": "pool"}


def test_who_lost_a_cycle_s_edge_keeps_its_next_best_cause() -> None:
    """A kill ends the database, refusals follow; a refusal may end a service too, but not the one that it follows from."""
    rules = [rule("oom", "pool"), rule("pool", "refused"), rule("refused", "pool")]
    findings = [seen("oom", 0), seen("pool", 0.1), seen("refused", 0.2)]
    assert links(findings, rules) == {"oom": "", "pool": "oom", "refused": "pool"}
    assert [incident.root for incident in relate(findings, rules)[1]] == ["oom"]


def test_nothing_explains_its_own_class() -> None:
    assert links([seen("slow", 0, at="a"), seen("slow", 1, at="b")], [rule("slow", "slow")]) == {"slowa": "", "slowb": ""}


def test_findings_of_one_class_at_one_peer_are_one_node_with_one_voice() -> None:
    grave = seen("oom", 1, severity=Severity.CRITICAL, id="grave")
    told, (incident,) = relate([seen("oom", 0, id="early"), grave, seen("refused", 2)], [rule("oom", "refused")])
    assert incident.root == "grave"
    assert {f.fingerprint: f.explains for f in told} == {"early": (), "grave": ("refused",), "refused": ()}


def test_roots_are_ranked_by_what_they_explain_before_severity() -> None:
    rules = [rule("refused", "http-500")]
    big = [seen("refused", 0, at="a", id="big"), seen("http-500", 1, count=400)]
    grave = seen("slow", 0, at="x", severity=Severity.CRITICAL, id="grave", services=("other",))
    over = seen("pool", 0, at="y", id="over", resolved=9 * SECOND, services=("other",))
    assert [incident.root for incident in relate([grave, over, *big], rules)[1]] == ["big", "grave"]


def test_what_was_over_without_harm_is_info_and_no_incident() -> None:
    told, incidents = relate([seen("refused", 0, resolved=SECOND)], [rule("refused", "http-500")])
    assert (incidents, told[0].severity) == ((), Severity.INFO)
    told, incidents = relate([seen("refused", 0, resolved=SECOND), seen("http-500", 1)], [rule("refused", "http-500")])
    assert (incidents[0].root, told[0].severity) == ("refused", Severity.ERROR)


def test_a_marker_is_told_but_is_never_a_root_or_a_symptom() -> None:
    rules = [rule(MARKER, "refused"), rule("slow", MARKER)]
    findings = [seen(MARKER, 0), seen("refused", 1), seen("slow", 0)]
    told, incidents = relate(findings, rules)
    assert {incident.root for incident in incidents} == {"refused", "slow"}
    assert {f.fingerprint: f.explained_by for f in told} == {MARKER: "", "refused": "", "slow": ""}


# ---------------------------------------------------------------- whatever comes


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Finding], list[Rule]]:
    """Findings of all classes at all places and times, linked at random, cycles and all."""
    rules = []
    for of_class in (*CLASSES, MARKER):
        effects = draw(st.lists(st.sampled_from((*CLASSES, MARKER)), max_size=4))
        some = tuple(
            Explains(
                effect, draw(st.sampled_from([(), ("request",), ("service",), ("peer",)])), draw(st.integers(0, 20)) * SECOND
            )
            for effect in effects
        )
        rules.append(replace(rule(of_class), explains=some))
    findings = []
    for number in range(draw(st.integers(0, 9))):
        first = draw(st.one_of(st.none(), st.integers(0, 30)))
        findings.append(
            seen(
                draw(st.sampled_from((*CLASSES, MARKER))),
                first,
                None if first is None else first + draw(st.integers(0, 9)),
                at=draw(st.sampled_from(["", "a:1", "b:2"])),
                id=f"f{number}",
                offset=draw(st.integers(0, 50)),
                services=draw(st.sampled_from([(), ("api",), ("web",), ("api", "web")])),
                requests=draw(st.sampled_from([(), ("r1",), ("r2",)])),
                source=draw(st.sampled_from(["a.log", "b.log"])),
                severity=draw(st.sampled_from(Severity)),
                count=draw(st.integers(1, 5)),
                resolved=draw(st.sampled_from([None, None, 40 * SECOND])),
            )
        )
    return findings, rules


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(worlds())
def test_every_finding_is_told_once_and_every_tree_has_one_root(world: tuple[list[Finding], list[Rule]]) -> None:
    findings, rules = world
    told, incidents = relate(findings, rules)
    by_print = {found.fingerprint: found for found in told}
    assert sorted(found.fingerprint for found in told) == sorted(found.fingerprint for found in findings)
    grouped = [fingerprint for incident in incidents for fingerprint in incident.findings]
    assert len(set(grouped)) == len(grouped)
    for found in told:
        above, seen_before = found, set()
        while above.explained_by:
            assert above.fingerprint not in seen_before, "a cycle"
            seen_before.add(above.fingerprint)
            parent = by_print[above.explained_by]
            assert above.fingerprint in parent.explains
            assert parent.of_class != above.of_class
            assert MARKER not in (parent.of_class, above.of_class)
            assert any(link.of_class == above.of_class for one in rules if one.id == parent.rule for link in one.explains) or any(
                other.explained_by == parent.fingerprint for other in told
            )
            above = parent
        if found.fingerprint not in grouped:
            assert not found.explains
            assert not found.explained_by
            assert found.of_class == MARKER or found.severity == Severity.INFO
    for incident in incidents:
        root = by_print[incident.root]
        assert not root.explained_by
        assert incident.root in incident.findings
        times = [by_print[name].first_seen for name in incident.findings if by_print[name].first_seen is not None]
        assert incident.first_seen == min(times, default=None)


@settings(deadline=None, max_examples=100)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_findings_and_rules_does_not_matter(world: tuple[list[Finding], list[Rule]], random: Any) -> None:
    findings, rules = world
    shuffled, others = list(findings), list(rules)
    random.shuffle(shuffled)
    random.shuffle(others)
    assert relate(shuffled, others) == relate(findings, rules)


def test_what_lasted_before_it_was_logged_began_that_long_before() -> None:
    """A statement of 4 s is logged when it ends, after the pool that it emptied gave up."""
    slow = seen("slow", 5, captures={"ms": 4_100.0}, id="slow")
    pool = seen("pool", 2, 6, id="pool")
    plain = [rule("slow", "pool"), rule("pool")]
    assert links([slow, pool], plain)["pool"] == ""
    assert links([slow, pool], [replace(plain[0], took=Took("ms")), plain[1]])["pool"] == "slow"
    assert links([slow, pool], [replace(plain[0], took=Took("ms", 1)), plain[1]])["pool"] == ""


@pytest.mark.parametrize("value", ["4100", None, -1.0, 1e12, float("nan"), float("inf")])
def test_a_time_span_that_is_none_moves_nothing(value: Any) -> None:
    rules = [replace(rule("slow", "pool"), took=Took("ms")), rule("pool")]
    assert links([seen("slow", 5, captures={"ms": value}), seen("pool", 2)], rules)["pool"] == ""


@pytest.mark.parametrize(
    ("until", "first"),
    [
        (13, "pool"),  # the restart is over, the new version's failure stays
        (100, "gone"),  # it is not: nobody came back
    ],
)
def test_a_deploy_s_restart_comes_after_the_failure_that_the_deploy_brought(until: float, first: str) -> None:
    rules = [rule("upstream-unavailable", "http-500"), replace(rule("http-500"), generic=True), rule("pool")]
    findings = [
        seen(MARKER, 10, services=("deploy",), source="deploy.log"),
        seen("upstream-unavailable", 10, until, services=("nginx",), source="nginx.log", id="gone"),
        seen("http-500", 10, 60, services=("nginx",), source="nginx.log", count=500),
        seen("pool", 20, 60, services=("api",), source="api.log"),
    ]
    assert relate(findings, rules)[1][0].root == first


@pytest.mark.parametrize(("at", "told"), [(0, True), (-600, True), (-601, False), (2, True), (3, False)])
def test_an_incident_tells_of_the_deploys_shortly_before_it(at: float, told: bool) -> None:
    (incident,) = relate([seen(MARKER, at, source="deploy.log", id="deploy"), seen("pool", 0)], [])[1]
    assert incident.after == (("deploy",) if told else ())


def test_without_times_no_deploy_is_before_anything() -> None:
    (incident,) = relate([seen(MARKER, None, source="deploy.log"), seen("pool", None)], [])[1]
    assert incident.after == ()


def test_deploy_markers_are_told_of_but_lead_nothing() -> None:
    findings = [seen(MARKER, 10, source="deploy.log"), seen("upstream-unavailable", 10, 12, id="gone")]
    (incident,) = relate(findings, [rule("upstream-unavailable")])[1]
    assert incident.root == "gone"

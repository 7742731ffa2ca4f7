"""Findings become incidents: who explains whom, told from what logs carry (classes, times, peers, services, files).

1. Findings of one class at one peer (else service) are one node; so are those of a server itself and of its clients at the same time.
2. A node explains another if a rule of it links to the other's class, its onset is not later (by resolution and what is known of the
   clocks, else a slack), the other starts before it ends plus the link's `within`, and they share something; with nothing shared the
   edge is weak.
3. Each node keeps its best parent: a strong edge, the nearest cause in class depth, the latest onset; what only says that requests
   fail, and for long, has one that went on for long, where there is one. Cycles lose their weakest edge;
   the next best cause outside the cycle takes its place.
4. Nodes without parent are roots. Each root is one incident; what a deploy's restart cut off for a moment comes after what stayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diagnose.model import SECOND, ClockOffset, Finding, Incident, Rule, Severity
from diagnose.parents import CLOCK_SLACK, MARKER, Node, Offsets, Parents, break_cycles

SERVERS = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "redis", "nginx", "rabbitmq", "kafka", "elasticsearch"})
"""Technologies that run as a process of their own: a finding about the process and one about its client share them."""

_TWINS = {"mariadb": "mysql"}
"""What is the same server to its clients."""

_RESTARTS = frozenset({"upstream-unavailable", "upstream-closed", "connection-refused", "connection-reset"})
"""What the restart of a deploy looks like to those who call the service meanwhile."""

_RESTART = 60 * SECOND
"""How long a restart may take that is no failure of its own."""

_BLAMED = 600 * SECOND
"""How long after a deploy an incident may begin and be told with it."""

_LONGEST = 86_400 * SECOND
"""A failure that lasted longer before it was logged is a misread number."""


def relate(
    findings: Sequence[Finding], rules: Iterable[Rule], clocks: Iterable[ClockOffset] = ()
) -> tuple[tuple[Finding, ...], tuple[Incident, ...]]:
    """The findings with their links filled in, the one to act on first at the head, and the incidents in the same order.

    `clocks`: what is known of the clocks of the findings' sources.
    """
    by_id = {rule.id: rule for rule in rules}
    nodes = _nodes(findings, by_id)
    parents = Parents(nodes, _depths(by_id.values()), Offsets(clocks))
    for node in nodes:
        best = parents.best(node)
        if best is not None:
            node.parent, node.strong = best
    break_cycles(nodes, parents)
    for node in nodes:
        if node.parent is not None:
            node.parent.children.append(node)
    passed = _passed(nodes)
    roots = sorted((node for node in nodes if node.parent is None), key=lambda root: _rank(root, passed))
    told: list[Finding] = []
    incidents: list[Incident] = []
    for root in roots:
        tree = _tree(root)
        if not _is_root(root) and len(tree) == 1:
            told.extend(_linked(root))
            continue
        members = [finding for node in tree for finding in _linked(node)]
        members.sort(key=_in_time)
        first = [f.first_seen for f in members if f.first_seen is not None]
        last = [f.last_seen for f in members if f.last_seen is not None]
        told.extend(members)
        names = tuple(finding.fingerprint for finding in members)
        begun = min(first, default=None)
        incidents.append(Incident(root.head.fingerprint, names, begun, max(last, default=None), _deploys(begun, nodes)))
    return tuple(told), tuple(incidents)


def _deploys(begun: int | None, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The deploys shortly before an onset, in order of time."""
    if begun is None:
        return ()
    deploys = sorted((finding for node in nodes if node.of_class == MARKER for finding in node.findings), key=_in_time)
    return tuple(
        deploy.fingerprint
        for deploy in deploys
        if deploy.first_seen is not None and deploy.last_seen is not None
        and deploy.first_seen <= begun + CLOCK_SLACK and begun <= deploy.last_seen + _BLAMED
    )  # fmt: skip


def _in_time(finding: Finding) -> tuple[int, str]:
    return (finding.first_seen if finding.first_seen is not None else 1 << 62, finding.fingerprint)


# ---------------------------------------------------------------- nodes


def _nodes(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> list[Node]:
    places = _Places(findings)
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=_in_time):
        groups.setdefault((finding.of_class, places.of(finding)), []).append(finding)
    by_class: dict[str, list[Node]] = {}
    for (of_class, _), members in sorted(groups.items()):
        by_class.setdefault(of_class, []).append(_node(members, rules))
    return [node for nodes in by_class.values() for node in _both_sides(nodes, rules)]


class _Places:
    """Where findings belong: to a peer, else to a service. Services of which one finding tells together are one place to its class."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._joined: dict[tuple[str, str], str] = {}
        for finding in findings:
            for service in () if finding.peers else finding.services[1:]:
                one, other = self._first(finding.of_class, finding.services[0]), self._first(finding.of_class, service)
                if one != other:
                    self._joined[finding.of_class, max(one, other)] = min(one, other)

    def of(self, finding: Finding) -> str:
        if finding.peers or not finding.services:
            return ",".join(finding.peers)
        return self._first(finding.of_class, finding.services[0])

    def _first(self, of_class: str, service: str) -> str:
        while (of_class, service) in self._joined:
            service = self._joined[of_class, service]
        return service


def _node(members: list[Finding], rules: Mapping[str, Rule]) -> Node:
    """`members`: findings of one class, in order of time."""
    seen = [f.first_seen for f in members if f.first_seen is not None]
    ends = [f.last_seen for f in members if f.last_seen is not None]
    known = [rules[f.rule] for f in members if f.rule in rules]
    return Node(
        members[0].of_class, members, tuple(dict.fromkeys(link for rule in known for link in rule.explains)),
        min((f.first_seen - _took(f, rules) for f in members if f.first_seen is not None), default=None),
        max(ends, default=None), _shared(members, rules), max(finding.resolution for finding in members),
        _clock(members, min(seen, default=None)), bool(known) and all(rule.generic for rule in known),
    )  # fmt: skip


def _both_sides(nodes: list[Node], rules: Mapping[str, Rule]) -> list[Node]:
    """Of nodes of one class: what a server says in its own log and what its clients say at the same time is one failure."""
    left = list(nodes)
    for own in nodes:
        if own not in left or own.span is None or not _is_server(own):
            continue
        rivals = [other for other in left if other is not own and _meet(own, other)]
        clients = [other for other in rivals if not _is_server(other)]
        if not clients or len(clients) < len(rivals) or len({peer for one in clients for peer in one.shared["peer"]}) > 1:
            continue  # nobody's, or it cannot be told whose
        members = sorted((f for one in (own, *clients) for f in one.findings), key=_in_time)
        left[left.index(own)] = _node(members, rules)
        left = [one for one in left if one not in clients]
    return left


def _is_server(node: Node) -> bool:
    """It is told in the log of a server itself: no driver, framework or language has a hand in it."""
    return all(f.technologies and SERVERS.issuperset(f.technologies) for f in node.findings)


def _meet(one: Node, other: Node) -> bool:
    """They are about one kind of server, told by different logs, in times that overlap."""
    if one.span is None or other.span is None or one.shared["file"] & other.shared["file"]:
        return False
    slack = CLOCK_SLACK + max(one.resolution, other.resolution)
    overlap = one.span[0] <= other.span[1] + slack and other.span[0] <= one.span[1] + slack
    return overlap and bool(one.shared["server"] & other.shared["server"])


def _took(finding: Finding, rules: Mapping[str, Rule]) -> int:
    """What had passed, in µs, since the failure began when it was first told of: a slow statement is logged when it ends."""
    told = rules[finding.rule].took if finding.rule in rules else None
    value = finding.captures.get(told.capture) if told is not None else None
    if told is None or not isinstance(value, int | float):
        return 0
    return int(value * told.unit) if 0 < value * told.unit < _LONGEST else 0


def _shared(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> dict[str, frozenset[str]]:
    """What a node may have in common with another, by kind."""
    kinds: dict[str, set[str]] = {"peer": set(), "service": set(), "request": set(), "file": set(), "server": set()}
    for finding in findings:
        kinds["peer"].update(finding.peers)
        kinds["service"].update(finding.services)
        kinds["request"].update(finding.requests)
        kinds["file"].update(finding.sources)
        kinds["server"].update(_servers(finding, rules))
        victim = finding.captures.get("process")
        if isinstance(victim, str):
            kinds["server"].update(_TWINS.get(server, server) for server in SERVERS if victim.startswith((server[:8], server)))
    return {kind: frozenset(values) for kind, values in kinds.items()}


def _servers(finding: Finding, rules: Mapping[str, Rule]) -> set[str]:
    """The servers that the finding is about: those that its events show, else the one that its rule is for."""
    rule = rules.get(finding.rule)
    shown = {_TWINS.get(name, name) for name in SERVERS.intersection(finding.technologies)}
    meant = {_TWINS.get(name, name) for name in SERVERS.intersection(rule.technologies if rule else ())}
    return shown or (meant if len(meant) == 1 else set())


def _clock(findings: Iterable[Finding], onset: int | None) -> str:
    """The source that told of the onset."""
    told = (proof.source for f in findings if f.first_seen == onset for proof in f.evidence if proof.time == onset)
    return min(told, default="") if onset is not None else ""


# ---------------------------------------------------------------- depths


def _depths(rules: Iterable[Rule]) -> dict[str, int]:
    """How far down the chain of causes a class stands: the longest way from a class that nothing explains."""
    above: dict[str, set[str]] = {}
    for rule in rules:
        for link in rule.explains:
            above.setdefault(link.of_class, set()).add(rule.of_class)
    depths: dict[str, int] = {}

    def depth(of_class: str, seen: frozenset[str]) -> int:
        if of_class not in depths:
            parents = above.get(of_class, set()) - seen - {of_class}
            depths[of_class] = 1 + max((depth(parent, seen | {of_class}) for parent in sorted(parents)), default=-1)
        return depths[of_class]

    for of_class in sorted(above):
        depth(of_class, frozenset())
    return depths


# ---------------------------------------------------------------- roots and trees


def _tree(root: Node) -> list[Node]:
    tree = [root]
    for node in tree:
        tree.extend(node.children)
    return tree


def _harmless(node: Node) -> bool:
    """A recovery followed and nothing came of it: it explains nothing, and no request failed by it."""
    return not node.children and all(finding.resolved is not None and not finding.endpoints for finding in node.findings)


def _is_root(node: Node) -> bool:
    return node.of_class != MARKER and not _harmless(node)


def _passed(nodes: Sequence[Node]) -> set[int]:
    """The nodes, by identity, that a deploy's restart brought about and that were over before other failures."""
    deploys = [node.onset for node in nodes if node.of_class == MARKER and node.onset is not None]
    last = max(
        (node.end for node in nodes if node.end is not None and node.of_class not in _RESTARTS and not node.generic), default=0
    )
    return {
        id(node)
        for node in nodes
        if node.of_class in _RESTARTS and node.span is not None and node.span[1] < last
        and any(at - CLOCK_SLACK <= node.span[0] and node.span[1] <= at + _RESTART for at in deploys)
    }  # fmt: skip


def _rank(root: Node, passed: set[int]) -> tuple[bool, bool, int, int, int, int]:
    tree = _tree(root)
    explained = sum(finding.count for node in tree[1:] for finding in node.findings)
    resolved = all(finding.resolved is not None for finding in root.findings)
    resolved = resolved or all(id(node) in passed or node.generic for node in tree)
    head = root.head
    return (not _is_root(root), resolved, -explained, -head.severity, -head.score, root.onset or 0)


def _linked(node: Node) -> list[Finding]:
    """The node's findings with their links, and no graver than info where no harm came of them."""
    explains = tuple(f.fingerprint for child in node.children for f in child.findings)
    explained_by = node.parent.head.fingerprint if node.parent else ""
    harmless = _harmless(node)
    return [
        replace(
            finding,
            explains=explains if finding is node.head else (),
            explained_by=explained_by,
            severity=min(finding.severity, Severity.INFO) if harmless else finding.severity,
        )
        for finding in node.findings
    ]

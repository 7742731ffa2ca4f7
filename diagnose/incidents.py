"""Findings become incidents: who explains whom, told from what logs carry (classes, times, peers, services, files).

1. Findings of one class at one peer (else service) are one node.
2. A node explains another if a rule of it links to the other's class, its onset is not later (by resolution and what is known of the
   clocks, else a slack), the other starts before it ends plus the link's `within`, and they share something; with nothing shared the
   edge is weak.
3. Each node keeps its best parent: a strong edge, the nearest cause in class depth, the latest onset. Cycles lose their weakest edge;
   the next best cause outside the cycle takes its place.
4. Nodes without parent are roots. Each root is one incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diagnose.model import SECOND, ClockOffset, Finding, Incident, Rule, Severity
from diagnose.parents import MARKER, Node, Offsets, Parents, break_cycles

SERVERS = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "redis", "nginx", "rabbitmq", "kafka", "elasticsearch"})
"""Technologies that run as a process of their own: a finding about the process and one about its client share them."""

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
    roots = sorted((node for node in nodes if node.parent is None), key=_rank)
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
        incidents.append(
            Incident(
                root.head.fingerprint, tuple(f.fingerprint for f in members), min(first, default=None), max(last, default=None)
            )
        )
    return tuple(told), tuple(incidents)


def _in_time(finding: Finding) -> tuple[int, str]:
    return (finding.first_seen if finding.first_seen is not None else 1 << 62, finding.fingerprint)


# ---------------------------------------------------------------- nodes


def _nodes(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> list[Node]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=_in_time):
        place = ",".join(finding.peers) or ",".join(finding.services)
        groups.setdefault((finding.of_class, place), []).append(finding)
    nodes = []
    for (of_class, _), members in sorted(groups.items()):
        seen = [f.first_seen for f in members if f.first_seen is not None]
        ends = [f.last_seen for f in members if f.last_seen is not None]
        links = dict.fromkeys(link for f in members if f.rule in rules for link in rules[f.rule].explains)
        onset = min((f.first_seen - _took(f, rules) for f in members if f.first_seen is not None), default=None)
        node = Node(
            of_class, members, tuple(links), onset, max(ends, default=None), _shared(members),
            max(finding.resolution for finding in members), _clock(members, min(seen, default=None)),
        )  # fmt: skip
        nodes.append(node)
    return nodes


def _took(finding: Finding, rules: Mapping[str, Rule]) -> int:
    """What had passed, in µs, since the failure began when it was first told of: a slow statement is logged when it ends."""
    told = rules[finding.rule].took if finding.rule in rules else None
    value = finding.captures.get(told.capture) if told is not None else None
    if told is None or not isinstance(value, int | float):
        return 0
    return int(value * told.unit) if 0 < value * told.unit < _LONGEST else 0


def _shared(findings: Iterable[Finding]) -> dict[str, frozenset[str]]:
    """What a node may have in common with another, by kind."""
    kinds: dict[str, set[str]] = {"peer": set(), "service": set(), "request": set(), "file": set(), "server": set()}
    for finding in findings:
        kinds["peer"].update(finding.peers)
        kinds["service"].update(finding.services)
        kinds["request"].update(finding.requests)
        kinds["file"].update(finding.sources)
        kinds["server"].update(SERVERS.intersection(finding.technologies))
        victim = finding.captures.get("process")
        if isinstance(victim, str):
            kinds["server"].update(server for server in SERVERS if victim.startswith((server[:8], server)))
    return {kind: frozenset(values) for kind, values in kinds.items()}


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


def _rank(root: Node) -> tuple[bool, bool, int, int, int, int]:
    tree = _tree(root)
    explained = sum(finding.count for node in tree[1:] for finding in node.findings)
    resolved = all(finding.resolved is not None for finding in root.findings)
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

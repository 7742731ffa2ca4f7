"""Findings become incidents: who explains whom, told from what logs carry (classes, times, peers, services, files).

1. Findings of one class at one peer (else service) are one node.
2. A node explains another if a rule of it links to the other's class, its onset is not later (by resolution and
   clock slack), the other starts before it ends plus the link's `within`, and they share something; with nothing shared the edge is weak.
3. Each node keeps its best parent: a strong edge, the nearest cause in class depth, the latest onset. Cycles lose their weakest edge.
4. Nodes without parent are roots. Each root is one incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diagnose.model import SECOND, Explains, Finding, Incident, Rule, Severity

CLOCK_SLACK = 2 * SECOND
"""How much later a cause may appear than its symptom: clocks of two hosts differ, and a proxy's time-out is written first."""

MARKER = "deploy-marker"
"""The class of start-up and deploy lines: told, but neither a root nor a symptom."""

SERVERS = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "redis", "nginx", "rabbitmq", "kafka", "elasticsearch"})
"""Technologies that run as a process of their own: a finding about the process and one about its client share them."""


@dataclass(slots=True, eq=False)
class Node:
    """Findings of one class at one place."""

    of_class: str
    findings: list[Finding]
    links: tuple[Explains, ...]
    onset: int | None
    end: int | None
    shared: Mapping[str, frozenset[str]]
    parent: Node | None = None
    strong: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def head(self) -> Finding:
        """The finding that speaks for the node: the gravest, then the earliest."""
        return min(self.findings, key=lambda f: (-f.severity, f.first_seen or 0, -f.count, f.fingerprint))


def relate(findings: Sequence[Finding], rules: Iterable[Rule]) -> tuple[tuple[Finding, ...], tuple[Incident, ...]]:
    """The findings with their links filled in, the one to act on first at the head, and the incidents in the same order."""
    by_id = {rule.id: rule for rule in rules}
    nodes = _nodes(findings, by_id)
    depth = _depths(by_id.values())
    for node in nodes:
        _choose_parent(node, nodes, depth)
    _break_cycles(nodes)
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
        onsets = [f.first_seen for f in members if f.first_seen is not None]
        ends = [f.last_seen for f in members if f.last_seen is not None]
        links = dict.fromkeys(link for f in members if f.rule in rules for link in rules[f.rule].explains)
        node = Node(of_class, members, tuple(links), min(onsets, default=None), max(ends, default=None), _shared(members))
        nodes.append(node)
    return nodes


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


# ---------------------------------------------------------------- edges


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


def _choose_parent(node: Node, nodes: Sequence[Node], depth: Mapping[str, int]) -> None:
    best: tuple[bool, int, int] | None = None
    for other in nodes:
        edge = _edge(other, node)
        if edge is None:
            continue
        worth = (edge, depth.get(other.of_class, 0), other.onset or 0)
        if best is None or worth > best:
            best, node.parent, node.strong = worth, other, edge


def _edge(cause: Node, effect: Node) -> bool | None:
    """True: a strong edge, False: a weak one, None: no edge."""
    if cause.of_class == effect.of_class or MARKER in (cause.of_class, effect.of_class):
        return None
    edge: bool | None = None
    for link in cause.links:
        if link.of_class == effect.of_class and _in_time_of(cause, effect, link.within):
            kinds = (*link.by, "peer", "request", "file", "server") if link.by else tuple(cause.shared)
            edge = edge or any(cause.shared.get(kind, frozenset()) & effect.shared.get(kind, frozenset()) for kind in kinds)
    return edge


def _in_time_of(cause: Node, effect: Node, within: int) -> bool:
    if cause.onset is None or effect.onset is None or cause.end is None:
        return _place_before(cause, effect)
    slack = CLOCK_SLACK + max(f.resolution for f in (*cause.findings, *effect.findings))
    return cause.onset <= effect.onset + slack and effect.onset <= cause.end + within


def _place_before(cause: Node, effect: Node) -> bool:
    """Without times: within one file, the cause's first evidence stands before the effect's last."""
    firsts: dict[str, int] = {}
    for proof in (proof for f in cause.findings for proof in f.evidence):
        firsts[proof.source] = min(proof.offset, firsts.get(proof.source, proof.offset))
    return any(firsts.get(p.source, 1 << 62) <= p.offset for f in effect.findings for p in f.evidence)


def _break_cycles(nodes: Sequence[Node]) -> None:
    for node in nodes:
        path: list[Node] = [node]
        while path[-1].parent is not None and path[-1].parent not in path:
            path.append(path[-1].parent)
        closing = path[-1].parent
        if closing is not None:
            cycle = path[path.index(closing) :]
            weakest = min(cycle, key=lambda n: (n.strong, n.onset or 0, n.of_class))
            weakest.parent, weakest.strong = None, False


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

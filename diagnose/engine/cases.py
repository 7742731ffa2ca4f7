"""A case: all anchors of one fingerprint, in a space that does not grow with their number.

Everything here is a sum, a union, a least or a greatest, so the order of adding never shows. What is limited keeps
the smallest: the first anchors in (time, source, offset), the first names in the alphabet.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from diagnose.condition import UNTIMED, Verdict
from diagnose.model import GAP, Finding, Rule, Sighting
from diagnose.origins import location, scope_of_path

FIRST = 20
"""Anchors that are kept whole; evidence looks at them."""

NAMES = 100
"""Sources, services, peers and technologies that are kept of one case."""

REQUESTS = 20
"""Ids of requests and traces that are kept, those that were seen first."""

ENDPOINTS = 256
EPISODES = 512

Order = tuple[int, str, int]
"""(time, source, offset); without time first."""

PEERS = frozenset({"peer", "host", "port"})
"""Captures that say whom an anchor's side talked to."""

_FREE = (0, 0, 0)
_LATE = 1 << 62
NEVER: Order = (-_LATE, "", -1)
"""Before any anchor."""


class Episode(NamedTuple):
    """One stretch of a case, from its first to its last anchor, in µs."""

    first: int
    last: int


@dataclass(slots=True)
class Entry:
    """One of the first anchors, and the neighbours that its condition held by."""

    order: Order
    sighting: Sighting
    seen: tuple[Sighting, ...] = ()
    judged: dict[tuple[int, int], tuple[bool | None, tuple[Sighting, ...]]] = field(default_factory=dict)
    """Evidence that was decided for good, by cause and number: whether it held, and by which neighbours."""

    def __lt__(self, other: Entry) -> bool:
        return self.order < other.order


class Case:
    """All anchors of one fingerprint."""

    __slots__ = (
        "_entry_bound",
        "_marks",
        "_new",
        "_request_bound",
        "_with_peers",
        "blame",
        "cost",
        "count",
        "endpoints",
        "entries",
        "episodes",
        "fingerprint",
        "latest",
        "names",
        "recovered",
        "requests",
        "told_as",
    )

    def __init__(self, fingerprint: str, blame: str, *, with_peers: bool = True) -> None:
        """`with_peers`: the rule's signals capture whom they talk to."""
        self.fingerprint, self.blame = fingerprint, blame
        self.count = 0
        self.episodes: list[list[int]] = []
        self._new = [_LATE, -_LATE]
        self.entries: list[Entry] = []
        self._entry_bound = self._request_bound = _LATE
        """Anchors later than this are not among the first any more."""
        self._with_peers = with_peers
        self.names: dict[str, set[str]] = {kind: set() for kind in ("source", "service", "origin", "peer", "technology")}
        """`origin`: services that only the names of sources tell; nothing is ruled out by them."""
        self._marks: set[tuple[object, ...]] = set()
        self.requests: dict[str, Order] = {}
        self.endpoints: dict[tuple[str, str], int] = {}
        self.cost: tuple[int, int, int] | None = None
        """The least that any anchor's verdict cost: all, fallbacks, unknowns."""
        self.latest = NEVER
        """The last anchor that has a time."""
        self.recovered: int | None = None
        """A recovery after the last anchor that has left the timeline."""
        self.told_as: tuple[tuple[object, ...], Finding] | None = None
        """The finding that was made of it, and of what state."""

    def take(self, sighting: Sighting, seen: tuple[Sighting, ...] = (), verdict: Verdict | None = None) -> None:
        """Count an anchor in. This is where an error storm spends its time: most anchors pass all tests but the first."""
        time, last, scope = sighting.time, sighting.last, sighting.scope
        self.count += sighting.count
        if time is not None:
            if last is None:
                last = time
            episode = self._new
            if time >= episode[0] and last < episode[1] + GAP:
                if last > episode[1]:
                    episode[1] = last
            else:
                self._stretch(episode, time, last)
            latest = self.latest
            if last > latest[0] or (last == latest[0] and (sighting.source, sighting.offset) > latest[1:]):
                self.latest = (last, sighting.source, sighting.offset)
                if self.recovered is not None and self.recovered <= last:
                    self.recovered = None
        if time is None or time <= self._entry_bound:
            self._enter(sighting, seen)
        mark = (sighting.source, scope.get("service"), sighting.technologies)
        if mark not in self._marks:
            self._name(sighting, mark)
        if self._with_peers or "peer" in scope:
            self._peer(sighting)
        request = scope.get("request")
        if request is not None and (time is None or time <= self._request_bound):
            self._request(request, _order(sighting))
            trace = scope.get("trace")
            if trace is not None and trace != request:
                self._request(trace, _order(sighting))
        if sighting.endpoint is not None:
            self._endpoint(sighting.endpoint, sighting.count)
        if self.cost is not _FREE:
            cost = _FREE if verdict is None else (verdict.cost, verdict.fallbacks, verdict.unknowns)
            self.cost = _FREE if cost == _FREE else min(self.cost or cost, cost)

    def told(self) -> tuple[Episode, ...]:
        """The episodes in order."""
        self.episodes = _joined(self.episodes)
        self._new = self.episodes[-1] if self.episodes else [_LATE, -_LATE]
        return tuple(Episode(first, last) for first, last in self.episodes)

    def copy(self) -> Case:
        """A case of its own, to count in what may still change."""
        other = Case(self.fingerprint, self.blame, with_peers=self._with_peers)
        other.count, other.cost = self.count, self.cost
        other.latest, other.recovered = self.latest, self.recovered
        other.episodes = [list(episode) for episode in self.episodes]
        other.entries = list(self.entries)
        other._entry_bound, other._request_bound = self._entry_bound, self._request_bound
        other.names = {kind: set(names) for kind, names in self.names.items()}
        other.requests, other.endpoints = dict(self.requests), dict(self.endpoints)
        return other

    def remember(
        self,
        episodes: Iterable[Iterable[int]],
        entries: Iterable[tuple[Sighting, tuple[Sighting, ...], dict[tuple[int, int], tuple[bool | None, tuple[Sighting, ...]]]]],
        requests: Mapping[str, Order],
    ) -> None:
        """Go on from what another run kept."""
        self.episodes = [list(episode) for episode in episodes]
        self.told()
        for sighting, seen, judged in entries:
            self._enter(sighting, seen)
            next(entry for entry in self.entries if entry.sighting is sighting).judged = judged
        for request, order in requests.items():
            self._request(request, order)

    def _stretch(self, episode: list[int], first: int, last: int) -> None:
        """Make the current episode longer, or begin another."""
        if episode[0] - GAP < first and last < episode[1] + GAP and self.episodes:
            episode[0], episode[1] = min(episode[0], first), max(episode[1], last)
            return
        self._new = [first, last]
        self.episodes.append(self._new)
        if len(self.episodes) >= EPISODES:
            self.told()
            while len(self.episodes) >= EPISODES:
                self.episodes[:2] = [[self.episodes[0][0], self.episodes[1][1]]]

    def _enter(self, sighting: Sighting, seen: tuple[Sighting, ...]) -> None:
        entries = self.entries
        insort(entries, Entry(_order(sighting), sighting, seen))
        del entries[FIRST:]
        if len(entries) == FIRST:
            self._entry_bound = entries[-1].order[0]

    def _name(self, sighting: Sighting, mark: tuple[object, ...]) -> None:
        if len(self._marks) < 4 * NAMES:
            self._marks.add(mark)
        _least(self.names["source"], [location(sighting.source)])
        service = sighting.scope.get("service")
        if service:
            _least(self.names["service"], [service])
        else:
            _least(self.names["origin"], [scope_of_path(sighting.source).get("service", "")])
        _least(self.names["technology"], sighting.technologies)

    def _peer(self, sighting: Sighting) -> None:
        peer = peer_of(sighting)
        if peer not in self.names["peer"]:
            _least(self.names["peer"], [peer])

    def _request(self, request: str, order: Order) -> None:
        """Keep the requests that were seen first."""
        requests = self.requests
        if request not in requests or order < requests[request]:
            requests[request] = order
        if len(requests) > REQUESTS:
            del requests[max(requests, key=lambda name: (requests[name], name))]
        if len(requests) == REQUESTS:
            self._request_bound = max(requests.values())[0]

    def _endpoint(self, endpoint: tuple[str, str], count: int) -> None:
        """Where there are too many, those of the smallest check sum stay: their counts are exact, whatever came first."""
        self.endpoints[endpoint] = self.endpoints.get(endpoint, 0) + count
        if len(self.endpoints) > ENDPOINTS:
            del self.endpoints[max(self.endpoints, key=lambda e: (crc32(" ".join(e).encode()), e))]


def fingerprint(rule: str, keys: Iterable[tuple[str, object]], blame: str) -> str:
    """A short name for one failure that stays the same from run to run."""
    parts = [rule, *(f"{name}={'' if value is None else value}" for name, value in keys), blame]
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def case_name(rule: Rule, sighting: Sighting) -> tuple[object, ...]:
    """What tells cases of a rule apart: blame, then what the rule's keys hold, in captures or else in scope."""
    captures, scope = sighting.captures, sighting.scope
    values = (captures[key] if captures.get(key) is not None else scope.get(key) for key in rule.keys)
    return (sighting.blame, *values)


def peer_of(sighting: Sighting) -> str:
    """Whom the anchor's side talked to: the capture `peer`, else `host` with `port`, else what the record's fields say."""
    captures = sighting.captures
    peer = captures.get("peer")
    if peer:
        return str(peer)
    host, port = captures.get("host"), captures.get("port")
    if not host:
        return sighting.scope.get("peer", "")
    return f"{host}:{port}" if port else str(host)


def _order(sighting: Sighting) -> Order:
    return (UNTIMED if sighting.time is None else sighting.time, sighting.source, sighting.offset)


def _least(names: set[str], more: Iterable[str]) -> None:
    names.update(name for name in more if name)
    while len(names) > NAMES:
        names.remove(max(names))


def _joined(episodes: list[list[int]]) -> list[list[int]]:
    joined: list[list[int]] = []
    for first, last in sorted(episodes):
        if joined and first < joined[-1][1] + GAP:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return joined

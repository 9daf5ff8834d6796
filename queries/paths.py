"""Partnership paths: chains of facts between two entities, each hop with its proof, and a reasoned
"none" where there is no path.

A hop is a relation that the model marks passable. Every entity occurs once; a kind with
`through: false` and an entity marked `end_only` may end a path but never lie on its way. Agreements,
alliances and programmes are nodes, so two signers are two hops apart. Proposed, ended and cancelled facts
are never hops. A snapshot as of a day (`graph/view.py`) shows each fact as it was then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Edge

DEFAULT_FLOOR = "planned"
DEFAULT_MAX_HOPS = 8
LARGEST_MAX_HOPS = 12
LARGEST_K = 50
MAX_STEPS = 500_000
"""How many steps the enumeration of one length may take before the answer says it was cut."""


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Which facts may be hops and which entities may lie on the way; None means no restriction.

    `status` is the floor of the ladder. `via` entities must all be on the path.
    """

    relations: frozenset[str] | None = None
    layers: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    status: str = DEFAULT_FLOOR
    inferred: bool = True
    confidence: float = 0.0
    via: frozenset[str] = frozenset()
    avoid: frozenset[str] = frozenset()
    max_hops: int = DEFAULT_MAX_HOPS

    def to_dict(self) -> dict[str, Any]:
        """Only what differs from the defaults, but always the floor, inferred and the hop limit."""
        out: dict[str, Any] = {"status": self.status, "inferred": self.inferred, "max_hops": self.max_hops}
        for name in ("relations", "layers", "kinds", "via", "avoid"):
            if getattr(self, name):
                out[name] = sorted(getattr(self, name))
        if self.confidence:
            out["confidence"] = self.confidence
        return out


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: all facts between two neighbours on the path, the strongest first."""

    start: str
    end: str
    facts: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Path:
    hops: tuple[Hop, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.hops[0].start, *(hop.end for hop in self.hops))

    def __len__(self) -> int:
        return len(self.hops)


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why there is none. `connected` is about the graph with every filter off; `restores` are the
    single filters whose removal brings a path, with its length; `near_miss` is a chain that fails only
    because it passes what may only be an end or uses relations that are no partnership."""

    connected: bool
    restores: tuple[tuple[str, int], ...]
    reach: tuple[int, int]
    near_miss: tuple[str, ...] = ()
    near_miss_edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The k shortest paths in order, or why there is none. `cut` where the enumeration was stopped."""

    paths: tuple[Path, ...]
    none: NoPath | None = None
    cut: bool = False


class Walk:
    """The neighbours that a filter leaves, each with the facts that lead there."""

    def __init__(self, snapshot: Snapshot, model: Model, rule: PathFilter) -> None:
        self._snapshot = snapshot
        self._model = model
        self._rule = rule
        self._floor = max(rule.status, DEFAULT_FLOOR, key=model.status_rank)
        self._steps: dict[str, dict[str, list[Edge]]] = {}

    def may_pass(self, node: str) -> bool:
        entity = self._snapshot.nodes[node]
        if node in self._rule.avoid or entity.properties.get("end_only"):
            return False
        labels = self._snapshot.labels[node]
        if any(not self._model.kinds[label].through for label in labels if label in self._model.kinds):
            return False
        return self._rule.kinds is None or not labels.isdisjoint(self._rule.kinds)

    def steps(self, node: str) -> Mapping[str, list[Edge]]:
        found = self._steps.get(node)
        if found is None:
            found = {}
            for edge in self._snapshot.incident.get(node, ()):
                if self.usable(edge):
                    found.setdefault(edge.object if edge.subject == node else edge.subject, []).append(edge)
            self._steps[node] = dict(sorted(found.items()))
        return self._steps[node]

    def usable(self, edge: Edge) -> bool:
        rule, properties = self._rule, edge.properties
        relation = self._model.relations.get(edge.relation)
        if relation is None or not relation.passable_to(self._snapshot.labels[edge.object]):
            return False
        if rule.relations is not None and edge.relation not in rule.relations:
            return False
        if not rule.inferred and edge.inferred:
            return False
        if properties.get("confidence", 1.0) < rule.confidence:
            return False
        if not meets_floor(edge.status, self._floor, self._model):
            return False
        return rule.layers is None or not rule.layers.isdisjoint(
            edge_layers(edge, self._model, self._snapshot.labels[edge.object])
        )


def meets_floor(status: str | None, floor: str, model: Model) -> bool:
    """Whether a status is at least the floor. One that no source states counts as planned; ended and
    cancelled ones are past every floor."""
    known = model.statuses.get(status or DEFAULT_FLOOR)
    return known is not None and not known.terminal and known.rank >= model.status_rank(floor)


def edge_layers(edge: Edge, model: Model, object_labels: frozenset[str]) -> list[str]:
    """The layers a source states, else the one that the model derives."""
    stated = edge.properties.get("layer")
    if stated:
        return list(stated)
    derived = model.relations[edge.relation].default_layer(object_labels)
    return [derived] if derived is not None else []


@dataclass(frozen=True, slots=True)
class Whole:
    """What a snapshot as of a moment was made from: the graph without one, and the snapshot that each part
    of the moment hides, by the part's name; made only when an answer has to explain itself."""

    snapshot: Callable[[], Snapshot]
    without: Mapping[str, Callable[[], Snapshot]]


def find_paths(
    snapshot: Snapshot,
    model: Model,
    source: str,
    target: str,
    rule: PathFilter,
    k: int = 3,
    *,
    whole: Whole | None = None,
) -> Found:
    """The k shortest simple paths between two ids of the snapshot, ties in a stated order.

    Shorter first; then the higher weakest status, then the higher statuses altogether, then more
    sources, then the ids on the way. An id that the snapshot lacks has no path.
    """
    found, cut = _shortest(snapshot, model, source, target, rule, k)
    if found:
        return Found(tuple(found), cut=cut)
    whole = whole if whole is not None else Whole(lambda: snapshot, {})
    return Found((), none=_explain(snapshot, model, source, target, rule, whole), cut=cut)


def _shortest(
    snapshot: Snapshot, model: Model, source: str, target: str, rule: PathFilter, k: int
) -> tuple[list[Path], bool]:
    if source not in snapshot.nodes or target not in snapshot.nodes:
        return [], False
    walk = Walk(snapshot, model, rule)
    distance = _distances(walk, target, rule.max_hops, stop=None)
    if source not in distance or source == target:
        return [], False
    found: list[Path] = []
    cut = False
    for length in range(distance[source], rule.max_hops + 1):
        ties = []
        budget = [MAX_STEPS]
        for nodes in _simple_paths(walk, source, target, length, distance, budget):
            if rule.via.issubset(nodes):
                hops = tuple(
                    Hop(a, b, tuple(sorted(walk.steps(a)[b], key=lambda e: _strength(e, model))))
                    for a, b in pairwise(nodes)
                )
                ties.append(Path(hops))
        cut |= budget[0] <= 0
        found += sorted(ties, key=lambda path: _tie(path, model))
        if len(found) >= k or cut:
            break
    return found[:k], cut


def _strength(edge: Edge, model: Model) -> tuple[Any, ...]:
    return (
        -model.status_rank(edge.status),
        edge.inferred,
        -len(edge.properties.get("source_ids", ())),
        edge.id,
    )


def _tie(path: Path, model: Model) -> tuple[Any, ...]:
    ranks = [model.status_rank(hop.facts[0].status) for hop in path.hops]
    sources = sum(len(hop.facts[0].properties.get("source_ids", ())) for hop in path.hops)
    return (-min(ranks), -sum(ranks), -sources, path.nodes)


def _distances(walk: Walk, start: str, limit: int, stop: Callable[[str], bool] | None) -> dict[str, int]:
    """Hops to every node within the limit; nodes that may only be an end are reached, not passed."""
    distance = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if distance[node] == limit or (node != start and not walk.may_pass(node)):
            continue
        for other in walk.steps(node):
            if other not in distance:
                distance[other] = distance[node] + 1
                if stop is not None and stop(other):
                    return distance
                queue.append(other)
    return distance


def _simple_paths(
    walk: Walk, source: str, target: str, length: int, distance: Mapping[str, int], budget: list[int]
) -> Iterator[tuple[str, ...]]:
    """Every simple path of exactly this length, depth first in the order of ids."""
    trail = [source]
    on_trail = {source}
    stack: list[Iterator[str]] = [iter(walk.steps(source))]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            on_trail.discard(trail.pop())
            continue
        budget[0] -= 1
        if budget[0] <= 0:
            return
        left = length - len(trail)
        if node == target:
            if left == 0:
                yield (*trail, node)
            continue
        if left <= 0 or node in on_trail or distance.get(node, length) > left or not walk.may_pass(node):
            continue
        trail.append(node)
        on_trail.add(node)
        stack.append(iter(walk.steps(node)))


def _explain(
    snapshot: Snapshot, model: Model, source: str, target: str, rule: PathFilter, whole: Whole
) -> NoPath:
    """Take each filter off in turn, then all of them, then the rule of what may be passed."""
    everything = whole.snapshot()
    free = PathFilter(max_hops=len(everything.nodes))
    tries = [(name, made(), rule) for name, made in whole.without.items()]
    tries += [(name, snapshot, without) for name, without in _relaxed(rule, free)]
    restores = []
    for name, part, without in tries:
        paths, _ = _shortest(part, model, source, target, without, 1)
        if paths:
            restores.append((name, len(paths[0])))
    walk = Walk(everything, model, free)
    both = source in everything.nodes and target in everything.nodes
    connected = both and source in _distances(walk, target, free.max_hops, stop=lambda node: node == source)
    own = Walk(snapshot, model, rule)
    reach = tuple(
        len(_distances(own, end, rule.max_hops, stop=None)) - 1 if end in snapshot.nodes else 0
        for end in (source, target)
    )
    miss, edges = _near_miss(everything, model, source, target) if both and not connected else ((), ())
    return NoPath(connected, tuple(restores), (reach[0], reach[1]), miss, edges)


def _relaxed(rule: PathFilter, free: PathFilter) -> Iterator[tuple[str, PathFilter]]:
    """The rule with one filter off at a time, by the filter's name."""
    for name in (
        "inferred",
        "status",
        "relations",
        "layers",
        "kinds",
        "confidence",
        "via",
        "avoid",
    ):
        if getattr(rule, name) != getattr(free, name):
            yield name, replace(rule, **{name: getattr(free, name)})
    if rule.max_hops < LARGEST_MAX_HOPS:
        yield "max_hops", replace(rule, max_hops=LARGEST_MAX_HOPS)


def _near_miss(
    snapshot: Snapshot, model: Model, source: str, target: str
) -> tuple[tuple[str, ...], tuple[Edge, ...]]:
    """The shortest chain over any relation and through anything, proposals included; or nothing."""
    before: dict[str, tuple[str, Edge]] = {}
    queue = deque([source])
    seen = {source}
    while queue:
        node = queue.popleft()
        for edge in snapshot.incident.get(node, ()):
            if edge.relation not in model.relations:
                continue
            other = edge.object if edge.subject == node else edge.subject
            if other in seen:
                continue
            seen.add(other)
            before[other] = (node, edge)
            if other == target:
                nodes, edges = [target], []
                while nodes[-1] != source:
                    previous, step = before[nodes[-1]]
                    nodes.append(previous)
                    edges.append(step)
                return tuple(reversed(nodes)), tuple(reversed(edges))
            queue.append(other)
    return (), ()


def as_set(values: Iterable[str] | None) -> frozenset[str] | None:
    """None for no restriction, else a set."""
    listed: Sequence[str] = list(values or ())
    return frozenset(listed) if listed else None

"""Partnership paths: chains of facts between two entities or two groups of them, the shortest first, and what
stands in the way where there is none.

A hop is a relation that the model marks passable. Every entity occurs once; a kind with
`through: false` and an entity marked `end_only` may end a path but never lie on its way. Agreements,
alliances and programmes are nodes, so two signers are two hops apart. Proposed, ended and cancelled facts
are never hops. A graph as of a day (`graph/view.py`) shows each fact as it was then.

The search meets in the middle. Two breadth-first searches, one from each side, tell the shortest length;
then for each length the ways from both sides to the entities in the middle are drawn as rows of positions
and joined. Each step takes all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.arrays import Arrays
from parkgraph.graph.model import Model
from parkgraph.queries.walk import (
    FAR,
    LARGEST_MAX_HOPS,
    PathFilter,
    Positions,
    Walk,
    any_walk,
    distinct,
    positions,
    walk_of,
)

LARGEST_K = 50
MOST_SHORTEST = 1_000
"""How many paths of the shortest length are given at most where all are asked for."""
MAX_ROWS = 200_000
"""How many beginnings of paths of one length are followed; beyond, the weakest are dropped and the answer
says that it was cut."""
MAX_STEPS = 4_000_000
"""How many steps from these are looked at together."""
NEAR_MISS_STEPS = 3
"""How far from each end the nearest connected pair is looked for."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: the ids of all facts between two neighbours on the path, the strongest first."""

    start: str
    end: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    hops: tuple[Hop, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.hops[0].start, *(hop.end for hop in self.hops))

    def __len__(self) -> int:
        return len(self.hops)


@dataclass(frozen=True, slots=True)
class Tie:
    """Two entities that a path connects, how many hops that is, and how many steps of any kind each is away
    from the end that was asked about."""

    start: str
    end: str
    hops: int
    away: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end, "hops": self.hops, "away": list(self.away)}


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why there is none. `connected` is about the graph with every filter off; `restores` are the
    single filters whose removal brings a path, with its length, and `together` the pairs of filters where no
    single one does; `reach` is how many entities each end reaches; `near_miss` is a chain that fails only
    because it passes what may only be an end or uses relations that are no partnership, by `near_miss_facts`;
    `nearest` is the pair nearest to the two ends that is connected under the filters. A search on the server
    tells no reach and nothing that is near."""

    connected: bool
    restores: tuple[tuple[str, int], ...]
    together: tuple[tuple[tuple[str, str], int], ...]
    reach: tuple[int, int] | None
    near_miss: tuple[str, ...] = ()
    near_miss_facts: tuple[str, ...] = ()
    nearest: Tie | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The k shortest paths in order, or why there is none. `cut` where there were too many to follow."""

    paths: tuple[Path, ...]
    none: NoPath | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """What arrays as of a moment were made from: the graph without one, and the arrays that each part of the
    moment hides, by the part's name; made only when an answer has to explain itself."""

    arrays: Callable[[], Arrays]
    without: Mapping[str, Callable[[], Arrays]]


def find_paths(
    arrays: Arrays,
    model: Model,
    sources: Sequence[str],
    targets: Sequence[str],
    rule: PathFilter,
    k: int = 3,
    *,
    all_shortest: bool = False,
    whole: Whole | None = None,
) -> Found:
    """The k shortest simple paths from any of the sources to any of the targets, ids that the two do not
    share; a path passes no other of either. With `all_shortest` every path of the shortest length instead,
    up to MOST_SHORTEST.

    Shorter first; then the higher weakest status, then the higher statuses altogether, then more
    sources, then the ids on the way. An id that the graph lacks has no path.
    """
    search = _Search(walk_of(arrays, model, rule), rule, sources, targets)
    found = search.shortest(MOST_SHORTEST if all_shortest else k, only_first=all_shortest)
    if found:
        return Found(tuple(found), cut=search.cut)
    whole = whole if whole is not None else Whole(lambda: arrays, {})
    none = _explain(arrays, model, sources, targets, rule, whole)
    return Found((), none=none, cut=search.cut)


@dataclass(slots=True)
class _Side:
    """One of the two searches: how far each entity is from its origins, and the last that were reached."""

    origins: Positions
    distance: NDArray[np.int8]
    frontier: Positions
    depth: int = 0

    @classmethod
    def at(cls, origins: Positions, number: int) -> _Side:
        distance = np.full(number, FAR, dtype=np.int8)
        distance[origins] = 0
        return cls(origins, distance, origins)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Ways from an origin, one a row: the entities in order (r, steps + 1), and of the facts of each step
    the least status, the sum of statuses and the sum of the numbers of sources (r)."""

    nodes: Positions
    least: NDArray[np.int16]
    statuses: NDArray[np.int32]
    sources: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.nodes)

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> _Rows:
        return _Rows(self.nodes[chosen], self.least[chosen], self.statuses[chosen], self.sources[chosen])

    def best(self, most: int) -> _Rows:
        """The best in the stated order."""
        if len(self) > 4 * most:
            # All that are better than the one in this place by what can be told in one number.
            key = (
                (np.minimum(self.least, 99).astype(np.int64) << 50)
                + (self.statuses.astype(np.int64) << 30)
                + self.sources
            )
            rows = self.take(key >= np.partition(key, len(key) - most)[len(key) - most])
        else:
            rows = self
        order = np.lexsort((*rows.nodes.T[::-1], -rows.sources, -rows.statuses, -rows.least))
        return rows.take(order[:most])


class _Search:
    """The paths under one filter between two sets of entities."""

    def __init__(self, walk: Walk, rule: PathFilter, sources: Sequence[str], targets: Sequence[str]) -> None:
        self._walk = walk
        self._rule = rule
        arrays = walk.arrays
        number = len(arrays.ids)
        self._near = _Side.at(positions(arrays, sources), number)
        self._far = _Side.at(positions(arrays, targets), number)
        self._via = positions(arrays, rule.via)
        self._whole = len(self._via) == len(rule.via)
        self._between = walk.may_pass.copy()
        self._between[self._near.origins] = False
        self._between[self._far.origins] = False
        self.cut = False

    def shortest(self, k: int, *, only_first: bool = False) -> list[Path]:
        """The k shortest paths; with `only_first` of the shortest length only."""
        if not len(self._near.origins) or not len(self._far.origins) or not self._whole:
            return []
        shortest = self._meet()
        if shortest is None:
            return []
        needs = [self._need(int(via)) for via in self._via]
        found: list[Path] = []
        for length in range(shortest, self._rule.max_hops + 1):
            if self.cut and found:
                break
            self._reach(length)
            rows = self._paths(length, needs, k - len(found), only_first)
            found += [self._path(nodes) for nodes in rows.nodes.tolist()]
            if len(found) >= k or (found and only_first):
                break
        return found

    # -- distances -----------------------------------------------------------------------------

    def _meet(self) -> int | None:
        """The least number of hops, or None where there is no path within the limit."""
        near, far = self._near, self._far
        while near.depth + far.depth < self._rule.max_hops:
            side, other = (near, far) if self._is_cheaper(near, far) else (far, near)
            if not len(side.frontier):
                return None
            if self._step(side, other):
                return near.depth + far.depth
        return None

    def _reach(self, length: int) -> None:
        """Search on until the two depths make up a length."""
        near, far = self._near, self._far
        while near.depth + far.depth < length:
            side, other = (near, far) if self._is_cheaper(near, far) else (far, near)
            self._step(side, other)

    def _is_cheaper(self, near: _Side, far: _Side) -> bool:
        if len(self._via):
            return True  # what must be on the way is counted from the one side
        starts = self._walk.starts
        costs = [
            int((starts[side.frontier + 1] - starts[side.frontier]).sum()) if len(side.frontier) else 0
            for side in (near, far)
        ]
        return costs[0] <= costs[1]

    def _step(self, side: _Side, other: _Side) -> bool:
        """Take one side a hop further, and whether it meets the other."""
        side.depth += 1
        if not len(side.frontier):
            return False
        reached = self._walk.neighbours(side.frontier)
        meets = other.distance[reached] <= other.depth
        meets &= self._between[reached] | (other.distance[reached] == 0)
        reached = reached[self._between[reached] & (side.distance[reached] == FAR)]
        side.frontier = distinct(reached, side.distance, side.depth)
        return bool(meets.any())

    def _need(self, via: int) -> NDArray[np.int16]:
        """How many hops an entity needs at least to a target by way of another."""
        away = self._walk.distances(np.array([via], dtype=np.int32), self._rule.max_hops)
        rest = away[self._far.origins].min()
        return away.astype(np.int16) + np.int16(rest)

    # -- ways ----------------------------------------------------------------------------------

    def _paths(self, length: int, needs: Sequence[NDArray[np.int16]], most: int, only_first: bool) -> _Rows:
        """The best paths of exactly this length."""
        near, far = self._near, self._far
        middle = (near.distance <= near.depth) & (far.distance <= far.depth)
        if near.depth and far.depth:
            middle &= self._between
        else:
            middle = np.zeros(len(middle), dtype=bool)
            middle[(far if near.depth else near).origins] = True
        first = self._ways(near, middle, length, needs)
        second = self._ways(far, middle, length, ())
        rows = self._joined(first, second)
        self.cut |= only_first and len(rows) > most
        return rows.best(most)

    def _ways(
        self, side: _Side, middle: NDArray[np.bool_], length: int, needs: Sequence[NDArray[np.int16]]
    ) -> _Rows:
        """Every way of `side.depth` hops from an origin into the middle that visits nothing twice."""
        layers = [middle]
        for depth in range(side.depth - 1, 0, -1):
            layer = np.zeros(len(middle), dtype=bool)
            layer[self._walk.neighbours(np.flatnonzero(layers[-1]).astype(np.int32))] = True
            layers.append(layer & self._between & (side.distance <= depth))
        origins = side.origins
        rows = _Rows(
            origins[:, None],
            np.full(len(origins), 99, dtype=np.int16),
            np.zeros(len(origins), dtype=np.int32),
            np.zeros(len(origins), dtype=np.int32),
        )
        for done, layer in enumerate(reversed(layers[: side.depth]), 1):
            rows = self._further(rows, layer)
            for via, need in zip(self._via, needs, strict=False):
                # What must be on the way is there already, or can still be reached in time.
                there = (rows.nodes == via).any(axis=1)
                rows = rows.take(there | (need[rows.nodes[:, -1]] <= length - done))
        if not side.depth:
            rows = rows.take(middle[rows.nodes[:, 0]])
        return rows

    def _further(self, rows: _Rows, layer: NDArray[np.bool_]) -> _Rows:
        """Every row one hop further, into a layer."""
        walk, arrays = self._walk, self._walk.arrays
        counts = walk.starts[rows.nodes[:, -1] + 1] - walk.starts[rows.nodes[:, -1]]
        if len(rows) > MAX_ROWS or counts.sum() > MAX_STEPS:
            rows = self._cut_to(rows, counts)
        entries, counts = walk.entries(rows.nodes[:, -1])
        from_row = np.repeat(np.arange(len(rows)), counts)
        kept = layer[walk.others[entries]]
        entries, from_row = entries[kept], from_row[kept]
        to = walk.others[entries]
        fresh = np.ones(len(to), dtype=bool)
        for step in rows.nodes.T:
            fresh &= step[from_row] != to
        entries, from_row, to = entries[fresh], from_row[fresh], to[fresh]
        strongest = walk.by[entries]
        strength = arrays.strength[strongest]
        return _Rows(
            np.column_stack((rows.nodes[from_row], to)),
            np.minimum(rows.least[from_row], strength),
            rows.statuses[from_row] + strength,
            rows.sources[from_row] + arrays.sources[strongest],
        )

    def _cut_to(self, rows: _Rows, counts: NDArray[np.int64]) -> _Rows:
        """The best rows that are not too many to follow."""
        self.cut = True
        ordered = rows.best(MAX_ROWS)
        ends = ordered.nodes[:, -1]
        counts = np.cumsum(self._walk.starts[ends + 1] - self._walk.starts[ends])
        most = max(1, int(np.searchsorted(counts, MAX_STEPS, side="right")))
        return ordered.take(np.arange(min(most, len(ordered))))

    def _joined(self, first: _Rows, second: _Rows) -> _Rows:
        """Every way from one side with every way from the other that ends in the same entity."""
        order = np.argsort(second.nodes[:, -1], kind="stable")
        second = second.take(order)
        ends = second.nodes[:, -1]
        low = np.searchsorted(ends, first.nodes[:, -1], side="left")
        counts = np.searchsorted(ends, first.nodes[:, -1], side="right") - low
        if counts.sum() > MAX_STEPS:
            self.cut = True
            kept = first.best(max(1, len(first) * MAX_STEPS // int(counts.sum())))
            return self._joined(kept, second)
        a = np.repeat(np.arange(len(first)), counts)
        b = np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        fresh = np.ones(len(a), dtype=bool)
        for step in first.nodes.T[:-1]:
            for other in second.nodes.T[:-1]:
                fresh &= step[a] != other[b]
        a, b = a[fresh], b[fresh]
        return _Rows(
            np.concatenate((first.nodes[a], second.nodes[b, -2::-1]), axis=1),
            np.minimum(first.least[a], second.least[b]),
            first.statuses[a] + second.statuses[b],
            first.sources[a] + second.sources[b],
        )

    def _path(self, nodes: Sequence[int]) -> Path:
        ids, facts = self._walk.arrays.ids, self._walk.arrays.facts
        return Path(
            tuple(
                Hop(ids[a], ids[b], tuple(facts[fact] for fact in self._walk.facts_between(a, b)))
                for a, b in pairwise(nodes)
            )
        )


# -- why there is none ---------------------------------------------------------------------------

_FILTERS = (
    "inferred",
    "status",
    "relations",
    "layers",
    "kinds",
    "confidence",
    "via",
    "avoid",
    "max_degree",
)


def _explain(
    arrays: Arrays,
    model: Model,
    sources: Sequence[str],
    targets: Sequence[str],
    rule: PathFilter,
    whole: Whole,
) -> NoPath:
    """Take each filter off in turn, then two, then all of them, then the rule of what may be passed."""
    names = [*whole.without, *(name for name, _ in each_without(rule))]

    def without(*left_out: str) -> int | None:
        """The length of the shortest path without some filters; of the moment at most one part."""
        part = next((whole.without[name]() for name in left_out if name in whole.without), arrays)
        relaxed = _relaxed(rule, [name for name in left_out if name not in whole.without])
        found = _Search(walk_of(part, model, relaxed), relaxed, sources, targets).shortest(1)
        return len(found[0]) if found else None

    restores = [(name, hops) for name in names if (hops := without(name)) is not None]
    everything = whole.arrays()
    connected = _are_connected(walk_of(everything, model, PathFilter()), sources, targets)
    together = []
    if connected and not restores:
        pairs = [pair for pair in combinations(names, 2) if not whole.without.keys() >= set(pair)]
        together = [(pair, hops) for pair in pairs if (hops := without(*pair)) is not None]
    own = walk_of(arrays, model, rule)
    ends = positions(arrays, sources), positions(arrays, targets)
    reach = [
        int((own.distances(end, rule.max_hops) < FAR).sum()) - len(end) if len(end) else 0 for end in ends
    ]
    miss, facts = ((), ()) if connected else _near_miss(everything, sources, targets)
    return NoPath(
        connected,
        tuple(restores),
        tuple(together),
        (reach[0], reach[1]),
        miss,
        facts,
        _nearest(own, rule, *ends) if all(map(len, ends)) else None,
    )


def each_without(rule: PathFilter) -> Iterator[tuple[str, PathFilter]]:
    """The rule without each of the filters that it sets, by the filter's name."""
    names = [name for name in _FILTERS if getattr(rule, name) != getattr(PathFilter(), name)]
    if rule.max_hops < LARGEST_MAX_HOPS:
        names.append("max_hops")
    for name in names:
        yield name, _relaxed(rule, [name])


def _relaxed(rule: PathFilter, names: Sequence[str]) -> PathFilter:
    free = PathFilter(max_hops=LARGEST_MAX_HOPS)
    return replace(rule, **{name: getattr(free, name) for name in names})


def _are_connected(walk: Walk, sources: Sequence[str], targets: Sequence[str]) -> bool:
    """Whether any path of any length leads from one to the other."""
    near, far = positions(walk.arrays, sources), positions(walk.arrays, targets)
    if not len(near) or not len(far):
        return False
    if np.isin(far, walk.neighbours(near)).any():
        return True
    return bool(len(np.intersect1d(walk.parts_at(near), walk.parts_at(far))))


def _near_miss(
    arrays: Arrays, sources: Sequence[str], targets: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The shortest chain over any relation and through anything, proposals included, and its facts; or
    nothing."""
    walk = any_walk(arrays)
    ends = positions(arrays, targets)
    distance = walk.distances(ends, FAR)
    starts = positions(arrays, sources)
    if not len(ends) or not len(starts) or distance[starts].min() == FAR:
        return (), ()
    chain = [int(starts[np.argmin(distance[starts])])]
    facts: list[int] = []
    while distance[chain[-1]]:
        entries, _ = walk.entries(np.array(chain[-1:], dtype=np.int32))
        step = entries[np.argmin(distance[walk.others[entries]])]
        chain.append(int(walk.others[step]))
        facts.append(int(walk.by[step]))
    return tuple(arrays.ids[i] for i in chain), tuple(arrays.facts[i] for i in facts)


def _nearest(walk: Walk, rule: PathFilter, near: Positions, far: Positions) -> Tie | None:
    """The pair that a path connects with the fewest steps of any kind from the two ends to it, as far as
    NEAR_MISS_STEPS each; the ends themselves are no such pair."""
    anything = any_walk(walk.arrays)
    around = [_parts_around(walk, anything, end) for end in (near, far)]
    ids = walk.arrays.ids
    pairs = sorted(
        (a_steps + b_steps, a_steps, b_steps, a, b)
        for part in around[0].keys() & around[1].keys()
        for a_steps, a in around[0][part]
        for b_steps, b in around[1][part]
        if a != b and a_steps + b_steps > 0
    )
    shown = replace(rule, via=frozenset())
    for _, a_steps, b_steps, a, b in pairs[:NEAR_MISS_STEPS]:
        found = _Search(walk, shown, [ids[a]], [ids[b]]).shortest(1)
        if found:
            return Tie(ids[a], ids[b], len(found[0]), (a_steps, b_steps))
    return None


def _parts_around(walk: Walk, anything: Walk, ends: Positions) -> dict[int, list[tuple[int, int]]]:
    """Of each connected part near to some ends the two nearest entities, each with the steps to it."""
    distance = anything.distances(ends, NEAR_MISS_STEPS)
    near = np.flatnonzero((distance < FAR) & (walk.parts >= 0))
    parts, steps = walk.parts[near], distance[near]
    for end in ends[walk.parts[ends] < 0]:
        # What may only be an end is in no part, but paths may begin at it.
        touched = walk.parts_at(np.array([end], dtype=np.int32))
        near = np.append(near, np.full(len(touched), end))
        parts, steps = np.append(parts, touched), np.append(steps, np.zeros(len(touched), dtype=np.int8))
    found: dict[int, list[tuple[int, int]]] = {}
    for i in np.lexsort((near, steps, parts)).tolist():
        nearest = found.setdefault(int(parts[i]), [])
        if len(nearest) < 2:
            nearest.append((int(steps[i]), int(near[i])))
    return found

"""Partnership paths: chains of facts between two entities or two groups of them, the shortest first, and what
stands in the way where there is none.

A hop is a relation that the model marks passable. Every entity occurs once; a kind with
`through: false` and an entity marked `end_only` may end a path but never lie on its way. Agreements,
alliances and programmes are nodes, so two signers are two hops apart. Proposed, ended and cancelled facts
are never hops. A graph as of a day (`graph/view.py`) shows each fact as it was then.

The search meets in the middle. Two breadth-first searches, one from each side, tell the shortest length;
then for each length the ways from the entities in the middle back to both sides are drawn as rows of
positions and joined. Each step takes all rows at once.
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
    NEVER,
    Kept,
    PathFilter,
    Positions,
    Walk,
    any_walk,
    distinct,
    positions,
    reached_now,
    spread,
    walk_of,
)

LARGEST_K = 50
MOST_SHORTEST = 1_000
"""How many paths of the shortest length are given at most where all are asked for."""
MAX_ROWS = 200_000
"""How many ways from the middle, of one length, are followed; beyond, the weakest are dropped and the answer
says that it was cut."""
MAX_STEPS = 4_000_000
"""How many ways these may go on in, or may be joined to."""
FEW = 32
"""So few ways are not first grouped by the entity that they stand at."""
_STRONGEST = 99
"""The least status of no facts."""
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
    found = shortest_paths(arrays, model, sources, targets, rule, k, all_shortest=all_shortest)
    if found.paths:
        return found
    whole = whole if whole is not None else Whole(lambda: arrays, {})
    return replace(found, none=_explain(arrays, model, sources, targets, rule, whole))


def shortest_paths(
    arrays: Arrays,
    model: Model,
    sources: Sequence[str],
    targets: Sequence[str],
    rule: PathFilter,
    k: int,
    *,
    all_shortest: bool = False,
) -> Found:
    """What `find_paths` finds, without the reasons where that is nothing."""
    search = _Search(walk_of(arrays, model, rule), rule, sources, targets)
    found = search.shortest(MOST_SHORTEST if all_shortest else k, only_first=all_shortest)
    return Found(tuple(found), cut=search.cut)


class _Side:
    """One of the two searches: how far each entity is from its origins (n), FAR where it has not been reached
    and NEVER where it may not be passed; and how many steps lead on (`cost`)."""

    def __init__(self, walk: Walk, origins: Positions, others: Positions) -> None:
        self._walk, self.origins = walk, origins
        self.distance = walk.unreached.copy()
        self.distance[others] = NEVER
        self.distance[origins] = 0
        self.depth = 0
        self._exact: list[NDArray[np.bool_]] = []
        self._stand_at(origins)

    def _stand_at(self, frontier: Positions) -> None:
        self._reached: Positions | None = None
        self._spans = self._walk.spans(frontier)
        self.cost = int(self._spans[1].sum())

    def go(self) -> Positions:
        """Take a hop further. What that reaches, several times perhaps, and what has been reached before."""
        self.depth += 1
        self._reached = self._walk.in_spans(*self._spans)
        return self._reached

    def settle(self) -> None:
        """Take note of what the last hop has reached; not needed where that met the other search."""
        if self._reached is not None:
            fresh = self._reached[self.distance[self._reached] == FAR]
            if len(self._spans[0]) == 1:
                self.distance[fresh] = self.depth  # the neighbours of one come once and in order
                self._stand_at(fresh)
            else:
                self._stand_at(reached_now(fresh, self.distance, self.depth))

    def exactly(self, hops: int) -> NDArray[np.bool_]:
        """Which entities a walk of just so many hops from an origin reaches, which may go to and fro (n)."""
        if not self._exact:
            self._exact.append(self.distance == 0)
        while len(self._exact) <= hops:
            reached = self._walk.neighbours(np.flatnonzero(self._exact[-1]))
            layer = np.zeros(len(self.distance), dtype=bool)
            layer[reached] = True
            self._exact.append(layer & (self.distance > 0) & (self.distance < NEVER))
        return self._exact[hops]


@dataclass(frozen=True, slots=True)
class _Ways:
    """Ways, one a row: the entities in order (r, steps + 1), of each step the strongest fact (r, steps)."""

    nodes: Kept
    facts: Kept

    def __len__(self) -> int:
        return len(self.nodes)

    def take(self, chosen: Positions) -> _Ways:
        return _Ways(self.nodes.take(chosen, axis=0), self.facts.take(chosen, axis=0))

    def with_step(self, to: Positions, by: Kept) -> _Ways:
        """Each with one step more."""
        return _Ways(
            np.concatenate((self.nodes, to[:, None]), axis=1, dtype=np.int32),
            np.concatenate((self.facts, by[:, None]), axis=1),
        )


@dataclass(frozen=True, slots=True)
class _Worth:
    """What ways are put in order by: of their facts the least status, the sum of statuses and the sum of the
    numbers of sources (r)."""

    least: NDArray[np.int8]
    statuses: NDArray[np.int64]
    sources: NDArray[np.int64]

    @classmethod
    def of(cls, ways: _Ways, arrays: Arrays) -> _Worth:
        facts = ways.facts.astype(np.intp)
        strength = arrays.strength[facts]
        return cls(
            strength.min(axis=1, initial=_STRONGEST),
            strength.sum(axis=1, dtype=np.int64),
            arrays.sources[facts].sum(axis=1, dtype=np.int64),
        )

    def best(self, nodes: Kept, most: int) -> Positions:
        """The rows of the best in the stated order, at most so many; `nodes` are the entities on the way."""
        chosen = np.arange(len(nodes))
        if len(chosen) == 1:
            return chosen
        if len(chosen) > 4 * most:
            # All that are better than the one in this place by what can be told in one number.
            key = (self.least.astype(np.int64) << 50) + (self.statuses << 30) + self.sources
            chosen = np.flatnonzero(key >= np.partition(key, len(key) - most)[len(key) - most])
        order = np.lexsort(
            (
                *nodes[chosen].T[::-1],
                -self.sources[chosen],
                -self.statuses[chosen],
                -self.least[chosen],
            )
        )
        return chosen[order[:most]]


class _Search:
    """The paths under one filter between two sets of entities."""

    def __init__(self, walk: Walk, rule: PathFilter, sources: Sequence[str], targets: Sequence[str]) -> None:
        self._walk = walk
        self._rule = rule
        arrays = walk.arrays
        ends = positions(arrays, sources), positions(arrays, targets)
        self._near, self._far = _Side(walk, ends[0], ends[1]), _Side(walk, ends[1], ends[0])
        self._via = positions(arrays, rule.via)
        self._whole = len(self._via) == len(rule.via)
        self.cut = False

    def shortest(self, k: int, *, only_first: bool = False) -> list[Path]:
        """The k shortest paths; with `only_first` of the shortest length only."""
        if not len(self._near.origins) or not len(self._far.origins) or not self._whole:
            return []
        met = self._meet()
        if met is None:
            return []
        shortest = self._near.depth + self._far.depth
        needs = [self._need(int(via)) for via in self._via]
        found: list[Path] = []
        for length in range(shortest, self._rule.max_hops + 1):
            if self.cut and (found or only_first):
                break
            self._reach(length)
            strict = length == shortest and not needs
            nodes = self._paths(needs, k - len(found), only_first, met if strict else None)
            found += [self._path(way) for way in nodes.tolist()]
            if len(found) >= k or (found and only_first):
                break
        return found

    # -- distances -----------------------------------------------------------------------------

    def _meet(self) -> Positions | None:
        """The entities in the middle of the shortest paths, whose length the two depths make up then; None
        where there is no path within the limit."""
        near, far = self._near, self._far
        while near.depth + far.depth < self._rule.max_hops:
            side, other = self._cheaper()
            if not side.cost:
                return None
            reached = side.go()
            met = reached[other.distance[reached] <= other.depth]
            if len(met):
                return distinct(met)
            side.settle()
        return None

    def _reach(self, length: int) -> None:
        """Search on until the two depths make up a length."""
        while self._near.depth + self._far.depth < length:
            side, _ = self._cheaper()
            side.settle()
            side.go()

    def _cheaper(self) -> tuple[_Side, _Side]:
        """The side that is to go on, and the other."""
        near, far = self._near, self._far
        # What must be on the way is counted from the one side.
        return (near, far) if len(self._via) or near.cost <= far.cost else (far, near)

    def _need(self, via: int) -> NDArray[np.int16]:
        """How many hops an entity needs at least to a source by way of another."""
        away = self._walk.distances(np.array([via], dtype=np.intp), self._rule.max_hops)
        rest = away[self._near.origins].min()
        return away.astype(np.int16) + np.int16(rest)

    # -- ways ----------------------------------------------------------------------------------

    def _paths(
        self, needs: Sequence[NDArray[np.int16]], most: int, only_first: bool, met: Positions | None
    ) -> Kept:
        """The entities, one a row, of the best paths of the length that the two depths make up. `met` is
        their middle where none is shorter: then (`strict`) each hop leads away from the sources and towards
        the targets, and nothing can be visited twice."""
        near, far = self._near, self._far
        strict = met is not None
        middle = met if met is not None else self._anywhere()
        first, second = self._ways(near, middle, needs, strict), self._ways(far, middle, (), strict)
        nodes, worth = self._joined(first, second, strict)
        self.cut |= only_first and len(nodes) > most
        return nodes[worth.best(nodes, most)]

    def _anywhere(self) -> Positions:
        """What both searches have reached, and what may be the middle of a path that is not the shortest."""
        near, far = self._near, self._far
        near.settle()
        far.settle()
        if not near.depth or not far.depth:
            return far.origins if near.depth else near.origins
        both = (near.distance <= near.depth) & (far.distance <= far.depth)
        return np.flatnonzero(both)

    def _ways(
        self, side: _Side, middle: Positions, needs: Sequence[NDArray[np.int16]], strict: bool
    ) -> _Ways:
        """Every way of `side.depth` hops from the middle back to an origin that visits nothing twice."""
        ways = _Ways(middle[:, None].astype(np.int32), np.empty((len(middle), 0), dtype=np.int32))
        for left in range(side.depth - 1, -1, -1):
            ways = self._further(ways, side, left, strict)
            for via, need in zip(self._via, needs, strict=False):
                # What must be on the way is there already, or can still be reached in time.
                there = (ways.nodes == via).any(axis=1)
                ways = ways.take(np.flatnonzero(there | (need[ways.nodes[:, -1]] <= left)))
        return ways

    def _further(self, ways: _Ways, side: _Side, left: int, strict: bool) -> _Ways:
        """Every way one hop further, to what is just so many hops from an origin."""
        walk = self._walk
        if strict and not left and len(side.origins) == 1:
            # All are beside the one origin, which may have fewer neighbours than they have.
            to = side.origins.repeat(len(ways))
            return ways.with_step(to, walk.by[walk.entries_to(ways.nodes[:, -1], int(side.origins[0]))])
        at, which = ways.nodes[:, -1].astype(np.intp), None
        if len(ways) > FEW or len(ways) * walk.largest_degree > MAX_STEPS:
            # However many ways stand at an entity, its neighbours are looked at once.
            at, which = np.unique(at, return_inverse=True)
        entries, of = spread(*walk.spans(at))
        to = walk.others[entries].astype(np.intp)
        kept = (side.distance[to] == left if strict else side.exactly(left)[to]).nonzero()[0]
        entries, of, to = entries[kept], of[kept], to[kept]
        if which is not None:
            counts = np.bincount(of, minlength=len(at))
            if len(ways) > MAX_ROWS or counts[which].sum() > MAX_STEPS:
                worth = _Worth.of(ways, walk.arrays)
                followed = self._followed(ways, worth, counts[which])
                ways, which = ways.take(followed), which[followed]
            places, of = spread((counts.cumsum() - counts)[which], counts[which])
            entries, to = entries[places], to[places]
        ways = ways.take(of)
        if not strict:
            fresh = (ways.nodes != to[:, None]).all(axis=1).nonzero()[0]
            ways, entries, to = ways.take(fresh), entries[fresh], to[fresh]
        return ways.with_step(to, walk.by[entries])

    def _followed(self, ways: _Ways, worth: _Worth, counts: NDArray[np.int64]) -> Positions:
        """The best ways that are not too many to follow, in their order; each goes on in so many ways."""
        self.cut = True
        best = worth.best(ways.nodes, MAX_ROWS)
        most = int(counts[best].cumsum().searchsorted(MAX_STEPS, side="right"))
        return np.sort(best[: max(1, most)])

    def _joined(self, first: _Ways, second: _Ways, strict: bool) -> tuple[Kept, _Worth]:
        """The entities of every way back to a source, turned round, with every way to a target from the same
        entity, and what they are worth. Both are in the order of their beginnings."""
        one, two = _Worth.of(first, self._walk.arrays), _Worth.of(second, self._walk.arrays)
        begins = second.nodes[:, 0]
        low = begins.searchsorted(first.nodes[:, 0], side="left")
        counts = begins.searchsorted(first.nodes[:, 0], side="right") - low
        if counts.sum() > MAX_STEPS:
            followed = self._followed(first, one, counts)
            b, a = spread(low[followed], np.minimum(counts[followed], MAX_STEPS))
            a = followed[a]
        else:
            b, a = spread(low, counts)
        if not strict:
            fresh = np.ones(len(a), dtype=bool)
            for step in first.nodes.T[1:]:
                for other in second.nodes.T[1:]:
                    fresh &= step[a] != other[b]
            a, b = a[fresh], b[fresh]
        return np.concatenate(
            (first.nodes.take(a, axis=0)[:, ::-1], second.nodes.take(b, axis=0)[:, 1:]), axis=1
        ), _Worth(
            np.minimum(one.least[a], two.least[b]),
            one.statuses[a] + two.statuses[b],
            one.sources[a] + two.sources[b],
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
        entries, _ = walk.entries(np.array(chain[-1:], dtype=np.intp))
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
        touched = walk.parts_at(np.array([end], dtype=np.intp))
        near = np.append(near, np.full(len(touched), end))
        parts, steps = np.append(parts, touched), np.append(steps, np.zeros(len(touched), dtype=np.int8))
    found: dict[int, list[tuple[int, int]]] = {}
    for i in np.lexsort((near, steps, parts)).tolist():
        nearest = found.setdefault(int(parts[i]), [])
        if len(nearest) < 2:
            nearest.append((int(steps[i]), int(near[i])))
    return found

"""Walking the graph under a filter: which facts may be hops, which entities may lie on the way, and the
neighbours that this leaves, as arrays. Everything that asks for paths walks the same way.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.arrays import UNSTATED, Arrays, bits
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Columns

DEFAULT_FLOOR = UNSTATED
DEFAULT_MAX_HOPS = 8
LARGEST_MAX_HOPS = 12
LARGEST_DEGREE = 1_000_000
PLACE_DEPTH = 5
"""How many steps up (a tenant in a park in a city of a province of a country) count as being inside."""
KEPT_WALKS = 8
"""How many filters' neighbours are kept for a graph."""
FAR = 127
"""The distance of what is not reached."""
NEVER = 126
"""That of what may not be passed, where the two are told apart."""

Positions = NDArray[np.intp]
"""Positions of entities in `Arrays.ids`, or of facts in `Arrays.facts`, of the type that numpy indexes by
without a copy."""
Kept = NDArray[np.int32]
"""Such positions where many are kept."""
Spans = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Where spans begin, and how long each is."""


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Which facts may be hops and which entities may lie on the way; None means no restriction.

    `status` is the floor of the ladder. `via` entities must all be on the path. An entity with more than
    `max_degree` partners (by any partnership, whatever the other filters say) is not passed.
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
    max_degree: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Only what differs from the defaults, but always the floor, inferred and the hop limit."""
        out: dict[str, Any] = {"status": self.status, "inferred": self.inferred, "max_hops": self.max_hops}
        for name in ("relations", "layers", "kinds", "via", "avoid"):
            if getattr(self, name):
                out[name] = sorted(getattr(self, name))
        if self.confidence:
            out["confidence"] = self.confidence
        if self.max_degree is not None:
            out["max_degree"] = self.max_degree
        return out


class Walk:
    """What a filter leaves: `usable` facts (m), entities that `may_pass` (n), and the neighbours of entity i,
    `others[starts[i]:starts[i + 1]]`, each once, with the strongest usable fact that leads there in `by`."""

    def __init__(self, arrays: Arrays, usable: NDArray[np.bool_], may_pass: NDArray[np.bool_]) -> None:
        self.arrays, self.usable, self.may_pass = arrays, usable, may_pass
        kept = self.usable[arrays.by]
        # Of the facts between the same two, the first that is usable is the strongest.
        before = np.concatenate(([0], np.cumsum(kept)))
        starts, others = before[arrays.starts], arrays.others[kept]
        again = np.zeros(len(others), dtype=bool)
        again[1:] = others[1:] == others[:-1]
        begins = starts[:-1]
        again[begins[begins < len(others)]] = False
        first = ~again
        self.starts: NDArray[np.int64] = np.concatenate(([0], np.cumsum(first)))[starts]
        self.degrees: NDArray[np.int64] = np.diff(self.starts)
        self.others: Kept = others[first]
        self.by: Kept = arrays.by[kept][first]

    def spans(self, near: Positions) -> Spans:
        """Where the neighbours of entities begin in `others`, and how many each has."""
        return self.starts[near], self.degrees[near]

    def entries(self, near: Positions) -> tuple[Positions, Positions]:
        """Where the neighbours of entities stand in `others`, one entity after the other, and the place in
        `near` of the entity whose it is."""
        return spread(*self.spans(near))

    def entries_to(self, near: Kept, hub: int) -> Positions:
        """Where neighbours of an entity stand among its own in `others`."""
        start = int(self.starts[hub])
        return self.others[start : self.starts[hub + 1]].searchsorted(near) + start

    def neighbours(self, near: Positions) -> Positions:
        """The neighbours of entities; one that several have comes several times."""
        return self.in_spans(*self.spans(near))

    def in_spans(self, first: NDArray[np.int64], counts: NDArray[np.int64]) -> Positions:
        """The neighbours in these spans of `others`."""
        if len(first) == 1:
            return self.others[first[0] : first[0] + counts[0]].astype(np.intp)
        return self.others[spread(first, counts)[0]].astype(np.intp)

    def facts_between(self, near: int, far: int) -> list[int]:
        """Every usable fact between two entities, the strongest first."""
        arrays = self.arrays
        if self.degrees[near] > self.degrees[far]:
            near, far = far, near
        start, end = int(arrays.starts[near]), int(arrays.starts[near + 1])
        low = bisect_left(arrays.others, far, start, end)
        high = low
        while high < end and arrays.others[high] == far:
            high += 1
        return [fact for fact in arrays.by[low:high].tolist() if self.usable[fact]]

    @cached_property
    def largest_degree(self) -> int:
        """How many neighbours an entity has at most."""
        return int(self.degrees.max(initial=0))

    @cached_property
    def unreached(self) -> NDArray[np.int8]:
        """The distances that a search begins with: FAR, and NEVER where it may not pass (n)."""
        return np.where(self.may_pass, np.int8(FAR), np.int8(NEVER))

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """The connected part that each entity is in which may be passed, -1 for the others (n)."""
        # It takes longer to import than most questions to answer.
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        passed = np.flatnonzero(self.may_pass)
        entries, of = self.entries(passed)
        near, far = passed[of], self.others[entries]
        kept = self.may_pass[far]
        number = len(self.arrays.ids)
        graph = coo_array(
            (np.ones(int(kept.sum()), dtype=bool), (near[kept], far[kept])), shape=(number, number)
        )
        _, labels = connected_components(graph, directed=False)
        return np.where(self.may_pass, labels, -1).astype(np.int32)

    def parts_at(self, ends: Positions) -> Kept:
        """The connected parts that paths from these entities lead into."""
        found = self.parts[np.concatenate((ends, self.neighbours(ends)))]
        return np.unique(found[found >= 0])

    def distances(self, origins: Positions, limit: int) -> NDArray[np.int8]:
        """Hops from the nearest origin to every entity, FAR where it is not within the limit. What may only
        be an end is reached, not passed."""
        distance = np.full(len(self.arrays.ids), FAR, dtype=np.int8)
        distance[origins] = 0
        frontier = origins
        for hops in range(1, min(limit, FAR - 1) + 1):
            reached = self.neighbours(frontier)
            reached = reached_now(reached[distance[reached] == FAR], distance, hops)
            if not len(reached):
                break
            frontier = reached[self.may_pass[reached]]
            if not len(frontier):
                break
        return distance


def reached_now(found: Positions, distance: NDArray[np.int8], hops: int) -> Positions:
    """Set the distance of entities that may come several times, and give each once, in order."""
    distance[found] = hops
    # Where many are found, going through all entities is cheaper than sorting those.
    if len(found) * 8 > len(distance):
        return np.flatnonzero(distance == hops)
    return distinct(found)


def distinct(found: Positions) -> Positions:
    """Each of these once, in order; for few much quicker than `np.unique`."""
    found = found.copy()
    found.sort()
    first = np.ones(len(found), dtype=bool)
    np.not_equal(found[1:], found[:-1], out=first[1:])
    return found[first]


def spread(first: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[Positions, Positions]:
    """The places in spans, one span after the other, and which span each is of."""
    if len(first) == 1:
        number = int(counts[0])
        return np.arange(first[0], first[0] + number), np.zeros(number, dtype=np.intp)
    ends: NDArray[np.int64] = counts.cumsum()
    of = np.arange(len(first)).repeat(counts)
    entries = (first - (ends - counts))[of]
    entries += np.arange(len(of))
    return entries, of


def any_walk(arrays: Arrays) -> Walk:
    """The walk by any relation in any state, through anything."""
    return Walk(arrays, np.ones(len(arrays.facts), dtype=bool), np.ones(len(arrays.ids), dtype=bool))


_making = threading.Lock()


def walk_of(arrays: Arrays, model: Model, rule: PathFilter) -> Walk:
    """The walk of a filter; those that were last asked for are kept."""
    key = (
        model.digest,
        rule.relations,
        rule.layers,
        rule.kinds,
        rule.status,
        rule.inferred,
        rule.confidence,
        rule.avoid,
        rule.max_degree,
    )
    with _making:
        kept: OrderedDict[tuple[Any, ...], Walk] = arrays.kept.setdefault(walk_of, OrderedDict())
        if key not in kept:
            kept[key] = Walk(arrays, _usable(arrays, model, rule), _may_pass(arrays, rule))
        kept.move_to_end(key)
        while len(kept) > KEPT_WALKS:
            kept.popitem(last=False)
        return kept[key]


def _usable(arrays: Arrays, model: Model, rule: PathFilter) -> NDArray[np.bool_]:
    floor = max(model.status_rank(rule.status), model.status_rank(DEFAULT_FLOOR))
    usable = arrays.passable & (arrays.rank >= floor)
    if rule.relations is not None:
        usable &= _holds(arrays.relations, rule.relations)[arrays.relation]
    if not rule.inferred:
        usable &= ~arrays.inferred
    if rule.confidence > 0:
        usable &= arrays.confidence >= rule.confidence
    if rule.layers is not None:
        usable &= (arrays.layers & bits(rule.layers, arrays.layer_names)) != 0
    return usable


def _may_pass(arrays: Arrays, rule: PathFilter) -> NDArray[np.bool_]:
    may = arrays.through.copy()
    if rule.kinds is not None:
        may &= (arrays.labels & np.uint64(bits(rule.kinds, arrays.kinds))) != 0
    if rule.max_degree is not None:
        may &= partners(arrays) <= rule.max_degree
    may[positions(arrays, rule.avoid)] = False
    return may


def inside(arrays: Arrays, place: str) -> list[str]:
    """The ids of what lies in a place, or in something that does, PLACE_DEPTH steps deep; with itself."""
    at = arrays.index.get(place)
    if at is None:
        return []
    return [arrays.ids[i] for i in np.flatnonzero(lying_in(arrays, at)).tolist()]


def lying(columns: Columns) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Positions of what lies in or is part of something, and of that, for each fact that says so."""
    up = _holds(columns.relations, frozenset(("LOCATED_IN", "PART_OF")))[columns.relation]
    return columns.subject[up], columns.object[up]


def lying_in(columns: Columns, at: int) -> NDArray[np.bool_]:
    """For each entity whether it is the one at this position, or lies in it or in something that does,
    PLACE_DEPTH steps deep."""
    lies, holds = lying(columns)
    found = np.zeros(len(columns.ids), dtype=bool)
    found[at] = True
    for _ in range(PLACE_DEPTH):
        found[lies[found[holds]]] = True
    return found


def among(arrays: Arrays, ids: Iterable[str]) -> list[str]:
    """The ids of every fact between two of the entities."""
    kept = np.zeros(len(arrays.ids), dtype=bool)
    kept[positions(arrays, ids)] = True
    return [arrays.facts[i] for i in np.flatnonzero(kept[arrays.subject] & kept[arrays.object]).tolist()]


def within(
    arrays: Arrays,
    model: Model,
    origin: str,
    depth: int,
    *,
    relations: frozenset[str] | None = None,
    floor: str | None = None,
    inferred: bool = True,
    most: int,
) -> tuple[list[str], list[str], bool]:
    """What is tied to an entity within some steps by facts of any kind, and those facts between what is
    found, as ids; and whether more than `most` entities were found, of which the nearest are given."""
    wanted = _holds(arrays.relations, relations) if relations is not None else None
    least = model.status_rank(floor) if floor is not None else None

    def kept(facts: Kept) -> Kept:
        if wanted is not None:
            facts = facts[wanted[arrays.relation[facts]]]
        if least is not None:
            facts = facts[arrays.rank[facts] >= least]
        return facts if inferred else facts[~arrays.inferred[facts]]

    def entries_of(near: Positions | Kept) -> Positions:
        first = arrays.starts[near]
        return spread(first, arrays.starts[near + 1] - first)[0]

    seen = np.zeros(len(arrays.ids), dtype=bool)
    frontier = np.array([arrays.index[origin]], dtype=np.intp)
    seen[frontier] = True
    reached_by = [arrays.loops]
    number, truncated = 1, False
    for _ in range(depth):
        facts = kept(arrays.by[entries_of(frontier)])
        reached_by.append(facts)
        ends = np.concatenate((arrays.subject[facts], arrays.object[facts]))
        frontier = np.unique(ends[~seen[ends]])
        if number + len(frontier) > most:
            frontier, truncated = frontier[: most - number], True
        seen[frontier] = True
        number += len(frontier)
    reached_by.append(arrays.by[entries_of(frontier)])
    facts = kept(np.unique(np.concatenate(reached_by)))
    facts = facts[seen[arrays.subject[facts]] & seen[arrays.object[facts]]]
    ids = [arrays.ids[i] for i in np.flatnonzero(seen).tolist()]
    return ids, [arrays.facts[i] for i in facts.tolist()], truncated


def partners(arrays: Arrays) -> NDArray[np.int64]:
    """How many others each entity has a partnership with, whatever its status."""
    kept = arrays.passable[arrays.by]
    near = np.repeat(np.arange(len(arrays.ids)), np.diff(arrays.starts))[kept]
    far = arrays.others[kept]
    first = np.ones(len(far), dtype=bool)
    first[1:] = (far[1:] != far[:-1]) | (near[1:] != near[:-1])
    return np.bincount(near[first], minlength=len(arrays.ids))


def positions(arrays: Arrays, ids: Iterable[str]) -> Positions:
    """The positions of those ids that are in the graph, in order."""
    index = arrays.index
    return np.array(sorted([index[i] for i in ids if i in index]), dtype=np.intp)


def _holds(names: tuple[str, ...], wanted: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([name in wanted for name in names], dtype=bool)


def as_set(values: Iterable[str] | None) -> frozenset[str] | None:
    """None for no restriction, else a set."""
    listed = list(values or ())
    return frozenset(listed) if listed else None


def meets_floor(status: str | None, floor: str, model: Model) -> bool:
    """Whether a status is at least the floor. One that no source states counts as planned; ended and
    cancelled ones are past every floor."""
    known = model.statuses.get(status or DEFAULT_FLOOR)
    return known is not None and not known.terminal and known.rank >= model.status_rank(floor)

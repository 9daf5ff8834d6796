"""How robust a connection is: how many paths there are that share no hop, or no entity on the way, and what
cuts it when it is lost (Menger 1927; by maximum flow, Ford and Fulkerson 1956).

A hop is two neighbours with all facts between them. Length does not matter here, and `via` neither: what is
asked is how much must be lost for no path to be left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.queries.walk import Positions, Walk, positions

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Robustness:
    """`hop_disjoint` paths share no hop; `least_hops` are as few hops whose loss together cuts the
    connection, and `critical_hops` those whose loss alone does. The same of entities on the way;
    `node_disjoint` counts a direct hop as a path of its own, which no loss of entities cuts: then
    `least_nodes` is None."""

    hop_disjoint: int
    node_disjoint: int
    least_hops: tuple[Pair, ...]
    least_nodes: tuple[str, ...] | None
    critical_hops: tuple[Pair, ...]
    critical_nodes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "hop_disjoint": self.hop_disjoint,
            "node_disjoint": self.node_disjoint,
            "least_hops": [list(pair) for pair in self.least_hops],
            "least_nodes": list(self.least_nodes) if self.least_nodes is not None else None,
            "critical_hops": [list(pair) for pair in self.critical_hops],
            "critical_nodes": list(self.critical_nodes),
        }

    @property
    def nodes(self) -> set[str]:
        """Every entity that is named."""
        return {
            *(end for pair in (*self.least_hops, *self.critical_hops) for end in pair),
            *(self.least_nodes or ()),
            *self.critical_nodes,
        }


def robustness(walk: Walk, sources: Sequence[str], targets: Sequence[str], path: Sequence[str]) -> Robustness:
    """How robust the connection between two sets of entities is. `path` is any one of its paths: what cuts
    the connection alone is on it."""
    net = _Net(walk, positions(walk.arrays, sources), positions(walk.arrays, targets))
    hops, cut_hops = net.hop_flow()
    nodes, cut_nodes = net.node_flow()
    at = [walk.arrays.index[identifier] for identifier in path]
    alone = [(a, b) for a, b in pairwise(at) if hops == 1 and not net.connects(hop=(a, b))]
    critical = [node for node in at[1:-1] if nodes == 1 and not net.connects(node=node)]
    ids = walk.arrays.ids
    return Robustness(
        hops,
        nodes,
        tuple((ids[a], ids[b]) for a, b in cut_hops),
        tuple(ids[i] for i in cut_nodes) if cut_nodes is not None else None,
        tuple((ids[a], ids[b]) for a, b in alone),
        tuple(ids[i] for i in critical),
    )


class _Net:
    """The hops between two sets of entities as arcs: out of the sources (all as one, s), into the targets
    (all as one, t), and both ways between what may be passed."""

    def __init__(self, walk: Walk, sources: Positions, targets: Positions) -> None:
        number = len(walk.arrays.ids)
        between = walk.may_pass.copy()
        between[sources] = between[targets] = False
        reached = np.intersect1d(walk.parts_at(sources), walk.parts_at(targets))
        between &= np.isin(walk.parts, reached)
        is_source, is_target = np.zeros(number, dtype=bool), np.zeros(number, dtype=bool)
        is_source[sources], is_target[targets] = True, True
        near = np.flatnonzero(between | is_source)
        entries, of = walk.entries(near)
        tails, heads = near[of], walk.others[entries]
        kept = between[heads] | is_target[heads]
        self.tails, self.heads = tails[kept], heads[kept]
        # Entities keep their positions; all sources are s and all targets t behind them.
        self._number, self.s, self.t = number, number, number + 1
        self.start = np.where(is_source[self.tails], self.s, self.tails).astype(np.int32)
        self.end = np.where(is_target[self.heads], self.t, self.heads).astype(np.int32)

    def hop_flow(self) -> tuple[int, list[tuple[int, int]]]:
        """How many paths share no hop, and the hops of a least cut."""
        capacities = np.ones(len(self.start), dtype=np.int32)
        flow, reached = _flow(self.start, self.end, capacities, self.s, self.t)
        cut = np.flatnonzero(reached[self.start] & ~reached[self.end])
        return flow, sorted(zip(self.tails[cut].tolist(), self.heads[cut].tolist(), strict=True))

    def node_flow(self) -> tuple[int, list[int] | None]:
        """How many paths share no entity on the way, and the entities of a least cut, or None where a hop
        leads from end to end."""
        number = self._number
        middle = np.unique(self.start[self.start < number])
        # What comes in at an entity goes out behind all others, by one arc that one path can take.
        behind = number + 2
        direct = (self.start == self.s) & (self.end == self.t)
        start = np.concatenate((np.where(self.start < number, self.start + behind, self.start), middle))
        end = np.concatenate((self.end, middle + behind))
        capacities = np.concatenate(
            (np.where(direct, 1, number), np.ones(len(middle), dtype=np.int64))
        ).astype(np.int32)
        flow, reached = _flow(start, end, capacities, self.s, self.t)
        if direct.any():
            return flow, None
        return flow, middle[reached[middle] & ~reached[middle + behind]].tolist()

    def connects(self, *, hop: tuple[int, int] | None = None, node: int | None = None) -> bool:
        """Whether a path is left without a hop or an entity."""
        lost = np.zeros(len(self.tails), dtype=bool)
        if hop is not None:
            for a, b in (hop, hop[::-1]):
                lost |= (self.tails == a) & (self.heads == b)
        if node is not None:
            lost |= (self.tails == node) | (self.heads == node)
        kept = ~lost
        graph = _matrix(
            self.start[kept], self.end[kept], np.ones(int(kept.sum()), dtype=np.int32), self.t + 1
        )
        from scipy.sparse.csgraph import breadth_first_order

        order = breadth_first_order(graph, self.s, return_predecessors=False)
        return bool((order == self.t).any())


def _matrix(start: NDArray[Any], end: NDArray[Any], capacities: NDArray[np.int32], size: int) -> csr_array:
    from scipy.sparse import coo_array, csr_array

    return csr_array(coo_array((capacities, (start, end)), shape=(size, size)))


def _flow(
    start: NDArray[Any], end: NDArray[Any], capacities: NDArray[np.int32], s: int, t: int
) -> tuple[int, NDArray[np.bool_]]:
    """The maximum flow from s to t, and what is still reached from s when it flows."""
    size = int(max(start.max(initial=t), end.max(initial=t))) + 1
    graph = _matrix(start, end, capacities, size)
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    done = maximum_flow(graph, s, t)
    left = csr_array(graph - done.flow)
    left.eliminate_zeros()
    reached = np.zeros(size, dtype=bool)
    reached[breadth_first_order(left, s, return_predecessors=False)] = True
    return int(done.flow_value), reached

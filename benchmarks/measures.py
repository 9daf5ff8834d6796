"""What measures cost on a large network, and how much faster PageRank is than networkx on the same graph.

The network is made from arrays: entities with a power law of ties. Both PageRanks start from their own
graph, which stands ready, and stop at the tolerance that networkx has by itself, 1e-6: ours for all entities
together, theirs for one. What making our matrix from the facts costs is shown beside.

Run: python -m benchmarks.measures [ENTITIES] [FACTS]. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import networkx
import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.arrays import arrays_from
from parkgraph.graph.model import default_model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.queries.measures import measures
from parkgraph.queries.measures.defined import Computed, Context
from parkgraph.queries.measures.network import Network
from parkgraph.queries.measures.position import pagerank

ENTITIES, FACTS = 100_000, 500_000
ROUNDS = 3
TIMED: Mapping[str, Mapping[str, Any]] = {
    "pagerank": {},
    "components": {},
    "degree": {},
    "core": {},
    "clustering": {},
    "core_periphery": {},
    "communities": {"trials": 1},
    "closeness": {},
    "betweenness": {},
    "constraint": {},
    "bridges": {"what": "entities"},
}


def network(entities: int, facts: int, seed: int = 0) -> Network:
    """A network with a power law of ties; made without a store."""
    draw = np.random.default_rng(seed)
    near = (entities * draw.random(facts) ** 2.5).astype(np.int64)
    return network_between(entities, near, draw.integers(0, entities, facts))


def network_between(
    entities: int, near: NDArray[Any], far: NDArray[Any], *, symmetric: bool = True
) -> Network:
    """A network of facts of one relation, one for every two ends given; of an entity with itself none."""
    apart = near != far
    near, far = near[apart].astype(np.int64), far[apart].astype(np.int64)
    m = len(near)
    day = np.zeros(m, dtype=np.int32)
    return Network(
        ids=[f"park:{i:07d}" for i in range(entities)],
        entities=np.arange(entities),
        subject=near,
        object=far,
        relations=("PARTNERS_WITH",),
        relation=np.zeros(m, dtype=np.int64),
        standing=np.zeros(m, dtype=np.int8),
        sources=np.ones(m, dtype=np.int64),
        layer_names=("industry",),
        layers=np.ones(m, dtype=np.uint8),
        symmetric=np.full(m, symmetric),
        from_min=day,
        from_max=day,
        to_min=day,
        to_max=day,
        facts=np.stack((np.arange(m), np.full(m, -1)), axis=1),
    )


def computed(net: Network, name: str, *, seconds: float = 3600, **given: Any) -> Computed:
    """A measure of a network that has no store behind it."""
    model, measure = default_model(), measures()[name]
    values = measure.check(model, given)
    snapshot = Snapshot.of(0, {}, {}, [])
    facts = [f"fact:{i}" for i in range(int(net.facts.max(initial=-1)) + 1)]
    arrays = replace(arrays_from(snapshot, model), facts=facts)
    until = time.monotonic() + seconds
    return measure.compute(
        Context(net, arrays, snapshot, model, values, values["limit"], until, name, seconds)
    )


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def pageranks(entities: int, facts: int) -> tuple[list[float], list[float], list[float], float]:
    """Seconds of making our matrix, of our PageRank and of networkx's, a round each; and the largest
    difference of the two."""
    net = network(entities, facts)
    theirs: networkx.Graph[int] = networkx.Graph()
    theirs.add_nodes_from(range(net.n))
    theirs.add_edges_from(zip(*(side.tolist() for side in net.pairs), strict=True))
    making, own, other = [], [], []
    for _ in range(ROUNDS):
        made = network(entities, facts)
        making.append(seconds(made.adjacency))
        own.append(seconds(lambda: pagerank(made.adjacency(), 0.85, 1e-6)))  # noqa: B023
        other.append(seconds(lambda: networkx.pagerank(theirs)))
    share, _ = pagerank(net.adjacency(), 0.85, 1e-12)
    exact = networkx.pagerank(theirs, tol=1e-12 / entities, max_iter=500)
    return making, own, other, max(abs(exact[i] - share[i]) for i in range(net.n))


def main() -> None:
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES
    facts = int(sys.argv[2]) if len(sys.argv) > 2 else 5 * entities
    making, own, other, difference = pageranks(entities, facts)
    middle = statistics.median
    print(f"{entities} entities, {facts} facts")
    print(f"PageRank: networkx / ours                      {middle(other) / middle(own):.1f}")
    whole = middle(making) + middle(own)
    print(f"PageRank: networkx / ours with its matrix made {middle(other) / whole:.1f}")
    print(f"PageRank: largest difference                   {difference:.1e}")
    print("seconds, and those of a tenth of the network:")
    large, small = network(entities, facts), network(entities // 10, facts // 10)
    for name, given in TIMED.items():
        took = [seconds(lambda: computed(net, name, **given)) for net in (large, small)]  # noqa: B023
        shown = ", ".join(f"{key}={value}" for key, value in given.items())
        print(f"  {name:15} {shown:15} {took[0]:8.2f} {took[1]:8.2f}  {took[0] / took[1]:6.1f} times")


if __name__ == "__main__":
    main()

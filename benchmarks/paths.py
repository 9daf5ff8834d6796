"""What paths cost on large graphs with hubs, against networkx in the same run, as ratios (theirs / ours).

Both search the same filtered graph (signed or more, not inferred, through what may be passed). networkx has
it as a view of the whole graph by two filters, and also ready made, which asks a new graph for every filter;
the ends are such that no filter is by pair. Of the paths of one length ours looks at all and gives the first
in its stated order, where networkx gives any. Times are those of the search alone; `answer` is `Graph.paths`
from names to facts, on a graph without claims.

Run: python -m benchmarks.paths [ENTITIES FACTS …], by default 20000 100000. Ratios matter, absolute times are
the machine's.
"""

from __future__ import annotations

import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import networkx

import parkgraph as pg
from benchmarks.bundled import ratio, seconds
from benchmarks.large import statements_of
from parkgraph.graph import statements
from parkgraph.graph.arrays import Arrays
from parkgraph.graph.model import default_model
from parkgraph.graph.store_embedded import MemoryStore
from parkgraph.queries.paths import shortest_paths
from parkgraph.queries.walk import PathFilter, walk_of, within

PAIRS = 60
ROUNDS = 5
RULE = PathFilter(status="signed", inferred=False)
KINDS = ("park:", "company:", "institution:")


def measure(entities: int, facts: int) -> None:
    model = default_model()
    # The version node comes first, so that the store has a version from the start.
    batch = itertools.chain(
        [statements.META, statements.bump_version(0)], statements_of(entities, facts, model)
    )
    store = MemoryStore("memory:large", batch, statements.schema(model))
    graph = pg.Graph(store, model)
    reading = seconds(lambda: graph.snapshot)
    making = seconds(lambda: graph.arrays)
    arrays = graph.arrays
    filtering = seconds(lambda: walk_of(arrays, model, RULE))
    plain = filtered(arrays)
    rng = random.Random(7)  # noqa: S311
    among = sorted(node for node in plain if arrays.ids[node].startswith(KINDS))
    drawn = [(a, b) for a, b in (rng.sample(among, 2) for _ in range(PAIRS))]
    pairs = [pair for pair in drawn if networkx.has_path(plain, *pair)]
    print(f"{entities:,} entities, {facts:,} facts, {len(pairs)} pairs")
    print(f"  snapshot read in {reading:.1f} s, arrays made in {making:.2f} s, a filter in {filtering:.3f} s")
    print(f"  arrays {arrays.nbytes / 2**20:.0f} MiB")

    def ours(a: int, b: int, k: int) -> list[int]:
        found = shortest_paths(arrays, model, [arrays.ids[a]], [arrays.ids[b]], RULE, k)
        return [len(path) for path in found.paths]

    def theirs(a: int, b: int, k: int, within: networkx.Graph[int] = plain) -> list[int]:
        if k == 1:
            return [len(networkx.bidirectional_shortest_path(within, a, b)) - 1]
        return [len(p) - 1 for p in itertools.islice(networkx.shortest_simple_paths(within, a, b), k)]

    for k in (1, 5):
        for a, b in pairs:
            mine, known = ours(a, b, k), theirs(a, b, k)
            limited = [length for length in known if length <= RULE.max_hops]
            assert mine == limited, (arrays.ids[a], arrays.ids[b], mine, known)
        say(f"{k}, ready made", pairs, partial(theirs, k=k), partial(ours, k=k))
    whole = whole_graph(arrays)
    walk = walk_of(arrays, model, RULE)
    usable, may_pass = walk.usable.tolist(), walk.may_pass.tolist()
    view = networkx.subgraph_view(
        whole,
        filter_node=lambda node: may_pass[node],
        filter_edge=lambda a, b: any(usable[fact] for fact in whole[a][b]["facts"]),
    )
    say("1, view", pairs, partial(theirs, k=1, within=view), partial(ours, k=1))
    few = pairs[:5]
    say("5, view", few, partial(theirs, k=5, within=view), partial(ours, k=5))
    say(
        "two hops around",
        pairs,
        lambda a, _: networkx.single_source_shortest_path_length(whole, a, cutoff=2),
        lambda a, _: within(arrays, model, arrays.ids[a], 2, most=entities),
    )
    times = sorted(
        seconds(lambda a=a, b=b: graph.paths(arrays.ids[a], arrays.ids[b], status="signed", inferred=False))  # type: ignore[misc]
        for a, b in pairs
    )
    print(
        f"  answer: median {statistics.median(times) * 1000:.0f} ms, "
        f"p95 {times[int(len(times) * 0.95) - 1] * 1000:.0f} ms"
    )


def filtered(arrays: Arrays) -> networkx.Graph[int]:
    """What the filter leaves, of what may be passed."""
    walk = walk_of(arrays, default_model(), RULE)
    plain: networkx.Graph[int] = networkx.Graph()
    kept = walk.usable & walk.may_pass[arrays.subject] & walk.may_pass[arrays.object]
    plain.add_edges_from(zip(arrays.subject[kept].tolist(), arrays.object[kept].tolist(), strict=True))
    return plain


def whole_graph(arrays: Arrays) -> networkx.Graph[int]:
    """All of it, each edge with the facts between its ends."""
    plain: networkx.Graph[int] = networkx.Graph()
    ends = zip(arrays.subject.tolist(), arrays.object.tolist(), strict=True)
    for fact, (a, b) in enumerate(ends):
        plain.add_edge(a, b)
        plain[a][b].setdefault("facts", []).append(fact)
    return plain


def say(
    what: str,
    pairs: Sequence[tuple[int, int]],
    theirs: Callable[[int, int], object],
    ours: Callable[[int, int], object],
) -> None:
    """The ratio over all pairs, in rounds that alternate."""
    a, b = [], []
    for _ in range(ROUNDS):
        a.append(seconds(lambda: [theirs(*pair) for pair in pairs]))
        b.append(seconds(lambda: [ours(*pair) for pair in pairs]))
    mean = statistics.median(b) / len(pairs) * 1000
    print(f"  {what:16} networkx / ours {ratio(a, b)}   ours {mean:.2f} ms each")


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [20_000, 100_000]
    for entities, facts in zip(sizes[::2], sizes[1::2], strict=True):
        start = time.perf_counter()
        measure(entities, facts)
        print(f"  (all of this took {time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()

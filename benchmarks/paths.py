"""What paths cost on large graphs with hubs, against networkx in the same run, as ratios (theirs / ours).

Both search the same filtered graph (signed or more, not inferred, through what may be passed). networkx has
it as a view of the whole graph by two filters, and also ready made, which asks a new graph for every filter;
the ends are such that no filter is by pair. Of the paths of one length ours looks at all and gives the first
in its stated order, where networkx gives any. Times are those of the search alone; `answer` is `Graph.paths`
from names to facts, on a graph without claims.

The part within two hops has its entities and the facts between them, as networkx's `ego_graph` of the view.
On Neo4j the same question goes to the engine's own search (`SHORTEST GROUPS`, queries/server_paths.py).

Run: python -m benchmarks.paths [ENTITIES FACTS …] [--plot FILE.png] [--neo4j], by default 20000 100000. The
plot shows how each grows with the number of facts; --neo4j starts a server of its own (it needs a JDK and
Maven). Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial

import networkx

import parkgraph as pg
from benchmarks.bundled import ratio, seconds
from benchmarks.large import large, statements_of
from parkgraph.graph import statements
from parkgraph.graph.arrays import Arrays
from parkgraph.graph.model import default_model
from parkgraph.graph.store_embedded import MemoryStore
from parkgraph.queries.paths import shortest_paths
from parkgraph.queries.server_paths import find_on_server
from parkgraph.queries.walk import PathFilter, Walk, walk_of, within
from tests.neo4j_server.server import Neo4jServer

PAIRS = 60
ROUNDS = 5
RULE = PathFilter(status="signed", inferred=False)
KINDS = ("park:", "company:", "institution:")


def measure(entities: int, facts: int) -> dict[str, float]:
    """Print what is measured at a size; the medians of ours in milliseconds, by what is measured."""
    took: dict[str, float] = {}
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
        took[f"{k} shortest"] = say(f"{k}, ready made", pairs, partial(theirs, k=k), partial(ours, k=k))
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

    def first(a: int, b: int) -> list[int]:
        """Of all shortest paths the first in the stated order, which is what ours gives."""
        ways = networkx.all_shortest_paths(view, a, b)
        return min(ways, key=lambda way: order_of(arrays, walk, way))

    for a, b in few:
        best = shortest_paths(arrays, model, [arrays.ids[a]], [arrays.ids[b]], RULE, 1).paths[0]
        assert [arrays.index[node] for node in best.nodes] == first(a, b)
    say("1 in order, view", few, first, partial(ours, k=1))
    say("5, view", few, partial(theirs, k=5, within=view), partial(ours, k=5))
    certain = ((arrays.rank >= model.status_rank("signed")) & ~arrays.inferred).tolist()
    signed = networkx.subgraph_view(
        whole, filter_edge=lambda a, b: any(certain[fact] for fact in whole[a][b]["facts"])
    )

    def around(a: int) -> tuple[int, int]:
        part = networkx.ego_graph(signed, a, radius=2)
        found = (fact for _, _, facts in part.edges(data="facts") for fact in facts if certain[fact])
        return len(part), sum(1 for _ in found)

    def within_two(a: int) -> tuple[int, int]:
        ids, found, _ = within(arrays, model, arrays.ids[a], 2, floor="signed", inferred=False, most=entities)
        return len(ids), len(found)

    for a, _ in pairs[:10]:
        assert around(a) == within_two(a), arrays.ids[a]
    took["two hops around"] = say(
        "two hops around", pairs, lambda a, _: around(a), lambda a, _: within_two(a)
    )
    times = sorted(
        seconds(lambda a=a, b=b: graph.paths(arrays.ids[a], arrays.ids[b], status="signed", inferred=False))  # type: ignore[misc]
        for a, b in pairs
    )
    print(
        f"  answer: median {statistics.median(times) * 1000:.0f} ms, "
        f"p95 {times[int(len(times) * 0.95) - 1] * 1000:.0f} ms"
    )
    took["answer with names and facts"] = statistics.median(times) * 1000
    took["answer, 95 of 100"] = times[int(len(times) * 0.95) - 1] * 1000
    return took


def against_neo4j(entities: int, facts: int) -> None:
    """The ratio to the engine's own search on Neo4j, with the answers compared."""
    model = default_model()
    with Neo4jServer() as server, closing(large(server.address.store, entities, facts)) as store:
        graph = pg.Graph(store, model)
        arrays = graph.arrays
        plain = filtered(arrays)
        rng = random.Random(7)  # noqa: S311
        among = sorted(node for node in plain if arrays.ids[node].startswith(KINDS))
        drawn = [(a, b) for a, b in (rng.sample(among, 2) for _ in range(PAIRS))]
        pairs = [pair for pair in drawn if networkx.has_path(plain, *pair)][:20]

        def engine(a: int, b: int) -> list[tuple[str, ...]]:
            found, _ = find_on_server(store, model, [arrays.ids[a]], [arrays.ids[b]], RULE, 1)
            return [path.nodes for path in found.paths]

        def held(a: int, b: int) -> list[tuple[str, ...]]:
            found = shortest_paths(arrays, model, [arrays.ids[a]], [arrays.ids[b]], RULE, 1)
            return [path.nodes for path in found.paths]

        for a, b in pairs:
            assert engine(a, b) == held(a, b), (arrays.ids[a], arrays.ids[b])
        print(f"{entities:,} entities, {facts:,} facts on Neo4j, {len(pairs)} pairs")
        say("1 shortest", pairs, engine, held, whose="Neo4j's Cypher")


def plot(grown: Mapping[int, Mapping[str, float]], path: str) -> None:
    """How each grows with the number of facts, on logarithmic axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    sizes = sorted(grown)
    for what in grown[sizes[0]]:
        axes.plot(sizes, [grown[size][what] for size in sizes], marker="o", label=what)
    axes.set(xscale="log", yscale="log", xlabel="facts", ylabel="milliseconds, median of each")
    axes.set_title("Paths: time by size of the graph")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3)
    figure.savefig(path, dpi=110)


def filtered(arrays: Arrays) -> networkx.Graph[int]:
    """What the filter leaves, of what may be passed."""
    walk = walk_of(arrays, default_model(), RULE)
    plain: networkx.Graph[int] = networkx.Graph()
    kept = walk.usable & walk.may_pass[arrays.subject] & walk.may_pass[arrays.object]
    plain.add_edges_from(zip(arrays.subject[kept].tolist(), arrays.object[kept].tolist(), strict=True))
    return plain


def order_of(arrays: Arrays, walk: Walk, way: Sequence[int]) -> tuple[object, ...]:
    """Where a path comes among those of its length: by least status, all status, sources, ids."""
    strongest = [walk.facts_between(a, b)[0] for a, b in itertools.pairwise(way)]
    strength = [int(arrays.strength[fact]) for fact in strongest]
    sources = sum(int(arrays.sources[fact]) for fact in strongest)
    return (-min(strength), -sum(strength), -sources, *way)


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
    *,
    whose: str = "networkx",
) -> float:
    """Print the ratio over all pairs, in rounds that alternate; ours in milliseconds each."""
    a, b = [], []
    for _ in range(ROUNDS):
        a.append(seconds(lambda: [theirs(*pair) for pair in pairs]))
        b.append(seconds(lambda: [ours(*pair) for pair in pairs]))
    mean = statistics.median(b) / len(pairs) * 1000
    print(f"  {what:16} {whose} / ours {ratio(a, b)}   ours {mean:.2f} ms each")
    return mean


def main() -> None:
    parser = argparse.ArgumentParser(description="What paths cost on large graphs.")
    parser.add_argument("sizes", type=int, nargs="*", help="entities and facts, in turn")
    parser.add_argument("--plot", help="a picture of how each grows")
    parser.add_argument("--neo4j", action="store_true", help="against the engine's own search on Neo4j")
    asked = parser.parse_args()
    sizes = asked.sizes or [20_000, 100_000]
    grown = {}
    for entities, facts in zip(sizes[::2], sizes[1::2], strict=True):
        start = time.perf_counter()
        if asked.neo4j:
            against_neo4j(entities, facts)
        else:
            grown[facts] = measure(entities, facts)
        print(f"  (all of this took {time.perf_counter() - start:.0f} s)", flush=True)
    if asked.plot and grown:
        plot(grown, asked.plot)


if __name__ == "__main__":
    main()

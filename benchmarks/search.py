"""What a search by name costs among 100,000 entities, against reading every name.

- how long the index takes to build, and the memory it holds;
- suggestions and searches with facets, p50 and p95 in milliseconds, in Python and over HTTP;
- against a plain scan, which compares every key with the query, and against rapidfuzz over all names.

Run: python -m benchmarks.search [ENTITIES]. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import gc
import random
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from rapidfuzz import fuzz, process

from benchmarks.bundled import ratio, seconds
from benchmarks.synthetic import synthetic
from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.naming import normalise
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.store import empty_store
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.queries.graph import Graph
from parkgraph.queries.search import SearchIndex
from parkgraph.queries.search_keys import Key, identifier_properties, keys_of

ENTITIES = 100_000
ASKED = 300
_COMMON = ("科技", "有限公司", "park", "zone", "kj", "gx", "大学", "technology", "ji", "lan", "keji", "s")
SCANNED = 15
"""Queries that are also answered by reading everything, which takes long."""


def snapshot_of_synthetic(entities: int, model: Model, *, seed: int = 0) -> Snapshot:
    """The graph of `synthetic` by its first claims: the projection of all would take a store and minutes."""
    properties: dict[str, dict[str, Any]] = defaultdict(dict)
    edges: dict[str, Edge] = {}
    _, claims = synthetic(entities, seed=seed)
    for claim in claims:
        if claim.property is not None:
            of_entity, prop = properties[claim.subject], model.entity_properties.get(claim.property)
            value = str(claim.value) if isinstance(claim.value, Quantity) else claim.value
            if prop is not None and prop.multiple:
                of_entity.setdefault(claim.property, []).append(value)
            else:
                of_entity.setdefault(claim.property, value)
        elif claim.relation is not None and claim.object is not None:
            made = f"fact:{claim.subject} {claim.relation} {claim.object}"
            edges[made] = Edge(made, claim.subject, claim.relation, claim.object, {"status": claim.status})
    nodes = {}
    for identifier, held in properties.items():
        name = held.get("name_zh") or held.get("name_en") or identifier
        nodes[identifier] = Node(identifier, held["kind"], {**held, "id": identifier, "name": name})
    kept = [edge for edge in edges.values() if edge.subject in nodes and edge.object in nodes]
    labels = {i: frozenset([n.kind, *n.properties.get("also_kind", ())]) for i, n in nodes.items()}
    return Snapshot.of(1, nodes, labels, kept)


class Held(Graph):
    """A graph whose snapshot is made beforehand."""

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        super().__init__(empty_store(model), model)
        self._snapshot = snapshot

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot


@dataclass(frozen=True)
class Queries:
    """What people type, by sort."""

    by_sort: dict[str, list[str]]

    def __iter__(self) -> Iterator[str]:
        for queries in zip(*self.by_sort.values(), strict=True):
            yield from queries


def queries_for(snapshot: Snapshot, count: int) -> Queries:
    """Whole names, what is typed on the way to one, words in another order, typos, identifiers, and the
    commonest words there are."""
    chance = random.Random(2)  # noqa: S311
    nodes = [node for node in snapshot.nodes.values() if "name_en" in node.properties]

    def zh(node: Node) -> str:
        return str(node.properties.get("name_zh"))

    def en(node: Node) -> str:
        return str(node.properties["name_en"])

    sorts: dict[str, Callable[[Node], str]] = {
        "whole name": lambda node: chance.choice((zh(node), en(node))),
        "beginning": lambda node: zh(node)[: chance.randint(1, 4)],
        "pinyin": lambda node: en(node).split()[0].lower(),
        "words": lambda node: " ".join(reversed(en(node).split())),
        "one wrong letter": lambda node: _typo(en(node), chance),
        "two letters changed": lambda node: _changed("".join(en(node).lower().split()[:2]), chance),
        "one wrong character": lambda node: f"{zh(node)[:2]}龘{zh(node)[3:]}",
        "common": lambda _: chance.choice(_COMMON),
        "nothing": lambda _: chance.choice(("阿特兰蒂斯王国", "atlantis kingdom", "xyzzyqqq", "Ωμέγα")),
    }
    by_sort = {
        sort: [make(node) for node in chance.choices(nodes, k=count // len(sorts))]
        for sort, make in sorts.items()
    }
    return Queries(by_sort)


def _typo(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, min(len(text), 8))
    return text[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + text[at + 1 :]


def _changed(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def scan(keys: Sequence[Key], query: str) -> int:
    """How many keys hold a query where a match may begin, as the search by name once looked for it."""
    found, wanted = 0, normalise(query)
    for key in keys:
        at = key.key.find(wanted)
        while at >= 0 and at not in key.starts:
            at = key.key.find(wanted, at + 1)
        found += at >= 0
    return found


def resident() -> float:
    """The memory of this process in MB, after what can be given back was."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def times(ask: Callable[[str], object], queries: Sequence[str]) -> list[float]:
    return [seconds(lambda query=query: ask(query)) * 1000 for query in queries]  # type: ignore[misc]


def told(took: Sequence[float]) -> str:
    cuts = statistics.quantiles(took, n=20)
    return f"p50 {cuts[9]:6.2f} ms   p95 {cuts[18]:6.2f} ms   longest {max(took):6.2f} ms"


def measure(entities: int, asked: int = ASKED) -> Iterator[str]:
    model = default_model()
    snapshot = snapshot_of_synthetic(entities, model)
    before, start = resident(), time.process_time()
    index = SearchIndex(snapshot, model)
    took, held = time.process_time() - start, resident() - before
    yield f"{entities:,} entities; index built in {took:.1f} s of processor, holds {held:.0f} MB"
    queries = queries_for(snapshot, asked)
    index.find("s")  # what facets need is made once
    for sort, of_sort in queries.by_sort.items():
        yield f"  {sort:20} suggest {told(times(lambda q: suggested(index, q), of_sort))}"
    every = list(queries)
    yield f"suggest, in Python   {told(times(lambda q: suggested(index, q), every))}"
    yield f"search, with facets  {told(times(lambda q: index.find(q).to_dict(), every))}"
    graph = Held(snapshot, model)
    app = create_app(graph, Settings(store="embedded:none", api_key=None, host="127.0.0.1"))
    client = TestClient(app, base_url="http://127.0.0.1:8000")
    for path in ("/v1/suggest", "/v1/search"):
        client.get(path, params={"q": "s"})
        yield f"GET {path:16} {told(times(lambda q: client.get(path, params={'q': q}), every))}"  # noqa: B023
    sample = every[:: max(1, len(every) // SCANNED)]
    identifiers = identifier_properties(model)
    keys = [key for node in snapshot.nodes.values() for key in keys_of(node, identifiers)]
    names = [key.key for key in keys if key.form == "written"]
    ours = times(lambda q: suggested(index, q), sample)
    scanned = times(lambda q: scan(keys, q), sample)
    fuzzy = times(lambda q: process.extract(normalise(q), names, scorer=fuzz.WRatio, limit=8), sample)
    yield f"plain scan of {len(keys):,} keys / suggest      {ratio(scanned, ours)}"
    yield f"rapidfuzz over {len(names):,} names / suggest   {ratio(fuzzy, ours)}"


def suggested(index: SearchIndex, query: str) -> list[dict[str, Any]]:
    return [match.to_dict() for match in index.search(query, limit=8)]


def main() -> None:
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES):
        print(line, flush=True)


if __name__ == "__main__":
    main()

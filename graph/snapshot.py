"""The graph's nodes and relation facts in memory, keyed by the graph version: what paths and search
walk. Built from one paged read, the same on both engines; claims stay in the store.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph.canonical import pages
from parkgraph.graph.store import Store
from parkgraph.graph.subgraph import Edge, Node


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All nodes by id, all edges by id, and for each node its edges in the order of their ids."""

    version: int
    nodes: Mapping[str, Node]
    edges: Mapping[str, Edge]
    incident: Mapping[str, Sequence[Edge]]
    labels: Mapping[str, frozenset[str]]


_cache: WeakKeyDictionary[Any, Snapshot] = WeakKeyDictionary()
_building = threading.Lock()
_TRIES = 5


def snapshot_of(store: Store) -> Snapshot:
    """The snapshot at the store's version, built when the version has moved on."""
    version = store.version
    held = _cache.get(store)
    if held is not None and held.version == version:
        return held
    with _building:
        held = _cache.get(store)
        if held is None or held.version != version:
            for _ in range(_TRIES):
                version = store.version
                held = _build(store, version)
                # Where a write came between the reads, the parts may not fit together; read again.
                if store.version == version:
                    break
            assert held is not None
            _cache[store] = held
    return held


def edge_from_fact(properties: Mapping[str, Any]) -> Edge:
    """An edge from the properties of its `:Fact` node."""
    rest = {
        key: value
        for key, value in properties.items()
        if key not in ("subject", "relation", "object", "name", "changed")
    }
    return Edge(properties["id"], properties["subject"], properties["relation"], properties["object"], rest)


def _build(store: Store, version: int) -> Snapshot:
    nodes: dict[str, Node] = {}
    labels: dict[str, frozenset[str]] = {}
    for row in pages(store, "MATCH (n:Entity)", "properties(n) AS p, labels(n) AS labels"):
        properties = row["p"]
        nodes[row["id"]] = Node(row["id"], properties["kind"], properties)
        labels[row["id"]] = frozenset(row["labels"]) - {"Entity"}
    edges: dict[str, Edge] = {}
    incident: dict[str, list[Edge]] = defaultdict(list)
    for row in pages(store, "MATCH (n:Fact) WHERE n.relation IS NOT NULL", "properties(n) AS p"):
        edge = edge_from_fact(row["p"])
        if edge.subject not in nodes or edge.object not in nodes:
            continue  # a write came between the two reads
        edges[edge.id] = edge
        incident[edge.subject].append(edge)
        incident[edge.object].append(edge)
    return Snapshot(version, nodes, edges, dict(incident), labels)

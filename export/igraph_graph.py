"""A subgraph as an igraph graph. igraph is the user's choice (GPL), so it is imported here only."""

from __future__ import annotations

from typing import Any

from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.subgraph import Subgraph


def to_igraph(sub: Subgraph) -> Any:
    """A directed graph; vertices have `name` (the id) and the node's properties, edges the fact's."""
    try:
        import igraph
    except ImportError as error:
        raise ParkGraphError("igraph is not installed; pip install parkgraph[igraph]") from error
    index = {node.id: i for i, node in enumerate(sub.nodes)}
    graph = igraph.Graph(len(sub.nodes), directed=True)
    columns = sorted({key for node in sub.nodes for key in node.properties} - {"id", "name"})
    graph.vs["name"] = [node.id for node in sub.nodes]
    graph.vs["label"] = [node.properties["name"] for node in sub.nodes]
    graph.vs["claims"] = [node.claims for node in sub.nodes]
    for key in columns:
        graph.vs[key] = [node.properties.get(key) for node in sub.nodes]
    graph.add_edges([(index[edge.subject], index[edge.object]) for edge in sub.edges])
    columns = sorted({key for edge in sub.edges for key in edge.properties} - {"id"})
    graph.es["fact"] = [edge.id for edge in sub.edges]
    graph.es["relation"] = [edge.relation for edge in sub.edges]
    graph.es["claims"] = [edge.claims for edge in sub.edges]
    for key in columns:
        graph.es[key] = [edge.properties.get(key) for edge in sub.edges]
    for key, value in sub.meta.items():
        graph[key] = value
    return graph

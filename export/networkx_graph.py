"""A subgraph as a networkx multigraph: directed, one edge a fact, keyed by the fact's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parkgraph.export.tabular import edge_row, meta_text, node_row, one_number_type, plain_text
from parkgraph.graph.subgraph import Subgraph

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def to_networkx(sub: Subgraph) -> MultiDiGraph[Any]:
    """Nodes keyed by id, with everything the subgraph holds; its `meta` is the graph's attributes."""
    # It takes longer to import than most questions to answer.
    from networkx import MultiDiGraph

    graph: MultiDiGraph[Any] = MultiDiGraph(**sub.meta)
    for node in sub.nodes:
        attributes = {k: v for k, v in node.to_dict().items() if k != "id"} | {"claims": node.claims}
        graph.add_node(node.id, **attributes)
    for edge in sub.edges:
        attributes = {k: v for k, v in edge.to_dict().items() if k != "id"} | {"claims": edge.claims}
        graph.add_edge(edge.subject, edge.object, key=edge.id, **attributes)
    return graph


def flat_networkx(sub: Subgraph) -> MultiDiGraph[Any]:
    """The same with attributes that are only texts, numbers and booleans, for files."""
    from networkx import MultiDiGraph

    nodes = [node_row(node) for node in sub.nodes]
    edges = [edge_row(edge) for edge in sub.edges]
    one_number_type(nodes)
    one_number_type(edges)
    graph: MultiDiGraph[Any] = MultiDiGraph(name=meta_text(sub))
    for node, row in zip(sub.nodes, nodes, strict=True):
        graph.add_node(plain_text(node.id), **{k: v for k, v in row.items() if k != "id"})
    for edge, row in zip(sub.edges, edges, strict=True):
        graph.add_edge(plain_text(edge.subject), plain_text(edge.object), key=edge.id, **row)
    return graph

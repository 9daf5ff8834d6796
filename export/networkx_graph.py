"""A subgraph as a networkx multigraph: directed, one edge a fact, keyed by the fact's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx

from parkgraph.export.tabular import edge_row, meta_text, node_row
from parkgraph.graph.subgraph import Subgraph

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def to_networkx(sub: Subgraph, *, flat: bool = False) -> MultiDiGraph[Any]:
    """Nodes keyed by id. With `flat` the attributes are only texts, numbers and booleans, for files."""
    graph: MultiDiGraph[Any] = networkx.MultiDiGraph()
    graph.graph["name"] = meta_text(sub) if flat else dict(sub.meta)
    for node in sub.nodes:
        row: dict[str, Any] = (
            dict(node_row(node)) if flat else {k: v for k, v in node.to_dict().items() if k != "id"}
        )
        if flat:
            row.pop("id", None)
        graph.add_node(node.id, **row)
    for edge in sub.edges:
        attributes: dict[str, Any] = (
            dict(edge_row(edge)) if flat else {k: v for k, v in edge.to_dict().items() if k != "id"}
        )
        if not flat:
            attributes["claims"] = edge.claims
        graph.add_edge(edge.subject, edge.object, key=edge.id, **attributes)
    return graph

"""A subgraph as py2neo nodes and relationships, for scripts that still use py2neo."""

from __future__ import annotations

from typing import Any

from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.subgraph import Subgraph


def to_py2neo(sub: Subgraph) -> Any:
    """A py2neo `Subgraph`: `Graph(…).merge(sub.to_py2neo(), "Entity", "id")` writes it elsewhere."""
    try:
        from py2neo import Node, Relationship
        from py2neo import Subgraph as Py2neoSubgraph
    except ImportError as error:
        raise ParkGraphError("py2neo is not installed; pip install parkgraph[py2neo]") from error
    nodes = {node.id: Node("Entity", node.kind, **node.properties) for node in sub.nodes}
    for node in nodes.values():
        node.__primarylabel__, node.__primarykey__ = "Entity", "id"
    relationships = [
        Relationship(nodes[edge.subject], edge.relation, nodes[edge.object], **edge.properties)
        for edge in sub.edges
    ]
    return Py2neoSubgraph(nodes.values(), relationships)

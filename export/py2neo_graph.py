"""A subgraph as py2neo nodes and relationships, for scripts that still use py2neo."""

from __future__ import annotations

from typing import Any

from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.subgraph import Subgraph


def to_py2neo(sub: Subgraph) -> Any:
    """A py2neo `Subgraph`: `Graph(…).merge(sub.to_py2neo(), "Entity", "id")` writes it elsewhere."""
    try:
        import py2neo
        from py2neo.bulk import merge_relationships
    except ImportError as error:
        raise ParkGraphError("py2neo is not installed; pip install parkgraph[py2neo]") from error

    class Facts(py2neo.Subgraph):  # type: ignore[misc]
        """py2neo itself keeps one relationship of a type between two nodes; here each fact is one."""

        def __db_merge__(self, tx: Any, primary_label: Any = None, primary_key: Any = None) -> None:
            py2neo.Subgraph(self.nodes).__db_merge__(tx, primary_label, primary_key)
            self._merge_facts(tx)

        def __db_create__(self, tx: Any) -> None:
            py2neo.Subgraph(self.nodes).__db_create__(tx)
            self._merge_facts(tx)

        def _merge_facts(self, tx: Any) -> None:
            end = ("Entity", "id")
            for relation in sorted(self.types()):
                rows = [
                    (fact.start_node["id"], dict(fact), fact.end_node["id"])
                    for fact in self.relationships
                    if type(fact).__name__ == relation
                ]
                merge_relationships(tx, rows, (relation, "id"), end, end)

    nodes = {node.id: py2neo.Node("Entity", node.kind, **node.properties) for node in sub.nodes}
    for node in nodes.values():
        node.__primarylabel__, node.__primarykey__ = "Entity", "id"
    relationships = [
        py2neo.Relationship(nodes[edge.subject], edge.relation, nodes[edge.object], **edge.properties)
        for edge in sub.edges
    ]
    return Facts(nodes.values(), relationships)

"""The subgraph: nodes, edges and what made them. The one value that queries return and that
pictures, files, the API and Python take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parkgraph.graph.claims import Claim, Source


@dataclass(frozen=True, slots=True)
class Node:
    """An entity, with the claims its properties rest on. `properties` are as stored, with `id`, `kind`
    and `name`."""

    id: str
    kind: str
    properties: Mapping[str, Any]
    claims: tuple[Claim, ...] = ()

    def label(self, lang: str = "zh") -> str:
        """The name in a language, or in the other where that one is not known."""
        first, second = ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")
        return str(self.properties.get(first) or self.properties.get(second) or self.properties["name"])

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, **self.properties}


@dataclass(frozen=True, slots=True)
class Edge:
    """A fact between two entities, with the claims it rests on. `properties` are as stored."""

    id: str
    subject: str
    relation: str
    object: str
    properties: Mapping[str, Any]
    claims: tuple[Claim, ...] = ()

    @property
    def status(self) -> str | None:
        return self.properties.get("status")

    @property
    def inferred(self) -> bool:
        return bool(self.properties.get("inferred"))

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "subject": self.subject,
            "relation": self.relation,
            "object": self.object,
            **{k: v for k, v in self.properties.items() if k != "id"},
        }


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Nodes and edges sorted by id, the sources their claims name, and `meta`: the selection that
    made it, the graph's version, dates asked for, and what cut it (`truncated`)."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def node(self, identifier: str) -> Node:
        """A node by id; raises KeyError."""
        return next(n for n in self.nodes if n.id == identifier)

    def __len__(self) -> int:
        return len(self.nodes)

    def to_dict(self) -> dict[str, Any]:
        """Node-link form with claims and sources, ready for JSON."""
        return {
            "meta": dict(self.meta),
            "nodes": [node.to_dict() | {"claims": _records(node.claims)} for node in self.nodes],
            "edges": [edge.to_dict() | {"claims": _records(edge.claims)} for edge in self.edges],
            "sources": [source.to_dict() for source in self.sources.values()],
        }


def _records(claims: tuple[Claim, ...]) -> list[dict[str, Any]]:
    return [{"id": claim.id, **claim.to_dict()} for claim in claims]

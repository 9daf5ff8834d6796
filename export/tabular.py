"""Flat rows of a subgraph: what GEXF, GraphML and CSV can hold.

Those formats have no lists and no claims. Lists are joined by ` | `; of the claims an edge keeps their
ids, sources and locators. The JSON format and the claims format lose nothing.
"""

from __future__ import annotations

from typing import Any

from parkgraph.graph.subgraph import Edge, Node, Subgraph

SEPARATOR = " | "
Flat = str | int | float | bool


def node_row(node: Node) -> dict[str, Flat]:
    """A node as flat attributes; `label` is its name."""
    return {
        "label": str(node.properties["name"]),
        **{key: flat for key, value in sorted(node.properties.items()) if (flat := _flat(value)) is not None},
    }


def edge_row(edge: Edge) -> dict[str, Flat]:
    """An edge as flat attributes; `label` is its relation."""
    return {
        "label": edge.relation,
        "fact": edge.id,
        "relation": edge.relation,
        **{
            key: flat
            for key, value in sorted(edge.properties.items())
            if key != "id" and (flat := _flat(value)) is not None
        },
        "claim_ids": SEPARATOR.join(claim.id for claim in edge.claims),
        "locators": SEPARATOR.join(
            f"{claim.source}#{claim.locator}" for claim in edge.claims if claim.locator is not None
        ),
    }


def _flat(value: Any) -> Flat | None:
    if isinstance(value, (list, tuple)):
        return SEPARATOR.join(str(item) for item in value)
    if isinstance(value, (str, int, float, bool)):
        return value
    return None


def meta_text(sub: Subgraph) -> str:
    """Where a file comes from, in one line: selection, graph version, model."""
    return "; ".join(
        f"{key}={sub.meta[key]}" for key in ("selection", "version", "model", "truncated") if key in sub.meta
    )

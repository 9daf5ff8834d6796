"""Flat rows of a subgraph: what GEXF, GraphML and CSV can hold.

Those formats have no lists and no claims. Lists are joined by ` | `; of the claims a node or an edge
keeps their ids, sources and locators; a character that XML 1.0 forbids becomes U+FFFD. The JSON format
and the claims format lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from parkgraph.graph.claims import Claim
from parkgraph.graph.subgraph import Edge, Node, Subgraph

SEPARATOR = " | "
Flat = str | int | float | bool
# Source: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_text(text: str) -> str:
    """A text that every file can hold: what XML forbids (control characters, half pairs) is U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def node_row(node: Node) -> dict[str, Flat]:
    """A node as flat attributes; `label` is its name."""
    return {
        "label": plain_text(str(node.properties["name"])),
        **{key: flat for key, value in sorted(node.properties.items()) if (flat := _flat(value)) is not None},
        **_proof(node.claims),
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
        **_proof(edge.claims),
    }


def _proof(claims: Sequence[Claim]) -> dict[str, Flat]:
    """Which claims it rests on, and where each of them is said: the place in a text, else the source."""
    return {
        "claim_ids": SEPARATOR.join(claim.id for claim in claims),
        "locators": plain_text(
            SEPARATOR.join(
                f"{claim.source}#{claim.locator}" if claim.locator is not None else claim.source
                for claim in claims
            )
        ),
    }


def _flat(value: Any) -> Flat | None:
    if isinstance(value, (list, tuple)):
        return plain_text(SEPARATOR.join(str(item) for item in value))
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, (int, float, bool)):
        return value
    return None


def one_number_type(rows: Sequence[dict[str, Flat]]) -> None:
    """Make 35 in a column that also holds 9.5 into 35.0: typed files have one type a column, and
    readers take the last one declared."""
    broken = {column for row in rows for column, value in row.items() if isinstance(value, float)}
    for row in rows:
        for column in broken & row.keys():
            if type(row[column]) is int:
                row[column] = float(row[column])


def meta_text(sub: Subgraph) -> str:
    """Where a file comes from, in one line: selection, graph version, model."""
    return plain_text(
        "; ".join(
            f"{key}={sub.meta[key]}"
            for key in ("selection", "version", "model", "truncated")
            if key in sub.meta
        )
    )

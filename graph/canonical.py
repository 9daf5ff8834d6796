"""The canonical dump: sources, live claims, entities and facts as the store holds them, one JSON
object a line, sorted, without anything that depends on when or how they were loaded.

Its SHA-256 is the content hash of the graph: equal on both engines for the same claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from parkgraph.graph.claims import Claim, canonical_json
from parkgraph.graph.recording import claim_from_properties
from parkgraph.graph.store import Store

_PAGE = 5_000
_SECONDS = 300.0
_HISTORY = ("recorded", "retracted", "retraction", "earlier", "changed", "name")


def pages(
    store: Store, match: str, returns: str, *, after: str = "", size: int = _PAGE, **parameters: Any
) -> Iterator[dict[str, Any]]:
    """Rows of a large read in pages of `size`, sorted by `n.id`, from the first id after one; `match` binds n
    and may end in WHERE."""
    glue = "AND" if " WHERE " in match else "WHERE"
    while True:
        rows = store.read(
            f"{match} {glue} n.id > $after RETURN n.id AS id, {returns} ORDER BY n.id LIMIT {size}",
            {"after": after, **parameters},
            timeout=_SECONDS,
        )
        yield from rows
        if len(rows) < size:
            return
        after = rows[-1]["id"]


def live_claims(store: Store) -> Iterator[Claim]:
    """Every live claim, sorted by id."""
    for row in pages(store, "MATCH (n:Claim) WHERE n.retracted IS NULL", "properties(n) AS p"):
        yield claim_from_properties(row["p"])


def canonical_lines(store: Store) -> Iterator[str]:
    """The dump, line by line without line ends. Sources that no live claim names are left out."""
    for row in pages(
        store,
        "MATCH (n:Source) WHERE EXISTS { MATCH (n)<-[:STATED_IN]-(c:Claim) WHERE c.retracted IS NULL }",
        "properties(n) AS p",
    ):
        yield canonical_json({"record": "source"} | row["p"])
    for label, match in (
        ("claim", "MATCH (n:Claim) WHERE n.retracted IS NULL"),
        ("entity", "MATCH (n:Entity)"),
        ("fact", "MATCH (n:Fact)"),
    ):
        returns = "properties(n) AS p" + (", labels(n) AS labels" if label == "entity" else "")
        for row in pages(store, match, returns):
            kept = {
                key: value
                for key, value in row["p"].items()
                if key not in _HISTORY or (label == "entity" and key == "name")
            }
            if label == "entity":
                kept["labels"] = sorted(row["labels"])
            yield canonical_json({"record": label} | kept)


def content_hash(store: Store) -> str:
    """SHA-256 (hexadecimal) of the canonical dump, each line ended by a line feed."""
    digest = hashlib.sha256()
    for line in canonical_lines(store):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()

"""Canonical JSON lines of sources and claims: the backup, and the way across engines and versions.

Loaded into an empty store of either engine they give a graph with the same content hash. Of a
selection: the claims of its edges and of its nodes' properties, and the sources they name. Of `all`:
every claim of the store, retracted ones with their times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parkgraph.graph.canonical import pages
from parkgraph.graph.claims import Claim, Source, canonical_json, source_from_dict
from parkgraph.graph.recording import claim_from_properties, read_sources
from parkgraph.graph.store import Store
from parkgraph.graph.subgraph import Subgraph


def lines(sub: Subgraph, store: Store) -> Iterator[str]:
    """The lines without line ends: sources first, then claims, each sorted by id."""
    if sub.meta.get("selection") == "all":
        sources: Iterable[Source] = (
            source_from_dict(row["p"]) for row in pages(store, "MATCH (n:Source)", "properties(n) AS p")
        )
        claims: Iterable[Claim] = (
            claim_from_properties(row["p"]) for row in pages(store, "MATCH (n:Claim)", "properties(n) AS p")
        )
    else:
        of_nodes = [claim for node in sub.nodes for claim in node.claims]
        of_edges = [claim for edge in sub.edges for claim in edge.claims]
        claims = sorted([*of_nodes, *of_edges], key=lambda claim: claim.id)
        sources = [s for _, s in sorted(read_sources(store, {c.source for c in claims}).items())]
    for source in sources:
        yield canonical_json({"record": "source"} | source.to_dict())
    for claim in claims:
        yield canonical_json({"record": "claim", "id": claim.id} | claim.to_dict())


def write(sub: Subgraph, store: Store) -> bytes:
    return "".join(f"{line}\n" for line in lines(sub, store)).encode()

"""Node-link JSON: everything a subgraph holds, claims and sources included; networkx reads it back."""

from __future__ import annotations

import orjson

from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.subgraph import Subgraph


def write(sub: Subgraph) -> bytes:
    """`networkx.node_link_graph(data, edges="edges")` gives a directed multigraph keyed by fact.

    Raises ParkGraphError for a text that UTF-8 cannot hold; no store holds one.
    """
    whole = sub.to_dict()
    data = {
        "directed": True,
        "multigraph": True,
        "graph": whole["meta"] | {"sources": whole["sources"]},
        "nodes": whole["nodes"],
        "edges": [
            edge | {"source": edge["subject"], "target": edge["object"], "key": edge["id"]}
            for edge in whole["edges"]
        ],
    }
    try:
        return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ParkGraphError(f"the subgraph cannot be written as JSON: {error}") from error

"""GraphML, for yEd, Gephi, Cytoscape, igraph and networkx."""

from __future__ import annotations

from io import BytesIO

import networkx

from parkgraph.export.networkx_graph import to_networkx
from parkgraph.graph.subgraph import Subgraph


def write(sub: Subgraph) -> bytes:
    """The whole subgraph; source: http://graphml.graphdrawing.org."""
    out = BytesIO()
    networkx.write_graphml_xml(
        to_networkx(sub, flat=True), out, encoding="utf-8", prettyprint=True, named_key_ids=True
    )
    return out.getvalue()

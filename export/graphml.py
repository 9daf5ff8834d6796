"""GraphML, for yEd, Gephi, Cytoscape, igraph and networkx."""

from __future__ import annotations

from io import BytesIO

from parkgraph.export.networkx_graph import flat_networkx
from parkgraph.graph.subgraph import Subgraph


def write(sub: Subgraph) -> bytes:
    """The whole subgraph; source: http://graphml.graphdrawing.org."""
    # It takes longer to import than most questions to answer.
    import networkx

    out = BytesIO()
    # Keys named by attribute would have the same id for a node's `label` and an edge's.
    networkx.write_graphml_xml(flat_networkx(sub), out, encoding="utf-8", prettyprint=True)
    return out.getvalue()

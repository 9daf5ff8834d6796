"""GEXF 1.3, for Gephi."""

from __future__ import annotations

import re
from io import BytesIO

from parkgraph.export.networkx_graph import flat_networkx
from parkgraph.graph.subgraph import Subgraph


def write(sub: Subgraph) -> bytes:
    """The whole subgraph; source: https://gexf.net/schema.html. The day of writing is left out, so that
    the same subgraph gives the same bytes."""
    # It takes longer to import than most questions to answer.
    import networkx

    out = BytesIO()
    graph = flat_networkx(sub)
    networkx.write_gexf(graph, out, encoding="utf-8", prettyprint=True, version="1.3")
    return re.sub(rb' lastmodifieddate="[^"]*"', b"", out.getvalue())

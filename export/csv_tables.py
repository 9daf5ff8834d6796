"""A pair of CSV tables, nodes and edges, in UTF-8 with a byte order mark so that Excel shows Hanzi."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from parkgraph.export.tabular import Flat, edge_row, node_row
from parkgraph.graph.subgraph import Subgraph


def nodes(sub: Subgraph) -> bytes:
    """Columns `id`, `kind`, `label`, then every property that some node has."""
    rows = [{"id": node.id, "kind": node.kind, **node_row(node)} for node in sub.nodes]
    return _table(("id", "kind", "label"), rows)


def edges(sub: Subgraph) -> bytes:
    """Columns `source`, `target`, `relation`, `fact`, then every property that some edge has."""
    rows = [{"source": edge.subject, "target": edge.object, **edge_row(edge)} for edge in sub.edges]
    return _table(("source", "target", "relation", "fact"), rows)


def _table(first: Sequence[str], rows: Sequence[Mapping[str, Flat]]) -> bytes:
    rest = sorted({column for row in rows for column in row} - set(first))
    out = StringIO()
    writer = csv.DictWriter(out, [*first, *rest], lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(
        {k: str(v).lower() if isinstance(v, bool) else v for k, v in row.items()} for row in rows
    )
    return out.getvalue().encode("utf-8-sig")

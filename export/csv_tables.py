"""A pair of CSV tables, nodes and edges, in UTF-8 with a byte order mark so that Excel shows Hanzi.

A text that a spreadsheet would take for a formula gets an apostrophe before it, so that a table made
from mailed data runs nothing when somebody opens it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from parkgraph.export.tabular import Flat, edge_row, node_row, plain_text
from parkgraph.graph.subgraph import Subgraph

# Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def nodes(sub: Subgraph) -> bytes:
    """Columns `id`, `kind`, `label`, then every property that some node has."""
    rows = [{**node_row(node), "id": plain_text(node.id), "kind": node.kind} for node in sub.nodes]
    return _table(("id", "kind", "label"), rows)


def edges(sub: Subgraph) -> bytes:
    """Columns `source`, `target`, `relation`, `fact`, then every property that some edge has."""
    rows = [
        {**edge_row(edge), "source": plain_text(edge.subject), "target": plain_text(edge.object)}
        for edge in sub.edges
    ]
    return _table(("source", "target", "relation", "fact"), rows)


def _table(first: Sequence[str], rows: Sequence[Mapping[str, Flat]]) -> bytes:
    rest = sorted({column for row in rows for column in row} - set(first))
    out = StringIO()
    writer = csv.DictWriter(out, [*first, *rest], lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Flat) -> Flat:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value

"""Blank CSV tables to fill in, derived from the model: one a kind, one for relations, one for sources."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from parkgraph.graph.errors import ParkGraphError, UnknownName
from parkgraph.graph.model import Model
from parkgraph.ingest.tables import columns


def table_names(model: Model) -> list[str]:
    """Every table there is a template for."""
    return ["sources", "relations", *(kind.table for kind in model.kinds.values())]


def template(table: str, model: Model) -> str:
    """The header line of a table. Raises UnknownName."""
    if table not in table_names(model):
        raise UnknownName("table", table, table_names(model))
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(columns(table, model))
    return out.getvalue()


def write_templates(folder: str | Path, model: Model, tables: list[str] | None = None) -> list[Path]:
    """Write blank tables into a folder; a file that is there is never overwritten."""
    folder = Path(folder)
    blank = {folder / f"{table}.csv": template(table, model) for table in tables or table_names(model)}
    there = [str(path) for path in blank if path.exists()]
    if there:
        raise ParkGraphError(f"{', '.join(there)}: is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in blank.items():
            with path.open("x", encoding="utf-8-sig", newline="") as stream:
                stream.write(text)
    except OSError as error:
        raise ParkGraphError(f"{folder}: cannot be written: {error.strerror}") from error
    return list(blank)

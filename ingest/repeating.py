"""What stands in a table twice: rows that say the same, and values that differ for one entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from parkgraph.graph.model import Model
from parkgraph.ingest.chunks import NAMES, Chunk, column_of
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import TableMapping
from parkgraph.ingest.readers import ROW, Sheet


class Repeating:
    """Remembers hashes of rows and values, chunk by chunk, and tells at the end which are there twice."""

    def __init__(self, sheet: Sheet, mapping: TableMapping, model: Model) -> None:
        self._sheet = sheet
        self._model = model
        self._read = sorted(mapping.columns & set(sheet.columns))
        self._rows: list[pl.DataFrame] = []
        self._values: dict[tuple[str, str], list[pl.DataFrame]] = defaultdict(list)

    def remember(self, frame: pl.DataFrame, chunk: Chunk) -> None:
        if not len(frame):
            return
        if self._read:
            hashes = frame.select(self._read).hash_rows(seed=0)
            self._rows.append(pl.DataFrame({"row": frame[ROW], "hash": hashes}))
        for entities in chunk.entities.values():
            if entities.mapping.kind is None:
                continue
            known = self._model.properties_of(entities.mapping.kind)
            ids = entities.ids
            if ids.dtype == pl.List:
                ids = ids.list.get(0, null_on_oob=True).set(ids.list.len() != 1, None)
            numbers = frame[ROW].gather(entities.at) if len(entities.at) < len(frame) else frame[ROW]
            for name, series in entities.columns.items():
                prop = known[name]
                if prop.multiple or prop.verbatim or name in NAMES or series.dtype == pl.List:
                    continue
                values = pl.DataFrame({"id": ids, "value": series, "row": numbers}).drop_nulls()
                hashed = (pl.col("id").hash(0), pl.struct("id", "value").hash(0).alias("value"), "row")
                column = column_of(entities.mapping.properties[name])
                self._values[name, column].append(values.select(*hashed))

    def findings(self) -> Iterator[Finding]:
        rows = pl.concat(self._rows) if self._rows else None
        if rows is not None and rows["hash"].n_unique() < len(rows):
            twice = rows.with_columns(first=pl.col("row").first().over("hash"))
            for row, _, first in twice.filter(pl.col("row") != pl.col("first")).iter_rows():
                said, zh = f"says the same as row {first}", f"与第 {first} 行相同"
                yield Finding(self._sheet.place(row), "", said, "duplicate-row", zh=zh)
        for (_, column), frames in self._values.items():
            yield from self._differing(column, pl.concat(frames))

    def _differing(self, column: str, values: pl.DataFrame) -> Iterator[Finding]:
        if values["id"].n_unique() == values["value"].n_unique():
            return
        row, value = pl.col("row"), pl.col("value")
        of_entity = values.group_by("id", maintain_order=True).agg(
            value.n_unique().alias("n"),
            row.first().alias("first"),
            row.filter(value != value.first()).first().alias("other"),
        )
        for _, n, first, other in of_entity.filter(pl.col("n") > 1).iter_rows():
            said = f"says otherwise of the same entity than row {first}; both are kept ({n} values)"
            zh = f"对同一实体的说法与第 {first} 行不同，均予保留（共 {n} 种）"
            yield Finding(self._sheet.place(other), column, said, "conflict-in-file", zh=zh)

"""What stands in a table twice: rows that say the same, and values that differ for one entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from parkgraph.graph.model import Model
from parkgraph.ingest.chunks import NAMES, Chunk, Entities, column_of
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import TableMapping
from parkgraph.ingest.readers import ROW, Sheet


class Repeating:
    """Remembers hashes of rows and of values, chunk by chunk, and tells at the end which are there twice."""

    def __init__(self, sheet: Sheet, mapping: TableMapping, model: Model) -> None:
        self._sheet = sheet
        self._model = model
        self._read = sorted(mapping.columns & set(sheet.columns))
        self._rows: list[pl.DataFrame] = []
        self._values: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._columns: dict[tuple[str, str], str] = {}

    def remember(self, frame: pl.DataFrame, chunk: Chunk) -> None:
        if not len(frame):
            return
        if self._read:
            hashes = frame.select(self._read).hash_rows(seed=0)
            self._rows.append(pl.DataFrame({"row": frame[ROW], "hash": hashes}))
        for alias, entities in chunk.entities.items():
            names = self._comparable(entities)
            if not names:
                continue
            ids = entities.ids
            if ids.dtype == pl.List:
                ids = ids.list.get(0, null_on_oob=True).set(ids.list.len() != 1, None)
            row = frame[ROW].gather(list(entities.at)) if len(entities.at) < len(frame) else frame[ROW]
            said = pl.DataFrame(
                [
                    ids.alias("id"),
                    row.alias("row"),
                    *(entities.columns[name].alias(f"={name}") for name in names),
                ]
            )
            hashed = [
                pl.when(pl.col(f"={name}").is_not_null())
                .then(pl.struct("id", f"={name}").hash(0))
                .alias(f"={name}")
                for name in names
            ]
            self._values[alias].append(
                said.select(
                    pl.when(pl.col("id").is_not_null()).then(pl.col("id").hash(0)).alias("id"), "row", *hashed
                )
            )
            for name in names:
                self._columns[alias, name] = column_of(entities.mapping.properties[name])

    def _comparable(self, entities: Entities) -> list[str]:
        """The properties that have one value, of which two rows may say different ones."""
        if entities.mapping.kind is None:
            return []
        known = self._model.properties_of(entities.mapping.kind)
        return [
            name
            for name, series in entities.columns.items()
            if not (known[name].multiple or known[name].verbatim or name in NAMES or series.dtype == pl.List)
        ]

    def findings(self) -> Iterator[Finding]:
        rows = pl.concat(self._rows) if self._rows else None
        if rows is not None and rows["hash"].n_unique() < len(rows):
            twice = rows.with_columns(first=pl.col("row").first().over("hash"))
            for row, _, first in twice.filter(pl.col("row") != pl.col("first")).iter_rows():
                said, zh = f"says the same as row {first}", f"与第 {first} 行相同"
                yield Finding(self._sheet.place(row), "", said, "duplicate-row", zh=zh)
        frames = {alias: pl.concat(parts, how="diagonal") for alias, parts in self._values.items()}
        if not frames or _are_unlike([frame["id"] for frame in frames.values()]):
            return
        for name in dict.fromkeys(name for _, name in self._columns):
            yield from self._differing(
                pl.concat(
                    frame.select(
                        "id", pl.col(f"={name}").alias("value"), "row", of=pl.lit(self._columns[alias, name])
                    )
                    for alias, frame in frames.items()
                    if (alias, name) in self._columns
                ).drop_nulls()
            )

    def _differing(self, values: pl.DataFrame) -> Iterator[Finding]:
        if values["id"].n_unique() == values["value"].n_unique():
            return
        row, value = pl.col("row"), pl.col("value")
        of_entity = (
            values.sort("row")
            .group_by("id", maintain_order=True)
            .agg(
                value.n_unique().alias("n"),
                row.first().alias("first"),
                pl.struct("row", "of").filter(value != value.first()).first().alias("other"),
            )
        )
        for _, n, first, other in of_entity.filter(pl.col("n") > 1).iter_rows():
            said = f"says otherwise of the same entity than row {first}; both are kept ({n} values)"
            zh = f"对同一实体的说法与第 {first} 行不同，均予保留（共 {n} 种）"
            yield Finding(self._sheet.place(other["row"]), other["of"], said, "conflict-in-file", zh=zh)


def _are_unlike(ids: list[pl.Series]) -> bool:
    """Whether none is there twice."""
    every = pl.concat(ids).drop_nulls()
    return every.n_unique() == len(every)

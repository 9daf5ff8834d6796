"""A chunk of a table as it was read: whom its rows speak of, what they say, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from parkgraph.graph.claims import Source
from parkgraph.graph.model import Model
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import PLACEHOLDER, Cell, EntityMapping, RelationMapping
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.resolving import Meant, Resolver

NAMES = ("name_zh", "name_en")


@dataclass(slots=True)
class Context:
    """What the tables of one load share."""

    model: Model
    resolver: Resolver
    sources: dict[str, Source]
    source: str | None = None
    queued: dict[str, Meant] = field(default_factory=dict)
    skip_refused: bool = False


@dataclass(slots=True)
class Part:
    """Some rows of a chunk: `at` are their positions in it. What is wrong with one goes into `findings`, and
    its position into `bad`, which all parts of the chunk share."""

    frame: pl.DataFrame
    at: Sequence[int]
    sheet: Sheet
    findings: list[Finding]
    bad: set[int]

    def __len__(self) -> int:
        return len(self.frame)

    def say(
        self,
        row: int,
        column: str,
        message: str,
        rule: str,
        value: str | None = None,
        expected: str | None = None,
        *,
        more: int = 0,
        zh: str | None = None,
    ) -> None:
        """A finding about the row at a position of this part; its row is bad where the rule is an error."""
        place = self.sheet.place(self.frame[ROW][row])
        finding = Finding(place, column, message, rule, value, expected, more, zh)
        self.findings.append(finding)
        if finding.severity == "error":
            self.bad.add(self.at[row])


@dataclass(slots=True)
class Entities:
    """What an alias stands for in the rows of a chunk: `at` are their positions, `ids` the entity of each, or
    a list of several, `columns` the texts of its properties in the model's form."""

    mapping: EntityMapping
    at: Sequence[int]
    ids: pl.Series
    columns: dict[str, pl.Series]

    def every(self) -> pl.Series:
        """Each id once."""
        ids = self.ids.explode() if self.ids.dtype == pl.List else self.ids
        return ids.drop_nulls().unique()

    def many(self) -> pl.DataFrame:
        """For each position how many ids there are."""
        one = pl.col("id").list.len() if self.ids.dtype == pl.List else pl.col("id").is_not_null()
        said = pl.DataFrame({"at": list(self.at), "id": self.ids})
        return said.select("at", n=one.fill_null(0).cast(pl.UInt32))

    def of_rows(self) -> list[tuple[str, ...]]:
        """For each row the ids."""
        if self.ids.dtype == pl.List:
            return [() if ids is None else tuple(ids) for ids in self.ids.to_list()]
        return [() if one is None else (one,) for one in self.ids.to_list()]


@dataclass(slots=True)
class Ties:
    """A relation in the rows of a chunk that speak of it."""

    mapping: RelationMapping
    at: Sequence[int]
    columns: dict[str, list[Any]]
    properties: dict[str, pl.Series]
    claims: dict[str, list[Any]]


@dataclass(slots=True)
class Chunk:
    """A chunk as read: row numbers, positions with an error, entities, relations and what holds for all."""

    rows: list[int]
    bad: set[int]
    entities: dict[str, Entities]
    ties: list[Ties]
    claims: dict[str, list[Any]]

    def ids_at(self, alias: str) -> dict[int, tuple[str, ...]]:
        """By position whom an alias stands for."""
        entities = self.entities.get(alias)
        return dict(zip(entities.at, entities.of_rows(), strict=True)) if entities is not None else {}


def column_of(cell: Cell) -> str:
    """The columns that a cell is read from, for people."""
    return ", ".join(cell.columns)


def origin(entity: EntityMapping) -> str:
    """The column that says who is meant."""
    if entity.id is not None:
        return ", ".join(PLACEHOLDER.findall(entity.id))
    for name in (*NAMES, *entity.properties):
        if name in entity.properties:
            return column_of(entity.properties[name])
    return ""

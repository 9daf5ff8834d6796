"""ParkGraph's own tables, `parks.csv` to `relations.csv`: they are read by mappings that the model makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from parkgraph.graph.model import Kind, Model, Property
from parkgraph.ingest.chunks import Chunk, Context, Part
from parkgraph.ingest.columns import id_form
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import (
    CLAIM_FIELDS,
    PLACEHOLDER,
    Cell,
    EntityMapping,
    RelationMapping,
    TableMapping,
)
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.repeating import Repeating
from parkgraph.ingest.tables import Table

RELATION_COLUMNS = ("subject", "relation", "object", "disc", "status")


def required_columns(name: str) -> tuple[str, ...]:
    """The columns that a table of ParkGraph's own must have, filled in every row."""
    if name == "sources":
        return ("id", "name")
    return ("subject", "relation", "object", "source") if name == "relations" else ("id", "source")


class OwnTable(Table):
    """A table of ParkGraph's own. Every row names its source and is a statement of its own, several may speak
    of one entity; a row whose first cell begins with # is an example of a template, and does not count."""

    _makes_ids = False

    def __init__(self, sheet: Sheet, context: Context) -> None:
        super().__init__(sheet, own_mapping(sheet, context.model), context)

    def _selected(self, frame: pl.DataFrame) -> pl.DataFrame:
        first = pl.col(self.sheet.columns[0])
        return frame.filter(~first.str.starts_with("#").fill_null(value=False))

    def _read(self, part: Part) -> Chunk:
        chunk = super()._read(part)
        for column in required_columns(self.sheet.table):
            if column in part.frame.columns:
                empty = pl.col(column).str.strip_chars().fill_null("") == ""
                for row in part.frame.select(empty)[column].arg_true():
                    part.say(row, column, "is empty", "empty", zh="未填写")
        return chunk

    def _ids(self, part: Part, entity: EntityMapping, _: Mapping[str, pl.Series], /) -> pl.Series:
        """The ids that the rows say, as they are."""
        cell = Cell(column=PLACEHOLDER.findall(entity.id or "")[0])
        return self._column(part, cell, id_form())

    def _remember(self, repeating: Repeating, part: Part, chunk: Chunk) -> None:
        """Nothing is said of what stands there twice."""

    def _say_left_out(self) -> Iterator[Finding]:
        return iter(())

    def _where(self) -> None:
        """The rows say their locators themselves."""


def own_columns(name: str, model: Model) -> list[str]:
    """The columns of a table of ParkGraph's own, in the order of the blank template."""
    kind = own_kind(name, model)
    if kind is None:
        attributes = {p: None for r in model.relations for p in model.relation_properties(r)}
        return [*RELATION_COLUMNS, *attributes, *CLAIM_FIELDS]
    return ["id", *kind.links, *model.properties_of(kind.name), *CLAIM_FIELDS]


def own_kind(name: str, model: Model) -> Kind | None:
    """The kind whose table this is."""
    return next((kind for kind in model.kinds.values() if kind.table == name), None)


def own_mapping(sheet: Sheet, model: Model) -> TableMapping:
    """The mapping of a table of ParkGraph's own."""
    there = set(sheet.columns)
    claims = {name: Cell(column=name) for name in CLAIM_FIELDS if name in there}

    def cell(name: str, prop: Property) -> Cell:
        return Cell(column=name, split="|") if prop.multiple else Cell(column=name)

    kind = own_kind(sheet.table, model)
    if kind is not None:
        properties = {n: cell(n, p) for n, p in model.properties_of(kind.name).items() if n in there}
        entities = {"it": EntityMapping(kind=kind.name, id="{id}", properties=properties)}
        relations = []
        for column, relation in kind.links.items():
            if column in there:
                entities[column] = EntityMapping(id=f"{{{column}}}", create=False)
                relations.append(RelationMapping(subject="it", relation=relation, object=column))
        return TableMapping(entities=entities, relations=relations, claims=claims)
    ends = {side: EntityMapping(id=f"{{{side}}}", create=False) for side in ("subject", "object")}
    said: set[str] = set()
    for chunk in sheet.chunks():
        said |= set(chunk["relation"].str.strip_chars().unique().drop_nulls())
    ties = [
        RelationMapping(
            subject="subject",
            relation=name,
            object="object",
            when={"relation": [name]},
            status=Cell(column="status") if "status" in there else None,
            disc=Cell(column="disc") if "disc" in there else None,
            properties={n: cell(n, p) for n, p in model.relation_properties(name).items() if n in there},
        )
        for name in model.relations
        if name in said
    ]
    return TableMapping(entities=ends, relations=ties, claims=claims)


def own_faults(sheet: Sheet, model: Model) -> Iterator[Finding]:
    """In the relations table: relations that the model does not know, and properties that they have not."""
    if sheet.table != "relations":
        return
    attributes = [c for c in sheet.columns if c not in (*RELATION_COLUMNS, *CLAIM_FIELDS)]
    for frame in sheet.chunks():
        names = frame["relation"].str.strip_chars()
        for name in names.unique(maintain_order=True).drop_nulls():
            of = frame.filter(names == name)
            if name not in model.relations:
                known = ", ".join(model.relations)
                for row in of[ROW] if name else ():
                    yield Finding(
                        sheet.place(row),
                        "relation",
                        f"there is no relation {name!r}; known: {known}",
                        "unknown-relation",
                        name,
                        known,
                    )
                continue
            properties = model.relation_properties(name)
            for column in attributes:
                if column in properties:
                    continue
                filled = of.filter(pl.col(column).str.strip_chars().fill_null("") != "")
                for row in filled[ROW]:
                    yield Finding(
                        sheet.place(row),
                        column,
                        f"{name} has no {column}; it has {', '.join(properties)}",
                        "unknown-column",
                    )

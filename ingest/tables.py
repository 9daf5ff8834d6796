"""What the rows of a table say, by a mapping: the checks of its cells, column by column, and its claims.

ParkGraph's own tables (`parks.csv`, `relations.csv`) are read by mappings too, which the model makes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import polars as pl

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Kind, Model, Property
from parkgraph.graph.quantities import parse_quantity
from parkgraph.graph.validation import locator_problems
from parkgraph.ingest.columns import (
    INVISIBLE,
    Column,
    Form,
    claim_form,
    form_of,
    id_form,
    read_column,
    ready_columns,
    texts_of,
)
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import (
    CLAIM_FIELDS,
    PLACEHOLDER,
    Cell,
    Condition,
    EntityMapping,
    RelationMapping,
    TableMapping,
)
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.resolving import Meant, Resolver, slug

CONFIDENCE_OF_INFERRED = 0.5
"""Where a row that is marked as inferred gives no confidence of its own."""
RELATION_COLUMNS = ("subject", "relation", "object", "disc", "status")
NAMES = ("name_zh", "name_en")
_KEPT_ROWS = 100_000
"""Of a table so many rows are held as read between the passes; the others are read again in each."""

_PLAIN_ID = r"^[A-Za-z0-9_\x{4e00}-\x{9fff}-]+$"
"""What stands in an id as it is."""
_LONGEST_PLAIN_ID = 160


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
class _Entities:
    """What an alias stands for in the rows of a chunk: `at` are their positions, `ids` the entity of each, or
    a list of several, `columns` the texts of its properties in the model's form."""

    mapping: EntityMapping
    at: list[int]
    ids: pl.Series
    columns: dict[str, pl.Series]

    def every(self) -> pl.Series:
        """Each id once."""
        ids = self.ids.explode() if self.ids.dtype == pl.List else self.ids
        return ids.drop_nulls().unique()

    def of_rows(self) -> list[tuple[str, ...]]:
        """For each row the ids."""
        if self.ids.dtype == pl.List:
            return [() if ids is None else tuple(ids) for ids in self.ids.to_list()]
        return [() if one is None else (one,) for one in self.ids.to_list()]


@dataclass(slots=True)
class _Ties:
    """A relation in the rows of a chunk that speak of it."""

    mapping: RelationMapping
    at: list[int]
    columns: dict[str, list[Any]]
    properties: dict[str, pl.Series]
    claims: dict[str, list[Any]]


@dataclass(slots=True)
class _Chunk:
    """A chunk as read: row numbers, positions with an error, entities, relations and what holds for all."""

    rows: list[int]
    bad: set[int]
    entities: dict[str, _Entities]
    ties: list[_Ties]
    claims: dict[str, list[Any]]


class Table:
    """A sheet with its mapping. Three passes, each chunk by chunk: `cells` checks what is written and learns
    who is spoken of, `references` checks the ends of relations, `claims` says what the rows say."""

    def __init__(self, sheet: Sheet, mapping: TableMapping, context: Context, *, own: bool = False) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self._context = context
        self._model = context.model
        self._own = own
        self._kept: dict[int, _Chunk] = {}
        self._rows: list[pl.DataFrame] = []
        self._values: dict[tuple[str, str], list[pl.DataFrame]] = defaultdict(list)
        self._named_sources: set[str] = set()
        self._left_out = 0
        self._forms: dict[tuple[int, str], Form] = {}
        self._ready: dict[int, pl.Series] = {}
        self._meant: dict[tuple[Any, ...], Meant | None] = {}

    @property
    def rows(self) -> int:
        return self.sheet.rows

    comments = 0
    """Example rows of a template, which are left out."""

    @property
    def place(self) -> tuple[str, str | None]:
        """The file and the sheet."""
        return self.sheet.file, self.sheet.sheet

    @property
    def by_name(self) -> bool:
        """Whether rows name entities by their names or identifiers."""
        return any(entity.id is None for entity in self.mapping.entities.values())

    @property
    def _refers(self) -> bool:
        """Whether rows refer to what they do not themselves describe, or may tie something with itself."""
        entities = self.mapping.entities
        return (
            self._own
            or "source" in self.mapping.claims
            or not all(entity.create and entity.kind for entity in entities.values())
            or any(entities[t.subject].kind == entities[t.object].kind for t in self.mapping.relations)
        )

    def named_sources(self) -> set[str]:
        """The sources that the rows name."""
        return self._named_sources

    # -- reading a chunk -----------------------------------------------------------------------

    def _chunks(self) -> Iterator[tuple[pl.DataFrame, _Chunk, list[Finding]]]:
        """Each chunk with what is found in its cells; what is kept is not read again."""
        for number, frame in enumerate(self.sheet.chunks()):
            every, frame = len(frame), self._selected(frame)
            self._left_out += every - len(frame)
            if number in self._kept:
                yield frame, self._kept[number], []
                continue
            findings: list[Finding] = []
            chunk = self._read(frame, findings)
            if sum(len(kept.rows) for kept in self._kept.values()) + len(chunk.rows) <= _KEPT_ROWS:
                self._kept[number] = chunk
            yield frame, chunk, findings

    def _selected(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that count: not those that the mapping skips, nor the example rows of a template, whose
        first cell begins with #."""
        if self._own:
            return frame.filter(~pl.col(self.sheet.columns[0]).str.starts_with("#").fill_null(value=False))
        return frame.filter(~_holds(self.mapping.skip)) if self.mapping.skip else frame

    def _column(
        self,
        frame: pl.DataFrame,
        cell: Cell,
        form: Form,
        findings: list[Finding],
        bad: set[int],
        at: list[int],
    ) -> pl.Series:
        ready = self._ready.get(id(cell))
        if ready is not None and len(at) == len(ready):
            return ready
        read: Column = read_column(frame, cell, form, self.sheet, clean=self.mapping.clean)
        findings += read.findings
        bad.update(at[i] for i in read.bad)
        return read.values

    def _form(self, cell: Cell, name: str, prop: Property | None = None) -> Form:
        """How the cells of a property, or of a column of claims, are read; made once."""
        key = (id(cell), name)
        if key not in self._forms:
            model = self._model
            self._forms[key] = (
                form_of(prop, cell, model) if prop is not None else claim_form(name, cell, model)
            )
        return self._forms[key]

    def _cells(self) -> Iterator[tuple[Cell, Form]]:
        """The cells that are read in every row, with how."""
        mapping, model = self.mapping, self._model
        for name, cell in mapping.claims.items():
            yield cell, self._form(cell, name)
        for entity in mapping.entities.values():
            known = model.properties_of(entity.kind) if entity.kind else model.entity_properties
            for name, cell in entity.properties.items() if not entity.when else ():
                yield cell, self._form(cell, name, known[name])
        for tie in mapping.relations:
            for name, cell in tie.claims.items() if not tie.when else ():
                yield cell, self._form(cell, name)

    def _read(self, frame: pl.DataFrame, findings: list[Finding]) -> _Chunk:
        model = self._model
        bad: set[int] = set()
        everywhere = list(range(len(frame)))
        read = partial(self._column, findings=findings, bad=bad)
        self._ready = ready_columns(frame, self._cells(), clean=self.mapping.clean)
        claims = {
            name: read(frame, cell, self._form(cell, name), at=everywhere).to_list()
            for name, cell in self.mapping.claims.items()
        }
        entities = {}
        for alias, entity in self.mapping.entities.items():
            part, at = _part(frame, entity.when)
            if not at:
                continue
            known = model.properties_of(entity.kind) if entity.kind else model.entity_properties
            columns = {
                name: read(part, cell, self._form(cell, name, known[name]), at=at)
                for name, cell in entity.properties.items()
            }
            ids = self._ids(part, at, entity, columns, findings, bad)
            self._check_names(part, at, entity, columns, findings, bad)
            entities[alias] = _Entities(entity, at, ids, columns)
        ties = []
        for tie in self.mapping.relations:
            ends = (self.mapping.entities[tie.subject], self.mapping.entities[tie.object])
            part, at = _part(frame, tie.when, *(end.when for end in ends))
            if not at:
                continue
            ties.append(self._tie(part, at, tie, read))
        self._check_order(claims, ties, frame, findings, bad)
        return _Chunk(frame[ROW].to_list(), bad, entities, ties, claims)

    def _tie(
        self, part: pl.DataFrame, at: list[int], tie: RelationMapping, read: Callable[..., pl.Series]
    ) -> _Ties:
        properties = self._model.relation_properties(tie.relation)
        columns: dict[str, list[Any]] = {}
        if tie.status is not None:
            form = self._form(tie.status, "status", _status(self._model))
            columns["status"] = read(part, tie.status, form, at=at).to_list()
        if tie.disc is not None:
            columns["disc"] = read(part, tie.disc, self._form(tie.disc, "disc"), at=at).to_list()
        values = {
            name: read(part, cell, self._form(cell, name, properties[name]), at=at)
            for name, cell in tie.properties.items()
            if not self._own or cell.column is None or part[cell.column].null_count() < len(part)
        }
        claims = {
            name: read(part, cell, self._form(cell, name), at=at).to_list()
            for name, cell in tie.claims.items()
        }
        return _Ties(tie, at, columns, values, claims)

    def _ids(
        self,
        part: pl.DataFrame,
        at: list[int],
        entity: EntityMapping,
        columns: Mapping[str, pl.Series],
        findings: list[Finding],
        bad: set[int],
    ) -> pl.Series:
        """Who is meant in each row; what cannot be told is found."""
        if entity.id is not None:
            return self._given_ids(part, at, entity, findings, bad)
        names = [columns[name] for name in NAMES if name in columns]
        known = self._model.entity_properties
        identifiers = {n: columns[n] for n in entity.properties if known[n].type == "identifier"}
        return self._named_ids(part, at, entity, names, identifiers, findings, bad)

    def _given_ids(
        self, part: pl.DataFrame, at: list[int], entity: EntityMapping, findings: list[Finding], bad: set[int]
    ) -> pl.Series:
        """Ids that the row itself says, or that are made from its cells by a template."""
        columns = PLACEHOLDER.findall(entity.id or "")
        if self._own:
            cell = Cell(column=columns[0])
            return self._column(part, cell, id_form(), findings, bad, at)
        texts = texts_of(part, Cell(template=entity.id), clean=self.mapping.clean)
        if entity.split is not None:
            texts = self._several(part, entity, columns[0])
        if entity.create and any(part[column].null_count() < len(part) for column in columns):
            rows = part[ROW]
            for position in texts.is_null().arg_true().to_list():
                bad.add(at[position])
                place = self.sheet.place(rows[position])
                said = "is empty, and makes the id"
                findings.append(Finding(place, ", ".join(columns), said, "empty", zh="未填写，无法得到编号"))
        if entity.split is None:
            return self._made(texts, entity)
        long = pl.DataFrame({"at": pl.Series(range(len(part)), dtype=pl.UInt32), "text": texts}).explode(
            "text"
        )
        long = long.with_columns(self._made(long["text"], entity).alias("id"))
        several = long.group_by("at", maintain_order=True).agg(
            pl.col("id").drop_nulls().unique(maintain_order=True)
        )
        return several["id"]

    def _made(self, texts: pl.Series, entity: EntityMapping) -> pl.Series:
        """The ids that texts make: as they are where they begin as ids do, else behind the kind's prefix."""
        prefixes = [self._model.kinds[entity.kind].prefix] if entity.kind else []
        prefixes = prefixes or [kind.prefix for kind in self._model.kinds.values()]
        frame = texts.to_frame("text")
        text = pl.col("text")
        short = text.str.len_bytes() <= _LONGEST_PLAIN_ID
        plain = frame.select((short & text.str.contains(_PLAIN_ID)).fill_null(value=True))["text"]
        made = frame.select(pl.lit(f"{prefixes[0]}:") + pl.col("text"))["literal"]
        if plain.all():
            return made
        others: dict[str, str] = {}
        for said in texts.filter(~plain).unique():
            whole = any(said.startswith(f"{prefix}:") for prefix in prefixes)
            head, _, rest = said.partition(":") if whole else (prefixes[0], "", said)
            others[said] = f"{head}:{slug(rest)}"
        new = list(others.values())
        replaced = texts.replace_strict(list(others), new, default=None, return_dtype=pl.String)
        return pl.DataFrame({"made": made, "other": replaced, "plain": plain}).select(
            pl.when("plain").then("made").otherwise("other").alias("id")
        )["id"]

    def _several(self, part: pl.DataFrame, entity: EntityMapping, column: str) -> pl.Series:
        """The texts of ids where one cell names several entities; null where it names none."""
        head, _, tail = PLACEHOLDER.split(entity.id or "")
        one = pl.element().str.strip_chars()
        named = texts_of(part, Cell(column=column), clean=self.mapping.clean).str.split(entity.split or "")
        texts = named.to_frame("text").select(
            pl.col("text").list.eval(pl.concat_str(pl.lit(head), one.filter(one != ""), pl.lit(tail)))
        )["text"]
        return texts.to_frame().select(pl.when(pl.col("text").list.len() > 0).then("text"))["text"]

    def _named_ids(
        self,
        part: pl.DataFrame,
        at: list[int],
        entity: EntityMapping,
        names: list[pl.Series],
        identifiers: Mapping[str, pl.Series],
        findings: list[Finding],
        bad: set[int],
    ) -> pl.Series:
        """Ids by name or identifier, once every table has said who it speaks of."""
        at_of = pl.Series("at", range(len(part)), dtype=pl.UInt32)
        keys = pl.DataFrame([at_of, *(series.alias(f"={key}") for key, series in identifiers.items())])
        spoken = pl.DataFrame([series.alias(str(i)) for i, series in enumerate(names)])
        keys = keys.with_columns(
            spoken.select(pl.coalesce(pl.all()).alias("text"))["text"]
            if names
            else pl.lit(None, pl.String).alias("text")
        )
        if keys["text"].dtype == pl.List:
            keys = keys.explode("text")
        marks = [column for column in keys.columns if column.startswith("=")]
        groups = keys.group_by("text", *marks, maintain_order=True).agg(pl.col("at").first(), pl.len())
        found: list[str | None] = []
        described: list[str] = []
        wrong: dict[int, Meant | None] = {}
        for group, (text, *values, at_first, times) in enumerate(groups.iter_rows()):
            said = {mark[1:]: value for mark, value in zip(marks, values, strict=True) if value is not None}
            if text is None and not said:
                found.append(None)
                if self._needs_one(entity):
                    wrong[group] = None
                continue
            key = (id(entity), text, *values)
            if key not in self._meant:
                create = entity.create and text is not None
                self._meant[key] = self._context.resolver.meant(entity.kind, text, said, create=create)
            meant = self._meant[key]
            if meant is None or meant.ambiguous:
                found.append(None)
                wrong[group] = meant
                continue
            found.append(meant.id)
            findings += self._said_of(meant, part[ROW][at_first], _origin(entity), text, times)
            if entity.kind is not None and entity.create:
                described.append(meant.id)
        if entity.kind is not None:
            self._context.resolver.define(pl.Series(described, dtype=pl.String), entity.kind)
        groups = groups.with_columns(
            pl.Series("id", found, dtype=pl.String), pl.Series("group", range(len(groups)), dtype=pl.UInt32)
        )
        keys = keys.join(
            groups.drop("at", "len"), on=["text", *marks], how="left", nulls_equal=True, maintain_order="left"
        )
        if wrong:
            for at_row, text, group, *values in (
                keys.filter(pl.col("group").is_in(list(wrong)))
                .select("at", "text", "group", *marks)
                .iter_rows()
            ):
                said = {
                    mark[1:]: value for mark, value in zip(marks, values, strict=True) if value is not None
                }
                bad.add(at[at_row])
                findings.append(
                    self._nobody(part[ROW][at_row], _origin(entity), text, said, wrong[group], entity)
                )
        if len(keys) == len(part):
            return keys["id"]
        return keys.group_by("at", maintain_order=True).agg(pl.col("id").drop_nulls())["id"]

    def _said_of(
        self, meant: Meant, row: int, column: str, text: str | None, times: int
    ) -> Iterator[Finding]:
        """What is worth saying of a name that was understood: that it waits for judgement, or is another."""
        if meant.queued and meant.id not in self._context.queued:
            self._context.queued[meant.id] = meant
            yield Finding(
                self.sheet.place(row),
                column,
                f"{text!r} may be {meant.in_words}; it is kept apart as {meant.id} until judged",
                "queued",
                text,
                ", ".join(i for i, _ in meant.candidates),
                times - 1,
            )
        elif meant.namesake is not None:
            yield Finding(
                self.sheet.place(row),
                column,
                f"{text!r} becomes a new entity, {meant.id}, though {meant.namesake} has the same name",
                "namesake",
                text,
                meant.namesake,
                times - 1,
            )
        elif meant.known_as is not None and text is not None:
            yield Finding(
                self.sheet.place(row),
                column,
                f"{text!r} is read as {meant.known_as} ({meant.id})",
                "read-as",
                text,
                meant.id,
                times - 1,
            )

    def _check_names(
        self,
        part: pl.DataFrame,
        at: list[int],
        entity: EntityMapping,
        columns: Mapping[str, pl.Series],
        findings: list[Finding],
        bad: set[int],
    ) -> None:
        """Names in two languages in one cell each are as many in both."""
        several = [name for name in NAMES if name in columns and columns[name].dtype == pl.List]
        if len(several) < 2:
            return
        one, other = (columns[name].list.len() for name in several)
        rows = part[ROW]
        for position in (one != other).fill_null(value=False).arg_true().to_list():
            bad.add(at[position])
            column = _cell_column(entity.properties[several[1]])
            first = _cell_column(entity.properties[several[0]])
            said = f"has {other[position]} names, and {first} {one[position]}"
            zh = f"有 {other[position]} 个名称，另一列有 {one[position]} 个"
            findings.append(Finding(self.sheet.place(rows[position]), column, said, "bad-value", zh=zh))

    def _needs_one(self, entity: EntityMapping) -> bool:
        """Whether every row must say who is meant: of the first entity of a table, whom it is about."""
        return entity is next(iter(self.mapping.entities.values())) and entity.create and not entity.when

    def _nobody(
        self,
        row: int,
        column: str,
        text: str | None,
        marks: Mapping[str, str],
        meant: Meant | None,
        entity: EntityMapping,
    ) -> Finding:
        said = text if text is not None else ", ".join(f"{k} {v}" for k, v in marks.items())
        place = self.sheet.place(row)
        if meant is None and text is None and not marks:
            return Finding(place, column, "is empty", "empty", zh="未填写")
        if meant is None and text is None and entity.create:
            said = f"is empty; a new {entity.kind} needs a name"
            return Finding(place, column, said, "empty", zh="未填写；新实体须有名称")
        if meant is None:
            kind = f"{entity.kind} " if entity.kind else "entity "
            return Finding(
                place, column, f"there is no {kind}{said!r} here or in the store", "unknown-entity", said
            )
        return Finding(
            place,
            column,
            f"{said!r} may mean {len(meant.candidates)} entities: {meant.in_words}; give the id, or have it "
            "queued for judgement",
            "ambiguous-name",
            said,
            ", ".join(i for i, _ in meant.candidates),
        )

    def _check_order(
        self,
        claims: Mapping[str, list[Any]],
        ties: Iterable[_Ties],
        frame: pl.DataFrame,
        findings: list[Finding],
        bad: set[int],
    ) -> None:
        """Whether what holds ends before it begins."""
        rows = frame[ROW]
        own = self.mapping.claims
        for at, cells, columns in (
            (range(len(frame)), own, claims),
            *(
                (
                    tie.at,
                    own | tie.mapping.claims,
                    {n: [v[i] for i in tie.at] for n, v in claims.items()} | tie.claims,
                )
                for tie in ties
                if tie.claims
            ),
        ):
            if "valid_from" not in columns or "valid_to" not in columns:
                continue
            for position, start, end in zip(at, columns["valid_from"], columns["valid_to"], strict=True):
                if start and end and parse_date(end).latest < parse_date(start).earliest:
                    bad.add(position)
                    findings.append(
                        Finding(
                            self.sheet.place(rows[position]),
                            _cell_column(cells["valid_to"]) or "valid_to",
                            f"{end} is before valid_from {start}",
                            "date-order",
                            end,
                            f"≥ {start}",
                        )
                    )

    # -- the three passes ----------------------------------------------------------------------

    def names(self) -> None:
        """Pass 0: learn the names and identifiers of entities whose ids the rows say, so that other tables
        may refer to them by these."""
        model = self._model
        for entity in self.mapping.entities.values():
            if entity.id is None or entity.kind is None or not entity.create:
                continue
            known = model.properties_of(entity.kind)
            keys = {
                n: c
                for n, c in entity.properties.items()
                if n in (*NAMES, "alias", "former_name") or known[n].type == "identifier"
            }
            for frame in self.sheet.chunks():
                part, at = _part(self._selected(frame), entity.when)
                ids = _Entities(entity, at, self._given_ids(part, at, entity, [], set()), {})
                for name, cell in keys.items():
                    form = self._form(cell, name, known[name])
                    series = read_column(part, cell, form, self.sheet, clean=self.mapping.clean).values
                    key = name if known[name].type == "identifier" else "name"
                    for one, text in zip(ids.of_rows(), series, strict=True):
                        if one and text is not None:
                            for item in text if isinstance(text, pl.Series | list) else [text]:
                                self._context.resolver.name(one[0], key, item)
                self._context.resolver.define(ids.every(), entity.kind)

    def cells(self) -> Iterator[Finding]:
        """Pass 1: what is found in the cells."""
        self._left_out = 0
        for frame, chunk, findings in self._chunks():
            for entities in chunk.entities.values():
                self._define(entities, chunk.bad.__contains__)
            self._named_sources |= {name for name in chunk.claims.get("source", ()) if name is not None}
            self._remember(frame, chunk)
            yield from findings
            yield from self._required(frame, chunk)
        yield from self._repeated()
        if self._own:
            self.comments = self._left_out
        elif self._left_out:
            yield Finding(
                self.sheet.place(0),
                ", ".join(self.mapping.skip),
                f"{self._left_out} rows are left out by the mapping (skip)",
                "left-out",
                zh=f"按映射（skip）略去 {self._left_out} 行",
            )

    def _required(self, frame: pl.DataFrame, chunk: _Chunk) -> Iterator[Finding]:
        """In ParkGraph's own tables: cells that must be filled."""
        if not self._own:
            return
        wanted = (
            ("subject", "relation", "object", "source")
            if self.sheet.table == "relations"
            else ("id", "source")
        )
        rows = frame[ROW]
        for column in wanted:
            if column not in frame.columns:
                continue
            empty = frame.select(pl.col(column).str.strip_chars().fill_null("") == "")[column]
            for position in empty.arg_true():
                chunk.bad.add(position)
                yield Finding(self.sheet.place(rows[position]), column, "is empty", "empty", zh="未填写")

    def _define(self, entities: _Entities, refused: Callable[[int], bool]) -> None:
        kind = entities.mapping.kind
        if kind is None or not entities.mapping.create:
            return
        resolver = self._context.resolver
        here = entities
        if self._context.skip_refused:
            # What a refused row describes is not there.
            kept = [not refused(at) for at in entities.at]
            here = _Entities(entities.mapping, [], entities.ids.filter(pl.Series(kept, dtype=pl.Boolean)), {})
        resolver.define(here.every(), kind)
        if "also_kind" in entities.columns:
            also = entities.columns["also_kind"].to_list()
            for at, ids, others in zip(entities.at, entities.of_rows(), also, strict=True):
                for other in others if others and not refused(at) else ():
                    resolver.define(pl.Series(ids, dtype=pl.String), other)

    def _remember(self, frame: pl.DataFrame, chunk: _Chunk) -> None:
        """Hashes of rows and values, to find what is there twice and what contradicts itself."""
        if self._own or not len(frame):
            return
        read = sorted(self.columns_read() & set(frame.columns))
        if read:
            self._rows.append(pl.DataFrame({"row": frame[ROW], "hash": frame.select(read).hash_rows(seed=0)}))
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
                frame_of = pl.DataFrame({"id": ids, "value": series, "row": numbers}).drop_nulls()
                column = _cell_column(entities.mapping.properties[name])
                self._values[name, column].append(
                    frame_of.select(
                        pl.col("id").hash(0), pl.struct("id", "value").hash(0).alias("value"), "row"
                    )
                )

    def columns_read(self) -> set[str]:
        """The columns that the mapping reads."""
        mapping = self.mapping
        cells = [*mapping.claims.values()]
        columns: set[str] = set(mapping.skip)
        for entity in mapping.entities.values():
            cells += entity.properties.values()
            columns |= {*entity.when, *PLACEHOLDER.findall(entity.id or "")}
        for tie in mapping.relations:
            cells += [c for c in (tie.status, tie.disc) if c is not None]
            cells += [*tie.properties.values(), *tie.claims.values()]
            columns |= set(tie.when)
        return columns | {column for cell in cells for column in cell.columns}

    def _repeated(self) -> Iterator[Finding]:
        """Rows that are there twice, and values of one entity that differ."""
        rows = pl.concat(self._rows) if self._rows else None
        if rows is not None and rows["hash"].n_unique() < len(rows):
            twice = rows.with_columns(first=pl.col("row").first().over("hash"))
            for row, _, first in twice.filter(pl.col("row") != pl.col("first")).iter_rows():
                said, zh = f"says the same as row {first}", f"与第 {first} 行相同"
                yield Finding(self.sheet.place(row), "", said, "duplicate-row", zh=zh)
        for (_, column), frames in self._values.items():
            values = pl.concat(frames)
            if values["id"].n_unique() == values["value"].n_unique():
                continue
            row, value = pl.col("row"), pl.col("value")
            differing = values.group_by("id", maintain_order=True).agg(
                value.n_unique().alias("n"),
                row.first().alias("first"),
                row.filter(value != value.first()).first().alias("other"),
            )
            for _, n, first, other in differing.filter(pl.col("n") > 1).iter_rows():
                yield Finding(
                    self.sheet.place(other),
                    column,
                    f"says otherwise of the same entity than row {first}; both are kept ({n} values)",
                    "conflict-in-file",
                    zh=f"对同一实体的说法与第 {first} 行不同，均予保留（共 {n} 种）",
                )
        self._rows.clear()
        self._values.clear()

    def define(self, refused: Callable[[int], bool]) -> None:
        """Say again whom the rows describe that are not refused."""
        for _, chunk, _ in self._chunks():
            rows = chunk.rows
            for entities in chunk.entities.values():
                self._define(entities, lambda at: refused(rows[at]))  # noqa: B023

    def references(self) -> Iterator[Finding]:
        """Pass 2: whether the ends of relations are there, and of the kinds that the model lets them be."""
        if not self._refers:
            return
        for frame, chunk, _ in self._chunks():
            rows = frame[ROW]

            def found(position: int, column: str, message: str, rule: str, value: str | None) -> Finding:
                chunk.bad.add(position)  # noqa: B023
                return Finding(self.sheet.place(rows[position]), column, message, rule, value)  # noqa: B023

            for entities in chunk.entities.values():
                yield from self._who(entities, found)
            for tie in chunk.ties:
                yield from self._ends(tie, chunk, found)
            yield from self._sourced(chunk, found)

    def _who(self, entities: _Entities, found: Callable[..., Finding]) -> Iterator[Finding]:
        """Ids that begin as those of their kind, and entities that must be there already."""
        resolver = self._context.resolver
        mapping = entities.mapping
        if mapping.kind is not None and mapping.create and not self._own:
            return
        every = entities.every().to_list()
        kinds = resolver.kinds(every)
        column = _origin(mapping)
        wrong: dict[str, tuple[str, str]] = {}
        for identifier in every:
            have = kinds.get(identifier)
            if have is None:
                if not mapping.create and not self._own:
                    wrong[identifier] = (
                        f"there is no {mapping.kind or 'entity'} {identifier!r} here or in the store",
                        "unknown-entity",
                    )
                continue
            prefixes = {self._model.kinds[k].prefix for k in have if k in self._model.kinds}
            if mapping.kind is not None and mapping.kind not in have:
                wrong[identifier] = (
                    f"{identifier} is a {' and '.join(sorted(have))}, and no {mapping.kind}",
                    "unknown-entity",
                )
            elif mapping.kind is not None and identifier.partition(":")[0] not in prefixes:
                prefix = self._model.kinds[mapping.kind].prefix
                wrong[identifier] = (
                    f"the id of a {mapping.kind} begins with {prefix}:, but this is {identifier!r}",
                    "bad-id",
                )
            if mapping.kind is None:
                strange = [
                    n for n in mapping.properties if not any(n in self._model.properties_of(k) for k in have)
                ]
                if strange:
                    said = f"a {' and '.join(sorted(have))} has no property {strange[0]!r}"
                    wrong[identifier] = (said, "bad-value")
        if wrong:
            for position, ids in zip(entities.at, entities.of_rows(), strict=True):
                for identifier in ids:
                    if identifier in wrong:
                        message, rule = wrong[identifier]
                        yield found(position, column, message, rule, identifier)

    def _ends(self, tie: _Ties, chunk: _Chunk, found: Callable[..., Finding]) -> Iterator[Finding]:
        relation = self._model.relations[tie.mapping.relation]
        resolver = self._context.resolver
        ends = {}
        for side in ("subject", "object"):
            entities = chunk.entities.get(getattr(tie.mapping, side))
            ends[side] = (
                dict(zip(entities.at, entities.of_rows(), strict=True)) if entities is not None else {}
            )
        for side, allowed in (("subject", relation.domain), ("object", relation.range)):
            alias = getattr(tie.mapping, side)
            column = _origin(self.mapping.entities[alias])
            members = self._model.members(allowed)
            entity = self.mapping.entities[alias]
            if not self._own and entity.create and entity.kind in members:
                continue
            ids = {i for position in tie.at for i in ends[side].get(position, ())}
            kinds = resolver.kinds(ids)
            wrong: dict[str, tuple[str, str]] = {}
            for identifier in ids:
                have = kinds.get(identifier)
                if have is None:
                    if self._own:
                        wrong[identifier] = (
                            f"there is no entity {identifier!r} here or in the store",
                            "unknown-entity",
                        )
                elif have.isdisjoint(members):
                    place = "domain" if side == "subject" else "range"
                    wrong[identifier] = (
                        f"{identifier} is a {' and '.join(sorted(have))}, outside the {place} of "
                        f"{relation.name}: {', '.join(allowed)}",
                        f"outside-{place}",
                    )
            if wrong:
                for position in tie.at:
                    for identifier in ends[side].get(position, ()):
                        if identifier in wrong:
                            message, rule = wrong[identifier]
                            yield found(position, column, message, rule, identifier)
        subjects, objects = ends["subject"], ends["object"]
        for position in tie.at:
            one, other = subjects.get(position, ()), objects.get(position, ())
            if one != other and (len(one) <= 1 and len(other) <= 1):
                continue
            for identifier in sorted(set(one) & set(other)):
                column = _origin(self.mapping.entities[tie.mapping.object])
                yield found(
                    position, column, f"{relation.name} of {identifier} with itself", "itself", identifier
                )

    def _sourced(self, chunk: _Chunk, found: Callable[..., Finding]) -> Iterator[Finding]:
        """Whether sources are described, and what a locator points to is inside them."""
        if "source" not in chunk.claims:
            return
        sources = self._context.sources
        judged: dict[tuple[str, str | None, str | None], list[tuple[str, str]]] = {}
        none: list[str | None] = [None] * len(chunk.rows)
        said = zip(
            chunk.claims["source"],
            chunk.claims.get("locator", none),
            chunk.claims.get("context", none),
            strict=True,
        )
        for position, key in enumerate(said):
            if key[0] is None:
                continue
            if key not in judged:
                claim = Claim("", key[0], locator=key[1], context=key[2])
                judged[key] = list(locator_problems(claim, sources.get(key[0])))
            for column, message in judged[key]:
                rule = "unknown-source" if column == "source" else "bad-locator"
                yield found(position, column, message, rule, key[0] if column == "source" else key[1])

    def claims(self, refused: Callable[[int], bool]) -> Iterator[Claim]:
        """Pass 3: what the rows say, without those that are refused."""
        seen: set[int] = set()
        for _, chunk, _ in self._chunks():
            skip = {i for i, row in enumerate(chunk.rows) if refused(row)}
            shared = [self._shared(chunk, position) for position in range(len(chunk.rows))]
            unplaced = [] if self._own else [_unplaced(row) for row in shared]
            for entities in chunk.entities.values():
                yield from self._entity_claims(entities, shared, unplaced, skip, seen)
            for tie in chunk.ties:
                yield from self._tie_claims(tie, chunk, shared, unplaced, skip, seen)

    def _shared(self, chunk: _Chunk, position: int) -> dict[str, Any]:
        """What holds for every claim of a row."""
        out = {
            name: values[position] for name, values in chunk.claims.items() if values[position] is not None
        }
        return self._settled(out, chunk.rows[position])

    def _settled(self, out: dict[str, Any], row: int) -> dict[str, Any]:
        if "inferred" in out:
            out["inferred"] = out["inferred"] == "true"
        if "confidence" in out:
            out["confidence"] = float(out["confidence"])
        elif out.get("inferred"):
            out["confidence"] = CONFIDENCE_OF_INFERRED
        if "rank" in out:
            out["rank"] = int(out["rank"])
        out.setdefault("source", self._context.source)
        if not self._own and "locator" not in out:
            out["locator"] = f"{self._where}row={row}"
        return out

    @cached_property
    def _where(self) -> str:
        """The file in a locator, where the source does not say it, and the sheet, where there are several."""
        source = self._context.sources.get(self._context.source or "")
        file = Path(self.sheet.file).name.replace(";", ",")
        of_file = "" if source is not None and source.file == file else f"file={file};"
        sheet = f"sheet={self.sheet.sheet.replace(';', ',')};" if self.sheet.sheet else ""
        return of_file + sheet

    def _entity_claims(
        self,
        entities: _Entities,
        shared: list[dict[str, Any]],
        unplaced: list[Hashable],
        skip: set[int],
        seen: set[int],
    ) -> Iterator[Claim]:
        kind = entities.mapping.kind
        known = self._model.properties_of(kind) if kind is not None else self._model.entity_properties
        properties = [(name, _values(series, known[name])) for name, series in entities.columns.items()]
        ids_of = entities.of_rows()
        for index, position in enumerate(entities.at):
            if position in skip or not ids_of[index]:
                continue
            row = shared[position]
            values = [(name, cells[index]) for name, cells in properties if cells[index] is not None]
            several = len(ids_of[index]) > 1
            for number, identifier in enumerate(ids_of[index]):
                said = [(name, _own_of(name, value, number, several=several)) for name, value in values]
                if not self._own:
                    mark = hash((identifier, kind, repr(said), unplaced[position]))
                    if mark in seen:
                        continue
                    seen.add(mark)
                if kind is not None and entities.mapping.create:
                    yield Claim(identifier, property="kind", value=kind, **row)
                for name, value in said:
                    for item in value if isinstance(value, tuple) else (value,):
                        yield Claim(identifier, property=name, value=item, **row)
                queued = self._context.queued.get(identifier)
                if queued is not None:
                    relation = self._model.judging("unsure").name
                    for other, _ in queued.candidates:
                        yield Claim(identifier, relation=relation, object=other, **row)

    def _tie_claims(
        self,
        tie: _Ties,
        chunk: _Chunk,
        shared: list[dict[str, Any]],
        unplaced: list[Hashable],
        skip: set[int],
        seen: set[int],
    ) -> Iterator[Claim]:
        subjects = _by_position(chunk, tie.mapping.subject)
        objects = _by_position(chunk, tie.mapping.object)
        relation = tie.mapping.relation
        known = self._model.relation_properties(relation)
        properties = {name: _values(series, known[name]) for name, series in tie.properties.items()}
        multiple = {n for n, p in known.items() if p.multiple}
        for index, position in enumerate(tie.at):
            if position in skip:
                continue
            row = shared[position]
            own = {name: cells[index] for name, cells in tie.claims.items() if cells[index] is not None}
            if own:
                row = self._settled({**row, **own}, chunk.rows[position])
            columns = {name: cells[index] for name, cells in tie.columns.items() if cells[index] is not None}
            attributes = {
                name: tuple(cells[index]) if name in multiple else cells[index]
                for name, cells in properties.items()
                if cells[index] is not None
            }
            if not self._own:
                apart = _unplaced(row) if own else unplaced[position]
                said = (repr(columns), repr(attributes), apart)
            for subject in subjects.get(position, ()):
                for object_ in objects.get(position, ()):
                    if not self._own:
                        mark = hash((subject, relation, object_, said))
                        if mark in seen:
                            continue
                        seen.add(mark)
                    yield Claim(
                        subject, relation=relation, object=object_, attributes=attributes, **columns, **row
                    )


def _own_of(name: str, value: Any, number: int, *, several: bool) -> Any:
    """Of the names in one cell each of several entities has its own."""
    if name in NAMES and isinstance(value, tuple) and (several or len(value) == 1):
        return value[number]
    return value


def _unplaced(row: Mapping[str, Any]) -> Hashable:
    """What a row says of its claims but for where it stands."""
    return tuple((k, v) for k, v in row.items() if k != "locator")


def _by_position(chunk: _Chunk, alias: str) -> dict[int, tuple[str, ...]]:
    entities = chunk.entities.get(alias)
    return dict(zip(entities.at, entities.of_rows(), strict=True)) if entities is not None else {}


def _holds(condition: Condition) -> pl.Expr:
    """Whether a row meets a condition."""
    held = pl.lit(value=True)
    for column, words in condition.items():
        text = pl.col(column).str.strip_chars()
        text = pl.when(text == "").then(None).otherwise(text)
        wanted = [word for word in words if not _is_denied(word)]
        if wanted:
            held = held & _is_one_of(text, wanted)
        denied = [word[1:] for word in words if _is_denied(word)]
        if denied:
            held = held & ~_is_one_of(text, denied)
    return held


def _is_denied(word: str) -> bool:
    return len(word) > 1 and word.startswith("!")


def _is_one_of(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of the words; `*` is any, `-` none, and within a word any characters."""
    one = text.is_in([word for word in words if "*" not in word and word != "-"]).fill_null(value=False)
    for word in words:
        if word == "-":
            one = one | text.is_null()
        elif word.strip("*") == "":
            one = one | text.is_not_null()
        elif "*" in word:
            form = "(?s)^" + ".*".join(re.escape(part) for part in word.split("*")) + "$"
            one = one | text.str.contains(form).fill_null(value=False)
    return one


def _part(frame: pl.DataFrame, *conditions: Condition) -> tuple[pl.DataFrame, list[int]]:
    """The rows that meet every condition, and their positions."""
    if not any(conditions):
        return frame, list(range(len(frame)))
    met = frame.select(pl.all_horizontal([_holds(when) for when in conditions if when]).alias("met"))["met"]
    return frame.filter(met), met.arg_true().to_list()


def _origin(entity: EntityMapping) -> str:
    """The column that says who is meant."""
    if entity.id is not None:
        return ", ".join(PLACEHOLDER.findall(entity.id))
    for name in (*NAMES, *entity.properties):
        if name in entity.properties:
            return _cell_column(entity.properties[name])
    return ""


def _cell_column(cell: Cell) -> str:
    return cell.column if cell.column is not None else ", ".join(cell.columns)


@lru_cache(maxsize=8)
def _status_property(statuses: tuple[tuple[str, tuple[str, str]], ...]) -> Property:
    return Property(name="status", type="status", values=dict(statuses), zh="状态", en="status")


def _status(model: Model) -> Property:
    return _status_property(tuple(model.vocabularies["statuses"].items()))


def _values(series: pl.Series, prop: Property) -> list[Any]:
    """Texts in the model's form as the values of claims; several as a tuple."""
    texts = series.to_list()
    if series.dtype == pl.List:
        of = _value_of(prop)
        return [None if text is None else tuple(of(item) for item in text) for text in texts]
    of = _value_of(prop)
    if prop.type in ("boolean", "integer", "money", "quantity"):
        texts = [None if text is None else of(text) for text in texts]
    if prop.multiple:
        return [None if text is None else (text,) for text in texts]
    return texts


@lru_cache(maxsize=1 << 16)
def _figure(text: str, *, money: bool) -> Any:
    return parse_quantity(text, money=money)


def _value_of(prop: Property) -> Callable[[str], Any]:
    match prop.type:
        case "boolean":
            return lambda text: text == "true"
        case "integer":
            return int
        case "money" | "quantity":
            return partial(_figure, money=prop.type == "money")
        case _:
            return lambda text: text


# ---------------------------------------------------------------------- ParkGraph's own tables


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


__all__ = ["INVISIBLE", "Context", "Table", "own_columns", "own_faults", "own_kind", "own_mapping"]

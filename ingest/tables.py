"""What the rows of a table say, by a mapping: its cells are read column by column, whom the rows refer to is
checked, and what they say becomes claims.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from parkgraph.graph.claims import Claim
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Property
from parkgraph.ingest.chunks import NAMES, Chunk, Context, Entities, Part, Ties, column_of
from parkgraph.ingest.columns import Form, claim_form, form_of, read_column, ready_columns
from parkgraph.ingest.conditions import holds, part_of
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.identifying import Identifying
from parkgraph.ingest.mapping import Cell, Condition, EntityMapping, RelationMapping, TableMapping
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.referring import Referring
from parkgraph.ingest.repeating import Repeating
from parkgraph.ingest.telling import Telling

_KEPT_ROWS = 100_000
"""Of a table so many rows are held as read between the passes; the others are read again in each."""


class Table:
    """A sheet with its mapping. Three passes, each chunk by chunk: `cells` checks what is written and learns
    who is spoken of, `references` checks the ends of relations, `claims` says what the rows say."""

    _makes_ids = True
    """Whether the ids of what the rows describe are made for it, and so begin as those of its kind."""

    def __init__(self, sheet: Sheet, mapping: TableMapping, context: Context) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self.left_out = 0
        """How many rows do not count, as far as the cells were read."""
        self._context = context
        self._model = context.model
        self._identifying = Identifying(mapping, context)
        self._kept: dict[int, Chunk] = {}
        self._named_sources: set[str] = set()
        self._forms: dict[tuple[int, str], Form] = {}
        self._ready: dict[int, pl.Series] = {}

    @property
    def rows(self) -> int:
        return self.sheet.rows

    @property
    def place(self) -> tuple[str, str | None]:
        """The file and the sheet."""
        return self.sheet.file, self.sheet.sheet

    @property
    def by_name(self) -> bool:
        """Whether rows name entities by their names or identifiers."""
        return any(entity.id is None for entity in self.mapping.entities.values())

    def named_sources(self) -> set[str]:
        """The sources that the rows name."""
        return self._named_sources

    # -- reading a chunk -----------------------------------------------------------------------

    def _chunks(self) -> Iterator[tuple[Part, Chunk]]:
        """Each chunk with its rows and what is found in their cells; what is kept is not read again."""
        self.left_out = 0
        for number, frame in enumerate(self.sheet.chunks()):
            every, frame = len(frame), self._selected(frame)
            self.left_out += every - len(frame)
            part = Part(frame, range(len(frame)), self.sheet, [], set())
            chunk = self._kept.get(number)
            if chunk is not None:
                part.bad = chunk.bad
            else:
                chunk = self._read(part)
                if sum(len(kept.rows) for kept in self._kept.values()) + len(part) <= _KEPT_ROWS:
                    self._kept[number] = chunk
            yield part, chunk

    def _selected(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that count."""
        return frame.filter(~holds(self.mapping.skip)) if self.mapping.skip else frame

    def _read(self, part: Part) -> Chunk:
        self._ready = ready_columns(part.frame, self._cells(), clean=self.mapping.clean)
        claims = self._claim_columns(part, self.mapping.claims)
        entities = {}
        for alias, entity in self.mapping.entities.items():
            of_entity = self._of(part, entity.when)
            if not len(of_entity):
                continue
            known = self._properties_of(entity)
            columns = {
                name: self._column(of_entity, cell, self._form(cell, name, known[name]))
                for name, cell in entity.properties.items()
            }
            ids = self._ids(of_entity, entity, columns)
            entities[alias] = Entities(entity, of_entity.at, ids, columns)
        ties = []
        for tie in self.mapping.relations:
            ends = (self.mapping.entities[tie.subject], self.mapping.entities[tie.object])
            of_tie = self._of(part, tie.when, *(end.when for end in ends))
            if len(of_tie):
                ties.append(self._tie(of_tie, tie))
        self._check_order(part, claims, ties)
        self._check_shared(part, entities, ties)
        return Chunk(part.frame[ROW].to_list(), part.bad, entities, ties, claims)

    def _of(self, part: Part, *conditions: Condition) -> Part:
        """The rows of a part that meet every condition."""
        frame, at = part_of(part.frame, *conditions)
        return Part(frame, at, part.sheet, part.findings, part.bad)

    def _tie(self, part: Part, tie: RelationMapping) -> Ties:
        known = self._model.relation_properties(tie.relation)
        columns: dict[str, list[Any]] = {}
        if tie.status is not None:
            form = self._form(tie.status, "status")
            columns["status"] = self._column(part, tie.status, form).to_list()
        if tie.disc is not None:
            columns["disc"] = self._column(part, tie.disc, self._form(tie.disc, "disc")).to_list()
        properties = {
            name: self._column(part, cell, self._form(cell, name, known[name]))
            for name, cell in tie.properties.items()
            if cell.column is None or part.frame[cell.column].null_count() < len(part)
        }
        return Ties(tie, part.at, columns, properties, self._claim_columns(part, tie.claims))

    def _claim_columns(self, part: Part, cells: Mapping[str, Cell]) -> dict[str, list[Any]]:
        return {
            name: self._column(part, cell, self._form(cell, name)).to_list() for name, cell in cells.items()
        }

    def _column(self, part: Part, cell: Cell, form: Form) -> pl.Series:
        ready = self._ready.get(id(cell))
        if ready is not None and len(ready) == len(part):
            return ready
        read = read_column(part.frame, cell, form, self.sheet, clean=self.mapping.clean)
        part.findings.extend(read.findings)
        part.bad.update(part.at[row] for row in read.bad)
        return read.values

    def _ids(self, part: Part, entity: EntityMapping, columns: Mapping[str, pl.Series], /) -> pl.Series:
        """Whom each row means: an id, or a list of several."""
        return self._identifying.ids(part, entity, columns)

    def _properties_of(self, entity: EntityMapping) -> Mapping[str, Property]:
        return self._model.properties_of(entity.kind) if entity.kind else self._model.entity_properties

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
        for name, cell in self.mapping.claims.items():
            yield cell, self._form(cell, name)
        for entity in self.mapping.entities.values():
            known = self._properties_of(entity)
            for name, cell in entity.properties.items() if not entity.when else ():
                yield cell, self._form(cell, name, known[name])
        for tie in self.mapping.relations:
            for name, cell in tie.claims.items() if not tie.when else ():
                yield cell, self._form(cell, name)

    def _check_shared(self, part: Part, entities: Mapping[str, Entities], ties: Iterable[Ties]) -> None:
        """Warn where one amount is said of several relations of a row: a total would add it to itself."""
        said: dict[str, list[pl.DataFrame]] = defaultdict(list)
        for tie in ties:
            known = self._model.relation_properties(tie.mapping.relation)
            ends = [
                entities[alias] for alias in (tie.mapping.subject, tie.mapping.object) if alias in entities
            ]
            for name, values in tie.properties.items():
                if known[name].type != "money" or len(ends) < 2:
                    continue
                times = pl.DataFrame({"at": list(tie.at), "said": values.is_not_null()}).filter("said")
                for number, end in enumerate(ends):
                    times = times.join(end.many().rename({"n": f"n{number}"}), on="at")
                column = column_of(tie.mapping.properties[name])
                said[column].append(times.select("at", n=pl.col("n0") * pl.col("n1")))
        for column, parts in said.items():
            every = pl.concat(parts).group_by("at").agg(pl.col("n").sum()).filter(pl.col("n") > 1).sort("at")
            if not len(every):
                continue
            row, n = every.row(0)
            written = part.frame[column][row] if column in part.frame.columns else None
            message = f"is said of each of {n} relations of the row, and a total of them has it {n} times"
            zh = f"“{written or ''}”记于该行的 {n} 个关系，合计时会计 {n} 次"
            part.say(row, column, message, "shared-amount", written, more=len(every) - 1, zh=zh)

    def _check_order(self, part: Part, claims: Mapping[str, list[Any]], ties: Iterable[Ties]) -> None:
        """Whether what holds ends before it begins."""
        spans = [(part.at, self.mapping.claims, claims)]
        for tie in ties:
            if tie.claims:
                shared = {name: [cells[at] for at in tie.at] for name, cells in claims.items()}
                spans.append((tie.at, self.mapping.claims | tie.mapping.claims, shared | tie.claims))
        for at, cells, columns in spans:
            if "valid_from" not in columns or "valid_to" not in columns:
                continue
            column = column_of(cells["valid_to"]) or "valid_to"
            for row, start, end in zip(at, columns["valid_from"], columns["valid_to"], strict=True):
                if start and end and parse_date(end).latest < parse_date(start).earliest:
                    said = f"{end} is before valid_from {start}"
                    part.say(row, column, said, "date-order", end, f"≥ {start}")

    # -- the passes ----------------------------------------------------------------------------

    def names(self) -> None:
        """Pass 0: learn the names and identifiers of entities whose ids the rows say, so that other tables
        may refer to them by these."""
        resolver = self._context.resolver
        for entity in self.mapping.entities.values():
            if entity.id is None or entity.kind is None or not entity.create:
                continue
            known = self._properties_of(entity)
            keys = {
                name: "name" if known[name].type != "identifier" else name
                for name in entity.properties
                if name in (*NAMES, "alias", "former_name") or known[name].type == "identifier"
            }
            for frame in self.sheet.chunks():
                part = self._of(Part(self._selected(frame), [], self.sheet, [], set()), entity.when)
                here = Entities(entity, part.at, self._ids(part, entity, {}), {})
                for name, key in keys.items():
                    cell = entity.properties[name]
                    texts = self._column(part, cell, self._form(cell, name, known[name]))
                    for one, text in zip(here.of_rows(), texts, strict=True):
                        if one and text is not None:
                            for item in text if isinstance(text, pl.Series | list) else [text]:
                                resolver.name(one[0], key, item)
                resolver.define(here.every(), entity.kind)

    def cells(self) -> Iterator[Finding]:
        """Pass 1: what is found in the cells."""
        repeating = Repeating(self.sheet, self.mapping, self._model)
        for part, chunk in self._chunks():
            for entities in chunk.entities.values():
                self._define(entities, chunk.bad.__contains__)
            self._named_sources |= {name for name in chunk.claims.get("source", ()) if name is not None}
            self._remember(repeating, part, chunk)
            yield from part.findings
        yield from repeating.findings()
        yield from self._say_left_out()

    def _remember(self, repeating: Repeating, part: Part, chunk: Chunk) -> None:
        repeating.remember(part.frame, chunk)

    def _say_left_out(self) -> Iterator[Finding]:
        if self.left_out:
            said = f"{self.left_out} rows are left out by the mapping (skip)"
            zh = f"按映射（skip）略去 {self.left_out} 行"
            yield Finding(self.sheet.place(0), ", ".join(self.mapping.skip), said, "left-out", zh=zh)

    def _define(self, entities: Entities, refused: Callable[[int], bool]) -> None:
        kind = entities.mapping.kind
        if kind is None or not entities.mapping.create:
            return
        resolver = self._context.resolver
        here = entities
        if self._context.skip_refused:
            # What a refused row describes is not there.
            kept = [not refused(at) for at in entities.at]
            here = Entities(entities.mapping, [], entities.ids.filter(pl.Series(kept, dtype=pl.Boolean)), {})
        resolver.define(here.every(), kind)
        if "also_kind" in entities.columns:
            also = entities.columns["also_kind"].to_list()
            for at, ids, others in zip(entities.at, entities.of_rows(), also, strict=True):
                for other in others if others and not refused(at) else ():
                    resolver.define(pl.Series(ids, dtype=pl.String), other)

    def define(self, refused: Callable[[int], bool]) -> None:
        """Say again whom the rows describe that are not refused."""
        for _, chunk in self._chunks():
            rows = chunk.rows
            for entities in chunk.entities.values():
                self._define(entities, lambda at: refused(rows[at]))  # noqa: B023

    def references(self) -> Iterator[Finding]:
        """Pass 2: whether the ends of relations are there, and of the kinds that the model lets them be."""
        referring = Referring(self.mapping, self._context, made=self._makes_ids)
        if not referring.is_needed:
            return
        for part, chunk in self._chunks():
            part.findings.clear()
            referring.check(part, chunk)
            yield from part.findings

    def claims(self, refused: Callable[[int], bool]) -> Iterator[tuple[int, Claim]]:
        """Pass 3: what the rows say, without those that are refused, each with the number of its row."""
        telling = Telling(self._context, self._where())
        for _, chunk in self._chunks():
            yield from telling.claims(chunk, refused)

    def column(self, claim: Claim, name: str) -> str:
        """The column from which a claim takes its property, or what it says of `name`; empty where there is
        none, or several may be it."""
        mapping = self.mapping
        if claim.property is not None:
            own = [entity.properties for entity in mapping.entities.values()]
        else:
            ties = [tie for tie in mapping.relations if tie.relation == claim.relation]
            own = [t.properties | t.claims | ({"status": t.status} if t.status else {}) for t in ties]
        found = {column_of(there[name]) for there in own if name in there}
        if not found and name in mapping.claims:
            found = {column_of(mapping.claims[name])}
        return found.pop() if len(found) == 1 else ""

    def _where(self) -> str | None:
        """What a locator says before the row: the file, where the source does not say it, and the sheet,
        where there are several."""
        source = self._context.sources.get(self._context.source or "")
        file = Path(self.sheet.file).name.replace(";", ",")
        of_file = "" if source is not None and source.file == file else f"file={file};"
        sheet = f"sheet={self.sheet.sheet.replace(';', ',')};" if self.sheet.sheet else ""
        return of_file + sheet

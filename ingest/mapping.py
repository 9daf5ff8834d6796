"""A mapping: which column of a foreign table is which property or end of a relation. A short YAML file.

    source: {id: "source:parks-2024", name: 园区合作表, published: 2024-03}
    tables:
    - sheet: 合作
      entities:
        park: {kind: Park, properties: {name_zh: 园区名称}}
        partner: {kind: Company, properties: {name_zh: {column: 合作方, split: 、}}}
      relations:
      - {subject: park, relation: PARTNERS_WITH, object: partner, claims: {valid_from: 签约时间}}

A cell is the name of a column, or a mapping with the keys of `Cell`. Everything is checked against the
model before a table is read.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from parkgraph.graph.claims import Source
from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.graph.model import Model

CLAIM_FIELDS = (
    "valid_from",
    "valid_to",
    "as_of",
    "modality",
    "inferred",
    "basis",
    "confidence",
    "rank",
    "source",
    "locator",
    "context",
    "note",
)
"""What may be said of every claim that a row makes."""
_LONGEST = 1_000_000
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Part):
    """Where a value comes from: a `column`, a constant `value`, or a `template` such as `{city}, {country}`.

    `split` cuts it into several; of each, `pattern` keeps the first group that a regular expression finds.
    `values` replaces words (null: no value), and what is not in it stays as it is. What `values` or `pattern`
    do not know becomes `otherwise` where that is given (null: no value).
    `unit` goes behind numbers (亿元, USD); `decimal` is the decimal mark; `round` takes amounts to whole
    units. `date` is the order of the parts of a date in digits: dmy, mdy or ymd; `part` takes one end of a
    span of dates.
    """

    column: str | None = None
    value: str | None = None
    template: str | None = None
    split: str | None = None
    pattern: str | None = None
    values: dict[str, str | None] | None = None
    otherwise: str | None = None
    unit: str | None = None
    decimal: Literal[".", ","] = "."
    round: bool = False
    date: Literal["dmy", "mdy", "ymd"] | None = None
    part: Literal["start", "end"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        """YAML reads 2014 as a number and no as a boolean; a cell is a text."""
        if isinstance(data, dict):
            data = dict(data)
            for key in ("value", "otherwise", "column", "unit"):
                if key in data:
                    data[key] = _as_text(data[key])
            if "otherwise" in data and data["otherwise"] is None:
                data["otherwise"] = ""
            if isinstance(data.get("values"), dict):
                data["values"] = {_as_text(k): _as_text(v) for k, v in data["values"].items()}
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Cell:
        if sum(origin is not None for origin in (self.column, self.value, self.template)) != 1:
            raise ValueError("expected one of column, value and template")
        if self.pattern is not None:
            try:
                groups = re.compile(self.pattern).groups
            except re.error as error:
                raise ValueError(f"pattern: {self.pattern!r} is no regular expression: {error}") from error
            if groups < 1:
                raise ValueError(f"pattern: {self.pattern!r} has no group in brackets")
            try:
                pl.Series([""]).str.extract(self.pattern, 1)
            except pl.exceptions.PolarsError as error:
                raise ValueError(
                    f"pattern: {self.pattern!r} looks around itself, which is not read"
                ) from error
        if self.template is not None and not PLACEHOLDER.search(self.template):
            raise ValueError(f"template: {self.template!r} names no column in braces; give it as value")
        if self.otherwise is not None and self.values is None and self.pattern is None:
            raise ValueError("otherwise: needs values or a pattern")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        if self.column is not None:
            return (self.column,)
        return tuple(PLACEHOLDER.findall(self.template or ""))

    @property
    def is_plain(self) -> bool:
        """Whether texts are read as they are."""
        changed = (self.split, self.pattern, self.values, self.unit)
        return all(part is None for part in changed) and self.decimal == "."

    def short(self) -> Any:
        """As it is written in a file: the name of the column where it is nothing else."""
        said = self.model_dump(exclude_defaults=True)
        return self.column if set(said) == {"column"} else said


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple | set):
        raise ValueError("expected a text, and here are several")
    return value if value is None or isinstance(value, str) else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, str | int | float):
        return {"column": str(value)}
    return value


ACell = Annotated[Cell, BeforeValidator(_cell)]


def _condition(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        str(column): [_as_text(item) for item in (words if isinstance(words, list) else [words])]
        for column, words in value.items()
    }


Condition = Annotated[dict[str, list[str]], BeforeValidator(_condition)]
"""A column with the words that one of must stand in it. `*` is any word, `-` none; in a word `*` stands for
any characters (`*管委会`), and with `!` before it the word must not stand there."""


class EntityMapping(_Part):
    """An entity that a row speaks of. With `id`, a template, the row says which one; without, its name does:
    the entity of that name, or a new one. `split` makes several of an id with one column. `create: false`
    expects it to be there already."""

    kind: str | None = None
    id: str | None = None
    split: str | None = None
    create: bool = True
    when: Condition = Field(default_factory=dict)
    properties: dict[str, ACell] = Field(default_factory=dict)


class RelationMapping(_Part):
    """A relation between two entities of the row."""

    subject: str
    relation: str
    object: str
    when: Condition = Field(default_factory=dict)
    status: ACell | None = None
    disc: ACell | None = None
    properties: dict[str, ACell] = Field(default_factory=dict)
    claims: dict[str, ACell] = Field(default_factory=dict)


class TableMapping(_Part):
    """What the rows of a table say. `file` and `sheet` are patterns such as `*.xlsx`; `header` is the row of
    the header where it is not found by itself; `skip` leaves rows out; `clean` takes line breaks and
    invisible characters out of cells; `claims` says of every claim when it holds, and how sure it is."""

    file: str | None = None
    sheet: str | None = None
    header: Annotated[int | None, Field(ge=1)] = None
    skip: Condition = Field(default_factory=dict)
    clean: bool = False
    entities: dict[str, EntityMapping] = Field(default_factory=dict)
    relations: list[RelationMapping] = Field(default_factory=list)
    claims: dict[str, ACell] = Field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """The columns that it reads."""
        cells = [*self.claims.values()]
        columns = set(self.skip)
        for entity in self.entities.values():
            cells += entity.properties.values()
            columns |= {*entity.when, *PLACEHOLDER.findall(entity.id or "")}
        for tie in self.relations:
            cells += [cell for cell in (tie.status, tie.disc) if cell is not None]
            cells += [*tie.properties.values(), *tie.claims.values()]
            columns |= set(tie.when)
        return columns | {column for cell in cells for column in cell.columns}

    def fits(self, file: str, sheet: str | None) -> bool:
        """Whether it is for this table."""
        name = Path(file).name
        named = self.file is None or any(
            fnmatch.fnmatchcase(text, self.file) for text in (file, name, Path(name).stem)
        )
        return named and (self.sheet is None or fnmatch.fnmatchcase(sheet or "", self.sheet))


class SourceMapping(_Part):
    """Who says it. The id makes the load one that can be taken back."""

    id: str
    name: str
    kind: str = "table"
    publisher: str | None = None
    published: str | None = None
    lang: str | None = None
    url: str | None = None
    file: str | None = None
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        return {key: _as_text(value) for key, value in data.items()} if isinstance(data, dict) else data

    def source(self) -> Source:
        return Source(**self.model_dump())


class LoadMapping(_Part):
    """A mapping as read, checked against a model."""

    source: SourceMapping
    tables: list[TableMapping]
    where: str = "mapping"

    def for_table(self, file: str, sheet: str | None) -> TableMapping | None:
        """The first mapping that is for this table."""
        return next((table for table in self.tables if table.fits(file, sheet)), None)

    def to_yaml(self, comments: Mapping[str, str] | None = None) -> str:
        """The mapping as a file, with a comment behind the lines of some columns."""
        data = {"source": self.source.model_dump(exclude_defaults=True) | {"kind": self.source.kind}}
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
        text += yaml.safe_dump(
            {"tables": [_plain_table(table) for table in self.tables]},
            allow_unicode=True,
            sort_keys=False,
            width=100,
        )
        if not comments:
            return text
        lines = []
        for line in text.splitlines():
            key = line.strip().removeprefix("- ")
            lines.append(f"{line}  # {comments[key]}" if key in comments else line)
        return "\n".join(lines) + "\n"


def _plain_table(table: TableMapping) -> dict[str, Any]:
    data = table.model_dump(exclude_defaults=True)
    entities = {}
    for alias, entity in table.entities.items():
        plain = entity.model_dump(exclude_defaults=True, exclude={"properties"})
        if entity.properties:
            plain["properties"] = {name: cell.short() for name, cell in entity.properties.items()}
        entities[alias] = plain
    if entities:
        data["entities"] = entities
    if table.relations:
        data["relations"] = [_plain_relation(relation) for relation in table.relations]
    if table.claims:
        data["claims"] = {name: cell.short() for name, cell in table.claims.items()}
    return data


def _plain_relation(relation: RelationMapping) -> dict[str, Any]:
    plain = relation.model_dump(exclude_defaults=True, include={"subject", "relation", "object", "when"})
    for name in ("status", "disc"):
        cell = getattr(relation, name)
        if cell is not None:
            plain[name] = cell.short()
    for group in ("properties", "claims"):
        cells = getattr(relation, group)
        if cells:
            plain[group] = {name: cell.short() for name, cell in cells.items()}
    return plain


def read_mapping(path: str | Path, model: Model) -> LoadMapping:
    """Read a mapping file. Raises BadRequest with the file, the place in it and what was expected."""
    try:
        with Path(path).open("rb") as content:
            text = mapping_text(content, where=str(path))
    except OSError as error:
        raise BadRequest(f"{path}: cannot be read: {error.strerror}") from error
    return parse_mapping(text, model, where=str(path))


def mapping_text(content: BinaryIO, *, where: str = "mapping") -> str:
    """The text of a mapping file. Raises BadRequest where it is not UTF-8, or too long."""
    most = 4 * _LONGEST
    text = content.read(most + 1)
    if len(text) > most:
        raise BadRequest(f"{where}: has more than {most:,} bytes; at most {_LONGEST:,} characters")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{where}: is not UTF-8 text (byte {error.start})") from error


def parse_mapping(text: str, model: Model, *, where: str = "mapping") -> LoadMapping:
    """A mapping from its YAML text. Raises BadRequest as `read_mapping` does."""
    try:
        if len(text) > _LONGEST:
            raise BadRequest(f"{where}: has {len(text):,} characters; a mapping has at most {_LONGEST:,}")
        # An alias may stand for a whole that holds aliases, and so for more than memory holds.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise BadRequest(f"{where}: has YAML aliases (*name), which are not read")
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise BadRequest(f"{where}: {place}{getattr(error, 'problem', None) or 'is not YAML'}") from error
    except (RecursionError, ValueError) as error:
        raise BadRequest(f"{where}: is not YAML that can be read: {error}") from error
    if not isinstance(data, dict):
        raise BadRequest(f"{where}: expected a mapping with source and tables")
    try:
        mapping = LoadMapping.model_validate(data | {"where": where})
    except ValidationError as error:
        raise BadRequest(f"{where}: {_problems(error)}") from error
    for problem in _faults(mapping, model):
        raise BadRequest(f"{where}: {problem}")
    return mapping


def _problems(error: ValidationError) -> str:
    lines = []
    for problem in error.errors()[:5]:
        place = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{place}: {message[:1].lower()}{message[1:]}")
    return "; ".join(lines)


def _faults(mapping: LoadMapping, model: Model) -> Iterator[str]:
    """What the model does not know, with its place in the mapping."""
    if not mapping.tables:
        yield "tables: is empty; expected what at least one table says"
    for number, table in enumerate(mapping.tables):
        at = f"tables.{number}"
        if not table.entities:
            yield f"{at}.entities: is empty; expected at least one entity that a row speaks of"
        for alias, entity in table.entities.items():
            yield from _entity_faults(f"{at}.entities.{alias}", entity, model)
        for index, tie in enumerate(table.relations):
            yield from _relation_faults(f"{at}.relations.{index}", tie, table, model)
        yield from _unknown(f"{at}.claims", table.claims, CLAIM_FIELDS, "claim column")


def _entity_faults(where: str, entity: EntityMapping, model: Model) -> Iterator[str]:
    if entity.kind is not None and entity.kind not in model.kinds:
        yield UnknownName("kind", entity.kind, model.kinds, where=f"{where}.kind").message
        return
    known = model.properties_of(entity.kind) if entity.kind is not None else model.entity_properties
    yield from _unknown(f"{where}.properties", entity.properties, known, "property")
    if entity.kind is None and entity.create:
        yield f"{where}.kind: is missing; only what is there already (create: false) needs no kind"
    if entity.id is not None and not PLACEHOLDER.search(entity.id):
        yield f"{where}.id: {entity.id!r} names no column in braces, as in ror-{{ror_id}}"
    identifiers = [p for p in entity.properties if p in known and known[p].type == "identifier"]
    named = [p for p in ("name_zh", "name_en") if p in entity.properties]
    if entity.id is None and not named and not (identifiers and not entity.create):
        yield f"{where}: nothing says which entity is meant; expected id, or the property name_zh or name_en"
    if entity.split is not None and len(PLACEHOLDER.findall(entity.id or "")) != 1:
        yield f"{where}.split: needs an id that is made from one column"
    for name, cell in entity.properties.items():
        prop = known.get(name)
        if prop is not None and cell.split and not prop.multiple and name not in ("name_zh", "name_en"):
            yield f"{where}.properties.{name}.split: {name} has one value"


def _relation_faults(where: str, tie: RelationMapping, table: TableMapping, model: Model) -> Iterator[str]:
    for side in ("subject", "object"):
        if getattr(tie, side) not in table.entities:
            yield UnknownName(
                "entity of the table", getattr(tie, side), table.entities, where=f"{where}.{side}"
            ).message
    if tie.relation not in model.relations or not model.relations[tie.relation].is_tie:
        yield UnknownName("relation", tie.relation, model.ties, where=f"{where}.relation").message
        return
    relation = model.relations[tie.relation]
    yield from _unknown(
        f"{where}.properties", tie.properties, model.relation_properties(tie.relation), "property"
    )
    of_claims = [name for name in CLAIM_FIELDS if name != "source"]
    yield from _unknown(f"{where}.claims", tie.claims, of_claims, "claim column")
    for side, allowed in (("subject", relation.domain), ("object", relation.range)):
        entity = table.entities.get(getattr(tie, side))
        kind = entity.kind if entity is not None and entity.kind in model.kinds else None
        if kind is not None and kind not in model.members(allowed):
            said = f"a {kind} cannot be the {side} of {tie.relation}"
            yield f"{where}.{side}: {said}; expected {', '.join(allowed)}"


def _unknown(where: str, given: Mapping[str, Any], known: Any, what: str) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield UnknownName(what, name, known, where=f"{where}.{name}").message

"""One `.cypher` file a question. A file is at once `graph.funds(place=…)`, `parkgraph query funds`,
`GET /v1/queries/funds` and a page of the docs.

Its head (YAML in comment lines between two `// ---`) gives a summary, the parameters with type and
default, the columns, and an example. The text below is Cypher for both engines; where one must differ,
`name.neo4j.cypher` stands beside it with a text only. `REL` stands for all relation types of the model
and `$limit` is written as a checked literal (a parameter there switches off an engine's indexes).

Five expressions come from the model, so that a question and a path never differ on them:
`passable(r)` (may a partnership path use the relation), `through(n)` (may it lie on the way),
`symmetric(r)`, `rank(status)` (its place on the ladder; one that no source states counts as planned, and
what has ended is below every floor), and `inside(n, $place)` (is it the place, or in it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parkgraph.graph.arrays import UNSTATED
from parkgraph.graph.countries import countries_like, country_code
from parkgraph.graph.dates import parse_date
from parkgraph.graph.errors import BadRequest, Conflict, ModelError, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.quantities import LARGEST
from parkgraph.graph.store import DEFAULT_TIMEOUT, Rows, Store
from parkgraph.graph.yaml_text import read_own_yaml
from parkgraph.queries.walk import PLACE_DEPTH

ParameterType = Literal[
    "str",
    "int",
    "float",
    "bool",
    "date",
    "entity",
    "kind",
    "relation",
    "code",
    "country",
    "property",
    "status",
    "floor",
    "layer",
]
ColumnType = Literal[
    "str", "int", "float", "bool", "date", "node", "nodes", "fact", "claim", "source", "list", "any"
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Strict):
    """A parameter of a query file; `floor` is the least status, which the text gets as its rank; a `code` is
    one that the properties `of` the model hold."""

    type: ParameterType
    description: str
    default: str | int | float | bool | None = None
    required: bool = False
    ge: int | float | None = None
    le: int | float | None = None
    choices: tuple[str, ...] | None = None
    of: tuple[str, ...] = ()

    def codes(self, model: Model) -> dict[str, tuple[str, str]] | None:
        """The codes that it may be, each with its label (zh, en); None where it may be any text."""
        return model.vocabulary(self.of) if self.type == "code" else None

    def described(self, model: Model) -> dict[str, Any]:
        """As the API and the explorer list it; `codes` have labels (zh, en)."""
        codes = self.codes(model)
        shown = self.model_dump(exclude_none=True, exclude={"of"})
        return shown | ({"codes": codes} if codes is not None else {})


class Column(_Strict):
    """A column of the answer; `node` and `fact` columns hold ids, `nodes` columns lists of them.

    Null in a `sought` column is itself an answer: no source states it. It is shown as that, never as 0.
    """

    type: ColumnType
    description: str = ""
    unit: str | None = None
    nullable: bool = False
    sought: bool = False


class _Head(_Strict):
    summary: str
    summary_zh: str
    params: dict[str, Parameter] = Field(default_factory=dict)
    returns: dict[str, Column]
    example: dict[str, Any] = Field(default_factory=dict)


class RowPlace(NamedTuple):
    """A row of an answer to go on from: how many rows were seen with it, and its digest."""

    seen: int
    row: str


def row_digest(row: Mapping[str, Any]) -> str:
    """What tells a row from the others of an answer."""
    return blake2b(repr(sorted(row.items())).encode(), digest_size=9).hexdigest()


@dataclass(frozen=True, slots=True)
class Query:
    """A question as a function: `run(store, model, place="成都")` gives rows."""

    name: str
    summary: str
    summary_zh: str
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Column]
    example: Mapping[str, Any]
    text: str
    text_neo4j: str | None = field(default=None)

    def run(
        self,
        store: Store,
        model: Model,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        after: RowPlace | None = None,
        **given: Any,
    ) -> Rows:
        """The rows, each with exactly the declared columns; with `after` the page that follows a row.

        Raises UnknownName for a parameter that is not declared, BadRequest for a value of another type, and
        Conflict where the row to go on from is no longer in the answer.
        """
        values = self.check(model, given)
        text = self.text
        if self.text_neo4j is not None and store.engine == "neo4j":
            text = self.text_neo4j
        limit = values.pop("limit", None)
        if limit is None:
            return store.read(resolve(text, model, None), values, timeout=timeout)
        seen = after.seen if after is not None else 0
        rows = store.read(resolve(text, model, seen + limit + 1), values, timeout=timeout)
        if after is not None:
            seen = self._place(rows, after)
            del rows[:seen]
        # Each part of a union has the limit of its own.
        rows.truncated = len(rows) > limit
        del rows[limit:]
        rows.next = RowPlace(seen + limit, row_digest(rows[-1])) if rows.truncated else None
        return rows

    def _place(self, rows: Sequence[Mapping[str, Any]], after: RowPlace) -> int:
        """How many rows there are up to the one to go on from; a write may have moved it."""
        near = [after.seen - 1] if after.seen <= len(rows) else []
        for place in (*near, *range(len(rows))):
            if row_digest(rows[place]) == after.row:
                return int(place) + 1
        raise Conflict(
            f"query {self.name}: the row that this page goes on from is no longer in the answer; "
            "somebody wrote to the graph since, so ask again from the beginning"
        )

    def named(self, model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters that pass `check`, with what the model has a name for by that name."""
        return {
            name: read_value(name, self.parameters[name], value, model)
            if value not in (None, "") and self.parameters[name].type in _NAMED
            else value
            for name, value in given.items()
        }

    def check(self, model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with defaults filled in; a date gives also `name_min` and `name_max`."""
        for name in given:
            if name not in self.parameters:
                raise UnknownName("parameter", name, self.parameters, where=f"query {self.name}")
        values: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            value = given.get(name)
            if value is None or value == "":
                if parameter.required:
                    raise BadRequest(
                        f"query {self.name}: parameter {name} is missing ({parameter.description})"
                    )
                value = parameter.default
            else:
                value = read_value(f"query {self.name}: parameter {name}", parameter, value, model)
            if parameter.type == "date":
                date = parse_date(value) if isinstance(value, str) else None
                values[f"{name}_min"] = date.earliest if date else None
                values[f"{name}_max"] = date.latest if date else None
            elif parameter.type == "floor":
                values[name] = model.status_rank(str(value)) if value is not None else None
            else:
                values[name] = value
        return values


def read_value(where: str, parameter: Parameter, value: Any, model: Model) -> Any:
    """A parameter's value from a text or a value. Raises BadRequest or UnknownName, which begin with
    `where`."""
    try:
        match parameter.type:
            case "int":
                if not re.fullmatch(r"[+-]?\d{1,100}", str(value)):
                    raise ValueError("expected a whole number")
                value = int(str(value))
            case "float":
                if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?", str(value)):
                    raise ValueError("expected a number")
                value = float(str(value))
            case "bool":
                text = str(value).casefold()
                if text not in ("true", "false"):
                    raise ValueError("expected true or false")
                value = text == "true"
            case "date":
                value = parse_date(str(value)).text
            case "kind":
                value = model.kind(str(value), where).name
            case "relation":
                value = model.relation(str(value), where).name
            case "code":
                value = model.code(parameter.of, str(value), where)
            case "country":
                code = country_code(str(value))
                if code is None:
                    near = countries_like(str(value))
                    raise ValueError(
                        "expected a code of ISO 3166-1 or a country's name"
                        + (f"; did you mean {' or '.join(near)}?" if near else "")
                    )
                value = code
            case "property":
                value = str(value)
                if value not in model.entity_properties:
                    raise UnknownName("property", value, model.entity_properties, where=where)
            case "layer":
                value = model.layer_name(str(value), where)
            case "status" | "floor":
                value = model.status_name(str(value), where)
            case _:
                value = str(value)
    except ValueError as error:
        raise BadRequest(f"{where}: {value!r} is no {parameter.type}; {error}") from error
    if parameter.choices is not None and value not in parameter.choices:
        raise BadRequest(f"{where}: {value!r} is not one of {', '.join(parameter.choices)}")
    if parameter.type == "int" and parameter.le is None and abs(value) > LARGEST:
        raise BadRequest(f"{where}: {value} is out of bounds; expected at most {LARGEST}")
    if parameter.ge is not None and value < parameter.ge:
        raise BadRequest(f"{where}: {value} is out of bounds; expected at least {parameter.ge}")
    if parameter.le is not None and value > parameter.le:
        raise BadRequest(f"{where}: {value} is out of bounds; expected at most {parameter.le}")
    return value


_NAMED = ("kind", "relation", "code", "country", "layer", "status", "floor")
"""Types of parameters whose values are names in the model."""
_EXPRESSION = re.compile(r"\b(passable|through|symmetric|rank|inside)\(([\w.]+)(?:, (\$\w+))?\)")


def resolve(text: str, model: Model, limit: int | None) -> str:
    """Write the model's expressions, the relation types and the limit into a query's text."""
    text = _EXPRESSION.sub(lambda found: _expression(model, *found.groups()), text)
    text = re.sub(r"(?<=:)REL\b", model.relation_pattern, text)
    if limit is not None:
        text = text.replace("$limit", str(int(limit)))
    return text


def _expression(model: Model, name: str, of: str, place: str | None) -> str:
    """Cypher for an expression that comes from the model; `of` is a variable or `variable.property`."""
    match name:
        case "passable":
            return f"({' OR '.join(_passable(model, of))})"
        case "through":
            ends = sorted(kind for kind, spec in model.kinds.items() if not spec.through)
            kinds = f"NONE(l IN labels({of}) WHERE l IN {_names(ends)})"
            return f"({kinds} AND coalesce({of}.end_only, false) = false)"
        case "symmetric":
            return f"(type({of}) IN {_names(sorted(k for k, r in model.relations.items() if r.symmetric))})"
        case "rank":
            steps = " ".join(
                f"WHEN '{key}' THEN {-1 if status.terminal else status.rank}"
                for key, status in model.statuses.items()
            )
            return f"(CASE coalesce({of}, '{UNSTATED}') {steps} ELSE -1 END)"
        case _:
            up = "-[:LOCATED_IN|PART_OF]->"
            chains = (
                f"EXISTS {{ MATCH ({of}){up}{f'(:Entity){up}' * depth}(:Entity {{id: {place}}}) }}"
                for depth in range(PLACE_DEPTH)
            )
            return f"({of}.id = {place} OR {' OR '.join(chains)})"


def _passable(model: Model, edge: str) -> Iterator[str]:
    """One condition for the relations that are always passable, and one for each that is so only towards
    some kinds."""
    always = []
    for name, relation in sorted(model.relations.items()):
        kinds = sorted(kind for kind in model.kinds if relation.passable_to(frozenset((kind,))))
        if len(kinds) == len(model.kinds):
            always.append(name)
        elif kinds:
            towards = f"ANY(l IN labels(endNode({edge})) WHERE l IN {_names(kinds)})"
            yield f"(type({edge}) = '{name}' AND {towards})"
    yield f"type({edge}) IN {_names(always)}"


def _names(names: Iterable[str]) -> str:
    """Names of the model as a Cypher list."""
    return f"[{', '.join(repr(name) for name in names)}]"


_HEAD = re.compile(r"\A// ---\n(?P<head>(?://.*\n)*?)// ---\n(?P<text>.*)\Z", re.DOTALL)


def read_query(name: str, content: str, text_neo4j: str | None = None) -> Query:
    """Read one query file; raises ModelError with its name and what is wrong with its head."""
    match = _HEAD.match(content)
    if match is None:
        raise ModelError(f"{name}.cypher: expected a head between two lines `// ---`")
    head = "\n".join(re.sub(r"^// ?", "", line) for line in match["head"].splitlines())
    try:
        described = _Head.model_validate(read_own_yaml(head))
    except yaml.YAMLError as error:
        raise ModelError(f"{name}.cypher: its head is not YAML: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ModelError(f"{name}.cypher: {place}: {problem['msg']}") from error
    return Query(
        name,
        described.summary,
        described.summary_zh,
        described.params,
        described.returns,
        described.example,
        match["text"].strip(),
        text_neo4j.strip() if text_neo4j is not None else None,
    )


def read_folder(folder: Traversable) -> Mapping[str, Query]:
    """The query files of a folder, by name, each with the text of Neo4j's own that stands beside it."""
    texts = {
        entry.name.removesuffix(".cypher"): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".cypher")
    }
    return {
        name: read_query(name, texts[name], texts.get(f"{name}.neo4j"))
        for name in sorted(texts)
        if not name.endswith(".neo4j")
    }


@cache
def library() -> Mapping[str, Query]:
    """All queries that ship with ParkGraph, by name."""
    return read_folder(files("parkgraph.queries"))


def query_named(name: str) -> Query:
    """Raises UnknownName with what was probably meant."""
    found = library().get(name)
    if found is None:
        raise UnknownName("query", name, library(), http_status=404)
    return found

"""The claims that the rows of a chunk make."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import polars as pl

from parkgraph.graph.claims import Claim
from parkgraph.graph.model import Property
from parkgraph.graph.quantities import parse_quantity
from parkgraph.ingest.chunks import NAMES, Chunk, Context, Entities, Ties

CONFIDENCE_OF_INFERRED = 0.5
"""Where a row that is marked as inferred gives no confidence of its own."""


class Telling:
    """Makes claims, chunk by chunk. `where` is what stands in a locator before the row; without it the rows
    say their locators themselves, and each of them is a statement of its own. Otherwise what several rows say
    alike is said once, at the first of them."""

    def __init__(self, context: Context, where: str | None) -> None:
        self._context = context
        self._model = context.model
        self._where = where
        self._seen: set[int] = set()

    def claims(self, chunk: Chunk, refused: Callable[[int], bool]) -> Iterator[tuple[int, Claim]]:
        """What the rows say that are not refused, each with the number of its row."""
        skip = {i for i, row in enumerate(chunk.rows) if refused(row)}
        shared = [self._shared(chunk, position) for position in range(len(chunk.rows))]
        for entities in chunk.entities.values():
            for position, claim in self._of_entities(entities, shared, skip):
                yield chunk.rows[position], claim
        for tie in chunk.ties:
            for position, claim in self._of_ties(tie, chunk, shared, skip):
                yield chunk.rows[position], claim

    def _shared(self, chunk: Chunk, position: int) -> dict[str, Any]:
        """What holds for every claim of a row."""
        said = {name: cells[position] for name, cells in chunk.claims.items() if cells[position] is not None}
        return self._settled(said, chunk.rows[position])

    def _settled(self, said: dict[str, Any], row: int) -> dict[str, Any]:
        if "inferred" in said:
            said["inferred"] = said["inferred"] == "true"
        if "confidence" in said:
            said["confidence"] = float(said["confidence"])
        elif said.get("inferred"):
            said["confidence"] = CONFIDENCE_OF_INFERRED
        if "rank" in said:
            said["rank"] = int(said["rank"])
        said.setdefault("source", self._context.source)
        if self._where is not None:
            said.setdefault("locator", f"{self._where}row={row}")
        return said

    def _is_again(self, *said: Hashable) -> bool:
        """Whether a row has said this before."""
        if self._where is None:
            return False
        mark = hash(said)
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False

    def _of_entities(
        self, entities: Entities, shared: list[dict[str, Any]], skip: set[int]
    ) -> Iterator[tuple[int, Claim]]:
        mapping = entities.mapping
        kind = mapping.kind
        known = self._model.properties_of(kind) if kind is not None else self._model.entity_properties
        columns = [(name, _values(series, known[name])) for name, series in entities.columns.items()]
        for index, (position, ids) in enumerate(zip(entities.at, entities.of_rows(), strict=True)):
            if position in skip:
                continue
            row = shared[position]
            values = [(name, cells[index]) for name, cells in columns if cells[index] is not None]
            for number, identifier in enumerate(ids):
                said = [(name, _own_of(name, value, number, len(ids))) for name, value in values]
                if self._is_again(identifier, kind, repr(said), _unplaced(row)):
                    continue
                if kind is not None and mapping.create:
                    yield position, Claim(identifier, property="kind", value=kind, **row)
                for name, value in said:
                    for item in value if isinstance(value, tuple) else (value,):
                        yield position, Claim(identifier, property=name, value=item, **row)
                queued = self._context.queued.get(identifier)
                if queued is not None:
                    relation = self._model.judging("unsure").name
                    for other, _ in queued.candidates:
                        yield position, Claim(identifier, relation=relation, object=other, **row)

    def _of_ties(
        self, tie: Ties, chunk: Chunk, shared: list[dict[str, Any]], skip: set[int]
    ) -> Iterator[tuple[int, Claim]]:
        subjects, objects = chunk.ids_at(tie.mapping.subject), chunk.ids_at(tie.mapping.object)
        relation = tie.mapping.relation
        known = self._model.relation_properties(relation)
        properties = {name: _values(series, known[name]) for name, series in tie.properties.items()}
        for index, position in enumerate(tie.at):
            if position in skip:
                continue
            row = shared[position]
            own = {name: cells[index] for name, cells in tie.claims.items() if cells[index] is not None}
            if own:
                row = self._settled({**row, **own}, chunk.rows[position])
            columns = {name: cells[index] for name, cells in tie.columns.items() if cells[index] is not None}
            row = {**row, **columns}
            attributes = {n: cells[index] for n, cells in properties.items() if cells[index] is not None}
            said = repr(attributes) if self._where is not None else ""
            for subject in subjects.get(position, ()):
                for object_ in objects.get(position, ()):
                    if self._is_again(subject, relation, object_, said, _unplaced(row)):
                        continue
                    claim = Claim(subject, relation=relation, object=object_, attributes=attributes, **row)
                    yield position, claim


def _own_of(name: str, value: Any, number: int, entities: int) -> Any:
    """Of the names in one cell each of several entities has its own."""
    if name in NAMES and isinstance(value, tuple) and (entities > 1 or len(value) == 1):
        return value[number]
    return value


def _unplaced(row: Mapping[str, Any]) -> Hashable:
    """What a row says of its claims but for where it stands."""
    return tuple((k, v) for k, v in row.items() if k != "locator")


def _values(series: pl.Series, prop: Property) -> list[Any]:
    """Texts in the model's form as the values of claims; several as a tuple."""
    of = _value_of(prop)
    texts = series.to_list()
    if series.dtype == pl.List:
        return [None if text is None else tuple(of(item) for item in text) for text in texts]
    if of is not str:
        texts = [None if text is None else of(text) for text in texts]
    return [None if text is None else (text,) for text in texts] if prop.multiple else texts


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
            return str

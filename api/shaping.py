"""What an answer shows: only some fields (`fields=`), and labels and sentences in one language (`lang=`).

An address gives the same answer to everybody, so that it can be kept and compared: the language is asked for
in it, and what a browser prefers decides pages and titles of problems only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fastapi import Query
from pydantic import BaseModel

from parkgraph.api import schemas
from parkgraph.graph.errors import UnknownName
from parkgraph.graph.json_schema import json_schema
from parkgraph.graph.model import Model
from parkgraph.queries.selection import listed

Language = Literal["zh", "en"]
Lang = Annotated[
    Language | None,
    Query(description="Add labels in this language, and leave out sentences in the other", examples=["zh"]),
]
Known = Mapping[str, Any]
"""The fields of a record, each with those within it; None where anything may be within."""
Chosen = dict[str, Any]
"""The fields that were asked for, each with those within it; empty for all."""

_LABELS = {"relation": "relations", "status": "statuses", "kind": "kinds", "property": "entity_properties"}


class Shaping:
    """How answers of a model are shown. `fields` are checked against the `shape` of what is answered, a class
    of schemas.py or the names of columns."""

    __slots__ = ("_chosen", "_lang", "_model")

    def __init__(
        self,
        model: Model,
        fields: Iterable[str] | None,
        lang: Language | None,
        shape: type[BaseModel] | Iterable[str],
    ) -> None:
        wanted = [name for given in fields or () for name in listed(given)]
        self._model, self._lang = model, lang
        self._chosen: Chosen = {}
        if wanted:
            known = known_fields(shape, model) if isinstance(shape, type) else dict.fromkeys(shape)
            for name in wanted:
                _choose(self._chosen, name, known)

    def __bool__(self) -> bool:
        return bool(self._chosen) or self._lang is not None

    def __call__(self, answer: Any) -> Any:
        """An answer, or an item of one, as it is to be shown."""
        if self._lang is not None:
            answer = self._told(answer, self._lang)
        return _only(answer, self._chosen) if self._chosen else answer

    def _told(self, value: Any, lang: Language) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._told(item, lang) if isinstance(item, (dict, list)) else item for item in value]
        if not isinstance(value, dict):
            return value
        other = "en" if lang == "zh" else "zh"
        sentence = lang in value and other in value
        # A text beside its translation, such as definition and definition_zh; names stay, they are data.
        paired = {key for key in value if f"{key}_zh" in value and key not in ("name",)}
        left_out = paired if lang == "zh" else {f"{key}_zh" for key in paired}
        out = {
            key: self._told(item, lang) if isinstance(item, (dict, list)) else item
            for key, item in value.items()
            if not (sentence and key == other) and key not in left_out
        }
        for key, among in _LABELS.items():
            name = value.get(key)
            if isinstance(name, str) and (entry := getattr(self._model, among).get(name)) is not None:
                out[f"{key}_label"] = entry.label(lang)
        if "kind_label" in out and "name" in value:
            first, second = ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")
            out["label"] = value.get(first) or value.get(second) or value["name"]
        return out


def _choose(chosen: Chosen, name: str, known: Known) -> None:
    """Add a dotted name to what is chosen. Raises UnknownName."""
    inner: Any = known
    parts = name.split(".")
    for i, part in enumerate(parts):
        if inner is not None and part not in inner:
            before = f"{'.'.join(parts[:i])}." if i else ""
            raise UnknownName("field", name, [f"{before}{key}" for key in inner], where="fields")
        inner = inner[part] if inner is not None else None
        if i + 1 == len(parts):
            chosen[part] = {}
        elif part in chosen and not chosen[part]:
            return  # all of it is chosen already
        else:
            chosen = chosen.setdefault(part, {})


def _only(value: Any, chosen: Chosen) -> Any:
    if isinstance(value, (list, tuple)):
        return [_only(item, chosen) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _only(item, chosen[key]) if chosen.get(key) else item
        for key, item in value.items()
        if key in chosen or key == "id"
    }


_known: dict[tuple[type[BaseModel], str], Known] = {}


def known_fields(shape: type[BaseModel], model: Model) -> Known:
    """What an answer may hold: by its schema, and by the model where that says what else there is."""
    if (shape, model.digest) not in _known:
        _known[shape, model.digest] = _fields_of(shape, model)
    return _known[shape, model.digest]


def _fields_of(shape: type[BaseModel], model: Model) -> Known:
    known: dict[str, Any] = {
        field.alias or name: _within(field.annotation, model) for name, field in shape.model_fields.items()
    }
    among = next((of for base, of in _OF_THE_MODEL.items() if issubclass(shape, base)), None)
    if among is not None:
        definitions = json_schema(model)["$defs"]
        for name in getattr(model, among):
            known = {**dict.fromkeys(definitions[name]["properties"]), **known}
    return known


_OF_THE_MODEL: Mapping[type[BaseModel], str] = {
    schemas.NodeOut: "kinds",
    schemas.EdgeOut: "relations",
    schemas.FactOut: "relations",
}


def _within(annotation: Any, model: Model) -> Known | None:
    """The fields within a type: those of a schema, of a list of them, or of one that may be null."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return known_fields(annotation, model)
    if get_origin(annotation) in (list, Union, UnionType, Annotated):
        found = (_within(part, model) for part in get_args(annotation))
        return next((known for known in found if known is not None), None)
    return None if annotation is Any or get_origin(annotation) is dict else {}

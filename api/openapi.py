"""The OpenAPI document: what the framework makes of the routes, with what only this server knows: the names
of its model, each question with its own parameters and columns, the headers of answers, and who may ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from parkgraph.api.responses import PROBLEM
from parkgraph.api.routes import DAY
from parkgraph.graph.countries import country_codes
from parkgraph.graph.model import Model
from parkgraph.queries.amounts import NOT_STATED, figures
from parkgraph.queries.library import Column, Parameter, Query, library
from parkgraph.queries.measures import measures
from parkgraph.queries.measures.defined import Measure

_GOOD = ("200", "201", "202")
_QUERIES, _MEASURES = "/v1/queries/{name}", "/v1/measures/{name}"
"""Where the document has an address for each query and each measure in place of the one that takes all."""
_LISTS = (
    "Entities",
    "Facts",
    "Claims",
    "Sources",
    "Candidates",
    "Judgements",
    "Loads",
    "NeighboursOut",
    "Answer",
)
"""Schemas of answers that come page by page."""
_LINK = {
    "description": 'The next page, `rel="next"` (RFC 8288); absent on the last one',
    "schema": {"type": "string"},
}
_ETAG = {
    "description": "Tells this answer from others; with If-None-Match the answer to the same is 304",
    "schema": {"type": "string"},
}


def document(app: FastAPI, *, secured: bool) -> None:
    """Complete the document of an application, whose graph is there by then; `secured` by a key."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(made(), app.state.graph.model, secured)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any], model: Model, secured: bool) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _answers(operation, method)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _plain(parameter["schema"], model)
        if path in (_QUERIES, _MEASURES):
            named: Mapping[str, Query | Measure] = library() if path == _QUERIES else measures()
            for one in named.values():
                paths[path.replace("{name}", one.name)] = {
                    "get": _of_one(operations["get"], one, model, document["components"]["schemas"])
                }
        else:
            paths[path] = operations
    document["paths"] = paths
    components = document["components"]
    components["schemas"].pop("HTTPValidationError", None)
    components["schemas"].pop("ValidationError", None)
    if secured:
        components["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
        for open_to_all in ("/health", "/problems", "/problems/{code}"):
            document["paths"][open_to_all]["get"]["security"] = []
    return document


def _answers(operation: dict[str, Any], method: str) -> None:
    """Errors have the media type of problems; the framework would say JSON. Good answers have headers."""
    if _is_of_the_framework(operation):
        del operation["responses"]["422"]
    for status, answer in operation["responses"].items():
        if status in _GOOD:
            content = answer.get("content", {})
            shape = str(content.get("application/json", {}).get("schema", {}).get("$ref", ""))
            headers = {"ETag": _ETAG} if method == "get" else {}
            if shape.rpartition("/")[2] in _LISTS:
                headers["Link"] = _LINK
            if headers:
                answer["headers"] = headers
        elif "content" in answer:
            answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}


def _is_of_the_framework(operation: Mapping[str, Any]) -> bool:
    """Whether the 422 is the one that the framework adds, which ours never answers."""
    return "HTTPValidationError" in str(operation["responses"].get("422"))


def _plain(schema: dict[str, Any], model: Model) -> dict[str, Any]:
    """The schema of a parameter: one that may be left out is not null, and names of the model are told."""
    schema = dict(schema)
    inner = [part for part in schema.pop("anyOf", ()) if part != {"type": "null"}]
    if len(inner) == 1:
        schema = {**inner[0], **schema}
    elif inner:
        schema["anyOf"] = inner
    if schema.pop("x-fields", None):
        schema["items"] = {**schema["items"], "format": "field"}
    names = _names(schema.pop("x-names-of", None), model)
    format_ = schema.pop("x-format", None)
    if "items" in schema:
        schema["items"] = {
            **schema["items"],
            **({"enum": names} if names else {}),
            **({"format": format_} if format_ else {}),
        }
    elif names:
        schema["enum"] = names
    return schema


def _names(what: str | None, model: Model) -> list[str]:
    match what:
        case None:
            return []
        case "statuses or none":
            return [*model.statuses, NOT_STATED]
        case "figures":
            return list(figures(model))
        case _:
            return list(getattr(model, what))


def _of_one(
    generic: Mapping[str, Any], one: Query | Measure, model: Model, schemas: dict[str, Any]
) -> dict[str, Any]:
    """The operation of one query or measure, with its own parameters; the columns of its rows go to the
    schemas."""
    operation = deepcopy(dict(generic))
    is_query = isinstance(one, Query)
    words = "".join(part.capitalize() for part in one.name.split("_"))
    described = one.summary_zh if isinstance(one, Query) else f"{one.definition}\n\n{one.definition_zh}"
    operation |= {
        "operationId": f"{'query' if is_query else 'measure'}{words}",
        "summary": one.summary,
        "description": described,
        "parameters": [
            *(_parameter(name, p, one.example.get(name), model) for name, p in one.parameters.items()),
            *(p for p in operation["parameters"] if p["name"] != "name"),
        ],
    }
    for parameter in operation["parameters"]:
        if parameter["name"] == "fields":
            parameter["schema"]["examples"] = [[next(iter(one.columns))]]
    whole = deepcopy(schemas["Answer" if is_query else "MeasureOut"])
    row, answer = (f"{words}Row", f"{words}Answer") if is_query else (f"{words}Place", f"{words}Measure")
    schemas[row] = {
        "title": row,
        "type": "object",
        "properties": {name: _column(column) for name, column in one.columns.items()},
    }
    whole |= {"title": answer}
    whole["properties"]["rows"]["items"] = {"$ref": f"#/components/schemas/{row}"}
    schemas[answer] = whole
    shown = operation["responses"]["200"]["content"]["application/json"]
    shown["schema"] = {"$ref": f"#/components/schemas/{answer}"}
    return operation


_TYPES = {"int": "integer", "float": "number", "bool": "boolean"}


def _parameter(name: str, parameter: Parameter, example: Any, model: Model) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(parameter.type, "string")}
    match parameter.type:
        case "kind" | "relation" | "property" | "status" | "floor" | "layer":
            among: dict[str, Iterable[str]] = {
                "kind": model.kinds,
                "relation": model.relations,
                "property": model.entity_properties,
                "layer": model.layers,
            }
            schema["enum"] = list(among.get(parameter.type, model.statuses))
        case "code" if (codes := parameter.codes(model)) is not None:
            schema["enum"] = list(codes)
        case "country":
            schema["enum"] = country_codes()
        case "entity":
            schema["format"] = "entity"
        case "date":
            schema |= {"format": "partial-date", "pattern": f"^({DAY})?$"}
        case "str" if name == "selection":
            schema["format"] = name
    if parameter.choices is not None:
        schema["enum"] = list(parameter.choices)
    if parameter.required and schema["type"] == "string":
        schema["minLength"] = 1
    if parameter.ge is not None:
        schema["minimum"] = parameter.ge
    if parameter.le is not None:
        schema["maximum"] = parameter.le
    if parameter.default is not None:
        schema["default"] = parameter.default
    shown = next(_examples(parameter, example, schema))
    if getattr(parameter, "several", False):
        schema = {"type": "array", "items": schema}
        shown = str(shown).split(",")
    return {
        "name": name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": {**schema, "examples": [shown]},
    }


def _examples(parameter: Parameter, given: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if given is not None:
        yield given
    if parameter.default is not None:
        yield parameter.default
    yield from schema.get("enum", ())
    yield {
        "int": parameter.ge or 2019,
        "float": 1.5,
        "bool": True,
        "date": "2019",
        "entity": "成都高新区",
    }.get(parameter.type, "高新")


def _column(column: Column) -> dict[str, Any]:
    shape: dict[str, Any]
    match column.type:
        case "nodes":
            shape = {"type": "array", "items": {"type": "string"}}
        case "list":
            shape = {"type": "array", "items": {}}
        case "any":
            shape = {}
        case other:
            shape = {"type": _TYPES.get(other, "string")}
    if column.nullable and "type" in shape:
        shape["type"] = [shape["type"], "null"]
    return {**shape, **({"description": column.description} if column.description else {})}

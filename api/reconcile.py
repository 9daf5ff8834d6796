"""A reconciliation service for OpenRefine and its like: names of a spreadsheet are matched to entities, and
columns are added from the graph. Source: Reconciliation Service API 0.2, W3C Entity Reconciliation
Community Group. JSONP is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from parkgraph.api import schemas
from parkgraph.api.pages import templates
from parkgraph.api.responses import json
from parkgraph.api.routes import PROBLEMS, G, names_of
from parkgraph.graph.errors import BadRequest, TooLarge, UnknownName
from parkgraph.graph.model import Kind
from parkgraph.graph.subgraph import Node
from parkgraph.queries.graph import Graph
from parkgraph.queries.reconciling import (
    Candidate,
    Described,
    both,
    called,
    candidates,
    properties_of,
    read_query,
    values_of,
)

BATCH = 200
"""How many queries a batch should have, and at most has."""
MOST_IDS = 1_000
_SUGGESTED = 20
_MOST_SKIPPED = 10_000
_WIDTH, _HEIGHT = 430, 260
_Item = TypeVar("_Item")
_FORM = "application/x-www-form-urlencoded"

router = APIRouter(prefix="/v1/reconcile", tags=["reconciliation"], responses=PROBLEMS)


def _no_jsonp(request: Request) -> None:
    """An answer that is a script would run wherever a page asks for it."""
    if "callback" in request.query_params:
        raise BadRequest(f"{request.url.path}: callback (JSONP) is not offered; ask for JSON, by CORS")


async def _posted(request: Request) -> dict[str, str]:
    """The fields of a form."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != _FORM:
        raise BadRequest(f"{request.url.path}: the body is {media_type or 'of no type'}; expected {_FORM}")
    try:
        fields = parse_qs(
            (await request.body()).decode(), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError as error:
        raise BadRequest(f"{request.url.path}: the body is no form: {error}") from None
    return {name: values[0] for name, values in fields.items()}


_QUERIES = {"type": "string", "format": "reconciliation", "description": "Reconciliation queries in JSON"}
_EXTEND = {"type": "string", "format": "extension", "description": "A data extension query in JSON"}
Form = Annotated[dict[str, str], Depends(_posted)]
_ANSWER: dict[str, Any] = {"model": schemas.Reconciliation}
_TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"model": schemas.Problem, "description": "A batch is larger than the manifest allows."}
}


@router.get(
    "",
    summary="The reconciliation service: what it offers; with queries or extend, the answer to them",
    responses={200: _ANSWER, **_TOO_LARGE},
    dependencies=[Depends(_no_jsonp)],
)
def service(
    graph: G,
    request: Request,
    queries: Annotated[
        str | None,
        Query(
            description="Reconciliation queries in JSON",
            examples=['{"q0": {"query": "成都高新区"}}'],
            json_schema_extra={"format": "reconciliation"},
        ),
    ] = None,
    extend: Annotated[
        str | None,
        Query(
            description="A data extension query in JSON",
            examples=['{"ids": ["park:chengdu-hi-tech-zone"], "properties": [{"id": "country"}]}'],
            json_schema_extra={"format": "extension"},
        ),
    ] = None,
) -> Response:
    if queries is None and extend is None:
        return json(_manifest(graph, str(request.base_url).rstrip("/")))
    return json(_answer(graph, queries, extend))


@router.post(
    "",
    summary="Match names to entities (`queries`), or add columns to entities matched (`extend`)",
    responses={200: _ANSWER, **_TOO_LARGE},
    dependencies=[Depends(_no_jsonp)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "minProperties": 1,
                        "properties": {
                            "queries": _QUERIES,
                            "extend": _EXTEND,
                        },
                    }
                }
            },
        }
    },
)
def reconcile(graph: G, form: Form) -> Response:
    return json(_answer(graph, form.get("queries"), form.get("extend")))


def _answer(graph: Graph, queries: str | None, extend: str | None) -> dict[str, Any]:
    if queries is not None:
        return _reconciled(graph, _object("queries", queries))
    if extend is not None:
        return _extended(graph, _object("extend", extend))
    raise BadRequest("the form has neither queries nor extend; expected one of them")


def _object(name: str, text: str) -> dict[str, Any]:
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{name}: is no JSON: {error}") from None
    if not isinstance(read, dict):
        raise BadRequest(f"{name}: expected a JSON object")
    return read


# -- what is offered ----------------------------------------------------------------------------


def _manifest(graph: Graph, home: str) -> dict[str, Any]:
    here = f"{home}/v1/reconcile"
    return {
        "versions": ["0.2"],
        "name": "ParkGraph",
        "identifierSpace": f"{home}/v1/entities/",
        "schemaSpace": f"{home}/v1/model",
        "documentation": f"{home}/docs",
        "view": {"url": f"{home}/v1/entities/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview/{{{{id}}}}", "width": _WIDTH, "height": _HEIGHT},
        "defaultTypes": [
            _type(kind) for kind in graph.model.kinds.values() if kind.through and "actor" in kind.groups
        ],
        "suggest": {
            what: {"service_url": home, "service_path": f"/v1/reconcile/suggest/{what}"}
            for what in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": home, "service_path": "/v1/reconcile/properties"},
            "property_settings": [],
        },
        "batchSize": BATCH,
    }


def _type(kind: Kind) -> dict[str, str]:
    return {"id": kind.name, "name": both(kind.en, kind.zh)}


def _property(prop: Described) -> dict[str, str]:
    return {"id": prop.id, "name": prop.name} | (
        {"description": prop.description} if prop.description else {}
    )


def _description(graph: Graph, node: Node) -> str:
    """What tells an entity from its namesakes: its kind, its other name, where it is."""
    kind = graph.model.kinds[node.kind]
    places = [p for p in graph.places_of(node.id) if p.id != node.id]
    parts = [both(kind.en, kind.zh), both(node.label("en"), node.label("zh"))]
    parts += [", ".join(both(place.label("en"), place.label("zh")) for place in places)]
    return "; ".join(part for part in parts if part)


# -- reconciliation -----------------------------------------------------------------------------


def _reconciled(graph: Graph, batch: Mapping[str, Any]) -> dict[str, Any]:
    if len(batch) > BATCH:
        raise TooLarge(f"queries: there are {len(batch):,}; at most {BATCH} are answered at once (batchSize)")
    asked = {key: read_query(key, query, graph.model) for key, query in batch.items()}
    return {
        key: {"result": [_candidate(graph, found) for found in candidates(graph, query)]}
        for key, query in asked.items()
    }


def _candidate(graph: Graph, found: Candidate) -> dict[str, Any]:
    return {
        "id": found.node.id,
        "name": found.name,
        "description": _description(graph, found.node),
        "type": [_type(graph.model.kinds[kind]) for kind in _kinds(graph, found.node)],
        "score": found.score,
        "match": found.match,
        "features": [{"id": name, "value": value} for name, value in found.features.items()],
    }


def _kinds(graph: Graph, node: Node) -> list[str]:
    """The kinds of an entity, the first one first."""
    return sorted(graph.snapshot.labels[node.id], key=lambda kind: (kind != node.kind, kind))


# -- data extension -----------------------------------------------------------------------------


def _extended(graph: Graph, asked: Mapping[str, Any]) -> dict[str, Any]:
    ids, wanted = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise BadRequest("extend: ids is missing or no list of ids")
    if not isinstance(wanted, list) or not all(
        isinstance(p, dict) and isinstance(p.get("id"), str) for p in wanted
    ):
        raise BadRequest("extend: properties is missing or no list of objects with an id")
    if len(ids) > MOST_IDS:
        raise TooLarge(f"extend: there are {len(ids):,} ids; at most {MOST_IDS:,} are answered at once")
    known = properties_of(graph.model)
    for prop in wanted:
        if prop["id"] not in known:
            raise UnknownName("property", prop["id"], known, where="extend")
    pids = list(dict.fromkeys(prop["id"] for prop in wanted))
    return {
        "meta": [{"id": pid, "name": known[pid].name} for pid in pids],
        "rows": {identifier: values_of(graph, identifier, pids) for identifier in ids},
    }


@router.get(
    "/properties",
    summary="The properties that can be added to entities of a kind",
    responses={200: {"model": schemas.Proposed}},
    dependencies=[Depends(_no_jsonp)],
)
def proposed(
    graph: G,
    type: Annotated[
        str | None,
        Query(description="Id of a kind", examples=["Park"], json_schema_extra=names_of("kinds")),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most", examples=[10])] = 100,
) -> Response:
    kind = graph.model.kind(type).name if type else None
    found = [p for p in properties_of(graph.model).values() if kind is None or kind in p.kinds]
    answer: dict[str, Any] = {"properties": [_property(p) for p in found[:limit]], "limit": limit}
    return json(answer | ({"type": kind} if kind is not None else {}))


# -- suggestions --------------------------------------------------------------------------------

Prefix = Annotated[str, Query(description="What was typed", max_length=200, examples=["ch"])]
Cursor = Annotated[int, Query(ge=0, le=_MOST_SKIPPED, description="How many to skip", examples=[1])]


@router.get(
    "/suggest/entity",
    summary="Entities to choose from by hand",
    responses={200: {"model": schemas.SuggestedEntities}},
    dependencies=[Depends(_no_jsonp)],
)
def suggest_entity(
    graph: G,
    prefix: Prefix,
    cursor: Cursor = 0,
    type: Annotated[
        str | None,
        Query(description="Only this kind", examples=["Park"], json_schema_extra=names_of("kinds")),
    ] = None,
) -> Response:
    found = graph.find(prefix, kinds=[type] if type else (), limit=_SUGGESTED, offset=cursor)
    return json({"result": [_suggested(graph, match.node, prefix) for match in found.items]})


def _suggested(graph: Graph, node: Node, prefix: str) -> dict[str, Any]:
    return {
        "id": node.id,
        "name": called(node, prefix),
        "description": _description(graph, node),
        "notable": [_type(graph.model.kinds[kind]) for kind in _kinds(graph, node)],
    }


@router.get(
    "/suggest/type",
    summary="Kinds to choose from by hand",
    responses={200: {"model": schemas.SuggestedTypes}},
    dependencies=[Depends(_no_jsonp)],
)
def suggest_type(graph: G, prefix: Prefix, cursor: Cursor = 0) -> Response:
    kinds = graph.model.kinds.values()
    named = [(kind, (kind.name, kind.table, kind.en, kind.zh, *kind.words, *kind.headings)) for kind in kinds]
    found = _beginning(prefix, named)[cursor : cursor + _SUGGESTED]
    return json({"result": [_type(kind) | {"description": kind.description} for kind in found]})


@router.get(
    "/suggest/property",
    summary="Properties to choose from by hand",
    responses={200: {"model": schemas.SuggestedProperties}},
    dependencies=[Depends(_no_jsonp)],
)
def suggest_property(graph: G, prefix: Prefix, cursor: Cursor = 0) -> Response:
    named = [(p, (p.id, p.en, p.zh)) for p in properties_of(graph.model).values()]
    found = _beginning(prefix, named)[cursor : cursor + _SUGGESTED]
    return json({"result": [_property(prop) for prop in found]})


def _beginning(prefix: str, named: Iterable[tuple[_Item, Iterable[str]]]) -> list[_Item]:
    """What has a name that begins so; then what has one that holds it."""
    wanted = prefix.strip().casefold()
    ranked = [(min(_rank(name.casefold(), wanted) for name in names), item) for item, names in named]
    return [item for rank, item in sorted(ranked, key=lambda pair: pair[0]) if rank < 3]


def _rank(name: str, wanted: str) -> int:
    return 0 if name == wanted else 1 if name.startswith(wanted) else 2 if wanted in name else 3


# -- preview ------------------------------------------------------------------------------------


@router.get("/preview/{id:path}", include_in_schema=False)
def preview(graph: G, request: Request, id: Annotated[str, Path()]) -> Response:
    """A small page about an entity for a frame of another tool. It holds no script and no form, so framing
    it lets nobody do anything."""
    view = graph.entity(id)
    page = (
        templates()
        .get_template("preview.html")
        .render(
            node=view.node,
            kind=graph.model.kinds[view.node.kind],
            places=[place for place in graph.places_of(view.node.id) if place.id != view.node.id],
            facts=len(view.facts),
            home=str(request.base_url).rstrip("/"),
        )
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors *"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})

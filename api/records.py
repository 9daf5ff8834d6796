"""Records: the model, entities, facts, claims and sources; lists of them page by page or as a stream."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from parkgraph.api import schemas
from parkgraph.api.paging import Pages, after_key, answer, from_memory
from parkgraph.api.responses import json
from parkgraph.api.routes import (
    AMBIGUOUS,
    LINES,
    PROBLEMS,
    Entity,
    G,
    Served,
    fields_of,
    known_parameters,
    names_of,
)
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.graph.claims import Source
from parkgraph.graph.json_schema import json_schema
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.queries.amounts import NOT_STATED
from parkgraph.queries.answers import Proof
from parkgraph.queries.graph import Graph
from parkgraph.queries.selection import listed

router = APIRouter(
    prefix="/v1",
    responses=PROBLEMS,
    dependencies=[Depends(known_parameters)],
)
_MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "The id was judged the same as another, which answers at `Location`."}
}


@router.get(
    "/model",
    tags=["model"],
    summary="The domain: kinds, relations, properties, states, labels, colours",
    responses={200: {"model": schemas.ModelOut}},
)
async def get_model(graph: Served) -> Response:
    return json(graph.model.as_json)


@router.get(
    "/model/schema",
    tags=["model"],
    summary="JSON Schema of entities and facts",
    responses={200: {"model": schemas.JsonSchema}},
)
def get_model_schema(graph: Served) -> Response:
    return json(json_schema(graph.model))


@router.get(
    "/entities",
    tags=["entities"],
    summary="All entities, page by page",
    responses={200: {"model": schemas.Entities, "content": LINES}},
)
@from_memory
def list_entities(
    graph: G,
    pages: Pages,
    kind: Annotated[
        str | None,
        Query(description="Only this kind", examples=["Fund"], json_schema_extra=names_of("kinds")),
    ] = None,
    fields: Annotated[list[str] | None, fields_of("name", "kind")] = None,
    lang: Lang = None,
) -> Response:
    wanted = graph.model.kind(kind).name if kind else None
    return answer(
        pages,
        Shaping(graph.model, fields, lang, schemas.NodeOut),
        lambda after, limit: graph.entities(kind=wanted, after=after or "", limit=limit),
        Node.to_dict,
        lambda node: node.id,
        total=graph.number_of(wanted),
        meta=lambda: _meta(graph),
    )


def _meta(graph: Graph) -> dict[str, Any]:
    """What the first line of a stream says of where it comes from."""
    return {"version": graph.version, "model": graph.model.digest, **graph.moment.to_dict()}


def _moved(graph: Graph, request: Request, identifier: str, rest: str) -> Response | None:
    """The way from an id that was judged the same as another to that one."""
    joined = graph.register.stands_for(identifier)
    if joined is None:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    # A browser would keep a permanent redirect, and a judgement can be undone.
    return RedirectResponse(
        f"/v1/entities/{quote(joined, safe=':')}{rest}{query}", 308, headers={"Cache-Control": "no-store"}
    )


# Names may hold a slash, so what is longer comes first.
@router.get(
    "/entities/{id:path}/facts",
    tags=["entities"],
    summary="The relation facts of an entity, page by page",
    responses={200: {"model": schemas.Facts, "content": LINES}, **_MOVED, **AMBIGUOUS},
)
def list_entity_facts(
    graph: G,
    request: Request,
    pages: Pages,
    id: Entity,
    fields: Annotated[list[str] | None, fields_of("relation", "object")] = None,
    lang: Lang = None,
) -> Response:
    moved = _moved(graph, request, id, "/facts")
    if moved is not None:
        return moved
    facts = graph.facts_of(id)
    return answer(
        pages,
        Shaping(graph.model, fields, lang, schemas.EdgeOut),
        lambda after, limit: after_key(facts, lambda fact: fact.id, after, limit),
        Edge.to_dict,
        lambda fact: fact.id,
        total=len(facts),
        meta=lambda: _meta(graph),
    )


@router.get(
    "/entities/{id:path}",
    tags=["entities"],
    summary="An entity with its facts and neighbours",
    responses={200: {"model": schemas.EntityOut}, **_MOVED, **AMBIGUOUS},
)
def get_entity(
    graph: G,
    request: Request,
    id: Entity,
    fields: Annotated[list[str] | None, fields_of("entity.name", "facts.relation")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.EntityOut)
    return _moved(graph, request, id, "") or json(shaping(graph.entity(id).to_dict()))


Fact = Annotated[str, Path(description="Id of a fact, from an entity or a path")]


@router.get(
    "/facts",
    tags=["evidence"],
    summary="All relation facts, page by page; those written since a version of the graph",
    responses={200: {"model": schemas.Facts, "content": LINES}},
)
def list_facts(
    graph: G,
    pages: Pages,
    relation: Annotated[
        list[str] | None,
        Query(
            description="Only these relations; repeat for several",
            examples=[["SIGNED"]],
            json_schema_extra=names_of("relations"),
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        Query(
            description=f"Only these statuses, or {NOT_STATED}; repeat for several",
            examples=[["signed", NOT_STATED]],
            json_schema_extra=names_of("statuses or none"),
        ),
    ] = None,
    changed_since: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**53,
            description="Only what was written after this version of the graph (`version` of an answer or of "
            "/ready); what was taken away since is not listed",
            examples=[0],
        ),
    ] = None,
    fields: Annotated[list[str] | None, fields_of("subject", "relation", "object")] = None,
    lang: Lang = None,
) -> Response:
    relations, statuses = listed(relation), listed(status)
    shaping = Shaping(graph.model, fields, lang, schemas.EdgeOut)
    every = not relations and not statuses and changed_since is None

    def read(after: str | None, limit: int) -> list[Edge]:
        return graph.facts(
            relations=relations,
            statuses=statuses,
            changed_since=changed_since,
            after=after or "",
            limit=limit,
        )

    if pages.lines:
        read(None, 0)  # what cannot be asked is said before the first line
    return answer(
        pages,
        shaping,
        read,
        Edge.to_dict,
        lambda fact: fact.id,
        total=len(graph.snapshot.edges) if every else None,
        meta=lambda: _meta(graph),
    )


@router.get(
    "/facts/{id}",
    tags=["evidence"],
    summary="A fact with every claim it rests on",
    responses={200: {"model": schemas.FactOut}},
)
def get_fact(
    graph: G,
    id: Fact,
    fields: Annotated[list[str] | None, fields_of("status", "claims.locator")] = None,
    lang: Lang = None,
) -> Response:
    return json(Shaping(graph.model, fields, lang, schemas.FactOut)(graph.fact(id)))


@router.get(
    "/facts/{id}/history",
    tags=["evidence"],
    summary="What sources have said of a fact over time, as sentences, also what was taken back",
    responses={200: {"model": schemas.HistoryOut}},
)
def get_fact_history(
    graph: G,
    id: Fact,
    fields: Annotated[list[str] | None, fields_of("outcome")] = None,
    lang: Lang = None,
) -> Response:
    return json(Shaping(graph.model, fields, lang, schemas.HistoryOut)(graph.history(id).to_dict()))


@router.get(
    "/claims",
    tags=["evidence"],
    summary="All claims that are not taken back, with their sources, page by page",
    responses={200: {"model": schemas.Claims, "content": LINES}, **AMBIGUOUS},
)
def list_claims(
    graph: G,
    pages: Pages,
    source: Annotated[
        str | None,
        Query(
            description="Only what this source says (id)",
            examples=["source:tspp-forum-2017"],
            json_schema_extra={"format": "source"},
        ),
    ] = None,
    entity: Annotated[
        str | None,
        Query(
            description="Only what is said about this entity, by id or name",
            examples=["成都高新区"],
            json_schema_extra={"format": "entity"},
        ),
    ] = None,
    fields: Annotated[list[str] | None, fields_of("subject", "source.name")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.ClaimOut)
    said_by = graph.source(source).id if source else None
    about = graph.resolve(entity).id if entity else None
    return answer(
        pages,
        shaping,
        lambda after, limit: graph.claims(source=said_by, entity=about, after=after or "", limit=limit),
        Proof.to_dict,
        lambda proof: proof.id,
        meta=lambda: _meta(graph),
    )


@router.get(
    "/claims/{id}",
    tags=["evidence"],
    summary="A claim with its source",
    responses={200: {"model": schemas.ClaimOut}},
)
def get_claim(
    graph: G,
    id: Annotated[str, Path(description="Id of a claim, from a fact or a path")],
    fields: Annotated[list[str] | None, fields_of("locator", "source.name")] = None,
    lang: Lang = None,
) -> Response:
    return json(Shaping(graph.model, fields, lang, schemas.ClaimOut)(graph.claim(id).to_dict()))


@router.get(
    "/sources",
    tags=["evidence"],
    summary="All sources, page by page",
    responses={200: {"model": schemas.Sources, "content": LINES}},
)
def list_sources(
    graph: G,
    pages: Pages,
    fields: Annotated[list[str] | None, fields_of("name", "published")] = None,
    lang: Lang = None,
) -> Response:
    return answer(
        pages,
        Shaping(graph.model, fields, lang, schemas.SourceOut),
        lambda after, limit: graph.all_sources(after=after or "", limit=limit),
        Source.to_dict,
        lambda source: source.id,
        meta=lambda: _meta(graph),
    )


@router.get(
    "/sources/{id}", tags=["evidence"], summary="A source", responses={200: {"model": schemas.SourceOut}}
)
def get_source(
    graph: G,
    id: Annotated[
        str,
        Path(
            description="Id of a source",
            examples=["source:tspp-forum-2017"],
            json_schema_extra={"format": "source"},
        ),
    ],
    fields: Annotated[list[str] | None, fields_of("name", "published")] = None,
    lang: Lang = None,
) -> Response:
    return json(Shaping(graph.model, fields, lang, schemas.SourceOut)(graph.source(id).to_dict()))

"""The JSON interface under /v1: records, questions and parts of the graph. Routes know the graph and
nothing of the engine behind it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.export.formats import FORMATS, format_named
from parkgraph.graph.json_schema import json_schema
from parkgraph.queries.graph import MAX_DEPTH, Graph
from parkgraph.queries.library import Query as Question
from parkgraph.queries.library import library, query_named
from parkgraph.queries.paths import DEFAULT_FLOOR, DEFAULT_MAX_HOPS, LARGEST_K, LARGEST_MAX_HOPS

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "What was asked cannot be understood."},
    404: {"model": schemas.Problem, "description": "There is no such thing."},
    503: {"model": schemas.Problem, "description": "The store does not answer."},
}
_AMBIGUOUS: dict[int | str, dict[str, Any]] = {
    409: {"model": schemas.Problem, "description": "Several entities bear the name; see `candidates`."}
}

router = APIRouter(prefix="/v1", responses=_PROBLEMS)


def graph_of(request: Request) -> Graph:
    """The graph that the application serves."""
    graph: Graph = request.app.state.graph
    return graph


G = Annotated[Graph, Depends(graph_of)]
Entity = Annotated[str, Path(description="Id or name of an entity", examples=["成都高新区"])]


@router.get(
    "/model", tags=["model"], summary="The domain: kinds, relations, properties, states, labels, colours"
)
def model(graph: G) -> Response:
    return json(graph.model.model_dump(mode="json", by_alias=True) | {"digest": graph.model.digest})


@router.get("/model/schema", tags=["model"], summary="JSON Schema of entities and facts")
def model_schema(graph: G) -> Response:
    return json(json_schema(graph.model))


@router.get(
    "/search", tags=["entities"], summary="Entities by name", responses={200: {"model": schemas.Matches}}
)
def search(
    graph: G,
    q: Annotated[
        str, Query(description="Chinese, English or pinyin", max_length=200, examples=["zhangjiang"])
    ],
    kind: Annotated[list[str] | None, Query(description="Only these kinds", examples=[["Park"]])] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    return json({"items": [match.to_dict() for match in graph.search(q, kinds=kind or (), limit=limit)]})


@router.get(
    "/entities",
    tags=["entities"],
    summary="All entities, page by page",
    responses={200: {"model": schemas.Entities}},
)
def entities(
    graph: G,
    kind: Annotated[str | None, Query(description="Only this kind", examples=["Fund"])] = None,
    after: Annotated[str, Query(description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Response:
    page = graph.entities(kind=kind, after=after, limit=limit + 1)
    more = page[limit - 1].id if len(page) > limit else None
    return json({"items": [node.to_dict() for node in page[:limit]], "next": more})


@router.get(
    "/entities/{id}",
    tags=["entities"],
    summary="An entity with its facts and neighbours",
    responses={200: {"model": schemas.EntityOut}, **_AMBIGUOUS},
)
def entity(graph: G, id: Entity) -> Response:
    return json(graph.entity(id).to_dict())


@router.get(
    "/entities/{id}/facts",
    tags=["entities"],
    summary="The relation facts of an entity",
    responses={200: {"model": schemas.EntityFacts}, **_AMBIGUOUS},
)
def entity_facts(graph: G, id: Entity) -> Response:
    return json({"items": [fact.to_dict() for fact in graph.entity(id).facts]})


@router.get(
    "/facts/{id}",
    tags=["evidence"],
    summary="A fact with every claim it rests on",
    responses={200: {"model": schemas.FactOut}},
)
def fact(graph: G, id: Annotated[str, Path(description="Id of a fact")]) -> Response:
    return json(graph.fact(id))


@router.get(
    "/claims/{id}",
    tags=["evidence"],
    summary="A claim with its source",
    responses={200: {"model": schemas.ClaimOut}},
)
def claim(graph: G, id: Annotated[str, Path(description="Id of a claim")]) -> Response:
    return json(graph.claim(id).to_dict())


@router.get("/sources", tags=["evidence"], summary="All sources", responses={200: {"model": schemas.Sources}})
def sources(graph: G) -> Response:
    return json({"items": [source.to_dict() for source in graph.all_sources()]})


@router.get(
    "/sources/{id}", tags=["evidence"], summary="A source", responses={200: {"model": schemas.SourceOut}}
)
def source(
    graph: G, id: Annotated[str, Path(description="Id of a source", examples=["source:tspp-forum-2017"])]
) -> Response:
    return json(graph.source(id).to_dict())


Relations = Annotated[list[str] | None, Query(description="Only these relations", examples=[["SIGNED"]])]
Status = Annotated[str, Query(description="Lowest status that counts", examples=["signed"])]
AsOf = Annotated[str | None, Query(description="Only what may have held on this date", examples=["2019"])]


@router.get(
    "/paths",
    tags=["questions"],
    summary="How two entities are connected, with the proof of each hop, or why they are not",
    responses={200: {"model": schemas.Paths}, **_AMBIGUOUS},
)
def paths(
    graph: G,
    source: Annotated[str, Query(alias="from", description="Id or name", examples=["BP&C"])],
    target: Annotated[str, Query(alias="to", description="Id or name", examples=["布鲁内尔大学"])],
    k: Annotated[int, Query(ge=1, le=LARGEST_K, description="How many paths")] = 3,
    relations: Relations = None,
    layers: Annotated[list[str] | None, Query(description="Only these layers")] = None,
    kinds: Annotated[list[str] | None, Query(description="Only these kinds on the way")] = None,
    status: Status = DEFAULT_FLOOR,
    inferred: Annotated[bool, Query(description="Whether inferred facts count")] = True,
    as_of: AsOf = None,
    certain: Annotated[bool, Query(description="With as_of: only what surely held")] = False,
    confidence: Annotated[float, Query(ge=0, le=1)] = 0,
    via: Annotated[list[str] | None, Query(description="Must lie on the path")] = None,
    avoid: Annotated[list[str] | None, Query(description="Must not lie on the path")] = None,
    max_hops: Annotated[int, Query(ge=1, le=LARGEST_MAX_HOPS)] = DEFAULT_MAX_HOPS,
) -> Response:
    answer = graph.paths(
        source,
        target,
        k=k,
        relations=relations,
        layers=layers,
        kinds=kinds,
        status=status,
        inferred=inferred,
        as_of=as_of,
        certain=certain,
        confidence=confidence,
        via=via,
        avoid=avoid,
        max_hops=max_hops,
    )
    return json(answer.to_dict())


@router.get(
    "/neighbours/{id}",
    tags=["questions"],
    summary="An entity and what is tied to it",
    responses={200: {"model": schemas.SubgraphOut}, **_AMBIGUOUS},
)
def neighbours(
    graph: G,
    id: Entity,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH)] = 1,
    relations: Relations = None,
    status: Annotated[str | None, Query(description="Lowest status that counts")] = None,
    inferred: Annotated[bool, Query(description="Whether inferred facts count")] = True,
    as_of: AsOf = None,
) -> Response:
    sub = graph.neighbours(
        id, depth=depth, relations=relations or (), status=status, inferred=inferred, as_of=as_of
    )
    return json(sub.to_dict())


def described(question: Question) -> dict[str, Any]:
    """A query file as the API and the explorer list it."""
    return {
        "name": question.name,
        "summary": question.summary,
        "summary_zh": question.summary_zh,
        "params": {name: p.model_dump(exclude_none=True) for name, p in question.parameters.items()},
        "columns": {name: c.model_dump(exclude_none=True) for name, c in question.columns.items()},
        "example": dict(question.example),
    }


@router.get(
    "/queries",
    tags=["questions"],
    summary="The questions that can be asked",
    responses={200: {"model": schemas.Queries}},
)
def queries() -> Response:
    return json({"items": [described(question) for question in library().values()]})


@router.get(
    "/queries/{name}",
    tags=["questions"],
    summary="The answer to a question; its parameters go into the address",
    responses={200: {"model": schemas.Answer}, **_AMBIGUOUS},
)
def query(
    graph: G, request: Request, name: Annotated[str, Path(description="Name of a query", examples=["funds"])]
) -> Response:
    query_named(name)
    rows = graph.query(name, **dict(request.query_params))
    return json({"rows": rows, "truncated": rows.truncated})


@router.get(
    "/subgraph",
    tags=["taking away"],
    summary="A part of the graph in any export format",
    response_class=Response,
    responses={
        200: {
            "content": {f.media_type.split(";")[0]: {} for f in FORMATS.values()} | {"application/zip": {}},
            "description": "The file. Several tables come as a zip.",
        },
        **_AMBIGUOUS,
    },
)
def subgraph(
    graph: G,
    selection: Annotated[
        str,
        Query(
            description="all, entity:…, neighbours:…, path:A..B, query:…",
            examples=["neighbours:成都高新区?depth=1"],
        ),
    ],
    format: Annotated[str, Query(description=", ".join(FORMATS), examples=["graphml"])] = "json",
) -> Response:
    found = format_named(format)
    body, media_type, suffix = found.body(graph.subgraph(selection), graph.store)
    return Response(
        body,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="parkgraph{suffix}"'},
    )

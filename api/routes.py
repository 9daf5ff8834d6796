"""The JSON interface under /v1: records, questions and parts of the graph. Routes know the graph and
nothing of the engine behind it.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.export.formats import FORMATS, format_named
from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.graph.json_schema import json_schema
from parkgraph.queries.graph import MAX_DEPTH, Graph
from parkgraph.queries.library import Query as Question
from parkgraph.queries.library import library, query_named
from parkgraph.queries.paths import LARGEST_K
from parkgraph.queries.selection import listed, split_moment
from parkgraph.queries.walk import DEFAULT_FLOOR, DEFAULT_MAX_HOPS, LARGEST_DEGREE, LARGEST_MAX_HOPS

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "What was asked cannot be understood."},
    404: {"model": schemas.Problem, "description": "There is no such thing."},
    503: {"model": schemas.Problem, "description": "The store does not answer; try again."},
    "default": {"model": schemas.Problem, "description": "Any other error."},
}
AMBIGUOUS: dict[int | str, dict[str, Any]] = {
    409: {"model": schemas.Problem, "description": "Several entities bear the name; see `candidates`."}
}


_MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "The id was judged the same as another, which answers at `Location`."}
}


async def known_parameters(request: Request) -> None:
    """Refuses a parameter that the route does not know, and one given twice that takes one value."""
    route: APIRoute = request.scope["route"]
    asked = (route.dependant, *route.dependant.dependencies)
    fields = {field.alias: field for part in asked for field in part.query_params}
    several = {name for name, field in fields.items() if _is_list(field.field_info.annotation)}
    # The parameters of a question are declared in its file.
    known = (
        {**query_named(request.path_params["name"]).parameters, **fields}
        if route.endpoint is query
        else fields
    )
    for name in request.query_params:
        if name not in known:
            raise UnknownName("parameter", name, known, where=request.url.path)
        if name not in several and len(request.query_params.getlist(name)) > 1:
            raise BadRequest(f"{request.url.path}: parameter {name} was given twice; it takes one value")


def _is_list(annotation: Any) -> bool:
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))


router = APIRouter(prefix="/v1", responses=PROBLEMS, dependencies=[Depends(known_parameters)])


async def served(request: Request) -> Graph:
    """The graph that the application serves."""
    graph: Graph = request.app.state.graph
    return graph


Served = Annotated[Graph, Depends(served)]


def graph_of(
    graph: Served,
    as_of: Annotated[
        str | None, Query(description="Answer as of this day: 2019, 2019-05 or 2019-05-10", examples=["2024"])
    ] = None,
    known_at: Annotated[
        str | None, Query(description="Answer as it was known at this date or time", examples=["2100-01-01"])
    ] = None,
    certain: Annotated[
        bool, Query(description="With as_of: only what surely held on that day", examples=[False])
    ] = False,
) -> Graph:
    """The graph that the application serves, as of the moment that is asked for."""
    return graph.at(as_of=as_of, known_at=known_at, certain=certain)


G = Annotated[Graph, Depends(graph_of)]
Entity = Annotated[str, Path(description="Id or name of an entity", examples=["成都高新区"])]


@router.get(
    "/model",
    tags=["model"],
    summary="The domain: kinds, relations, properties, states, labels, colours",
    responses={200: {"model": schemas.ModelOut}},
)
def model(graph: Served) -> Response:
    return json(graph.model.model_dump(mode="json", by_alias=True) | {"digest": graph.model.digest})


@router.get(
    "/model/schema",
    tags=["model"],
    summary="JSON Schema of entities and facts",
    responses={200: {"model": schemas.JsonSchema}},
)
def model_schema(graph: Served) -> Response:
    return json(json_schema(graph.model))


@router.get(
    "/entities",
    tags=["entities"],
    summary="All entities, page by page",
    responses={200: {"model": schemas.Entities}},
)
def entities(
    graph: G,
    kind: Annotated[str | None, Query(description="Only this kind", examples=["Fund"])] = None,
    after: Annotated[
        str, Query(description="`next` of the page before", examples=["fund:chengyu-science-mother-fund"])
    ] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Entities a page", examples=[10])] = 50,
) -> Response:
    page = graph.entities(kind=kind or None, after=after, limit=limit + 1)
    more = page[limit - 1].id if len(page) > limit else None
    return json({"items": [node.to_dict() for node in page[:limit]], "next": more})


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
    summary="The relation facts of an entity",
    responses={200: {"model": schemas.EntityFacts}, **_MOVED, **AMBIGUOUS},
)
def entity_facts(graph: G, request: Request, id: Entity) -> Response:
    return _moved(graph, request, id, "/facts") or json(
        {"items": [fact.to_dict() for fact in graph.entity(id).facts]}
    )


@router.get(
    "/entities/{id:path}",
    tags=["entities"],
    summary="An entity with its facts and neighbours",
    responses={200: {"model": schemas.EntityOut}, **_MOVED, **AMBIGUOUS},
)
def entity(graph: G, request: Request, id: Entity) -> Response:
    return _moved(graph, request, id, "") or json(graph.entity(id).to_dict())


@router.get(
    "/facts/{id}",
    tags=["evidence"],
    summary="A fact with every claim it rests on",
    responses={200: {"model": schemas.FactOut}},
)
def fact(
    graph: G, id: Annotated[str, Path(description="Id of a fact, from an entity or a path")]
) -> Response:
    return json(graph.fact(id))


@router.get(
    "/facts/{id}/history",
    tags=["evidence"],
    summary="What sources have said of a fact over time, as sentences, also what was taken back",
    responses={200: {"model": schemas.HistoryOut}},
)
def fact_history(
    graph: G, id: Annotated[str, Path(description="Id of a fact, from an entity or a path")]
) -> Response:
    return json(graph.history(id).to_dict())


@router.get(
    "/claims/{id}",
    tags=["evidence"],
    summary="A claim with its source",
    responses={200: {"model": schemas.ClaimOut}},
)
def claim(graph: G, id: Annotated[str, Path(description="Id of a claim, from a fact or a path")]) -> Response:
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


Relations = Annotated[
    list[str] | None, Query(description="Only these relations; repeat for several", examples=[["SIGNED"]])
]
Status = Annotated[str, Query(description="Lowest status that counts", examples=["signed"])]
Inferred = Annotated[bool, Query(description="Whether inferred facts count", examples=[False])]


@router.get(
    "/paths",
    tags=["questions"],
    summary="How two entities are connected, with the proof of each hop, or why they are not",
    responses={200: {"model": schemas.Paths}, **AMBIGUOUS},
)
def paths(
    graph: G,
    source: Annotated[
        str,
        Query(
            alias="from",
            description="Id or name; several as A|B; all of a kind in a place as Park@成都",
            examples=["BP&C"],
        ),
    ],
    target: Annotated[str, Query(alias="to", description="The same", examples=["布鲁内尔大学"])],
    k: Annotated[int, Query(ge=1, le=LARGEST_K, description="How many paths", examples=[1])] = 3,
    all_shortest: Annotated[
        bool, Query(description="All paths of the shortest length instead", examples=[True])
    ] = False,
    robustness: Annotated[
        bool,
        Query(description="Also how many paths share nothing, and what cuts the connection", examples=[True]),
    ] = False,
    relations: Relations = None,
    layers: Annotated[
        list[str] | None,
        Query(description="Only these layers; repeat for several", examples=[["technology", "industry"]]),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        Query(description="Only these kinds on the way; repeat for several", examples=[["Park"]]),
    ] = None,
    status: Status = DEFAULT_FLOOR,
    inferred: Inferred = True,
    confidence: Annotated[
        float, Query(ge=0, le=1, description="Least confidence of a fact", examples=[0.5])
    ] = 0,
    via: Annotated[
        list[str] | None,
        Query(description="Ids or names that must lie on the path; repeatable", examples=[["成都高新区"]]),
    ] = None,
    avoid: Annotated[
        list[str] | None,
        Query(description="Ids or names that must not lie on it; repeatable", examples=[["张江"]]),
    ] = None,
    max_hops: Annotated[
        int, Query(ge=1, le=LARGEST_MAX_HOPS, description="How many hops at most", examples=[4])
    ] = DEFAULT_MAX_HOPS,
    max_degree: Annotated[
        int | None,
        Query(
            ge=1,
            le=LARGEST_DEGREE,
            description="Not through hubs: what has more partners than this is not passed",
            examples=[100],
        ),
    ] = None,
) -> Response:
    answer = graph.paths(
        source,
        target,
        k=k,
        all_shortest=all_shortest,
        robustness=robustness,
        relations=relations,
        layers=layers,
        kinds=kinds,
        status=status,
        inferred=inferred,
        confidence=confidence,
        via=via,
        avoid=avoid,
        max_hops=max_hops,
        max_degree=max_degree,
    )
    return json(answer.to_dict())


@router.get(
    "/neighbours/{id:path}",
    tags=["questions"],
    summary="An entity and what is tied to it",
    responses={200: {"model": schemas.SubgraphOut}, **AMBIGUOUS},
)
def neighbours(
    graph: G,
    id: Entity,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH, description="How many steps away", examples=[2])] = 1,
    relations: Relations = None,
    status: Annotated[str | None, Query(description="Lowest status that counts", examples=["signed"])] = None,
    inferred: Inferred = True,
) -> Response:
    sub = graph.neighbours(
        id,
        depth=depth,
        relations=listed(relations),
        status=status or None,
        inferred=inferred,
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
    responses={200: {"model": schemas.Answer}, **AMBIGUOUS},
    openapi_extra={
        "parameters": [
            {
                "name": "parameters",
                "in": "query",
                "description": "The query's own parameters, as GET /v1/queries lists them",
                "style": "form",
                "explode": True,
                "schema": {"type": "object", "additionalProperties": {"type": "string"}},
                "example": dict(library()["funds"].example),
            }
        ]
    },
)
def query(
    graph: G, request: Request, name: Annotated[str, Path(description="Name of a query", examples=["funds"])]
) -> Response:
    parameters, _ = split_moment(request.query_params)
    rows = graph.query(name, **parameters)
    none = rows.explanation.to_dict() if rows.explanation is not None else None
    return json({"rows": rows, "truncated": rows.truncated, "names": graph.labels(name, rows), "none": none})


@router.get(
    "/totals/{figure}",
    tags=["questions"],
    summary="A sum of money; planned and done, kinds of figure and currencies are not added unasked",
    responses={
        200: {"model": schemas.TotalOut},
        400: {
            "model": schemas.Problem,
            "description": "What was asked cannot be understood; or, with code mixed-amounts, it spans "
            "several figures, statuses or currencies, whose subtotals are in `groups`.",
        },
        **AMBIGUOUS,
    },
)
def totals(
    graph: G,
    figure: Annotated[
        str,
        Path(
            description="total_size, planned_size, raised, loan, …; or amount, whatever its kind",
            examples=["total_size"],
        ),
    ],
    status: Annotated[
        list[str] | None,
        Query(
            description="Only this status, or not_stated; repeat for several",
            examples=[["signed", "operating"]],
        ),
    ] = None,
    currency: Annotated[
        str | None,
        Query(description="Only this currency; with a rate the currency of the sum", examples=["CNY"]),
    ] = None,
    about: Annotated[
        str | None,
        Query(description="Only what this entity is, set up, signed or gave; id or name", examples=["甘肃"]),
    ] = None,
    mix: Annotated[
        bool, Query(description="Add across figures and statuses, and say what was mixed", examples=[True])
    ] = False,
    rate: Annotated[
        list[str] | None,
        Query(description="Worth of a currency in that of the sum; repeatable", examples=[["USD=7.1"]]),
    ] = None,
) -> Response:
    answer = graph.total(
        figure,
        status=status,
        currency=currency or None,
        about=about or None,
        mix=mix,
        rates=listed(rate),
    )
    return json(answer.to_dict())


_FILES: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "contentMediaType": media_type}}
    for media_type in ("application/zip" if len(f.parts) > 1 else f.media_type for f in FORMATS.values())
} | {"application/json": {"schema": {"type": "object"}}}


@router.get(
    "/subgraph",
    tags=["taking away"],
    summary="A part of the graph in any export format",
    response_class=Response,
    responses={
        200: {
            "content": _FILES,
            "description": "The file. Several tables come as a zip.",
        },
        **AMBIGUOUS,
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
    seen, chosen = graph.selected(selection)
    body, media_type, suffix = found.body(seen.subgraph(chosen), seen.store)
    return Response(
        body,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="parkgraph{suffix}"'},
    )

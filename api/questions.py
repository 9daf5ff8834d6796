"""Questions: paths, neighbours, the query files, sums of money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.paging import LARGEST_LIMIT, Cursor, Lines, Paging
from parkgraph.api.responses import json
from parkgraph.api.routes import (
    AMBIGUOUS,
    LINES,
    OF_WHAT_IS_NAMED,
    PROBLEMS,
    Entity,
    G,
    Inferred,
    Relations,
    Served,
    Status,
    fields_of,
    known_parameters,
    names_of,
)
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.api.streaming import ndjson, part_slices, wants_lines
from parkgraph.graph.model import Model
from parkgraph.graph.store import Rows
from parkgraph.queries.graph import MAX_DEPTH, Graph
from parkgraph.queries.library import Query as Question
from parkgraph.queries.library import RowPlace, library, query_named
from parkgraph.queries.paths import LARGEST_K
from parkgraph.queries.selection import listed, split_moment
from parkgraph.queries.walk import DEFAULT_FLOOR, DEFAULT_MAX_HOPS, LARGEST_DEGREE, LARGEST_MAX_HOPS

router = APIRouter(
    prefix="/v1",
    tags=["questions"],
    responses=PROBLEMS,
    dependencies=[Depends(known_parameters)],
)


@router.get(
    "/paths",
    summary="How two entities are connected, with the proof of each hop, or why they are not",
    responses={200: {"model": schemas.Paths}, **AMBIGUOUS},
)
def find_paths(
    graph: G,
    source: Annotated[
        str,
        Query(
            alias="from",
            description="Id or name; several as A|B; all of a kind in a place as Park@成都 (the kind also by "
            "its label, in Chinese or English: 园区@成都, parks@Chengdu)",
            examples=["BP&C"],
            json_schema_extra={"format": "entity"},
        ),
    ],
    target: Annotated[
        str,
        Query(
            alias="to",
            description="The same",
            examples=["布鲁内尔大学"],
            json_schema_extra={"format": "entity"},
        ),
    ],
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
        Query(
            description="Only these layers; repeat for several",
            examples=[["technology", "industry"]],
            json_schema_extra=names_of("layers"),
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        Query(
            description="Only these kinds on the way; repeat for several",
            examples=[["Park"]],
            json_schema_extra=names_of("kinds"),
        ),
    ] = None,
    status: Status = DEFAULT_FLOOR,
    inferred: Inferred = True,
    confidence: Annotated[
        float, Query(ge=0, le=1, description="Least confidence of a fact", examples=[0.5])
    ] = 0,
    via: Annotated[
        list[str] | None,
        Query(
            description="Ids or names that must lie on the path; repeatable",
            examples=[["成都高新区"]],
            json_schema_extra={"x-format": "entity"},
        ),
    ] = None,
    avoid: Annotated[
        list[str] | None,
        Query(
            description="Ids or names that must not lie on it; repeatable",
            examples=[["张江"]],
            json_schema_extra={"x-format": "entity"},
        ),
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
    fields: Annotated[list[str] | None, fields_of("paths.nodes", "nodes.name")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.Paths)
    found = graph.paths(
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
    return json(shaping(found.to_dict()))


@router.get(
    "/neighbours/{id:path}",
    summary="An entity and what is tied to it",
    responses={200: {"model": schemas.NeighboursOut, "content": LINES}, **AMBIGUOUS},
)
def list_neighbours(
    graph: G,
    request: Request,
    id: Entity,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH, description="How many steps away", examples=[2])] = 1,
    relations: Relations = None,
    status: Status = None,
    inferred: Inferred = True,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=LARGEST_LIMIT,
            description="Entities a page, each page with the ties to those before; all where it is not given",
            examples=[10],
        ),
    ] = None,
    cursor: Cursor = None,
    format: Lines = None,
    fields: Annotated[list[str] | None, fields_of("nodes.name", "edges.relation")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.NeighboursOut)
    page = Paging(request, limit, cursor)
    after = page.after(str) or ""
    part = graph.near(id, depth=depth, relations=listed(relations), status=status or None, inferred=inferred)
    nodes = [node for node in part.nodes if node.id > after]
    following = page.cursor(nodes[limit - 1].id) if limit is not None and len(nodes) > limit else None
    nodes = nodes[:limit]
    kept = {node.id for node in nodes}
    # A tie comes with the later of its ends, so that both are known by then, and each comes once.
    edges = [edge for edge in part.edges if max(edge.subject, edge.object) in kept]
    here = replace(part, nodes=tuple(nodes), edges=tuple(edges))
    if wants_lines(request, format):
        return ndjson(part.meta, part_slices(graph, here, shaping), {"next": following})
    shown = graph.proven(here).to_dict()
    return json(
        {**shaping(shown), "next": following, "total": len(part.nodes)},
        headers={"Vary": "Accept", **page.link(following)},
    )


def described(question: Question, model: Model) -> dict[str, Any]:
    """A query file as the API and the explorer list it; a column has the codes of its parameter."""
    parameters = {name: p.described(model) for name, p in question.parameters.items()}
    codes = {name: {"codes": p["codes"]} for name, p in parameters.items() if "codes" in p}
    return {
        "name": question.name,
        "summary": question.summary,
        "summary_zh": question.summary_zh,
        "params": parameters,
        "columns": {
            name: column.model_dump(exclude_none=True) | codes.get(name, {})
            for name, column in question.columns.items()
        },
        "example": dict(question.example),
    }


@router.get(
    "/queries",
    summary="The questions that can be asked",
    responses={200: {"model": schemas.Queries}},
)
def list_queries(
    graph: Served,
    fields: Annotated[list[str] | None, fields_of("name", "summary")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.QueryOut)
    return json({"items": [shaping(described(question, graph.model)) for question in library().values()]})


@router.get(
    "/queries/{name}",
    summary="The answer to a question; its parameters go into the address",
    responses={200: {"model": schemas.Answer, "content": LINES}, **AMBIGUOUS},
)
def ask_query(
    graph: G,
    request: Request,
    name: Annotated[
        str, Path(description="Name of a query", examples=["funds"], json_schema_extra={"format": "query"})
    ],
    cursor: Cursor = None,
    format: Lines = None,
    fields: Annotated[list[str] | None, fields_of("fund")] = None,
    lang: Lang = None,
) -> Response:
    question = query_named(name)
    shaping = Shaping(graph.model, fields, lang, (*question.columns, *_ADDED))
    parameters, _ = split_moment(request.query_params)
    parameters = {key: value for key, value in parameters.items() if key not in _SHOWING}
    page = Paging(request, None, cursor)
    after = page.after(int, str)
    rows = graph.query_page(name, parameters, RowPlace(*after) if after is not None else None)
    following = page.cursor(list(rows.next)) if rows.next is not None else None
    if wants_lines(request, format):
        meta = {"query": name, "version": graph.version, **graph.moment.to_dict()}
        end: dict[str, Any] = {"next": following}
        # Without a limit that was asked for all rows come, page after page.
        whole = "limit" not in parameters
        pages = _pages(graph, name, parameters, rows, end) if whole else [rows]
        return ndjson(meta, ([shaping(row) for row in part] for part in pages), end)
    none = rows.explanation.to_dict() if rows.explanation is not None else None
    rest = {"truncated": rows.truncated, "names": graph.labels(name, rows), "none": none}
    if lang is not None:
        rest = Shaping(graph.model, None, lang, ())(rest)
    return json(
        {"rows": [shaping(row) for row in rows] if shaping else rows, "next": following, **rest},
        headers={"Vary": "Accept", **page.link(following)},
    )


def _pages(
    graph: Graph, name: str, parameters: dict[str, Any], rows: Rows, end: dict[str, Any]
) -> Iterator[Rows]:
    """The pages of a query's rows from one on, to the last."""
    yield rows
    while rows.next is not None:
        rows = graph.query_page(name, parameters, rows.next)
        yield rows
    end["next"] = None


OF_WHAT_IS_NAMED[ask_query] = lambda name: query_named(name).parameters
_SHOWING = ("cursor", "format", "fields", "lang")
_ADDED = ("held", "quote")
"""Columns that rows have as of a day, and where the sources' texts are at hand."""


@router.get(
    "/totals/{figure}",
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
def get_total(
    graph: G,
    figure: Annotated[
        str,
        Path(
            description="total_size, planned_size, raised, loan, …; or amount, whatever its kind",
            examples=["total_size"],
            json_schema_extra=names_of("figures"),
        ),
    ],
    status: Annotated[
        list[str] | None,
        Query(
            description="Only this status, or not_stated; repeat for several",
            examples=[["signed", "operating"]],
            json_schema_extra=names_of("statuses or none"),
        ),
    ] = None,
    currency: Annotated[
        str | None,
        Query(
            description="Only this currency; with a rate the currency of the sum",
            examples=["CNY"],
            json_schema_extra={"format": "currency"},
        ),
    ] = None,
    about: Annotated[
        str | None,
        Query(
            description="Only what this entity is, set up, signed or gave; id or name",
            examples=["甘肃"],
            json_schema_extra={"format": "entity"},
        ),
    ] = None,
    mix: Annotated[
        bool, Query(description="Add across figures and statuses, and say what was mixed", examples=[True])
    ] = False,
    rate: Annotated[
        list[str] | None,
        Query(
            description="Worth of a currency in that of the sum; repeatable",
            examples=[["USD=7.1"]],
            json_schema_extra={"x-format": "rate", "uniqueItems": True},
        ),
    ] = None,
    fields: Annotated[list[str] | None, fields_of("total", "currency")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.TotalOut)
    found = graph.total(
        figure,
        status=status,
        currency=currency or None,
        about=about or None,
        mix=mix,
        rates=listed(rate),
    )
    return json(shaping(found.to_dict()))

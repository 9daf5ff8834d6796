"""Judging over HTTP which entities are one: the same as `parkgraph identity`, with who, when and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.api.routes import PROBLEMS, G, Served, known_parameters
from parkgraph.graph.errors import ReadOnly
from parkgraph.queries.graph import Graph

router = APIRouter(
    prefix="/v1/identity", tags=["identity"], responses=PROBLEMS, dependencies=[Depends(known_parameters)]
)


def writable(graph: Served, request: Request) -> Graph:
    """The graph that the application serves, where it may be written to. Raises ReadOnly."""
    if not request.app.state.editable:
        raise ReadOnly(
            "this server only reads; start it with parkgraph serve --edit to judge identity and load files"
        )
    return graph


W = Annotated[Graph, Depends(writable)]
_CHANGED: dict[int | str, dict[str, Any]] = {
    403: {"model": schemas.Problem, "description": "The server only reads."},
    422: {"model": schemas.Problem, "description": "A live judgement says otherwise."},
}


@router.get(
    "/candidates",
    summary="Pairs that may be one, or may have a tie that no source states; nothing is merged",
    responses={200: {"model": schemas.Candidates}},
)
def candidates(
    graph: G,
    entity: Annotated[
        str | None, Query(description="Only pairs with this entity, by id or name", examples=["晋中开发区"])
    ] = None,
    verdict: Annotated[str | None, Query(description="same or related", examples=["same"])] = None,
    by_identifier: Annotated[
        bool, Query(description="Only pairs that share a checked identifier", examples=[True])
    ] = False,
    limit: Annotated[int, Query(ge=1, le=10_000, description="How many at most", examples=[10])] = 100,
) -> Response:
    found = graph.identity.candidates(entity or None, verdict=verdict or None, certain=by_identifier)
    items = [candidate.to_dict() for candidate in found[:limit]]
    return json({"items": items, "truncated": len(found) > limit})


@router.get(
    "/judgements",
    summary="Every judgement with who, when and why; undone ones too",
    responses={200: {"model": schemas.Judgements}},
)
def judgements(
    graph: G,
    entity: Annotated[
        str | None,
        Query(description="Only judgements on this entity, by id or name", examples=["晋中开发区"]),
    ] = None,
) -> Response:
    return json({"items": [judgement.to_dict() for judgement in graph.identity.log(entity or None)]})


@router.post(
    "/judgements",
    status_code=201,
    summary="Judge whether two entities are one",
    responses={201: {"model": schemas.JudgementOut}, **_CHANGED},
)
def judge(graph: W, judged: schemas.JudgementIn) -> Response:
    made = graph.identity.judge(
        judged.a,
        judged.b,
        judged.verdict,
        by=judged.by,
        why=judged.why,
        across_kinds=judged.across_kinds,
    )
    return json(made.to_dict(), 201)


@router.post(
    "/splits",
    status_code=201,
    summary="Put what one source, or some claims, say of an entity under another",
    responses={201: {"model": schemas.JudgementOut}, **_CHANGED},
)
def split(graph: W, asked: schemas.SplitIn) -> Response:
    made = graph.identity.split(
        asked.entity,
        asked.into,
        by=asked.by,
        source=asked.source,
        claims=asked.claims,
        name=asked.name,
        why=asked.why,
    )
    return json(made.to_dict(), 201)


@router.delete(
    "/judgements/{id}",
    summary="Take a judgement back; the graph is then as if it had never been made",
    responses={200: {"model": schemas.JudgementOut}, **_CHANGED},
)
def undo(
    graph: W,
    id: Annotated[str, Path(description="Id of a judgement, from the list of judgements")],
    by: Annotated[str, Query(description="Who takes it back", examples=["李老师"])],
    why: Annotated[str | None, Query(description="For what reason", examples=["看错了"])] = None,
) -> Response:
    return json(graph.identity.undo(id, by=by, why=why).to_dict())

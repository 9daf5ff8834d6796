"""Judging over HTTP which entities are one: the same as `parkgraph identity`, with who, when and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.paging import Pages, after_key, answer
from parkgraph.api.responses import json
from parkgraph.api.routes import LINES, PROBLEMS, G, Served, fields_of, known_parameters
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.graph.errors import ReadOnly
from parkgraph.graph.identity import Candidate, Judgement
from parkgraph.queries.graph import Graph

router = APIRouter(
    prefix="/v1/identity",
    tags=["identity"],
    responses=PROBLEMS,
    dependencies=[Depends(known_parameters)],
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


_About = Annotated[
    str | None,
    Query(
        description="Only what concerns this entity, by id or name",
        examples=["晋中开发区"],
        json_schema_extra={"format": "entity"},
    ),
]


@router.get(
    "/candidates",
    summary="Pairs that may be one, or may have a tie that no source states; nothing is merged",
    responses={200: {"model": schemas.Candidates, "content": LINES}},
)
def list_candidates(
    graph: G,
    pages: Pages,
    entity: _About = None,
    verdict: Annotated[
        str | None,
        Query(
            description="same or related",
            examples=["same"],
            json_schema_extra={"enum": ["same", "related"]},
        ),
    ] = None,
    by_identifier: Annotated[
        bool, Query(description="Only pairs that share a checked identifier", examples=[True])
    ] = False,
    fields: Annotated[list[str] | None, fields_of("a.name", "b.name", "score")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.CandidateOut)
    found = graph.identity.candidates(entity or None, verdict=verdict or None, certain=by_identifier)

    def key(candidate: Candidate) -> list[Any]:
        return [-candidate.proposal.score, candidate.a.id, candidate.b.id]

    return answer(
        pages,
        shaping,
        lambda after, limit: after_key(found, key, after, limit),
        Candidate.to_dict,
        key,
        total=len(found),
        shape=(float, str, str),
    )


@router.get(
    "/judgements",
    summary="Every judgement with who, when and why; undone ones too",
    responses={200: {"model": schemas.Judgements, "content": LINES}},
)
def list_judgements(
    graph: G,
    pages: Pages,
    entity: _About = None,
    fields: Annotated[list[str] | None, fields_of("verdict", "by")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.JudgementOut)
    found = graph.identity.log(entity or None)

    def key(judgement: Judgement) -> list[Any]:
        return [judgement.recorded, judgement.id]

    return answer(
        pages,
        shaping,
        lambda after, limit: after_key(found, key, after, limit),
        Judgement.to_dict,
        key,
        total=len(found),
        shape=(float, str),
    )


@router.post(
    "/judgements",
    status_code=201,
    summary="Judge whether two entities are one",
    responses={201: {"model": schemas.JudgementOut}, **_CHANGED},
)
def judge_identity(graph: W, judged: schemas.JudgementIn) -> Response:
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
def split_entity(graph: W, asked: schemas.SplitIn) -> Response:
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
def undo_judgement(
    graph: W,
    id: Annotated[str, Path(description="Id of a judgement, from the list of judgements")],
    by: Annotated[str, Query(description="Who takes it back", examples=["李老师"])],
    why: Annotated[str | None, Query(description="For what reason", examples=["看错了"])] = None,
) -> Response:
    return json(graph.identity.undo(id, by=by, why=why).to_dict())

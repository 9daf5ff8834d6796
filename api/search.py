"""Search by name under /v1: a page of matches with what they are counted by, and suggestions while a name is
typed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.api.routes import AMBIGUOUS, PROBLEMS, G, known_parameters
from parkgraph.queries.selection import listed

MOST_SKIPPED = 10_000

router = APIRouter(
    prefix="/v1", tags=["entities"], responses=PROBLEMS, dependencies=[Depends(known_parameters)]
)

Text = Annotated[
    str,
    Query(
        description="Chinese, English or pinyin; an identifier or id", max_length=200, examples=["zhangjiang"]
    ),
]
Kinds = Annotated[
    list[str] | None, Query(description="Only these kinds; repeat for several", examples=[["Park"]])
]


@router.get(
    "/search",
    summary="Entities by name, counted by kind and by place; typos are heeded where nothing else is met",
    responses={200: {"model": schemas.Matches}, **AMBIGUOUS},
)
def search(
    graph: G,
    q: Text,
    kind: Kinds = None,
    place: Annotated[
        str | None, Query(description="Only what is this or lies in it; id or name", examples=["上海"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most", examples=[10])] = 20,
    offset: Annotated[
        int, Query(ge=0, le=MOST_SKIPPED, description="`next` of the page before", examples=[1])
    ] = 0,
) -> Response:
    found = graph.find(q, kinds=listed(kind), place=place, limit=limit, offset=offset)
    return json(found.to_dict())


@router.get(
    "/suggest",
    summary="Entities to offer while a name is typed",
    responses={200: {"model": schemas.Suggestions}},
)
def suggest(
    graph: G,
    q: Text,
    kind: Kinds = None,
    limit: Annotated[int, Query(ge=1, le=20, description="How many at most", examples=[5])] = 8,
) -> Response:
    matches = graph.search(q, kinds=listed(kind), limit=limit)
    return json({"items": [match.to_suggestion() for match in matches]})

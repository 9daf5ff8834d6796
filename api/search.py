"""Search by name under /v1: a page of matches with what they are counted by, and suggestions while a name is
typed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.paging import Cursor, Paging
from parkgraph.api.responses import json
from parkgraph.api.routes import AMBIGUOUS, PROBLEMS, G, fields_of, known_parameters, names_of
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.queries.selection import listed

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
    list[str] | None,
    Query(
        description="Only these kinds; repeat for several",
        examples=[["Park"]],
        json_schema_extra=names_of("kinds"),
    ),
]


@router.get(
    "/search",
    summary="Entities by name, counted by kind and by place; typos are heeded where nothing else is met",
    responses={200: {"model": schemas.Matches}, **AMBIGUOUS},
)
def search(
    graph: G,
    request: Request,
    q: Text,
    kind: Kinds = None,
    place: Annotated[
        str | None,
        Query(
            description="Only what is this or lies in it; id or name",
            examples=["上海"],
            json_schema_extra={"format": "entity"},
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Matches a page", examples=[10])] = 20,
    cursor: Cursor = None,
    fields: Annotated[list[str] | None, fields_of("name", "score")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.MatchOut)
    page = Paging(request, limit, cursor)
    found = graph.find(q, kinds=listed(kind), place=place or None, limit=limit, offset=page.after(int) or 0)
    following = page.cursor(found.next) if found.next is not None else None
    shown = found.to_dict()
    return json(
        {**shown, "items": [shaping(item) for item in shown["items"]], "next": following},
        headers=page.link(following),
    )


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
    fields: Annotated[list[str] | None, fields_of("name", "matched")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.SuggestionOut)
    matches = graph.search(q, kinds=listed(kind), limit=limit)
    return json({"items": [shaping(match.to_suggestion()) for match in matches]})

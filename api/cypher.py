"""Queries of one's own in Cypher over HTTP, which only read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from parkgraph.api import schemas
from parkgraph.api.responses import json, problem
from parkgraph.api.routes import PROBLEMS, G, known_parameters
from parkgraph.graph.errors import StoreError

LARGEST_BODY = 2**20
"""Bytes of a query with its parameters."""
AT_ONCE = 8
"""Queries that run or wait at the same time; more would keep the server from answering anything else."""
_places = threading.BoundedSemaphore(AT_ONCE)


class _Bounded(APIRoute):
    """Refuses a body that is too large, or does not say how large it is, before it is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or "transfer-encoding" in request.headers:
                return problem(411, "length-required", "a query says in Content-Length how large it is")
            if int(length) > LARGEST_BODY:
                return problem(
                    413,
                    "too-large",
                    f"the query has {int(length):,} bytes; at most {LARGEST_BODY:,} are taken",
                )
            return await handle(request)

        return bounded


router = APIRouter(
    prefix="/v1", responses=PROBLEMS, dependencies=[Depends(known_parameters)], route_class=_Bounded
)


@router.post(
    "/cypher",
    tags=["questions"],
    summary="The answer to a query of one's own in Cypher, which only reads",
    responses={
        200: {"model": schemas.CypherOut},
        400: {
            "model": schemas.Problem,
            "description": "What was asked cannot be understood or run; or, with code refused-cypher, it "
            "does more than read: `line` and `column` say where.",
        },
        411: {"model": schemas.Problem, "description": "The body does not say how large it is."},
        413: {"model": schemas.Problem, "description": "The body is too large."},
        504: {"model": schemas.Problem, "description": "The query took longer than allowed."},
    },
)
def cypher(graph: G, asked: schemas.CypherIn) -> Response:
    if not _places.acquire(blocking=False):
        raise StoreError(f"{AT_ONCE} queries in Cypher are running already; try again")
    try:
        table = graph.cypher(asked.query, asked.parameters, max_rows=asked.max_rows, timeout=asked.timeout)
    finally:
        _places.release()
    return json(table.to_dict())

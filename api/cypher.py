"""Queries of one's own in Cypher over HTTP, which only read."""

from __future__ import annotations

import threading

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.api.routes import PROBLEMS, G, known_parameters
from parkgraph.graph.errors import StoreError

AT_ONCE = 8
"""Queries that run or wait at the same time; more would keep the server from answering anything else."""
_places = threading.BoundedSemaphore(AT_ONCE)


router = APIRouter(prefix="/v1", responses=PROBLEMS, dependencies=[Depends(known_parameters)])


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

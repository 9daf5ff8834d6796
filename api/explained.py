"""What `type` of a problem leads to: the code with what it means."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.problems import problem_kinds
from parkgraph.api.responses import json
from parkgraph.api.routes import PROBLEMS
from parkgraph.graph.errors import UnknownName

router = APIRouter(
    prefix="/problems",
    tags=["service"],
    responses={404: PROBLEMS[404], "default": PROBLEMS["default"]},
)


@router.get(
    "", summary="Every code that a problem may have", responses={200: {"model": schemas.ProblemKinds}}
)
def list_problems() -> Response:
    return json({"items": [kind.to_dict() for kind in problem_kinds().values()]})


@router.get(
    "/{code}", summary="What a problem of a code means", responses={200: {"model": schemas.ProblemKindOut}}
)
def get_problem(
    code: Annotated[str, Path(description="`code` of a problem", examples=["ambiguous"])],
) -> Response:
    kind = problem_kinds().get(code)
    if kind is None:
        raise UnknownName("problem", code, problem_kinds(), http_status=404)
    return json(kind.to_dict())

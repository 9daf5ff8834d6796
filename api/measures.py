"""Measures of the network over HTTP: which there are, and each with its parameters in the address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.responses import json
from parkgraph.api.routes import PROBLEMS, G
from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.queries.measures import measure_named, measures
from parkgraph.queries.measures.defined import Measure
from parkgraph.queries.selection import MOMENT_PARAMETERS


def known_parameters(request: Request) -> None:
    """Refuses a parameter that the measure does not take, and one given twice that takes one value."""
    name = request.path_params.get("name")
    known = measure_named(name).parameters if name is not None else {}
    taken = (*known, *(MOMENT_PARAMETERS if name is not None else ()))
    for key in request.query_params:
        if key not in taken:
            raise UnknownName("parameter", key, taken, where=request.url.path)
        several = key in known and known[key].several
        if not several and len(request.query_params.getlist(key)) > 1:
            raise BadRequest(f"{request.url.path}: parameter {key} was given twice; it takes one value")


router = APIRouter(prefix="/v1", responses=PROBLEMS, dependencies=[Depends(known_parameters)])


def described(measure: Measure) -> dict[str, Any]:
    """A measure as the API lists it."""
    return {
        "name": measure.name,
        "summary": measure.summary,
        "summary_zh": measure.summary_zh,
        "definition": measure.definition,
        "definition_zh": measure.definition_zh,
        "source": measure.source,
        "params": {name: p.model_dump(exclude_none=True) for name, p in measure.parameters.items()},
        "columns": {name: c.model_dump(exclude_none=True) for name, c in measure.columns.items()},
        "figures": {name: c.model_dump(exclude_none=True) for name, c in measure.figures.items()},
        "example": dict(measure.example),
    }


@router.get(
    "/measures",
    tags=["measures"],
    summary="The measures that can be computed, each with its definition",
    responses={200: {"model": schemas.Measures}},
)
def list_measures() -> Response:
    return json({"items": [described(measure) for measure in measures().values()]})


@router.get(
    "/measures/{name}",
    tags=["measures"],
    summary="A measure, with its definition and what it was computed on; its parameters go into the address",
    responses={
        200: {"model": schemas.MeasureOut},
        409: {"model": schemas.Problem, "description": "Several entities bear the name; see `candidates`."},
        504: {"model": schemas.Problem, "description": "It took too long; narrow the network."},
    },
    openapi_extra={
        "parameters": [
            {
                "name": "parameters",
                "in": "query",
                "description": "Its parameters, as GET /v1/measures lists them; lists separated by commas",
                "style": "form",
                "explode": True,
                "schema": {"type": "object", "additionalProperties": {"type": "string"}},
                "example": {key: str(value) for key, value in measures()["pagerank"].example.items()},
            }
        ]
    },
)
def measure(
    graph: G,
    request: Request,
    name: Annotated[str, Path(description="Name of a measure", examples=["pagerank"])],
) -> Response:
    known = measure_named(name).parameters
    query = request.query_params
    given: dict[str, Any] = {
        key: ",".join(query.getlist(key)) if known[key].several else query[key]
        for key in query
        if key in known
    }
    return json(graph.measure(name, **given).to_dict())

"""Measures of the network over HTTP: which there are, and each with its parameters in the address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.paging import Lines
from parkgraph.api.responses import json
from parkgraph.api.routes import (
    AMBIGUOUS,
    LINES,
    OF_WHAT_IS_NAMED,
    PROBLEMS,
    G,
    Served,
    fields_of,
    known_parameters,
)
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.api.streaming import ndjson, wants_lines
from parkgraph.graph.model import Model
from parkgraph.queries.measures import measure_named, measures
from parkgraph.queries.measures.defined import Measure

router = APIRouter(
    prefix="/v1", tags=["measures"], responses=PROBLEMS, dependencies=[Depends(known_parameters)]
)


def described(measure: Measure, model: Model) -> dict[str, Any]:
    """A measure as the API lists it."""
    return {
        "name": measure.name,
        "summary": measure.summary,
        "summary_zh": measure.summary_zh,
        "definition": measure.definition,
        "definition_zh": measure.definition_zh,
        "source": measure.source,
        "params": {name: p.described(model) for name, p in measure.parameters.items()},
        "columns": {name: c.model_dump(exclude_none=True) for name, c in measure.columns.items()},
        "figures": {name: c.model_dump(exclude_none=True) for name, c in measure.figures.items()},
        "example": dict(measure.example),
    }


@router.get(
    "/measures",
    summary="The measures that can be computed, each with its definition",
    responses={200: {"model": schemas.Measures}},
)
def list_measures(
    graph: Served,
    fields: Annotated[list[str] | None, fields_of("name", "definition")] = None,
    lang: Lang = None,
) -> Response:
    shaping = Shaping(graph.model, fields, lang, schemas.MeasureDescribed)
    return json({"items": [shaping(described(measure, graph.model)) for measure in measures().values()]})


@router.get(
    "/measures/{name}",
    summary="A measure, with its definition and what it was computed on; its parameters go into the address",
    responses={
        200: {"model": schemas.MeasureOut, "content": LINES},
        504: {"model": schemas.Problem, "description": "It took too long; narrow the network."},
        **AMBIGUOUS,
    },
)
def compute_measure(
    graph: G,
    request: Request,
    name: Annotated[str, Path(description="Name of a measure", examples=["pagerank"])],
    format: Lines = None,
    fields: Annotated[list[str] | None, fields_of("id")] = None,
    lang: Lang = None,
) -> Response:
    measure = measure_named(name)
    known, query = measure.parameters, request.query_params
    shaping = Shaping(graph.model, fields, lang, measure.columns)
    given: dict[str, Any] = {
        key: ",".join(query.getlist(key)) if known[key].several else query[key]
        for key in query
        if key in known
    }
    found = graph.measure(name, **given).to_dict()
    rows = [shaping(row) for row in found.pop("rows")]
    rest = found if lang is None else Shaping(graph.model, None, lang, ())(found)
    if wants_lines(request, format):
        return ndjson(rest, [rows], {"next": None})
    return json({**rest, "rows": rows}, headers={"Vary": "Accept"})


OF_WHAT_IS_NAMED[compute_measure] = lambda name: measure_named(name).parameters

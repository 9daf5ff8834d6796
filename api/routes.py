"""What the routes share: the graph that is asked, the moment it is shown as of, and the parameters that
several of them take. Routes know the graph and nothing of the engine behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from fastapi import Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from parkgraph.api import schemas
from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.queries.graph import Graph

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "What was asked cannot be understood."},
    404: {"model": schemas.Problem, "description": "There is no such thing."},
    503: {"model": schemas.Problem, "description": "The store does not answer; try again."},
    "default": {"model": schemas.Problem, "description": "Any other error."},
}
AMBIGUOUS: dict[int | str, dict[str, Any]] = {
    409: {"model": schemas.Problem, "description": "Several entities bear the name; see `candidates`."}
}
LINES: dict[str, Any] = {
    "application/x-ndjson": {
        "schema": {
            "type": "string",
            "description": 'A line of JSON each: `{"meta": …}`, the items, then `{"end": …}`, or '
            '`{"problem": …}` where it breaks off',
        }
    }
}
"""What the description of an answer adds where it can be a stream."""


def operation_id(route: APIRoute) -> str:
    """The name of an operation: that of its function, as clients write names."""
    first, *rest = route.name.split("_")
    return first + "".join(part.capitalize() for part in rest)


_declared: dict[Callable[..., Any], tuple[frozenset[str], frozenset[str]]] = {}
OF_WHAT_IS_NAMED: dict[Callable[..., Any], Callable[[str], Mapping[str, Any]]] = {}
"""Routes whose parameters are, besides their own, those of the query or measure that the address names."""


async def known_parameters(request: Request) -> None:
    """Refuses a parameter that the route does not know, and one given twice that takes one value."""
    given = request.query_params
    if not given:
        return
    route: APIRoute = request.scope["route"]
    if route.endpoint not in _declared:
        fields = {field.alias: field for field in _query_fields(route.dependant)}
        several = {name for name, field in fields.items() if _is_list(field.field_info.annotation)}
        _declared[route.endpoint] = frozenset(fields), frozenset(several)
    own, listed = _declared[route.endpoint]
    for name in given:
        if name not in own:
            named: Mapping[str, Any] = {}
            if route.endpoint in OF_WHAT_IS_NAMED:
                named = OF_WHAT_IS_NAMED[route.endpoint](request.path_params["name"])
            if name not in named:
                raise UnknownName("parameter", name, {*own, *named}, where=request.url.path)
            if getattr(named[name], "several", False):
                continue
        if name not in listed and len(given.getlist(name)) > 1:
            raise BadRequest(f"{request.url.path}: parameter {name} was given twice; it takes one value")


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _query_fields(inner)


def _is_list(annotation: Any) -> bool:
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))


async def served(request: Request) -> Graph:
    """The graph that the application serves."""
    graph: Graph = request.app.state.graph
    return graph


Served = Annotated[Graph, Depends(served)]


DAY = (
    "([1-9][0-9]{3}(-(0[1-9]|1[0-2])|-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "|-(0[13-9]|1[0-2])-(29|30)|-(0[13578]|1[02])-31)?)"
)
_FULL_DAY = "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
_EPOCH = "[1-9][0-9]{4,9}"


async def graph_of(
    graph: Served,
    as_of: Annotated[
        str | None,
        Query(
            description="Answer as of this day: 2019, 2019-05 or 2019-05-10",
            examples=["2024"],
            json_schema_extra={"pattern": f"^({DAY})?$", "format": "partial-date"},
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        Query(
            description="Answer as it was known at this date or time",
            examples=["2100-01-01"],
            json_schema_extra={"pattern": f"^({DAY}|{_FULL_DAY}T{_TIME}|{_EPOCH})?$", "format": "moment"},
        ),
    ] = None,
    certain: Annotated[
        bool, Query(description="With as_of: only what surely held on that day", examples=[False])
    ] = False,
) -> Graph:
    """The graph that the application serves, as of the moment that is asked for."""
    if not (as_of or known_at or certain):
        return graph
    return await run_in_threadpool(graph.at, as_of=as_of, known_at=known_at, certain=certain)


def names_of(what: str) -> dict[str, Any]:
    """Says in a schema that a text is one of the model's kinds, relations, statuses or layers; the OpenAPI
    document of a server names them."""
    return {"x-names-of": what}


def fields_of(*examples: str) -> Any:
    """The parameter `fields`, with examples of the route."""
    return Query(
        description="Only these fields, and `id`; with dots for what lies deeper. In a list those of "
        "an item, else from the top of the answer",
        examples=[list(examples)],
        json_schema_extra={"x-fields": True},
    )


G = Annotated[Graph, Depends(graph_of)]
Entity = Annotated[
    str,
    Path(
        description="Id or name of an entity", examples=["成都高新区"], json_schema_extra={"format": "entity"}
    ),
]
Relations = Annotated[
    list[str] | None,
    Query(
        description="Only these relations; repeat for several",
        examples=[["SIGNED"]],
        json_schema_extra=names_of("relations"),
    ),
]
Status = Annotated[
    str | None,
    Query(
        description="Lowest status that counts", examples=["signed"], json_schema_extra=names_of("statuses")
    ),
]
Inferred = Annotated[bool, Query(description="Whether inferred facts count", examples=[False])]

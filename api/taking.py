"""Taking a part of the graph away: a selection in any export format, or line by line."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from parkgraph.api import schemas
from parkgraph.api.routes import AMBIGUOUS, LINES, PROBLEMS, G, fields_of, known_parameters
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.api.streaming import NDJSON, accepted, ndjson, part_slices
from parkgraph.export.formats import FORMATS, format_named
from parkgraph.graph.errors import BadRequest, UnknownName

router = APIRouter(
    prefix="/v1",
    tags=["taking away"],
    responses=PROBLEMS,
    dependencies=[Depends(known_parameters)],
)
_LINES = "ndjson"
_FORMATS = (*FORMATS, _LINES)
_MEDIA_TYPES = {f.media_type.partition(";")[0]: name for name, f in FORMATS.items()} | {NDJSON: _LINES}
_FILES: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "contentMediaType": media_type}}
    for media_type in ("application/zip" if len(f.parts) > 1 else f.media_type for f in FORMATS.values())
} | {"application/json": {"schema": {"type": "object"}}, **LINES}


@router.get(
    "/subgraph",
    summary="A part of the graph in any export format, or line by line",
    response_class=Response,
    responses={
        200: {"content": _FILES, "description": "The file. Several tables come as a zip."},
        **AMBIGUOUS,
    },
)
def get_subgraph(
    graph: G,
    request: Request,
    selection: Annotated[
        str,
        Query(
            description="all, entity:…, neighbours:…, path:A..B, query:…",
            examples=["neighbours:成都高新区?depth=1"],
            json_schema_extra={"format": "selection"},
        ),
    ],
    format: Annotated[
        str | None,
        Query(
            description=f"{', '.join(_FORMATS)}; by default what Accept asks for, or json",
            examples=["graphml"],
            json_schema_extra={"enum": list(_FORMATS)},
        ),
    ] = None,
    fields: Annotated[list[str] | None, fields_of("nodes.name", "edges.status")] = None,
    lang: Lang = None,
) -> Response:
    name = format if format is not None else accepted(request, _MEDIA_TYPES) or "json"
    if name not in _FORMATS:
        raise UnknownName("format", name, _FORMATS)
    shape = schemas.SubgraphOut if name == _LINES else schemas.NodeLinkOut
    shaping = Shaping(graph.model, fields, lang, shape)
    if name == _LINES:
        seen, part = graph.outline(selection)
        return ndjson(part.meta, part_slices(seen, part, shaping), {})
    if shaping and name != "json":
        raise BadRequest(f"fields and lang: a {name} file holds all there is; expected json or {_LINES}")
    found = format_named(name)
    seen, chosen = graph.selected(selection)
    body, media_type, suffix = found.body(seen.subgraph(chosen), seen.store)
    if shaping:
        body = orjson.dumps(shaping(orjson.loads(body)))
    return Response(
        body,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="parkgraph{suffix}"', "Vary": "Accept"},
    )

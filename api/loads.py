"""Loading over HTTP: upload, look at the report and the plan, apply or discard. Only where the server may
write (`parkgraph serve --edit`).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import FileResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from parkgraph.api import schemas
from parkgraph.api.identity import writable
from parkgraph.api.jobs import DONE, Load, Loads
from parkgraph.api.paging import Pages, after_key, answer
from parkgraph.api.responses import json
from parkgraph.api.routes import LINES, PROBLEMS, fields_of, known_parameters
from parkgraph.api.shaping import Lang, Shaping
from parkgraph.graph.errors import NotFound
from parkgraph.ingest.load import Options
from parkgraph.ingest.mapping import mapping_text
from parkgraph.ingest.report import csv_report, html_report

router = APIRouter(
    prefix="/v1/loads",
    tags=["loading"],
    responses={
        **PROBLEMS,
        403: {"model": schemas.Problem, "description": "The server only reads."},
        422: {"model": schemas.Problem, "description": "The load is in a state that does not allow it."},
    },
    dependencies=[Depends(known_parameters), Depends(writable)],
)
_POLL_SECONDS = 0.2


def loads_of(request: Request) -> Loads:
    """The loads of the server."""
    loads: Loads = request.app.state.loads
    return loads


L = Annotated[Loads, Depends(loads_of)]
Id = Annotated[str, Path(description="Id of a load, from the list of loads")]


def load_of(loads: L, id: Id) -> Load:
    """A load by its id. Raises NotFound, also where the answer would be a stream."""
    return loads.get(id)


One = Annotated[Load, Depends(load_of)]
_ANSWER: dict[int | str, dict[str, Any]] = {200: {"model": schemas.LoadOut}}
_BEGUN: dict[int | str, dict[str, Any]] = {
    202: {"model": schemas.LoadOut, "description": "It is under way; `Location` tells how far."},
    413: {"model": schemas.Problem, "description": "A file goes beyond a limit."},
}


def _begun(load: Load) -> Response:
    answer = json(load.to_dict(), 202)
    answer.headers["Location"] = f"/v1/loads/{load.id}"
    return answer


@router.get(
    "",
    summary="Loads, the newest first",
    responses={200: {"model": schemas.Loads, "content": LINES}},
)
def list_loads(
    loads: L,
    request: Request,
    pages: Pages,
    fields: Annotated[list[str] | None, fields_of("state", "files")] = None,
    lang: Lang = None,
) -> Response:
    found = loads.listed()

    def key(load: Load) -> list[Any]:
        return [-load.created, load.id]

    return answer(
        pages,
        Shaping(request.app.state.graph.model, fields, lang, schemas.LoadOut),
        lambda after, limit: after_key(found, key, after, limit),
        Load.to_dict,
        key,
        total=len(found),
        shape=(float, str),
    )


@router.post(
    "",
    status_code=202,
    summary="Upload files; they are checked and planned, nothing is loaded",
    responses=_BEGUN,
)
def upload_files(
    loads: L,
    file: Annotated[
        list[UploadFile],
        File(
            description="Tables, zips or claims files; repeat for several",
            examples=[["id,kind,name\npark:some-park,Park,某园区\n"]],
        ),
    ],
    mapping: Annotated[UploadFile | str | None, Form(description="A mapping (YAML), as text or file")] = None,
    accept: Annotated[bool, Form(description="Take the mapping that is proposed")] = False,
    queue: Annotated[bool, Form(description="Keep an ambiguous name apart until it is judged")] = False,
    skip_refused: Annotated[bool, Form(description="Plan what is right, and leave the rest")] = False,
    kind: Annotated[str | None, Form(description="What an unnamed table is about, such as Park")] = None,
) -> Response:
    folder = loads.folder()
    try:
        files = []
        for number, item in enumerate(file):
            target = folder / f"file-{number}"
            with target.open("wb") as out:
                shutil.copyfileobj(item.file, out)
            files.append((target, item.filename or ""))
        if mapping is not None and not isinstance(mapping, str):
            mapping = mapping_text(mapping.file)
        options = Options(accept=accept, queue=queue, skip_refused=skip_refused, kind=kind or None)
        return _begun(loads.begin(folder, files, options, mapping))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@router.get("/{id}", summary="How far a load is, its report in short, its plan", responses=_ANSWER)
def get_load(load: One) -> Response:
    return json(load.to_dict())


@router.get(
    "/{id}/events",
    summary="The load as server-sent events, one a change, until it rests",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_load(load: One) -> AsyncIterator[ServerSentEvent]:
    told: tuple[int, str] | None = None
    while True:
        now = load.changes, load.state
        if now != told:
            told = now
            yield ServerSentEvent(data=load.to_dict(), event="load", id=str(load.changes))
        if now[1] in DONE and now == (load.changes, load.state):
            return
        await asyncio.sleep(_POLL_SECONDS)


@router.get(
    "/{id}/report",
    summary="Everything that was found, as JSON, CSV or one page",
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
            }
        }
    },
    response_class=Response,
)
def get_load_report(
    load: One,
    request: Request,
    format: Annotated[
        Literal["json", "csv", "html"], Query(description="json, csv or html", examples=["csv"])
    ] = "json",
    lang: Annotated[Literal["zh", "en"], Query(description="zh or en", examples=["zh"])] = "en",
) -> Response:
    if load.report is None:
        raise NotFound(f"load {load.id} has no report yet; it is {load.state}")
    if format == "csv":
        return _attached(csv_report(load.report).encode("utf-8-sig"), "text/csv", "report.csv")
    if format == "html":
        text = html_report(load.report, lang=lang, plan=load.plan, model=request.app.state.graph.model)
        return _attached(text.encode(), "text/html", "report.html")
    return json(load.report.to_dict())


@router.get(
    "/{id}/refused",
    summary="The refused rows as CSV, to mend and upload again",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def get_refused_rows(load: One) -> Response:
    if not load.refused_rows:
        raise NotFound(f"load {load.id} has no refused rows")
    return FileResponse(load.refused_file, media_type="text/csv", filename="refused.csv")


@router.get(
    "/{id}/plan",
    summary="The plan as a file, which parkgraph load takes",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
def get_load_plan(load: One) -> Response:
    if load.plan is None or not load.plan_file.is_file():
        raise NotFound(f"load {load.id} has no plan; it is {load.state}")
    return FileResponse(load.plan_file, media_type="application/x-ndjson", filename="plan.jsonl")


@router.post("/{id}/check", status_code=202, summary="Check again with other options", responses=_BEGUN)
def check_load(loads: L, id: Id, how: Annotated[schemas.LoadIn, Body()]) -> Response:
    options = Options(accept=how.accept, queue=how.queue, skip_refused=how.skip_refused, kind=how.kind)
    return _begun(loads.again(id, options, how.mapping))


@router.post("/{id}/apply", status_code=202, summary="Do exactly what the plan says", responses=_BEGUN)
def apply_load(loads: L, id: Id) -> Response:
    return _begun(loads.apply(id))


@router.delete("/{id}", summary="Discard a load and its files; what was applied stays", responses=_ANSWER)
def discard_load(loads: L, id: Id) -> Response:
    return json(loads.discard(id).to_dict())


def _attached(body: bytes, media_type: str, name: str) -> Response:
    return Response(
        body,
        media_type=f"{media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

"""How the server answers: JSON by orjson, and errors as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from parkgraph.api.logs import request_id
from parkgraph.graph.errors import ParkGraphError

PROBLEM = "application/problem+json"
_SHOWN = 60


def json(content: Any, status: int = 200) -> Response:
    """JSON in UTF-8; dates and numbers as they are."""
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """An error: `code` is stable and documented, `detail` a sentence for a person."""
    body = {
        "type": "about:blank",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id.get(),
    }
    return Response(
        orjson.dumps({k: v for k, v in (body | more).items() if v}),
        status_code=status,
        media_type=PROBLEM,
        headers={**(headers or {}), **({"Retry-After": "5"} if status == 503 else {})},
    )


def install_problems(app: FastAPI) -> None:
    """Every error of ours, of the framework and of its validation becomes a problem. The handlers are async:
    an error is told although every thread is busy."""

    @app.exception_handler(ParkGraphError)
    async def _ours(_: Request, error: ParkGraphError) -> Response:
        return problem(error.http_status, error.code, error.message, **error.details)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        match error.status_code:
            case 404:
                code, detail = "not-found", f"there is nothing at {request.url.path}"
            case 405:
                code, detail = "method-not-allowed", f"{request.url.path} takes no {request.method}; use GET"
            case _:
                code, detail = "http", str(error.detail)
        return problem(error.status_code, code, detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return problem(400, "bad-request", "; ".join(_fault(fault) for fault in error.errors()))


def _fault(fault: Mapping[str, Any]) -> str:
    """One fault that the framework found, named by its parameter."""
    name = ".".join(str(part) for part in fault["loc"][1:])
    if fault["type"] == "missing":
        return f"parameter {name} is missing"
    given = str(fault["input"])
    shown = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
    return f"parameter {name}: {shown!r} was given; {fault['msg'][:1].lower()}{fault['msg'][1:]}"


def document_problems(app: FastAPI) -> None:
    """The OpenAPI document gives errors the media type they have; the framework would say JSON."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        for path in document["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if status not in ("200", "201", "202", "308"):
                        answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}
        return document

    app.openapi = openapi  # type: ignore[method-assign]

"""How the server answers: JSON by orjson, and errors as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from parkgraph.api.logs import request_id
from parkgraph.api.problems import problem_body
from parkgraph.graph.errors import ParkGraphError

PROBLEM = "application/problem+json"
_SHOWN = 60
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def json(content: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """JSON in UTF-8; dates and numbers as they are."""
    return Response(orjson.dumps(content), status_code=status, media_type="application/json", headers=headers)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    lang: str = "en",
    **more: Any,
) -> Response:
    """An error: `code` is one of problems.py, `detail` a sentence for a person."""
    return Response(
        orjson.dumps(problem_body(status, code, detail, lang=lang, **more, request_id=request_id.get())),
        status_code=status,
        media_type=PROBLEM,
        headers={
            "Vary": "Accept-Language",
            "Content-Language": f"{lang}, en" if lang != "en" else "en",
            **(headers or {}),
            **({"Retry-After": "5"} if status == 503 else {}),
        },
    )


def preferred_language(request: Request) -> Literal["zh", "en"]:
    """The language that a browser prefers: of pages, and of the titles of problems."""
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def install_problems(app: FastAPI) -> None:
    """Every error of ours, of the framework and of its validation becomes a problem. The handlers are async:
    an error is told although every thread is busy."""

    @app.exception_handler(ParkGraphError)
    async def _ours(request: Request, error: ParkGraphError) -> Response:
        lang = preferred_language(request)
        return problem(error.http_status, error.code, error.message, lang=lang, **error.details)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        headers = error.headers
        match error.status_code:
            case 404:
                code, detail = "not-found", f"there is nothing at {request.url.path}"
            case 405:
                methods = methods_of(request)
                code = "method-not-allowed"
                detail = f"{request.url.path} takes no {request.method}; use {' or '.join(methods)}"
                headers = {**(headers or {}), "Allow": ", ".join(methods)}
            case 400:
                code, detail = "bad-request", str(error.detail)
            case _:
                code, detail = "http", str(error.detail)
        lang = preferred_language(request)
        return problem(error.status_code, code, detail, headers=headers, lang=lang)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(_fault(fault) for fault in error.errors())
        return problem(400, "bad-request", faults, lang=preferred_language(request))


def methods_of(request: Request) -> list[str]:
    """The methods that an address takes. The framework names those of one route only."""
    found = [
        method
        for route in request.app.routes
        for method, scope in ((m, {**request.scope, "method": m}) for m in _METHODS)
        if route.matches(scope)[0] == Match.FULL
    ]
    return sorted(set(found)) or ["GET"]


def _fault(fault: Mapping[str, Any]) -> str:
    """One fault that the framework found, named by its parameter."""
    name = ".".join(str(part) for part in fault["loc"][1:])
    if fault["type"] == "missing":
        return f"parameter {name} is missing"
    if fault["type"] == "json_invalid":
        return f"the body is not JSON: {fault['ctx']['error']} at character {fault['loc'][-1]}"
    if isinstance(fault["input"], bytes):
        return "the body was not read as JSON; send it with Content-Type: application/json"
    given = str(fault["input"])
    shown = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
    return f"parameter {name}: {shown!r} was given; {fault['msg'][:1].lower()}{fault['msg'][1:]}"

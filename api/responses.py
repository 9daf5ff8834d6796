"""How the server answers: JSON by orjson, and errors as problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from parkgraph.graph.errors import ParkGraphError

PROBLEM = "application/problem+json"


def json(content: Any, status: int = 200) -> Response:
    """JSON in UTF-8; dates and numbers as they are."""
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """An error: `code` is stable and documented, `detail` a sentence for a person."""
    body = {
        "type": "about:blank",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
    headers = {"Retry-After": "5"} if status == 503 else {}
    return Response(
        orjson.dumps(body | {k: v for k, v in more.items() if v}),
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


def install_problems(app: FastAPI) -> None:
    """Every error of ours, of the framework and of its validation becomes a problem."""

    @app.exception_handler(ParkGraphError)
    def _ours(_: Request, error: ParkGraphError) -> Response:
        return problem(error.http_status, error.code, error.message, **error.details)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
        detail = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
        return problem(error.status_code, code, detail)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> Response:
        faults = [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors()]
        return problem(400, "bad-request", "; ".join(faults))

    @app.exception_handler(Exception)
    def _unexpected(_: Request, __: Exception) -> Response:
        return problem(500, "internal", "something went wrong on the server; it has been logged")

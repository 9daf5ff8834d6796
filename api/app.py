"""The FastAPI application: a graph, the routes, who may ask, and the headers every answer carries."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parkgraph.api import identity, loads, pages, questions, records, schemas, taking
from parkgraph.api.access import refusal
from parkgraph.api.explained import router as problem_pages
from parkgraph.api.jobs import Loads
from parkgraph.api.openapi import document
from parkgraph.api.responses import install_problems, json, problem
from parkgraph.api.routes import operation_id
from parkgraph.api.settings import Settings
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.model import load_model
from parkgraph.graph.store import open_store
from parkgraph.queries.graph import Graph

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # For what is no page; pages bring their own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_DESCRIPTION = """How science parks cooperate, and who says so.

Entities may be given by id or by name in Chinese, English or pinyin. Errors are problem+json with a
stable `code` and a sentence in `detail`. Nothing served here calls a third party.
"""
_log = logging.getLogger("parkgraph")


def open_graph(settings: Settings) -> Graph:
    """The graph that the settings name, for reading unless they say that it is editable. Raises
    ParkGraphError with a sentence."""
    texts = SourceTexts(settings.texts) if settings.texts is not None else None
    return Graph(
        open_store(settings.store, readonly=not settings.editable), load_model(settings.model), texts=texts
    )


def create_app(graph: Graph | None = None, settings: Settings | None = None) -> FastAPI:
    """The application. Without a graph, one is opened by the settings (for `uvicorn --factory`).

    Raises ParkGraphError for a store that cannot be opened, and for a server that others could reach
    without a key.
    """
    settings = settings if settings is not None else Settings()
    if not settings.on_loopback and settings.api_key is None:
        raise BadRequest(f"host {settings.host}: others could reach the server; set PARKGRAPH_API_KEY first")
    graph = graph if graph is not None else open_graph(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.loads.close()
        graph.close()

    app = FastAPI(
        title="ParkGraph",
        version=version("parkgraph"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
    )
    app.state.graph, app.state.editable = graph, settings.editable
    app.state.max_upload = settings.max_upload
    app.state.loads = Loads(graph)
    install_problems(app)
    document(app, secured=settings.api_key is not None)

    @app.get(
        "/health",
        tags=["service"],
        summary="Whether the server runs",
        responses={200: {"model": schemas.Health}},
    )
    def get_health() -> Response:
        return json({"status": "ok", "version": app.version})

    @app.get(
        "/ready",
        tags=["service"],
        summary="Whether the store answers",
        responses={200: {"model": schemas.Ready}, 503: {"model": schemas.Problem}},
    )
    def get_readiness() -> Response:
        return json(
            {
                "status": "ready",
                "store": graph.store.url,
                "version": graph.version,
                "editable": settings.editable,
            }
        )

    app.include_router(records.router)
    app.include_router(questions.router)
    app.include_router(taking.router)
    app.include_router(problem_pages)
    app.include_router(identity.router)
    app.include_router(loads.router)
    app.include_router(pages.router)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = refusal(request, settings)
        if response is None:
            try:
                response = await call_next(request)
            except Exception:
                _log.exception("%s %s failed", request.method, request.url.path)
                response = problem(500, "internal", "something went wrong on the server; it has been logged")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.add_middleware(_HeadLikeGet)
    return app


class _HeadLikeGet:
    """Answers HEAD as GET without the body; the framework would refuse it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)

"""The FastAPI application: a graph, the routes, who may ask, and the headers every answer carries."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from parkgraph.api import pages, routes, schemas
from parkgraph.api.responses import install_problems, json, problem
from parkgraph.api.settings import Settings
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.model import load_model
from parkgraph.graph.store import open_store
from parkgraph.queries.graph import Graph

COOKIE = "parkgraph_key"
_OPEN = ("/health",)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DESCRIPTION = """How science parks cooperate, and who says so.

Entities may be given by id or by name in Chinese, English or pinyin. Errors are problem+json with a
stable `code` and a sentence in `detail`. Nothing served here calls a third party.
"""


def open_graph(settings: Settings) -> Graph:
    """The graph that the settings name, for reading. Raises ParkGraphError with a sentence."""
    texts = SourceTexts(settings.texts) if settings.texts is not None else None
    return Graph(open_store(settings.store, readonly=True), load_model(settings.model), texts=texts)


def create_app(graph: Graph | None = None, settings: Settings | None = None) -> FastAPI:
    """The application. Without a graph, one is opened by the settings (for `uvicorn --factory`)."""
    settings = settings if settings is not None else Settings()
    graph = graph if graph is not None else open_graph(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        graph.close()

    app = FastAPI(
        title="ParkGraph",
        version=version("parkgraph"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.graph = graph
    install_problems(app)

    @app.get(
        "/health",
        tags=["service"],
        summary="Whether the server runs",
        responses={200: {"model": schemas.Health}},
    )
    def health() -> Response:
        return json({"status": "ok", "version": app.version})

    @app.get(
        "/ready",
        tags=["service"],
        summary="Whether the store answers",
        responses={200: {"model": schemas.Ready}, 503: {"model": schemas.Problem}},
    )
    def ready() -> Response:
        return json({"status": "ready", "store": graph.store.url, "version": graph.version})

    app.include_router(routes.router)
    app.include_router(pages.router)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        refused = _key_needed(request, settings)
        response = refused if refused is not None else await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    if settings.on_loopback:
        # A page elsewhere must not reach a server without a key by a name that resolves to loopback.
        app.add_middleware(
            TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]", "testserver"]
        )
    return app


def _key_needed(request: Request, settings: Settings) -> Response | None:
    """None where the request may pass. A page is opened once with `?key=…` and then keeps a cookie."""
    if settings.api_key is None or request.url.path in _OPEN:
        return None
    given = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix(
        "Bearer "
    )
    for candidate in (given, request.cookies.get(COOKIE, "")):
        if candidate and secrets.compare_digest(candidate.encode(), settings.api_key.encode()):
            return None
    asked = request.query_params.get("key", "")
    if (
        asked
        and secrets.compare_digest(asked.encode(), settings.api_key.encode())
        and request.method == "GET"
    ):
        response = RedirectResponse(
            str(request.url.remove_query_params("key").replace(scheme="", netloc="")), 303
        )
        response.set_cookie(COOKIE, settings.api_key, httponly=True, samesite="strict")
        return response
    return problem(
        401, "unauthorized", "a key is needed: send it in the header X-API-Key, or open a page with ?key=…"
    )

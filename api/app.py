"""The FastAPI application: a graph, the routes, who may ask, and the headers every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from fastapi import FastAPI
from fastapi.responses import Response
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from parkgraph.api import (
    cypher,
    entrance,
    identity,
    loads,
    logs,
    measures,
    pages,
    questions,
    reconcile,
    records,
    schemas,
    search,
    taking,
)
from parkgraph.api.access import Guard
from parkgraph.api.caching import Conditional
from parkgraph.api.envelope import Envelope
from parkgraph.api.explained import router as problem_pages
from parkgraph.api.jobs import Loads
from parkgraph.api.keys import KeyRing
from parkgraph.api.metrics import CONTENT_TYPE, Metrics
from parkgraph.api.openapi import document
from parkgraph.api.responses import install_problems, json
from parkgraph.api.routes import operation_id
from parkgraph.api.settings import Settings
from parkgraph.graph.errors import StoreUnreachable
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.model import load_model
from parkgraph.graph.store import open_store
from parkgraph.queries.graph import Graph

_DESCRIPTION = """How science parks cooperate, and who says so.

Entities may be given by id or by name in Chinese, English or pinyin. Errors are problem+json with a
stable `code` and a sentence in `detail`. Nothing served here calls a third party.
"""
_ROUTERS = (
    records.router,
    questions.router,
    taking.router,
    measures.router,
    cypher.router,
    search.router,
    reconcile.router,
    problem_pages,
    identity.router,
    loads.router,
    pages.router,
    entrance.router,
)
READY_SECONDS = 2.0
"""How long the store may take to say that it is ready."""
_COMPRESSED_FROM = 1024
# Beyond level 4 a JSON answer gets 3 % smaller and takes twice as long.
_COMPRESSION = 4
_CORS: dict[str, Any] = {
    "allow_methods": ("GET", "HEAD", "POST", "DELETE"),
    "allow_headers": ("Authorization", "X-API-Key", "Content-Type", "If-None-Match", "X-Request-ID"),
    "expose_headers": (
        *("ETag", "Link", "Location", "Content-Disposition", "X-Request-ID"),
        *("Retry-After", "RateLimit", "RateLimit-Policy"),
    ),
}
"""What pages of the origins in PARKGRAPH_CORS_ORIGINS may do. Cookies do not travel: they send a key."""


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
    if settings is None:
        settings = Settings()
        logs.install(settings)
    settings.check_reach()
    ring = KeyRing(settings.api_key, settings.keys)
    graph = graph if graph is not None else open_graph(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            # Interrupted twice, the server does not wait for the end; where it stood helps nobody.
            pass
        finally:
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
    app.state.max_upload, app.state.ring = settings.max_upload, ring
    app.state.loads = Loads(graph)
    metrics = Metrics(graph, app.version)
    install_problems(app)
    document(app, secured=bool(ring))

    @app.get(
        "/health",
        tags=["service"],
        summary="Whether the server runs",
        responses={200: {"model": schemas.Health}},
    )
    async def get_health() -> Response:
        return json({"status": "ok", "version": app.version})

    probes = anyio.CapacityLimiter(2)

    @app.get(
        "/ready",
        tags=["service"],
        summary="Whether the store answers",
        responses={200: {"model": schemas.Ready}, 503: {"model": schemas.Problem}},
    )
    async def get_readiness() -> Response:
        try:
            with anyio.fail_after(READY_SECONDS):
                found = await anyio.to_thread.run_sync(
                    lambda: graph.version, abandon_on_cancel=True, limiter=probes
                )
        except TimeoutError:
            raise StoreUnreachable(
                f"store {graph.store.url}: did not answer within {READY_SECONDS:g} seconds"
            ) from None
        return json(
            {
                "status": "ready",
                "store": graph.store.url,
                "version": found,
                "editable": settings.editable,
            }
        )

    @app.get(
        "/metrics",
        tags=["service"],
        summary="Counters for Prometheus",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def get_metrics() -> Response:
        text = await anyio.to_thread.run_sync(metrics.text, limiter=probes)
        return Response(text, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    routes = [*app.routes]
    for router in _ROUTERS:
        app.include_router(router)
        routes += router.routes

    # The last is the outermost.
    app.add_middleware(Conditional, graph=graph, product=app.version, private=bool(ring))
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=_COMPRESSION)
    app.add_middleware(Guard, settings=settings, ring=ring, metrics=metrics)
    if settings.origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, **_CORS)
    app.add_middleware(Envelope, metrics=metrics, routes=routes)
    return app

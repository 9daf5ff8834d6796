"""Answers that need not be made again: each GET under /v1 has an ETag made of what it depends on, known
before any work is done, so that asking again costs next to nothing while the graph is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parkgraph.api.access import UPLOADS
from parkgraph.api.envelope import header
from parkgraph.api.responses import problem
from parkgraph.graph.errors import ParkGraphError
from parkgraph.queries.graph import Graph

_NOT_OF_THE_GRAPH = ("/v1/model", "/v1/model/schema", "/v1/queries", "/v1/measures")
# What a route may look at besides the address.
_CHOOSING = (b"accept", b"accept-language")
# So many requests may wait for a store that is slow to tell its version; the others wait without a thread, so
# that a store that hangs does not take the threads of what needs no store.
_WAITING = 16


class Conditional:
    """Gives answers their ETag and answers 304 where the caller has it.

    The tag is weak, as a compressed answer is the same to us. It stands for the graph's edition when the
    request came: an answer that is made while a load ends may be newer than its tag, never older.
    """

    def __init__(self, app: ASGIApp, graph: Graph, *, product: str, private: bool) -> None:
        self._app, self._graph, self._product = app, graph, product
        self._control = "private, no-cache" if private else "no-cache"
        self._limiter = CapacityLimiter(_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not path.startswith("/v1/")
            or path.startswith(UPLOADS)
        ):
            await self._app(scope, receive, send)
            return
        try:
            edition = "" if path in _NOT_OF_THE_GRAPH else await self._edition()
        except ParkGraphError as error:
            await problem(error.http_status, error.code, error.message)(scope, receive, send)
            return
        tag = self._tag(scope, edition)
        asked = header(scope, b"if-none-match")
        if asked and tag in _tags(asked):
            await self._unchanged(tag)(scope, receive, send)
            return
        whatever = asked.strip() == "*"
        dropping = False

        async def send_tagged(message: Message) -> None:
            nonlocal dropping
            if message["type"] == "http.response.start" and message["status"] == 200:
                if whatever:
                    dropping = True
                    await self._unchanged(tag)(scope, receive, send)
                    return
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("ETag", f"W/{tag}")
                headers.setdefault("Cache-Control", self._control)
                for name in ("Accept", "Accept-Language"):
                    if name not in headers.get("Vary", "").split(", "):
                        headers.add_vary_header(name)
            if not dropping:
                await send(message)

        await self._app(scope, receive, send_tagged)

    async def _edition(self) -> str:
        store = self._graph.store
        found = store.edition(wait=False)
        if found is None:
            found = await to_thread.run_sync(store.edition, limiter=self._limiter)
        return found or ""

    def _tag(self, scope: Scope, edition: str) -> str:
        texts = self._graph.texts
        parts = (
            edition.encode(),
            self._graph.store.url.encode(),
            self._graph.model.digest.encode(),
            self._product.encode(),
            (texts.digest if texts is not None else "").encode(),
            scope["path"].encode(),
            scope["query_string"],
            *(header(scope, name).encode("latin-1") for name in _CHOOSING),
        )
        digest = hashlib.blake2b(b"\0".join(parts), digest_size=16).hexdigest()
        return f'"{digest}"'

    def _unchanged(self, tag: str) -> Response:
        return Response(
            status_code=304,
            headers={
                "ETag": f"W/{tag}",
                "Cache-Control": self._control,
                "Vary": "Accept, Accept-Language, Accept-Encoding",
            },
        )


def _tags(asked: str) -> Iterator[str]:
    """The opaque tags of an If-None-Match, weak or strong alike (RFC 9110, 13.1.2). Ours hold no comma."""
    for tag in asked.split(","):
        yield tag.strip().removeprefix("W/")

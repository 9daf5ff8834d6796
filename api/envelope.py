"""What is around every answer: the id of the request, the headers, the line in the log, the counters, and a
sentence where something went wrong that nobody foresaw.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parkgraph.api import logs
from parkgraph.api.metrics import Metrics
from parkgraph.api.responses import problem

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # For what is no page; pages bring their own.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
CALLER = "parkgraph.caller"
"""Where the scope holds the name of the key that asks."""
NO_ROUTE = "(none)"
_log = logging.getLogger("parkgraph")


def header(scope: Scope, name: bytes) -> str:
    """The first value of a header, or an empty text; `name` is in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


class Envelope:
    """The outermost layer; plain ASGI, as every request pays for it. HEAD is known to no other."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[BaseRoute]) -> None:
        self._app, self._metrics, self._routes = app, metrics, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":
            # Answered as GET without the body; the framework would refuse it.
            scope["method"] = "GET"
        identity = logs.id_of(header(scope, b"x-request-id"))
        context = logs.request_id.set(identity)
        # An answer that is never begun, as the caller went away, counts as one that was closed.
        status, sent = 499, 0
        started = time.perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                headers += [pair for pair in HEADERS if pair[0] not in there]
                headers.append((b"x-request-id", identity.encode()))
                message["headers"] = headers
            elif message["type"] == "http.response.body":
                if method == "HEAD":
                    message["body"] = b""
                sent += len(message.get("body", b""))
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_on)
        except Exception:
            _log.exception("%s %s failed", method, self._route_of(scope))
            if status != 499:
                raise  # the answer had begun; the server cuts it off, so that nobody takes it for whole
            sentence = "something went wrong on the server; it has been logged"
            await problem(500, "internal", sentence)(scope, receive, send_on)
        except asyncio.CancelledError:
            # Only a server that stops cancels a request, and all it would do with the exception is to print
            # it. An answer that had begun is cut off as it is.
            if status == 499:
                sentence = "the server is stopping; ask again when it is back"
                await problem(503, "stopping", sentence)(scope, receive, send_on)
        finally:
            self._metrics.in_flight.dec()
            seconds = time.perf_counter() - started
            route = self._route_of(scope)
            self._metrics.answered(method, route, status, seconds)
            level = logging.WARNING if status >= 500 else logging.INFO
            if logs.requests.isEnabledFor(level):
                _tell(level, method, route, status, seconds, sent, scope.get(CALLER), identity)
            logs.request_id.reset(context)

    def _route_of(self, scope: Scope) -> str:
        """The template of the route that answers, such as `/v1/facts/{id}`, or would have: what is refused
        or has not changed is answered before any route is looked for."""
        if "router" in scope:
            return _template(scope.get("route"))
        # As the router does: the first that takes the method too, else the first of the path.
        of_path: BaseRoute | None = None
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return _template(route)
            if match is Match.PARTIAL and of_path is None:
                of_path = route
        return _template(of_path)


def _template(route: BaseRoute | None) -> str:
    found: str = getattr(route, "path", NO_ROUTE)
    return found


def _tell(
    level: int, method: str, route: str, status: int, seconds: float, sent: int, key: Any, identity: str
) -> None:
    milliseconds = round(seconds * 1000, 1)
    logs.requests.log(
        level,
        "%s %s %d %.1f ms %d B %s %s",
        *(method, route, status, milliseconds, sent, key or "-", identity),
        extra={
            "request": {
                "method": method,
                "route": route,
                "status": status,
                "ms": milliseconds,
                "bytes": sent,
                "key": key,
                "request_id": identity,
            }
        },
    )

"""Who may ask: the name by which a server on loopback is called, and the key of one that others reach."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from parkgraph.api.responses import problem
from parkgraph.api.settings import LOOPBACK, Settings

COOKIE = "parkgraph_key"
_OPEN = ("/health",)
UPLOADS = "/v1/loads"
_READING = ("GET", "HEAD", "OPTIONS")


def refusal(request: Request, settings: Settings) -> Response | None:
    """The answer to a request that may not pass, or None. With `?key=…` that is a redirect to the same
    address without the key, which from then on travels as a cookie."""
    if settings.on_loopback and not _is_loopback(request.headers.get("host", "")):
        # A page elsewhere must not reach a server without a key by a name that resolves to loopback.
        return problem(
            400, "bad-host", f"this server answers to {', '.join(LOOPBACK)} only; open it by one of these"
        )
    origin = request.headers.get("origin")
    if request.method not in _READING and origin and not _is_from(origin, request.headers.get("host", "")):
        # A page elsewhere must not write here with the cookie or the loopback of whoever looks at it.
        return problem(403, "bad-origin", f"a page of {origin} may not write here")
    if request.method == "POST" and request.url.path.startswith(UPLOADS):
        too_much = _too_much(request, settings.max_upload)
        if too_much is not None:
            return too_much
    key = settings.api_key
    if key is None or request.url.path in _OPEN:
        return None
    if request.method == "GET" and _same(request.query_params.get("key", ""), key):
        return _remembered(request, key)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    if (
        _same(request.headers.get("x-api-key", ""), key)
        or _same(bearer, key)
        or _same(request.cookies.get(COOKIE, ""), _ticket(key))
    ):
        return None
    return problem(
        401,
        "unauthorized",
        "a key is needed: send it in the header X-API-Key, or open a page with ?key=…",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _too_much(request: Request, most: int) -> Response | None:
    """The answer to an upload that is too large or does not say how large it is, before it is read."""
    length = request.headers.get("content-length", "" if request.url.path == UPLOADS else "0")
    if not length.isdecimal() or "transfer-encoding" in request.headers:
        return problem(411, "length-required", "an upload says in Content-Length how large it is")
    if int(length) > most:
        return problem(413, "too-large", f"the upload has {int(length):,} bytes; at most {most:,} are taken")
    return None


def _is_from(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _ticket(key: str) -> str:
    """What the cookie holds: it opens the server as the key does, and does not tell the key."""
    return hmac.new(key.encode(), COOKIE.encode(), "sha256").hexdigest()


def _remembered(request: Request, key: str) -> Response:
    rest = request.url.remove_query_params("key")
    # One slash at the front: two would name another host.
    target = f"/{rest.path.lstrip('/')}" + (f"?{rest.query}" if rest.query else "")
    response = RedirectResponse(target, 303)
    response.set_cookie(
        COOKIE, _ticket(key), httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response

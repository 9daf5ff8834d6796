"""Who may ask, and how much: the name by which a server on loopback is called, the keys of one that others
reach, what each role may do, and the limits of a request.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parkgraph.api.entrance import ENTRANCE, STYLE, address_without_key, entrance, let_in, wants_page
from parkgraph.api.envelope import CALLER, header
from parkgraph.api.keys import COOKIE, Caller, KeyRing, KeysUnreadable, Role
from parkgraph.api.limits import MAX_URL, RateLimiter, address_of
from parkgraph.api.metrics import Metrics
from parkgraph.api.responses import problem
from parkgraph.api.settings import LOOPBACK, Settings

UPLOADS = "/v1/loads"
_READING = ("GET", "HEAD", "OPTIONS")
_OPEN = "/health"
_WITHOUT_KEY = re.compile(rf"{ENTRANCE}|{re.escape(STYLE)}|/problems(/.*)?")
"""What asks for no key either, and yet counts: where one is given, and what the problems mean."""

ROLE_NEEDED: tuple[tuple[tuple[str, ...], str, Role], ...] = (
    (("GET",), "/metrics", "admin"),
    (("GET", "POST", "DELETE"), UPLOADS, "editor"),
    (("GET", "POST"), "/v1/cypher", "analyst"),
    # A question that is too long for an address is posted, and is a reading all the same.
    (("POST",), "/v1/reconcile", "reader"),
    (("POST", "DELETE"), "/v1/identity", "editor"),
    (("GET",), "/", "reader"),
)
"""Method, beginning of the path, and the lowest role that may; the first line that fits counts. What no line
fits needs admin. HEAD is asked as GET."""


def role_needed(method: str, path: str) -> Role:
    """The lowest role that may send this request."""
    for methods, beginning, role in ROLE_NEEDED:
        if method in methods and (path == beginning or path.startswith(f"{beginning.rstrip('/')}/")):
            return role
    return "admin"


class Guard:
    """Lets a request pass, or answers it. Plain ASGI, as every request pays for it."""

    def __init__(self, app: ASGIApp, settings: Settings, ring: KeyRing, metrics: Metrics) -> None:
        self._app, self._settings, self._ring, self._metrics = app, settings, ring, metrics
        self._limiter = RateLimiter(settings.rate) if settings.rate is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = _bad_request(scope, self._settings)
        if refused is not None or scope["path"] == _OPEN:
            await (refused or self._app)(scope, receive, send)
            return
        is_open = _WITHOUT_KEY.fullmatch(scope["path"]) is not None
        try:
            caller = self._caller(scope)
        except KeysUnreadable as error:
            if not is_open:
                await problem(error.http_status, error.code, error.message)(scope, receive, send)
                return
            caller = None
        scope[CALLER] = caller.name if caller is not None else None
        if self._limiter is not None:
            client = scope.get("client")
            who = caller.name if caller is not None else None
            # No name of a key has a colon, and every address has one in front.
            found = self._limiter.ask(who or f":{address_of(client[0] if client else None)}")
            told = self._limiter.headers(found)
            if not found.allowed:
                self._metrics.rate_limited.inc()
                sentence = (
                    f"more than {self._settings.rate_limit or 'the usual'} requests; "
                    f"ask again in {told['Retry-After']} s"
                )
                await problem(429, "too-many-requests", sentence, headers=told)(scope, receive, send)
                return
            send = _with_headers(send, told)
        if caller is None:
            await (self._app if is_open else self._without_key(scope))(scope, receive, send)
            return
        key = _key_in_address(scope)
        if key and self._ring.caller(key) is not None:
            # From then on it travels as a cookie.
            request = Request(scope)
            await let_in(request, key, address_without_key(request))(scope, receive, send)
            return
        if is_open:
            await self._app(scope, receive, send)
            return
        role = role_needed(scope["method"], scope["path"])
        if not caller.may(role):
            sentence = (
                f"{scope['method']} {scope['path']} needs a key of the role {role}; "
                f"{caller.name} is {caller.role}"
            )
            await problem(403, "forbidden", sentence)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _without_key(self, scope: Scope) -> Response:
        """The answer to who has no key, or one that opens nothing: a page to a person, a problem to a
        program."""
        request, given = Request(scope), any(self._given(scope))
        if wants_page(request):
            return entrance(request, address_without_key(request), wrong=given)
        how = "send one in the header X-API-Key, or open a page with ?key=…"
        return problem(
            401,
            "unauthorized",
            f"this key opens nothing (any more); {how}" if given else f"a key is needed: {how}",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _caller(self, scope: Scope) -> Caller | None:
        """Who asks, by the first key that opens; without any keys whoever is on this machine."""
        ring = self._ring
        if not ring:
            return Caller(None, "admin")
        found = (ring.caller(key) for key in self._given(scope))
        return next(filter(None, found), None) or ring.caller(cookie=Request(scope).cookies.get(COOKIE))

    @staticmethod
    def _given(scope: Scope) -> tuple[str | None, ...]:
        """The keys that a request sends, in the address or a header."""
        scheme, _, token = header(scope, b"authorization").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else None
        return _key_in_address(scope), header(scope, b"x-api-key"), bearer


def _bad_request(scope: Scope, settings: Settings) -> Response | None:
    """The answer to a request that nobody may send here, whatever the key."""
    host, path, method = header(scope, b"host"), scope["path"], scope["method"]
    if settings.on_loopback and not _is_loopback(host):
        # A page elsewhere must not reach a server without a key by a name that resolves to loopback.
        return problem(
            400, "bad-host", f"this server answers to {', '.join(LOOPBACK)} only; open it by one of these"
        )
    length = len(scope.get("raw_path") or path.encode()) + len(scope["query_string"])
    if length > MAX_URL:
        return problem(
            414, "uri-too-long", f"the address has {length:,} bytes; at most {MAX_URL:,} are taken"
        )
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in path):
        # A line break at the end would find a route that its role was not asked for.
        return problem(404, "not-found", "there is nothing at an address with a control character")
    if method not in _READING:
        origin = header(scope, b"origin")
        # A proxy may call us by another name than the browser calls it; the browser says what it knows.
        is_own = _is_from(origin, host) or header(scope, b"sec-fetch-site") == "same-origin"
        if origin and not is_own and origin not in settings.origins:
            # A page elsewhere must not write here with the cookie or the loopback of whoever looks at it.
            return problem(403, "bad-origin", f"a page of {origin} may not write here")
    return _bad_body(scope, settings)


def _bad_body(scope: Scope, settings: Settings) -> Response | None:
    """The answer to a body that is too large or does not say how large it is, before it is read. The server
    holds the body to what it says."""
    path = scope["path"]
    uploading = path == UPLOADS and scope["method"] == "POST"
    given = header(scope, b"content-length") or ("" if uploading else "0")
    if not given.isdecimal() or header(scope, b"transfer-encoding"):
        what = "an upload" if uploading else "a body"
        return problem(411, "length-required", f"{what} says in Content-Length how large it is")
    if given == "0":
        return None
    is_load = path == UPLOADS or path.startswith(f"{UPLOADS}/")
    most = settings.max_upload if is_load else settings.max_body
    # More digits than any limit has say nothing more.
    if (size := int(given[:18])) > most:
        what = "upload" if is_load else "body"
        return problem(413, "too-large", f"the {what} has {size:,} bytes; at most {most:,} are taken")
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


def _key_in_address(scope: Scope) -> str | None:
    """The key of `?key=…`, the last where there are several."""
    query: bytes = scope["query_string"]
    if scope["method"] != "GET" or b"key=" not in query:
        return None
    found = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("key")
    return found[-1] if found else None


def _with_headers(send: Send, told: dict[str, str]) -> Send:
    pairs = [(name.lower().encode(), value.encode()) for name, value in told.items()]

    async def send_told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *pairs]
        await send(message)

    return send_told

"""Where a person gives the key of a server that asks for one: a page in place of what a browser opened, and
the form on it, whose key becomes a cookie and stands in no address and no log.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from parkgraph.api.keys import COOKIE, KeyRing, ticket
from parkgraph.api.limits import MAX_URL
from parkgraph.api.pages import Language, language_of, page, templates
from parkgraph.api.responses import preferred_language
from parkgraph.graph.errors import NotFound, TooLarge

ENTRANCE = "/key"
STYLE = "/static/explorer/explorer.css"
"""The one file that the page loads."""
# A key and an address, each of whose bytes the form may write as three.
_LARGEST = 4 * MAX_URL

router = APIRouter(include_in_schema=False)


def wants_page(request: Request) -> bool:
    """Whether a person in front of a browser opens an address; scripts and programs ask for no HTML."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def entrance(request: Request, towards: str, *, wrong: bool, status: int = 401) -> Response:
    """The page that asks for a key, and then leads towards an address of this server; `wrong` says that the
    key which was given opens nothing."""
    chosen = dict(parse_qsl(urlsplit(towards).query)).get("lang")
    lang: Language = "zh" if chosen == "zh" else "en" if chosen == "en" else preferred_language(request)
    answer = page(
        templates()
        .get_template("key.html")
        .render(
            lang=lang,
            wrong=wrong,
            entrance=ENTRANCE,
            towards=towards,
            style=STYLE,
            # An answer for programs may take no language.
            other=None if towards.startswith("/v1/") else _with(towards, lang="en" if lang == "zh" else "zh"),
        ),
        status=status,
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept, Accept-Language"
    # Without any referrer the browser would not say that the form comes from here either.
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def let_in(request: Request, key: str, towards: str) -> Response:
    """The way towards an address of this server with the key in a cookie."""
    response = RedirectResponse(towards, 303)
    response.headers["Cache-Control"] = "no-store"
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, ticket(key), httponly=True, samesite="lax", secure=secure)
    return response


def address_without_key(request: Request) -> str:
    """The address that was asked for, on this server and without the key that stood in it."""
    # One slash at the front: two would name another host.
    path = quote(f"/{request.scope['path'].lstrip('/')}", safe="/:@!$&'()*+,;=")
    query = request.scope["query_string"].decode("latin-1")
    return _with(f"{path}?{query}", key=None)


def _with(address: str, **parameters: str | None) -> str:
    """An address of this server with other parameters, or without those that are None."""
    path, _, query = address.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in parameters]
    pairs += [(name, value) for name, value in parameters.items() if value is not None]
    return path + (f"?{urlencode(pairs)}" if pairs else "")


def _here(address: str) -> str:
    """The address where it is one of this server; else its first page."""
    # Browsers take \ for / and leave control characters out.
    is_here = re.fullmatch(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x1f\x7f]*)?", address)
    return address if is_here and not address.startswith(ENTRANCE) else "/"


@router.get(ENTRANCE)
def ask_for_key(request: Request, lang: Language | None = None) -> Response:
    """The page by itself, for who reloads it or wants to give another key."""
    _ring(request)
    return entrance(request, f"/?lang={language_of(request, lang)}", wrong=False, status=200)


@router.post(ENTRANCE)
async def take_key(request: Request) -> Response:
    """The key of the form becomes a cookie, or is told to be wrong."""
    ring = _ring(request)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise TooLarge(f"the form has more than {_LARGEST:,} bytes")
    form = parse_qs(body.decode("utf-8", "replace"))
    key, towards = (form.get(name, [""])[-1] for name in ("key", "towards"))
    towards = _here(towards)
    # What is copied often has a line break or a space at its end.
    for given in (key, key.strip()):
        if ring.caller(given) is not None:
            return let_in(request, given, towards)
    return entrance(request, towards, wrong=True)


def _ring(request: Request) -> KeyRing:
    ring: KeyRing = request.app.state.ring
    if not ring:
        raise NotFound("this server asks for no key")
    return ring

"""Lists page by page, the same everywhere: `limit` and an opaque `cursor`, answered by `items`, `next` (the
cursor of the page after it, or null) and a `Link` header with `rel="next"`; or the whole as NDJSON.

A cursor names the last item of its page, so pages neither repeat nor skip what stays when somebody writes
between them. It is bound to the question that it was given for.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import wraps
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import orjson
from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from parkgraph.api.responses import json
from parkgraph.api.shaping import Shaping
from parkgraph.api.streaming import NDJSON, SLICE, ndjson, wants_lines
from parkgraph.graph.errors import BadRequest

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 1000
LONGEST_CURSOR = 600
_DIGEST = 9
_SHOWING = ("cursor", "limit", "fields", "lang", "format")
"""Parameters that say how an answer is shown; the question is the others."""

T = TypeVar("T")

Cursor = Annotated[
    str | None,
    Query(
        description="`next` of the page before",
        max_length=LONGEST_CURSOR,
        examples=[""],
        json_schema_extra={"format": "cursor"},
    ),
]
Limit = Annotated[
    int | None,
    Query(
        ge=1,
        le=LARGEST_LIMIT,
        description=f"Items a page, {DEFAULT_LIMIT} where it is not given; as NDJSON the items altogether, "
        "where it is not given all",
        examples=[10],
    ),
]
Lines = Annotated[
    Literal["json", "ndjson"] | None,
    Query(
        description=f"json, or ndjson for all items line by line, as does Accept: {NDJSON}", examples=["json"]
    ),
]


class Paging:
    """What page of a question is asked for."""

    __slots__ = ("_cursor", "_question", "limit", "lines", "request")

    def __init__(self, request: Request, limit: int | None, cursor: str | None, lines: bool = False) -> None:
        self.request, self.limit, self.lines = request, limit, lines
        self._cursor, self._question = cursor or None, _question(request)

    def after(self, *shape: type) -> Any:
        """The key of the item that the page comes after, of this shape (one type, or several for a list),
        None for the first page. Raises BadRequest; anybody can make up a cursor, so nothing of it is taken
        on trust."""
        if self._cursor is None:
            return None
        try:
            read = urlsafe_b64decode(self._cursor.encode() + b"=" * (-len(self._cursor) % 4))
            digest, key = read[:_DIGEST], read[_DIGEST:]
            if digest == self._digest(key) and self._cursor == _text(read):
                after = orjson.loads(key)
                if _fits(after, shape):
                    return after
        except ValueError:
            pass
        raise BadRequest(
            "cursor: is not one of this question; expected `next` of an answer to the same address with the "
            "same parameters"
        )

    def cursor(self, key: Any) -> str:
        """The cursor of the page after an item."""
        written = orjson.dumps(key)
        return _text(self._digest(written) + written)

    def link(self, cursor: str | None) -> dict[str, str]:
        """The `Link` header to the next page (RFC 8288)."""
        if cursor is None:
            return {}
        rest = [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]
        path = quote(self.request.scope["path"], safe="/:@!$&'()*+,;=~")
        return {"Link": f'<{path}?{urlencode([*rest, ("cursor", cursor)])}>; rel="next"'}

    def _digest(self, key: bytes) -> bytes:
        return blake2b(self._question + b"\0" + key, digest_size=_DIGEST).digest()


def _fits(key: Any, shape: tuple[type, ...]) -> bool:
    """Whether a key is of a shape; int is none below 0, float any number."""
    if len(shape) > 1:
        return (
            isinstance(key, list)
            and len(key) == len(shape)
            and all(_fits(part, (of,)) for part, of in zip(key, shape, strict=True))
        )
    if shape[0] is str:
        return isinstance(key, str)
    if isinstance(key, bool) or not isinstance(key, (int, float)):
        return False
    return shape[0] is float or (isinstance(key, int) and 0 <= key < 2**53)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _question(request: Request) -> bytes:
    asked = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in _SHOWING and pair[1])
    return orjson.dumps([request.scope["path"], asked])


async def paging(
    request: Request, limit: Limit = None, cursor: Cursor = None, format: Lines = None
) -> Paging:
    """What page is asked for, as JSON or as a stream."""
    return Paging(request, limit, cursor, wants_lines(request, format))


Pages = Annotated[Paging, Depends(paging)]

AT_ONCE = 100
"""Items that are listed without a thread at most."""


def from_memory(handler: Callable[..., Response]) -> Callable[..., Awaitable[Response]]:
    """A list of what is in memory once the graph is there: then a small page is answered at once, as handing
    the request to a thread takes several times as long as making it."""

    @wraps(handler)
    async def answered(**given: Any) -> Response:
        graph, pages = given["graph"], given["pages"]
        at_once = (pages.limit or DEFAULT_LIMIT) <= AT_ONCE and graph.is_at_hand
        return handler(**given) if at_once else await run_in_threadpool(handler, **given)

    return answered


def answer(
    asked: Paging,
    shaping: Shaping,
    read: Callable[[Any, int], Sequence[T]],
    shown: Callable[[T], dict[str, Any]],
    key: Callable[[T], Any],
    *,
    total: int | None = None,
    meta: Callable[[], dict[str, Any]] = dict,
    shape: tuple[type, ...] = (str,),
) -> Response:
    """A page of a list, or the whole of it as a stream. `read` gives at most so many items after the one with
    a key (None: from the first), in an order that `key` tells; `total` is their number where it is known
    without reading them, `meta` gives what the first line of a stream says, `shape` is that of the key."""
    after = asked.after(*shape)
    told = shown if not shaping else lambda item: shaping(shown(item))
    if asked.lines:
        end: dict[str, Any] = {"next": None}
        counted = {"total": total} if total is not None else {}
        return ndjson(
            {**meta(), **counted},
            ([told(item) for item in part] for part in _slices(asked, after, read, key, end)),
            end,
        )
    limit = asked.limit if asked.limit is not None else DEFAULT_LIMIT
    page = read(after, limit + 1)
    following = asked.cursor(key(page[limit - 1])) if len(page) > limit else None
    body: dict[str, Any] = {"items": [told(item) for item in page[:limit]], "next": following}
    if total is not None:
        body["total"] = total
    return json(body, headers={"Vary": "Accept", **asked.link(following)})


def _slices(
    asked: Paging,
    after: Any,
    read: Callable[[Any, int], Sequence[T]],
    key: Callable[[T], Any],
    end: dict[str, Any],
) -> Iterator[Sequence[T]]:
    """Slices of a list until its end or the limit; in `end` is said where to go on."""
    left = asked.limit
    while True:
        size = SLICE if left is None else min(SLICE, left)
        part = read(after, size + 1)
        if part:
            yield part[:size]
        if len(part) <= size:
            return
        after = key(part[size - 1])
        if left is not None:
            left -= size
            if not left:
                end["next"] = asked.cursor(after)
                return


def after_key(items: Sequence[T], key: Callable[[T], Any], after: Any, limit: int) -> Sequence[T]:
    """Of items in the order of their keys at most so many after one; for lists that are made whole."""
    found = items if after is None else [item for item in items if key(item) > after]
    return found[:limit]

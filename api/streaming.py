"""Long answers line by line: NDJSON that is made while it is read, slice after slice, so that it takes no
more memory however long it is, and ends when its reader goes away.

The first line is `{"meta": …}`; then each item has a line; the last line is `{"end": …}`, or, where something
fails on the way, `{"problem": …}`. Without one of the two an answer was cut off.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from parkgraph.api.problems import problem_body
from parkgraph.api.shaping import Shaping
from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.subgraph import Subgraph
from parkgraph.queries.graph import Graph

NDJSON = "application/x-ndjson"
SLICE = 500
"""Items that are read and sent at a time."""

_log = logging.getLogger("parkgraph")


def accepted(request: Request, offered: Mapping[str, str]) -> str | None:
    """The name of the offered media type that a request prefers; None where it has no preference among them
    (RFC 9110, section 12.5.1)."""
    wanted = []
    for number, part in enumerate(request.headers.get("accept", "").split(",")):
        media_type, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            wanted.append((-float(quality), number, media_type))
        except ValueError:
            continue
    for quality_below_zero, _, media_type in sorted(wanted):
        if media_type == "*/*":
            return None
        if media_type in offered and quality_below_zero < 0:
            return offered[media_type]
    return None


def wants_lines(request: Request, format: str | None) -> bool:
    """Whether an answer is asked for line by line, by `format` or else by Accept."""
    chosen = format or accepted(request, {"application/json": "json", NDJSON: "ndjson"})
    return chosen == "ndjson"


def ndjson(meta: Mapping[str, Any], slices: Iterable[Iterable[Any]], end: Mapping[str, Any]) -> Response:
    """A stream of slices of items. `end` is read after the last of them, and gets their number."""
    return _Stream(_lines(meta, slices, end))


class _Stream(StreamingResponse):
    """Lines that are sent as they are made, and closed when their reader has gone away."""

    def __init__(self, lines: Generator[bytes]) -> None:
        super().__init__(lines, media_type=NDJSON, headers={"Vary": "Accept"})
        self._read = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # While a thread makes the next lines they cannot be closed; they are when it has done so.
            with suppress(ValueError):
                self._read.close()


def _lines(
    meta: Mapping[str, Any], slices: Iterable[Iterable[Any]], end: Mapping[str, Any]
) -> Generator[bytes]:
    yield _line({"meta": meta})
    items = 0
    try:
        for part in slices:
            lines = [_line(item) for item in part]
            items += len(lines)
            yield b"".join(lines)
        yield _line({"end": {"items": items, **end}})
    except ParkGraphError as error:
        yield _line({"problem": problem_body(error.http_status, error.code, error.message, **error.details)})
    except Exception:
        _log.exception("a stream failed after %d items", items)
        yield _line(
            {
                "problem": problem_body(
                    500, "internal", "something went wrong on the server; it has been logged"
                )
            }
        )


def part_slices(graph: Graph, part: Subgraph, shaping: Shaping) -> Iterator[Iterable[Any]]:
    """A part of the graph without claims as lines with them: `{"node": …}`, then `{"edge": …}`; each
    `{"source": …}` before the first that names it."""
    told: set[str] = set()
    for group, one in (("nodes", "node"), ("edges", "edge")):
        whole = getattr(part, group)
        for start in range(0, len(whole), SLICE):
            empty = {"nodes": (), "edges": (), group: whole[start : start + SLICE]}
            proven = graph.proven(replace(part, **empty))
            shown = shaping(proven.to_dict())
            yield [
                *({"source": source} for source in shown.get("sources", ()) if source["id"] not in told),
                *({one: item} for item in shown.get(group, ())),
            ]
            told.update(proven.sources)


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)

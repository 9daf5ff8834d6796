"""The log of the server: the id of a request, and lines as text or as JSON. Keys, cookies and what stands in
an address are never in it, only the route's template.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from parkgraph.api.settings import Settings

requests = logging.getLogger("parkgraph.requests")
"""One line a request; its figures are in the record's `request`."""
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered."""
_SANE = re.compile(r"[A-Za-z0-9._~:/+=-]{1,128}")


def id_of(given: str) -> str:
    """The id that a caller or a proxy gave, where it is one, else a new one."""
    return given if _SANE.fullmatch(given) else uuid4().hex


def install(settings: Settings) -> None:
    """Write the log of this process to stderr in the form and from the level that the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.log_format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("parkgraph").setLevel(settings.log_level.upper())
    # The driver and the HTTP server tell at a lower level what is of use only to their authors.
    logging.getLogger("neo4j").setLevel(logging.ERROR)


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        figures = record.__dict__.get("request")
        # A request has fields for what the message says.
        line |= figures or {"message": record.getMessage(), "request_id": request_id.get() or None}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps({k: v for k, v in line.items() if v is not None}).decode()


class _Text(logging.Formatter):
    """A line for a person."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

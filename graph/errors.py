"""Every error that reaches a user, in one tree.

    ParkGraphError
    ├── BadRequest            what was asked cannot be understood       400, exit 2
    │   ├── UnknownName       no such kind, relation, query, format      400 or 404, exit 2
    │   ├── MixedAmounts      a sum of what is not added unasked         400, exit 2
    │   ├── RefusedCypher     a query that does more than read           400, exit 2
    │   └── TooLarge          more at once than is answered              413, exit 2
    ├── NotFound              no such entity, fact, claim, source        404, exit 1
    ├── Ambiguous             a name that several entities bear          409, exit 1
    ├── Refused               data that breaks the model; has findings   422, exit 1
    ├── ModelError            a model file that cannot be used           500, exit 1
    └── StoreError            the store cannot do it                     503, exit 1
        ├── StoreMissing      nothing is there                           503
        ├── StoreLocked       another process is writing                 503
        ├── StoreCorrupt      the file cannot be read                    503
        ├── StoreUnreachable  no server answers, or it refuses us        503
        ├── ReadOnly          a write on a read handle                   403
        ├── Conflict          somebody else wrote first                  409
        └── TimedOut          the read took longer than allowed          504

Each carries a sentence that says what, where and what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

# What somebody typed may stand in a sentence; the sentence stays one that can be read.
_LONGEST = 1_000


class ParkGraphError(Exception):
    """An error with a sentence for a person, an HTTP status and an exit code."""

    code: ClassVar[str] = "error"
    http_status: int = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **details: Any) -> None:
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}…"
        super().__init__(message)
        self.message = message
        self.details = details


class BadRequest(ParkGraphError):
    """What was asked cannot be understood; the sentence says which part, and what was expected."""

    code = "bad-request"
    http_status = 400
    exit_code = 2


class UnknownName(BadRequest):
    """A name that the model or the library does not know, with what was probably meant."""

    code = "unknown-name"

    def __init__(
        self,
        what: str,
        name: str,
        known: Iterable[str],
        *,
        where: str = "",
        http_status: int = 400,
        spelled: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`spelled` gives spellings in small letters, each with the known names that it may stand for."""
        names = sorted(known)
        close = _meant(name, spelled) if spelled is not None else get_close_matches(name, names, 3, 0.6)
        if close:
            hint = f"did you mean {' or '.join(close)}?"
        else:
            hint = (
                f"known: {', '.join(names[:40])}{', …' if len(names) > 40 else ''}"
                if names
                else "none is known"
            )
        super().__init__(f"{where + ': ' if where else ''}unknown {what} {name!r}; {hint}", suggestions=close)
        self.http_status = http_status


def _meant(name: str, spelled: Mapping[str, Sequence[str]]) -> list[str]:
    """The names that a spelling shares, else up to three that the closest spellings stand for."""
    written = name.strip().casefold()
    near = [written] if written in spelled else get_close_matches(written, spelled, n=6, cutoff=0.6)
    return list(dict.fromkeys(known for spelling in near for known in spelled[spelling]))[:3]


class MixedAmounts(BadRequest):
    """Amounts of several figures, statuses or currencies; `groups` are their subtotals."""

    code = "mixed-amounts"


class RefusedCypher(BadRequest):
    """A query of somebody's own that is not known only to read; `details` has its word, line and column."""

    code = "refused-cypher"


class TooLarge(BadRequest):
    """A file, an upload or a question that goes beyond a limit."""

    code = "too-large"
    http_status = 413


class NotFound(ParkGraphError):
    """There is no such entity, fact, claim, source, load or judgement."""

    code = "not-found"
    http_status = 404


class Ambiguous(ParkGraphError):
    """A name that several entities bear; `candidates` are (id, name, kind)."""

    code = "ambiguous"
    http_status = 409


class Refused(ParkGraphError):
    """Data that was not loaded; `findings` says each reason with its place."""

    code = "refused"
    http_status = 422

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message, findings=[str(f) for f in findings])
        self.findings = findings


class ModelError(ParkGraphError):
    """The model file cannot be used, or the store holds what it does not know."""

    code = "model"


class StoreError(ParkGraphError):
    """The store cannot do what was asked."""

    code = "store"
    http_status = 503


class StoreMissing(StoreError):
    """There is no store at the address."""

    code = "store-missing"


class StoreLocked(StoreError):
    """Another process is writing to the store."""

    code = "store-locked"


class StoreCorrupt(StoreError):
    """The store's file is damaged, or is none."""

    code = "store-corrupt"


class StoreUnreachable(StoreError):
    """No server answers at the store's address, or it refuses us."""

    code = "store-unreachable"


class ReadOnly(StoreError):
    """A write where only reading is allowed."""

    code = "read-only"
    http_status = 403


class Conflict(StoreError):
    """Somebody else wrote first."""

    code = "conflict"
    http_status = 409


class TimedOut(StoreError):
    """The read took longer than allowed."""

    code = "timed-out"
    http_status = 504

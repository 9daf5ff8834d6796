"""The boundary to the engines: a small protocol that both stores keep, and `open_store`.

A store takes reads as Cypher and writes as batches of statements (made in `statements.py`, the only
place that writes Cypher for writing). Nothing else of ours knows which engine is behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from parkgraph.graph.errors import BadRequest, Conflict, StoreError
from parkgraph.graph.model import Model

DEFAULT_URL = "embedded:parkgraph.kgl"
DEFAULT_TIMEOUT = 30.0
"""Seconds a read may take."""
DEFAULT_MAX_ROWS = 100_000


class Rows(list[dict[str, Any]]):
    """The rows of a read; `truncated` where the row cap cut it, and for a question that found nothing the
    `explanation` why (a `NoRows` of `queries/explain_rows.py`). `next` is where its next page begins (a
    `RowPlace` of `queries/library.py`)."""

    truncated: bool = False
    explanation: Any = None
    next: Any = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One write. `expect` is the number that its column `n` must return, else the batch is undone;
    for a `guard` that means somebody else wrote first."""

    cypher: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    expect: int | None = None
    guard: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query that somebody wrote: rows by column in the order of the columns, of values that
    JSON can hold, and the version of the graph that was read. `truncated` where the row cap cut it; `notes`
    are sentences about what the query names and no graph has."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    truncated: bool
    version: int
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "rows": self.rows,
            "truncated": self.truncated,
            "version": self.version,
            "notes": list(self.notes),
        }


class Store(Protocol):
    """What both engines offer. Reads never wait for a write; a write is one transaction."""

    url: str
    engine: str
    """`embedded` or `neo4j`: which dialect of Cypher a text must be in."""

    @property
    def version(self) -> int:
        """The graph version, one higher after every batch; 0 before the first."""

    def edition(self, *, wait: bool = True) -> str | None:
        """The version, and of which graph it is: what is the same at two times was not changed in between.
        Without `wait` None where it cannot be told at once, without asking a server or opening a file."""

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        """Rows as dictionaries. Raises TimedOut, BadRequest for text that is no reading Cypher,
        ReadOnly for a write clause, StoreError for a store that fails."""

    def ask(self, cypher: str, parameters: Mapping[str, Any], *, timeout: float, max_rows: int) -> Table:
        """The answer to a query that somebody wrote: whatever it asks for, neither the store nor this process
        fails. Nodes, relationships, paths and times come as `plain_value` says.

        Raises TimedOut, BadRequest for what cannot be run or needs too much, ReadOnly, StoreError."""

    def write(self, batch: Iterable[Statement]) -> None:
        """Run all statements or none, each as it is drawn from the batch; what is read while they are drawn
        stands as before the batch. Raises Conflict, ReadOnly or another StoreError."""

    def ensure_schema(self, model: Model) -> None:
        """Create the constraints and indexes of the model and the version node; harmless when there."""

    def checkpoint(self) -> None:
        """Make what was written visible to other processes that read."""

    def close(self) -> None: ...


def open_store(url: str = DEFAULT_URL, *, readonly: bool = False) -> Store:
    """Open `embedded:PATH`, or Neo4j by `neo4j://`, `neo4j+s://`, `bolt://`, … with user and password
    in the address or in PARKGRAPH_NEO4J_USER and PARKGRAPH_NEO4J_PASSWORD.

    `readonly` takes no lock, needs the store to exist and refuses writes. Raises StoreError with a
    sentence when the store is missing, locked, corrupt or unreachable.
    """
    scheme = url.split(":", 1)[0].lower()
    if scheme == "embedded":
        from parkgraph.graph.store_embedded import EmbeddedStore

        return EmbeddedStore(url, readonly=readonly)
    if scheme in ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"):
        from parkgraph.graph.store_neo4j import Neo4jStore

        return Neo4jStore(url, readonly=readonly)
    raise BadRequest(
        f"store {safe_url(url)!r}: unknown scheme; "
        "expected embedded:PATH, neo4j://HOST, neo4j+s://HOST or bolt://HOST"
    )


def empty_store(model: Model) -> Store:
    """A store in memory that holds nothing and takes nothing: what is compared with before there is one."""
    from parkgraph.graph import statements
    from parkgraph.graph.store_embedded import MemoryStore

    return MemoryStore("memory:empty", [statements.META], statements.schema(model))


def safe_url(url: str) -> str:
    """The address of a store without its password."""
    return re.sub(r"(?<=//)([^/@]*?):[^@]*@", r"\1:***@", url)


def credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """Split user and password off an address. Raises BadRequest for what is no address."""
    try:
        parts = urlsplit(url)
        if not parts.hostname or (parts.port is None and parts.netloc.endswith(":")):
            raise ValueError("no host")
    except ValueError as error:
        raise BadRequest(
            f"store {safe_url(url)!r}: is no address; expected {url.split(':', 1)[0]}://HOST:PORT"
        ) from error
    if parts.username is None:
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (unquote(parts.username), unquote(parts.password or ""))


def version_in(rows: Sequence[Mapping[str, Any]]) -> int:
    """The version in what `statements.EDITION` answers."""
    return int(rows[0]["version"]) if rows else 0


def edition_in(rows: Sequence[Mapping[str, Any]]) -> str:
    """The edition in what `statements.EDITION` answers; an older graph has only a version."""
    return f"{rows[0]['version']}.{rows[0]['born'] or ''}" if rows else "0"


def too_long(timeout: float | None) -> str:
    """The sentence for what ran into its time limit, with the limit where it is ours."""
    return "took too long" if timeout is None else f"the read took longer than {timeout:g} seconds"


def check_expected(statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise Conflict where a guard failed, StoreError where a write reached fewer rows than it was given."""
    if statement.expect is None:
        return
    got = rows[0]["n"] if rows else 0
    if got != statement.expect and statement.guard:
        raise Conflict("somebody else wrote to the store first; try again")
    if got != statement.expect:
        raise StoreError(
            f"a write reached {got} of {statement.expect} rows and was undone: "
            f"{statement.cypher.split('{')[0]}…"
        )


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row, taken as it is, whose property maps lose `title` and `type`, which one engine adds to them."""
    _strip(row.values())
    return row


def _strip(values: Iterable[Any]) -> None:
    # In place: a question reads thousands of maps, and nobody else has seen them yet.
    for value in values:
        if type(value) is dict:
            value.pop("title", None)
            value.pop("type", None)
            _strip(value.values())
        elif type(value) is list:
            _strip(value)

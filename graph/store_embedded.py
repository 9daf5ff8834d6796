"""The embedded store: a durable kglite file, whole in memory, one writing process."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import kglite

from parkgraph.graph import plain_values, statements
from parkgraph.graph.asking import Asking
from parkgraph.graph.errors import (
    BadRequest,
    Conflict,
    ParkGraphError,
    ReadOnly,
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreMissing,
    TimedOut,
)
from parkgraph.graph.model import Model
from parkgraph.graph.store import (
    DEFAULT_MAX_ROWS,
    DEFAULT_TIMEOUT,
    Rows,
    Statement,
    Table,
    check_expected,
    edition_in,
    plain_row,
    too_long,
    version_in,
)

# A read that hits its row cap says so in `Rows.truncated`, not on stderr.
kglite.set_query_warning_policy("silent")

MOST_WORK = 5_000_000
"""What a query that somebody wrote may go through on its way, in rows and items."""


class EmbeddedStore:
    """`embedded:PATH`. Reads come from a snapshot taken after the last commit; a load never blocks them."""

    engine = "embedded"

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        self.url = url
        self.path = Path(url.split(":", 1)[1])
        self.readonly = readonly
        if not self.path.name:
            raise BadRequest(f"store {url!r}: expected embedded:PATH, such as embedded:parkgraph.kgl")
        if self.path.is_dir():
            raise StoreCorrupt(f"store {self.path}: is a folder, not a graph file")
        if readonly and not self.path.exists():
            raise StoreMissing(f"store {self.path}: there is no such file; load a dataset first")
        self._pid = os.getpid()
        self._asking = Asking()
        self._version: tuple[Any, Rows] = (None, Rows())
        self._lock = threading.Lock()
        with self._said_clearly(), _kglite_warnings(self.path):
            if not readonly:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()

    def _open(self) -> None:
        seen = _stamp(self.path) if self.readonly else None
        if self.readonly:
            session = kglite.open_session(str(self.path))
        else:
            session = kglite.open_session(str(self.path), durable="normal")
        # Only what could be opened replaces what was there.
        self._session, self._snapshot, self._seen = session, session.snapshot(), seen

    def _follow(self) -> None:
        """A reading handle follows the checkpoints that a writing process makes."""
        if self.readonly and _stamp(self.path) not in (self._seen, None):
            with self._lock, self._said_clearly(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._open()

    @property
    def version(self) -> int:
        return version_in(self._told())

    def edition(self, *, wait: bool = True) -> str | None:
        if not wait and self.readonly and _stamp(self.path) != self._seen:
            return None
        return edition_in(self._told())

    def _told(self) -> Rows:
        """What the graph says of its version: asked several times by every question, so read once from each
        snapshot, which never changes."""
        self._check_process()
        self._follow()
        snapshot, (of, rows) = self._snapshot, self._version
        if of is not snapshot:
            with self._said_clearly():
                rows = _rows(snapshot, statements.EDITION, None, DEFAULT_TIMEOUT, 1)
            self._version = snapshot, rows
        return rows

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        self._check_process()
        self._follow()
        with self._said_clearly(timeout):
            return _rows(self._snapshot, cypher, parameters, timeout, max_rows)

    def ask(self, cypher: str, parameters: Mapping[str, Any], *, timeout: float, max_rows: int) -> Table:
        self._check_process()
        version = self.version
        with self._said_clearly(timeout):
            if not self.path.exists():
                self._session.save()
            table = _ask(self._asking, self.path, _stamp(self.path), cypher, parameters, timeout, max_rows)
            if table.version < version and not self.readonly:
                # Other processes see what was saved.
                self._session.save()
                table = _ask(
                    self._asking, self.path, _stamp(self.path), cypher, parameters, timeout, max_rows
                )
        return table

    def write(self, batch: Iterable[Statement]) -> None:
        self._check_process()
        if self.readonly:
            raise ReadOnly(f"store {self.path}: was opened for reading only")
        with self._said_clearly(), self._lock:
            transaction = self._session.begin()
            try:
                for statement in batch:
                    view = transaction.cypher(statement.cypher, params=dict(statement.parameters))
                    check_expected(statement, view.to_dicts())
                transaction.commit()
            except BaseException:
                if transaction.active:
                    transaction.rollback()
                raise
            self._snapshot = self._session.snapshot()

    def ensure_schema(self, model: Model) -> None:
        if self.readonly:
            raise ReadOnly(f"store {self.path}: was opened for reading only")
        with self._said_clearly(), self._lock:
            there = {row["name"] for row in self._session.cypher("SHOW INDEXES").to_dicts()}
            there |= {row["name"] for row in self._session.cypher("SHOW CONSTRAINTS").to_dicts()}
            for text in statements.schema(model):
                if text.split()[3 if text.startswith("CREATE RANGE") else 2] not in there:
                    self._session.execute(text)
        self.write([statements.META])

    def checkpoint(self) -> None:
        if not self.readonly:
            with self._said_clearly():
                self._session.save()

    def close(self) -> None:
        self._asking.close()
        if not self.readonly and os.getpid() == self._pid and not self._session.closed:
            with self._said_clearly():
                self._session.close()

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise StoreError(f"store {self.path}: was opened in another process; open it again after forking")

    def _said_clearly(self, timeout: float | None = None) -> AbstractContextManager[None]:
        return _said_clearly(f"store {self.path}", timeout)


class MemoryStore:
    """A graph in memory that is written when it is made and then only read; gone when it is closed."""

    engine = "embedded"

    def __init__(self, url: str, batch: Iterable[Statement], schema: Iterable[str]) -> None:
        self.url = url
        with _said_clearly(f"store {url}"):
            graph: Any = kglite.KnowledgeGraph()
            for statement in batch:
                check_expected(
                    statement, graph.cypher(statement.cypher, params=dict(statement.parameters)).to_dicts()
                )
            # Indexes are made at half the cost when everything is there.
            for text in schema:
                graph.cypher(text)
            self._snapshot = graph.session().snapshot()
        self._graph, self._asking, self._lock = graph, Asking(), threading.Lock()
        self._saved: tempfile.TemporaryDirectory[str] | None = None

    @property
    def version(self) -> int:
        return version_in(self.read(statements.EDITION))

    def edition(self, *, wait: bool = True) -> str | None:
        del wait
        return edition_in(self.read(statements.EDITION))

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        with _said_clearly(f"store {self.url}", timeout):
            return _rows(self._snapshot, cypher, parameters, timeout, max_rows)

    def ask(self, cypher: str, parameters: Mapping[str, Any], *, timeout: float, max_rows: int) -> Table:
        with self._lock:
            if self._saved is None:
                self._saved = tempfile.TemporaryDirectory(prefix="parkgraph-")
                with _said_clearly(f"store {self.url}"):
                    self._graph.save(f"{self._saved.name}/graph.kgl")
        path = Path(self._saved.name, "graph.kgl")
        with _said_clearly(f"store {self.url}", timeout):
            return _ask(self._asking, path, None, cypher, parameters, timeout, max_rows)

    def write(self, batch: Iterable[Statement]) -> None:
        del batch
        raise ReadOnly(f"store {self.url}: is shown as of another time, and cannot be written to")

    def ensure_schema(self, model: Model) -> None:
        del model
        self.write([])

    def checkpoint(self) -> None:
        """Nothing to do: nobody else sees it."""

    def close(self) -> None:
        """Nothing to do: what nobody holds is gone."""


def _rows(
    snapshot: Any, cypher: str, parameters: Mapping[str, Any] | None, timeout: float, max_rows: int
) -> Rows:
    view = snapshot.cypher(
        cypher,
        params=dict(parameters or {}),
        timeout_ms=max(1, int(timeout * 1000)),
        row_limit=max_rows + 1,
    )
    rows = Rows(plain_row(row) for row in view.to_dicts())
    if len(rows) > max_rows:
        del rows[max_rows:]
        rows.truncated = True
    return rows


class _PlainValues(plain_values.PlainValues):
    """The engine's nodes, relationships and paths are maps with keys of their own."""

    def of_engine(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if value.keys() == {"id", "labels", "properties"} and isinstance(value["id"], int):
            return plain_values.node(value["labels"], _stored(value["properties"]))
        if value.keys() == {"id", "start", "end", "type", "properties"} and isinstance(value["id"], int):
            return plain_values.relationship(value["type"], value["properties"])
        return value


def _stored(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a node without the two that the engine adds."""
    return {key: value for key, value in properties.items() if key not in ("title", "type")}


def _ask(
    asking: Asking,
    path: Path,
    stamp: Any,
    cypher: str,
    parameters: Mapping[str, Any],
    timeout: float,
    max_rows: int,
) -> Table:
    asked = {
        "cypher": cypher,
        "parameters": parameters,
        "milliseconds": max(1, int(timeout * 1000)),
        "rows": max_rows,
        "work": MOST_WORK,
        "characters": plain_values.LARGEST_ANSWER,
    }
    answer = asking.ask(path, stamp, asked)
    if "error" in answer:
        if answer["error"] == "TooLarge":
            raise BadRequest(plain_values.TOO_LARGE)
        if answer["error"] == "MemoryError":
            raise BadRequest("the query needs more memory than it may take; ask for less at once")
        if "max_work_units" in answer["message"]:
            raise BadRequest(
                f"the query goes through more than {MOST_WORK:,} rows on its way; begin it at an entity by "
                "its id, or ask for less at once"
            )
        raise getattr(kglite, answer["error"], kglite.CypherExecutionError)(answer["message"])
    plain, columns = _PlainValues(), tuple(answer["columns"])
    rows = [plain.row(columns, row) for row in answer["rows"][:max_rows]]
    return Table(columns, rows, len(answer["rows"]) > max_rows, answer["version"])


@contextmanager
def _said_clearly(where: str, timeout: float | None = None) -> Iterator[None]:
    """Turn the engine's errors into ours, with the store's name."""
    try:
        yield
    except ParkGraphError:
        raise
    except KeyboardInterrupt:
        if threading.current_thread() is threading.main_thread():
            raise
        # While it answers, in whatever thread, the engine takes an interrupt for its own query; it was meant
        # for the process.
        os.kill(os.getpid(), signal.SIGINT)
        raise StoreError(f"{where}: was interrupted") from None
    except kglite.WriterLeaseHeldError as error:
        raise StoreLocked(
            f"{where}: another process is writing to it; stop it, or read while it runs"
        ) from error
    except kglite.FileFormatError as error:
        raise StoreCorrupt(
            f"{where}: is not a graph file, or is damaged; restore it from an export of claims"
        ) from error
    except kglite.TransactionConflictError as error:
        raise Conflict(f"{where}: somebody else wrote first; try again") from error
    except kglite.CypherTimeoutError as error:
        raise TimedOut(f"{where}: {too_long(timeout)}") from error
    except kglite.ReadOnlyError as error:
        raise ReadOnly(f"{where}: reads cannot write; a write clause was refused") from error
    except kglite.FileError as error:
        raise StoreMissing(f"{where}: there is no such file") from error
    except (kglite.FileIoError, OSError) as error:
        raise StoreError(f"{where}: cannot be read or written: {_first_line(error)}") from error
    except (kglite.CypherSyntaxError, kglite.CypherTypeMismatchError, kglite.SchemaError) as error:
        raise BadRequest(f"the query is not valid Cypher: {_first_line(error)}") from error
    except kglite.CypherExecutionError as error:
        if timeout is not None:
            raise BadRequest(f"the query cannot be run: {_first_line(error)}") from error
        raise StoreError(f"{where}: {_first_line(error)}") from error
    except kglite.KgError as error:
        raise StoreError(f"{where}: {_first_line(error)}") from error


@contextmanager
def _kglite_warnings(path: Path) -> Iterator[None]:
    """What the engine only warns of when opening is said in our words, on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        text = str(warning.message)
        if "write-ahead log" in text and "newer than this checkpoint" in text:
            note = "is being written by another process or was not closed; showing its last checkpoint"
        else:
            note = _first_line(text)
        warnings.warn(f"store {path}: {note}", stacklevel=4)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__

"""The Neo4j store: the official driver, one database, reads routed to followers; and a link that ends what
waits for a server that has died or is frozen.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import neo4j
from neo4j import GraphDatabase, Query, exceptions
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from parkgraph.graph import plain_values, statements
from parkgraph.graph.errors import (
    BadRequest,
    Conflict,
    ParkGraphError,
    ReadOnly,
    StoreError,
    StoreUnreachable,
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
    credentials,
    edition_in,
    plain_row,
    safe_url,
    too_long,
    version_in,
)

CONNECT_SECONDS = 5.0
"""Seconds to get a connection that is logged in."""
PATIENCE_SECONDS = 2.0
"""Seconds after which a call that is not done makes the link ask whether the server still lives."""
INDEX_SECONDS = 600
# How often a server that is down is asked again, and how often the calls are looked at.
_AGAIN_SECONDS, _LOOK_SECONDS, _IDLE_SECONDS = 1.0, 0.5, 10.0
# A server that lives answers within the first; what is called later waits for the outcome up to the second,
# in which a server that is gone is known to be.
_ANSWERED_SECONDS, _OUTCOME_SECONDS = 0.5, 2 * CONNECT_SECONDS
# A failure within this time is tried once more: a connection may have died in the pool, or a member of a
# cluster; what took longer has had its chance.
_AT_ONCE_SECONDS = 1.0


class _Link:
    """A driver, and whether its server answers.

    The driver waits without end for a server that took a call and then says nothing (a frozen process or
    machine; its kernel still acknowledges). So whenever a call takes long or finds nobody, a thread asks the
    server on a new connection. Where that fails, the driver is closed, which ends every call that waits, and
    calls are refused at once until the server answers again. Closing does not end a call that is still
    connecting, so none begins while the server is slow to answer what it was asked.
    """

    def __init__(self, connect: Callable[[], neo4j.Driver]) -> None:
        self._connect = connect
        self._driver = connect()
        self._calls: dict[object, float] = {}
        self._state = threading.Condition()
        self._down = self._suspect = self._closed = False
        self._asked = self._used = time.monotonic()
        self._asking: float | None = None
        self._watch: threading.Thread | None = None

    @contextmanager
    def call(self) -> Iterator[neo4j.Driver]:
        """The driver, for one call. Raises ServiceUnavailable at once while the server is down, and when it
        goes down meanwhile."""
        call = object()
        with self._state:
            if not self._state.wait_for(self._is_certain, _OUTCOME_SECONDS) or self._down:
                raise exceptions.ServiceUnavailable("the server does not answer")
            driver = self._driver
            self._calls[call] = self._used = time.monotonic()
            if self._watch is None:
                self._watch = threading.Thread(target=self._look_on, name="parkgraph-neo4j", daemon=True)
                self._watch.start()
        try:
            yield driver
        except Exception as error:
            if driver is not self._driver or self._down:
                raise exceptions.ServiceUnavailable("the server stopped answering") from error
            if isinstance(error, (exceptions.ServiceUnavailable, exceptions.SessionExpired, OSError)):
                with self._state:
                    self._suspect = True
                    self._state.notify_all()
            raise
        finally:
            with self._state:
                del self._calls[call]
                self._used = time.monotonic()

    def close(self) -> None:
        with self._state:
            self._closed = True
            self._state.notify_all()
        self._driver.close()

    def _look_on(self) -> None:
        """Ask the server when there is reason to, as long as there are calls."""
        while True:
            with self._state:
                while not self._closed and not self._reason():
                    if not self._calls and not self._down and self._idle():
                        self._watch = None
                        return
                    self._state.wait(_LOOK_SECONDS)
                if self._closed:
                    return
                self._suspect, self._asking = False, time.monotonic()
            answered = self._ask()
            with self._state:
                self._asked, self._asking = time.monotonic(), None
                if self._closed:
                    dropped = answered
                elif answered is None:
                    dropped, self._down = (None if self._down else self._driver), True
                elif self._down:
                    dropped, self._driver, self._down = None, answered, False
                else:
                    dropped = answered
                self._state.notify_all()
            if dropped is not None:
                # What waits on this driver may be in the middle of anything.
                with suppress(Exception):
                    dropped.close()

    def _reason(self) -> bool:
        now = time.monotonic()
        if self._down:
            return now - self._asked >= _AGAIN_SECONDS
        oldest = min(self._calls.values(), default=now)
        return self._suspect or min(now - oldest, now - self._asked) >= PATIENCE_SECONDS

    def _is_certain(self) -> bool:
        """Whether it is known how a call fares: nobody asks the server, or for so short a time that it may
        live, or it is down, or the link is closed."""
        asking = self._asking
        return self._down or self._closed or asking is None or time.monotonic() - asking < _ANSWERED_SECONDS

    def _idle(self) -> bool:
        return time.monotonic() - self._used >= _IDLE_SECONDS

    def _ask(self) -> neo4j.Driver | None:
        """A driver that has just reached the server, or None."""
        try:
            return self._connect()
        except Exception:
            # Whatever it is, nothing answers; and who waits for the outcome must be told.
            return None


class Neo4jStore:
    """`neo4j://`, `bolt://` and their encrypted forms."""

    engine = "neo4j"

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        self.url = safe_url(url)
        self.readonly = readonly
        address, login = credentials(url)
        user, password = login or (
            os.environ.get("PARKGRAPH_NEO4J_USER", "neo4j"),
            os.environ.get("PARKGRAPH_NEO4J_PASSWORD", ""),
        )

        def connect() -> neo4j.Driver:
            driver = GraphDatabase.driver(
                address,
                auth=(user, password),
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=CONNECT_SECONDS,
                liveness_check_timeout=_IDLE_SECONDS,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
            try:
                driver.verify_connectivity()
            except BaseException as error:
                driver.close()
                # What the name's resolution may raise.
                if isinstance(error, ValueError):
                    raise exceptions.ServiceUnavailable(str(error)) from error
                raise
            return driver

        with self._said_clearly():
            self._link = _Link(connect)

    @property
    def version(self) -> int:
        return version_in(self.read(statements.EDITION))

    def edition(self, *, wait: bool = True) -> str | None:
        return edition_in(self.read(statements.EDITION)) if wait else None

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        started = time.monotonic()
        try:
            return self._read(cypher, parameters, timeout, max_rows)
        except StoreUnreachable:
            if time.monotonic() - started > _AT_ONCE_SECONDS:
                raise
        return self._read(cypher, parameters, timeout, max_rows)

    def _read(self, cypher: str, parameters: Mapping[str, Any] | None, timeout: float, max_rows: int) -> Rows:
        rows = Rows()
        with (
            self._said_clearly(timeout),
            self._link.call() as driver,
            driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
        ):
            result = session.run(Query(cypher, timeout=timeout), dict(parameters or {}))
            for record in result:
                if len(rows) == max_rows:
                    rows.truncated = True
                    break
                rows.append(plain_row(record.data()))
        return rows

    def ask(self, cypher: str, parameters: Mapping[str, Any], *, timeout: float, max_rows: int) -> Table:
        plain = _PlainValues()
        with (
            self._said_clearly(timeout),
            self._link.call() as driver,
            driver.session(default_access_mode=neo4j.READ_ACCESS, fetch_size=100) as session,
            session.begin_transaction(timeout=timeout) as transaction,
        ):
            version = version_in([record.data() for record in transaction.run(statements.EDITION)])
            result = transaction.run(cypher, dict(parameters))
            columns, truncated = tuple(result.keys()), False
            rows: list[dict[str, Any]] = []
            try:
                for record in result:
                    if len(rows) == max_rows:
                        truncated = True
                        break
                    rows.append(plain.row(columns, record.values()))
            except RecursionError as error:
                raise BadRequest("a value of the answer holds too many lists within one another") from error
            # A commit would fetch what is left.
            transaction.rollback()
        return Table(columns, rows, truncated, version)

    def write(self, batch: Iterable[Statement]) -> None:
        if self.readonly:
            raise ReadOnly(f"store {self.url}: was opened for reading only")
        with (
            self._said_clearly(),
            self._link.call() as driver,
            driver.session() as session,
            session.begin_transaction() as transaction,
        ):
            # An answer is asked for only when all are sent: the server works while the next are made.
            ran = [(item, transaction.run(item.cypher, dict(item.parameters))) for item in batch]
            for statement, result in ran:
                check_expected(statement, [record.data() for record in result])
            transaction.commit()

    def ensure_schema(self, model: Model) -> None:
        if self.readonly:
            raise ReadOnly(f"store {self.url}: was opened for reading only")
        with self._said_clearly(), self._link.call() as driver, driver.session() as session:
            there = {record["name"] for record in session.run("SHOW INDEXES YIELD name")}
            fresh = [
                text
                for text in statements.schema(model)
                if text.split()[3 if text.startswith("CREATE RANGE") else 2] not in there
            ]
            for text in fresh:
                session.run(text).consume()
            if fresh:
                session.run("CALL db.awaitIndexes($seconds)", seconds=INDEX_SECONDS).consume()
        self.write([statements.META])

    def checkpoint(self) -> None:
        """Nothing to do: what is committed is visible to everybody."""

    def close(self) -> None:
        self._link.close()

    @contextmanager
    def _said_clearly(self, timeout: float | None = None) -> Iterator[None]:
        """Turn the driver's errors into ours, with the store's address."""
        where = f"store {self.url}"
        try:
            yield
        except ParkGraphError:
            raise
        except exceptions.AuthError as error:
            raise StoreUnreachable(
                f"{where}: the server refused the user or the password; set PARKGRAPH_NEO4J_USER and "
                "PARKGRAPH_NEO4J_PASSWORD"
            ) from error
        except (exceptions.ServiceUnavailable, exceptions.SessionExpired, OSError) as error:
            raise StoreUnreachable(f"{where}: no server answers there") from error
        except exceptions.Neo4jError as error:
            code = error.code or ""
            text = (error.message or code).splitlines()[0]
            if "TransactionTimedOut" in code:
                raise TimedOut(f"{where}: {too_long(timeout)}") from error
            if (
                "AccessMode" in code
                or "Forbidden" in code
                or ("writ" in text.lower() and "read access" in text)
            ):
                raise ReadOnly(f"{where}: reads cannot write; a write clause was refused") from error
            if "OutOfMemory" in code:
                raise BadRequest("the query needs more memory than the server gives; ask for less") from error
            if "Transient" in code or "ConstraintValidationFailed" in code:
                raise Conflict(f"{where}: somebody else wrote first; try again") from error
            if "Statement" in code:
                raise BadRequest(f"the query is not valid Cypher: {text}") from error
            raise StoreError(f"{where}: {text}") from error
        except exceptions.DriverError as error:
            raise StoreUnreachable(f"{where}: {str(error).splitlines()[0]}") from error


class _PlainValues(plain_values.PlainValues):
    """The driver's nodes, relationships, paths and times."""

    def of_engine(self, value: Any) -> Any:
        match value:
            case Node():
                return plain_values.node(value.labels, dict(value))
            case Relationship():
                return plain_values.relationship(value.type, dict(value))
            case Path():
                return {"nodes": list(value.nodes), "relationships": list(value.relationships)}
            case Duration():
                return {"months": value.months, "days": value.days, "seconds": value.seconds}
            case Date() | DateTime() | Time():
                return value.to_native()
            case _:
                return value

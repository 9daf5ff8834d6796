"""The Neo4j store: the official driver, one database, reads routed to followers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
    plain_row,
    safe_url,
    too_long,
)

VERSION = "MATCH (m:Meta {id: 'graph'}) RETURN m.version AS version"
CONNECT_SECONDS = 5.0
INDEX_SECONDS = 600


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
        with self._said_clearly():
            self._driver = GraphDatabase.driver(
                address,
                auth=(user, password),
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=CONNECT_SECONDS * 2,
                max_transaction_retry_time=CONNECT_SECONDS,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
            try:
                self._driver.verify_connectivity()
            except BaseException:
                self._driver.close()
                raise

    @property
    def version(self) -> int:
        rows = self.read(VERSION)
        return int(rows[0]["version"]) if rows else 0

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        rows = Rows()
        with (
            self._said_clearly(timeout),
            self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
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
            self._driver.session(default_access_mode=neo4j.READ_ACCESS, fetch_size=100) as session,
            session.begin_transaction(timeout=timeout) as transaction,
        ):
            found = transaction.run(VERSION).single()
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
        return Table(columns, rows, truncated, found["version"] if found is not None else 0)

    def write(self, batch: Iterable[Statement]) -> None:
        if self.readonly:
            raise ReadOnly(f"store {self.url}: was opened for reading only")
        with (
            self._said_clearly(),
            self._driver.session() as session,
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
        with self._said_clearly(), self._driver.session() as session:
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
        self._driver.close()

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

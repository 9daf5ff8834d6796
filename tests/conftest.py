"""What the tests share: the model, both engines, the bundled dataset loaded in each, and the material
in ../shared where it is there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from neo4j import GraphDatabase

import parkgraph as pg
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from tests.neo4j_server.server import Neo4jAddress, require_neo4j, running

SHARED = Path(__file__).resolve().parents[2] / "shared"
ENGINES = ("embedded", "neo4j")


@pytest.fixture(scope="session")
def model() -> Model:
    return default_model()


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The five texts; a visible skip where they are not at hand."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip("the source texts are not here (../shared/seeds)")
    return folder


@dataclass
class Neo4jDatabase:
    """One server for the whole run, and what is in its database."""

    address: Neo4jAddress
    holds: str = "nothing"

    @cached_property
    def reading(self) -> Store:
        """Opened when first asked for, and then for the whole run."""
        return open_store(self.address.store, readonly=True)

    def close(self) -> None:
        if "reading" in self.__dict__:
            self.reading.close()

    def hold(self, what: str, fill: Callable[[Store], object] | None = None) -> None:
        """Leave the database with this content; `dirty` content is never taken for anything else."""
        if self.holds == what and what != "dirty":
            return
        login = (self.address.user, self.address.password)
        with GraphDatabase.driver(self.address.uri, auth=login) as driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        if fill is not None:
            store = open_store(self.address.store)
            fill(store)
            store.close()
        self.holds = what


@pytest.fixture(scope="session")
def neo4j() -> Iterator[Neo4jDatabase]:
    """A real Neo4j server: the empty one at NEO4J_URI (with NEO4J_USER and NEO4J_PASSWORD), else one from
    Maven; a visible skip (a failure with REQUIRE_NEO4J=1) where there is none."""
    uri = os.environ.get("NEO4J_URI")
    if uri is not None:
        user, password = os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")
        with GraphDatabase.driver(uri, auth=(user, password)) as driver:
            records, _, _ = driver.execute_query("MATCH (n) RETURN count(n) AS n")
        if records[0]["n"]:
            pytest.fail(f"NEO4J_URI={uri} holds data, which the tests would delete; give an empty database")
        database = Neo4jDatabase(Neo4jAddress(uri, user, password, pid=0))
        yield database
        database.close()
        database.hold("dirty")
        return
    require_neo4j()
    with running() as address:
        database = Neo4jDatabase(address)
        yield database
        database.close()


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store, on each engine in turn."""
    if request.param == "embedded":
        return f"embedded:{tmp_path / 'graph.kgl'}"
    database: Neo4jDatabase = request.getfixturevalue("neo4j")
    database.hold("dirty")
    return database.address.store


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each engine in turn."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bundled_file(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Path:
    """An embedded store with the bundled dataset. Copy it before writing."""
    path = tmp_path_factory.mktemp("bundled") / "graph.kgl"
    store = open_store(f"embedded:{path}")
    load(store, [bundled()], model)
    store.close()
    return path


@pytest.fixture
def bundled_copy(bundled_file: Path, tmp_path: Path) -> str:
    """The address of an embedded store with the bundled dataset, to write to."""
    copy = tmp_path / "copy.kgl"
    shutil.copy(bundled_file, copy)
    return f"embedded:{copy}"


@pytest.fixture(scope="session")
def bundled_store(bundled_file: Path) -> Iterator[Store]:
    """The bundled dataset, embedded, opened once for all that only read it: what is made of it to search and
    to walk on is then made once."""
    store = open_store(f"embedded:{bundled_file}", readonly=True)
    yield store
    store.close()


@pytest.fixture
def bundled_neo4j(neo4j: Neo4jDatabase, model: Model) -> Store:
    """The same in the Neo4j server, opened once too."""
    neo4j.hold("bundled", lambda store: load(store, [bundled()], model))
    return neo4j.reading


@pytest.fixture(params=ENGINES)
def graph(request: pytest.FixtureRequest, model: Model) -> pg.Graph:
    """The bundled dataset to read, on each engine in turn."""
    store: Store = request.getfixturevalue(f"bundled_{'store' if request.param == 'embedded' else 'neo4j'}")
    return pg.Graph(store, model)


@pytest.fixture
def embedded_graph(bundled_store: Store, model: Model) -> pg.Graph:
    """The bundled dataset to read, embedded; for what does not touch the engine."""
    return pg.Graph(bundled_store, model)


def required(variable: str) -> bool:
    """Whether a skip of what this names must fail (set in .ci/run)."""
    return os.environ.get(variable) == "1"


# First, as pytest-xdist reads the groups in a hook of the same name.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what needs the shared Neo4j server in one process of pytest-xdist, so that one server does; and
    first, those before the others that read the bundled dataset there, so that it is loaded there once."""

    def turn(item: pytest.Item) -> int:
        callspec = getattr(item, "callspec", None)
        values = callspec.params.values() if callspec is not None else ()
        names = getattr(item, "fixturenames", ())
        if item.get_closest_marker("xdist_group") or ("neo4j" not in names and "neo4j" not in values):
            return 4
        item.add_marker(pytest.mark.xdist_group("neo4j"))
        if "graph" not in names and "both" not in names:
            return 3
        # What asks for the server itself too leaves something else there.
        writes = "neo4j" in names and "both" not in names
        return 0 if not writes else 1 if "neo4j" in values else 2

    items.sort(key=turn)

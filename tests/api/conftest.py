"""Clients of the bundled dataset: on each engine in turn, on the embedded one, and on both at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.graph.model import Model
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from tests.api.answers import client_of
from tests.conftest import Neo4jDatabase


@pytest.fixture
def client(graph: pg.Graph) -> TestClient:
    return client_of(graph)


@pytest.fixture
def embedded(embedded_graph: pg.Graph) -> TestClient:
    return client_of(embedded_graph)


@pytest.fixture
def both(embedded: TestClient, neo4j: Neo4jDatabase, model: Model) -> Iterator[tuple[TestClient, TestClient]]:
    """The same dataset behind two clients, the embedded one first."""
    neo4j.hold("bundled", lambda store: load(store, [bundled()], model))
    with pg.open(neo4j.address.store, readonly=True) as graph:
        yield embedded, client_of(graph)

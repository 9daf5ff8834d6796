"""Clients of the bundled dataset: on each engine in turn, on the embedded one, and on both at once."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store
from tests.api.answers import client_of


@pytest.fixture
def client(graph: pg.Graph) -> TestClient:
    return client_of(graph)


@pytest.fixture
def embedded(embedded_graph: pg.Graph) -> TestClient:
    return client_of(embedded_graph)


@pytest.fixture
def both(embedded: TestClient, bundled_neo4j: Store, model: Model) -> tuple[TestClient, TestClient]:
    """The same dataset behind two clients, the embedded one first."""
    return embedded, client_of(pg.Graph(bundled_neo4j, model))

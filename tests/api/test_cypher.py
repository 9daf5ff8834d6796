"""Queries of one's own over HTTP."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api import cypher
from tests.api.answers import client_of

FUNDS = "MATCH (f:Fund {status: $status}) RETURN f.id AS fund, f AS node ORDER BY fund"


def test_a_query_answers_alike_on_both_engines(both: tuple[TestClient, TestClient]) -> None:
    asked = {"query": FUNDS, "parameters": {"status": "planned"}, "max_rows": 2}
    embedded, neo4j = (client.post("/v1/cypher", json=asked).json() for client in both)
    assert embedded == neo4j
    assert embedded["columns"] == ["fund", "node"]
    assert embedded["rows"][0]["fund"] == "fund:china-israel-innovation-fund"
    assert embedded["rows"][0]["node"]["labels"] == ["Entity", "Fund"]
    assert embedded["truncated"]
    assert embedded["version"] == both[0].get("/ready").json()["version"]


def test_a_query_is_asked_as_of_a_day(embedded: TestClient) -> None:
    asked = {"query": "MATCH (n:Entity) RETURN count(n) AS n"}
    then = embedded.post("/v1/cypher", params={"as_of": "2015"}, json=asked).json()["rows"][0]["n"]
    assert 0 < then < embedded.post("/v1/cypher", json=asked).json()["rows"][0]["n"]


@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [
        ({"query": "MATCH (n)\nDETACH DELETE n"}, "refused-cypher", "line 2, column 1: DETACH"),
        ({"query": "L\\u004fAD CSV FROM '/etc/hostname' AS r RETURN r"}, "refused-cypher", "backslash"),
        ({"query": "RETURN $a"}, "bad-request", "no parameter a"),
        ({"query": "RETURN 1", "parameters": {"a": 1}}, "unknown-name", "unknown parameter 'a'"),
        ({"query": "RETURN 1 +"}, "bad-request", "not valid Cypher"),
        ({"query": "RETURN 1", "max_rows": 10_001}, "bad-request", "max_rows"),
        ({"query": "RETURN 1", "timeout": 0}, "bad-request", "timeout"),
        ({"query": "RETURN 1", "limit": 1}, "bad-request", "limit"),
        ({"parameters": {}}, "bad-request", "query is missing"),
    ],
)
def test_what_is_refused_is_a_sentence(
    embedded: TestClient, asked: dict[str, object], code: str, sentence: str
) -> None:
    answer = embedded.post("/v1/cypher", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sentence in answer.json()["detail"]
    if code == "refused-cypher":
        assert {"line", "column"} <= set(answer.json())


def test_a_body_says_how_large_it_is_and_is_not_too_large(embedded: TestClient) -> None:
    large = embedded.post("/v1/cypher", content=b" " * (2**20 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    unsaid = embedded.post("/v1/cypher", content=iter([b"{}"]))
    assert (unsaid.status_code, unsaid.json()["code"]) == (411, "length-required")


def test_more_at_once_than_there_is_room_for_are_told_to_come_again(embedded: TestClient) -> None:
    with ExitStack() as held:
        for _ in range(cypher.AT_ONCE):
            held.enter_context(cypher._places)
        full = embedded.post("/v1/cypher", json={"query": "RETURN 1 AS x"})
        assert (full.status_code, full.json()["code"]) == (503, "store")
        assert full.headers["retry-after"]
    assert embedded.post("/v1/cypher", json={"query": "RETURN 1 AS x"}).status_code == 200


def test_nobody_asks_without_the_key(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, host="192.0.2.1", api_key="a-long-key")
    assert client.post("/v1/cypher", json={"query": "RETURN 1 AS x"}).status_code == 401
    answer = client.post("/v1/cypher", json={"query": "RETURN 1 AS x"}, headers={"X-API-Key": "a-long-key"})
    assert answer.json()["rows"] == [{"x": 1}]

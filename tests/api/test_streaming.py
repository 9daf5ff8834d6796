"""Long answers line by line: whole, early, bounded in memory, and ended by whoever stops reading."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api.streaming import NDJSON, ndjson
from parkgraph.graph.errors import TimedOut
from tests.api.answers import client_of, problem_in

LISTS = (
    "/v1/entities",
    "/v1/entities?kind=Park&fields=name",
    "/v1/entities/成都高新区/facts?lang=zh",
    "/v1/facts?relation=SIGNED",
    "/v1/claims?source=source:tspp-forum-2017",
    "/v1/sources",
    "/v1/identity/candidates",
)


def lines_of(client: TestClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address, headers={"Accept": NDJSON})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == NDJSON
    assert "accept" in answer.headers["vary"].lower()
    assert answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("address", LISTS)
def test_a_stream_has_what_the_pages_have_between_its_first_and_its_last_line(
    embedded: TestClient, address: str
) -> None:
    first, *items, last = lines_of(embedded, address)
    whole = embedded.get(f"{address}{'&' if '?' in address else '?'}limit=1000").json()
    assert items == whole["items"]
    assert last == {"end": {"items": len(items), "next": None}}
    assert list(first) == ["meta"]
    assert first["meta"].get("total", len(items)) == len(items)


def test_a_stream_cut_by_its_limit_says_where_it_goes_on(embedded: TestClient) -> None:
    *items, last = lines_of(embedded, "/v1/entities?limit=501&fields=name")[1:]
    assert (len(items), last["end"]["next"]) == (len(items), None)
    *items, last = lines_of(embedded, "/v1/entities?limit=7&fields=name")[1:]
    further = embedded.get("/v1/entities", params={"cursor": last["end"]["next"], "fields": "name"}).json()
    whole = embedded.get("/v1/entities?fields=name&limit=57").json()["items"]
    assert [*items, *further["items"]] == whole


def test_a_part_of_the_graph_comes_line_by_line_with_its_claims(embedded: TestClient) -> None:
    for address in ("/v1/subgraph?selection=all", "/v1/neighbours/成都高新区"):
        first, *lines, last = lines_of(embedded, address)
        whole = embedded.get(address).json()
        assert first["meta"]["selection"] == whole.get("meta", whole.get("graph"))["selection"]
        assert last["end"].pop("next", None) is None
        assert last == {"end": {"items": len(lines)}}
        nodes = [line["node"] for line in lines if "node" in line]
        edges = [line["edge"] for line in lines if "edge" in line]
        assert nodes == whole["nodes"]
        assert [edge["id"] for edge in edges] == [edge["id"] for edge in whole["edges"]]
        assert all(edge["claims"] for edge in edges)
        told: set[str] = set()
        for line in lines:
            if "source" in line:
                assert line["source"]["id"] not in told
                told.add(line["source"]["id"])
            else:
                (item,) = line.values()
                assert {claim["source"] for claim in item["claims"]} <= told


def test_the_rows_of_a_question_come_line_by_line(embedded: TestClient) -> None:
    asked = "/v1/queries/partners?entity=成都高新区&limit=3"
    first, *rows, last = lines_of(embedded, asked)
    page = embedded.get(asked).json()
    assert (rows, last["end"]["next"]) == (page["rows"], page["next"])
    assert first["meta"]["query"] == "partners"


def test_what_cannot_be_asked_is_a_problem_and_no_stream(embedded: TestClient) -> None:
    for address in (
        "/v1/entities?kind=Fnd",
        "/v1/entities?fields=nam",
        "/v1/facts?relation=SIGNS",
        "/v1/claims?entity=高新区",
        "/v1/subgraph?selection=entity:park:atlantis",
        "/v1/queries/partners",
        "/v1/sources?cursor=x",
    ):
        problem_in(embedded.get(address, headers={"Accept": NDJSON}))


def test_accept_chooses_and_format_overrides_it(embedded: TestClient) -> None:
    for accept, expected in (
        ("*/*", "application/json"),
        ("application/json, application/x-ndjson;q=0.5", "application/json"),
        ("application/x-ndjson, application/json;q=0.5", NDJSON),
        ("text/html, application/x-ndjson;q=0.1", NDJSON),
        ("application/x-ndjson;q=0", "application/json"),
        ("application/x-ndjson;q=x", "application/json"),
        ("", "application/json"),
    ):
        answer = embedded.get("/v1/sources", headers={"Accept": accept})
        assert answer.headers["content-type"] == expected, accept
    asked = embedded.get("/v1/sources?format=json", headers={"Accept": NDJSON})
    assert asked.headers["content-type"] == "application/json"
    table = embedded.get(
        "/v1/subgraph?selection=entity:BP%26C", headers={"Accept": "application/graphml+xml"}
    )
    assert table.headers["content-type"] == "application/graphml+xml"


# -- while it runs -------------------------------------------------------------------------------


class Slow:
    """Slices without end, and how far they were read."""

    def __init__(self) -> None:
        self.made, self.ended = 0, threading.Event()

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        try:
            while True:
                self.made += 1
                yield [{"text": "长" * 1000, "number": self.made}] * 10
        finally:
            self.ended.set()


@pytest.fixture
def running() -> Iterator[tuple[int, Slow]]:
    """A server of an endless stream, as the application has it within its middleware."""
    slow = Slow()
    app = FastAPI()

    @app.get("/")
    def endless() -> Response:
        return ndjson({"version": 1}, slow, {})

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1], slow
    server.should_exit = server.force_exit = True
    thread.join()


def test_a_reader_who_goes_away_ends_the_work_and_a_slow_one_holds_it_up(running: tuple[int, Slow]) -> None:
    port, slow = running
    with socket.create_connection(("127.0.0.1", port)) as reader:
        reader.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b'{"meta":{"version":1}}\n' in reader.recv(4096) + reader.recv(4096)
        made = _rests(slow)
        assert made < 2000  # what fits into the buffers of the connection, 30 kB a slice
    assert slow.ended.wait(10)
    made = slow.made
    time.sleep(0.3)
    assert slow.made == made


def _rests(slow: Slow) -> int:
    """How far it is when nobody reads on."""
    for _ in range(50):
        before = slow.made
        time.sleep(0.2)
        if slow.made == before:
            return before
    raise AssertionError(f"nobody reads, and it goes on: {slow.made}")


def test_what_fails_on_the_way_is_the_last_line(caplog: pytest.LogCaptureFixture) -> None:
    def broken(error: Exception) -> Iterator[list[int]]:
        yield [1, 2]
        raise error

    app = FastAPI()

    @app.get("/{how}")
    def breaks(how: str) -> Response:
        return ndjson({}, broken(TimedOut("it took too long") if how == "late" else ValueError(how)), {})

    client = TestClient(app)
    *_, last = (json.loads(line) for line in client.get("/late").text.splitlines())
    assert (last["problem"]["code"], last["problem"]["detail"]) == ("timed-out", "it took too long")
    assert last["problem"]["type"] == "/problems/timed-out"
    *_, last = (json.loads(line) for line in client.get("/broken").text.splitlines())
    assert last["problem"]["code"] == "internal"
    assert "ValueError" not in json.dumps(last)
    assert "failed after 2 items" in caplog.text


def test_a_stream_is_read_slice_by_slice(embedded_graph: pg.Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """No slice is larger than it is said to be, whatever the answer's length."""
    sizes: list[int] = []
    read = embedded_graph.claims

    def counted(**asked: Any) -> Any:
        sizes.append(len(page := read(**asked)))
        return page

    monkeypatch.setattr(embedded_graph, "claims", counted)
    lines = lines_of(client_of(embedded_graph), "/v1/claims?fields=property")
    assert len(sizes) > 3
    assert max(sizes) == 501
    assert len(lines) - 2 == sum(min(size, 500) for size in sizes)

"""What is around the answers: ids of requests, the log, the counters, compression, and answers that need not
be made again.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import shutil
import threading
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

import parkgraph as pg
from parkgraph.api import logs
from parkgraph.api.keys import KeyFile
from parkgraph.api.settings import Settings
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store, open_store
from tests.api.answers import client_of, problem_in
from tests.api.test_serving import TSPP, in_another_process

KEY = "the key of the house"


# -- ids and the log ---------------------------------------------------------------------------


def test_an_answer_bears_the_id_of_its_request_and_a_problem_names_it(embedded: TestClient) -> None:
    given = embedded.get("/nothing", headers={"X-Request-ID": "trace-1/a.b"})
    assert given.headers["x-request-id"] == problem_in(given)["request_id"] == "trace-1/a.b"
    for strange in ("", "two words", "x" * 129, "<script>"):
        made = embedded.get("/v1/model", headers={"X-Request-ID": strange})
        assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"]), strange
    assert embedded.get("/health").headers["x-request-id"] != embedded.get("/health").headers["x-request-id"]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "parkgraph")
    return caplog


def as_json(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = json.loads(logs._Json().format(record))
    return found


def test_the_log_has_a_line_a_request_and_never_a_secret(
    embedded_graph: pg.Graph, lines: pytest.LogCaptureFixture
) -> None:
    client = client_of(embedded_graph, api_key=KEY)
    client.get("/v1/search", params={"q": "张江", "key": KEY})  # its answer sets the cookie
    client.get("/v1/search", params={"q": "张江"}, headers={"X-Request-ID": "trace-1"})
    client.head("/v1/entities/BP%26C")
    client.cookies.clear()
    client.get("/v1/sources", headers={"X-API-Key": f"{KEY}x"})
    records = [as_json(record) for record in lines.records if record.name == "parkgraph.requests"]
    assert [(r["method"], r["route"], r["status"], r.get("key")) for r in records] == [
        ("GET", "/v1/search", 303, "PARKGRAPH_API_KEY"),
        ("GET", "/v1/search", 200, "PARKGRAPH_API_KEY"),
        ("HEAD", "/v1/entities/{id:path}", 200, "PARKGRAPH_API_KEY"),
        ("GET", "/v1/sources", 401, None),
    ]
    assert records[1]["request_id"] == "trace-1"
    assert all(set(r) >= {"time", "level", "ms", "bytes", "request_id"} for r in records)
    assert records[1]["bytes"] > 0 == records[2]["bytes"]  # type: ignore[operator]
    text = json.dumps(records) + lines.text
    assert KEY not in text
    assert "张江" not in text
    assert not any(value in text for value in client.cookies.values())


def test_a_fault_in_the_log_has_the_id_that_the_answer_has(
    embedded_graph: pg.Graph, lines: pytest.LogCaptureFixture
) -> None:
    client = client_of(embedded_graph)

    app: FastAPI = client.app  # type: ignore[assignment]

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("the words of the engine")

    answer = client.get("/fails", headers={"X-Request-ID": "trace-2"})
    assert (answer.status_code, problem_in(answer)["request_id"]) == (500, "trace-2")
    told = [as_json(record) for record in lines.records]
    assert "the words of the engine" in str(told[0]["traceback"])
    assert [(r["level"], r.get("status")) for r in told] == [("error", None), ("warning", 500)]


# -- counters ----------------------------------------------------------------------------------


def figures(client: TestClient) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_is_answered_before_the_routes_counts_for_the_route_that_was_meant(
    embedded_graph: pg.Graph, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    reader = {"X-API-Key": keys.create("wall", "reader")}
    client = client_of(embedded_graph, keys=keys.path, api_key=KEY, rate_limit="6/hour")
    tag = client.get("/v1/entities/BP%26C", headers=reader).headers["etag"]
    assert client.get("/v1/entities/BP%26C", headers=reader | {"If-None-Match": tag}).status_code == 304
    assert client.get("/v1/sources").status_code == 401
    assert client.get("/what/they/chose").status_code == 401
    assert client.head("/view/entity:x").status_code == 401
    assert client.post("/v1/cypher", json={"query": "RETURN 1"}, headers=reader).status_code == 403
    assert [client.get("/v1/cypher", headers=reader).status_code for _ in range(4)] == [403, 403, 403, 429]
    client.headers["X-API-Key"] = KEY
    found = figures(client)
    counted = {key[1:]: found[key] for key in found if key[0] == "parkgraph_http_requests_total"}
    assert counted == {
        ("GET", "/v1/entities/{id:path}", "200"): 1,
        ("GET", "/v1/entities/{id:path}", "304"): 1,
        ("GET", "/v1/sources", "401"): 1,
        ("GET", "(none)", "401"): 1,
        ("HEAD", "/view/{selection:path}", "401"): 1,
        ("POST", "/v1/cypher", "403"): 1,
        ("GET", "/v1/cypher", "403"): 3,
        ("GET", "/v1/cypher", "429"): 1,
    }


def test_prometheus_reads_requests_by_route_and_the_state_of_the_store(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, rate_limit="8/hour")
    client.get("/v1/entities/BP%26C")
    client.get("/v1/entities/成都高新区")
    client.get("/v1/entities/nobody")
    client.head("/v1/model")
    client.get("/nothing/at/all")
    client.request("BREW", "/v1/model")
    found = figures(client)
    requests = "parkgraph_http_requests_total"
    route = "/v1/entities/{id:path}"
    assert found[requests, "GET", route, "200"] == 2
    assert found[requests, "GET", route, "404"] == 1
    assert found[requests, "HEAD", "/v1/model", "200"] == 1
    assert found[requests, "GET", "(none)", "404"] == 1
    assert [key for key in found if "BREW" in key] == []
    assert found["parkgraph_http_request_seconds_count", "GET", route] == 3
    assert found["parkgraph_http_requests_in_flight",] == 1
    assert found["parkgraph_http_rate_limited_total",] == 0
    assert found["parkgraph_store_up",] == 1
    assert found["parkgraph_graph_version",] == embedded_graph.version
    assert found["parkgraph_entities",] == len(embedded_graph.snapshot.nodes)
    assert found["parkgraph_facts",] > len(embedded_graph.snapshot.edges)
    assert client.get("/v1/model").status_code == 200
    assert client.get("/v1/model").status_code == 429


def test_applications_count_apart(embedded_graph: pg.Graph) -> None:
    one, other = client_of(embedded_graph), client_of(embedded_graph)
    one.get("/v1/model")
    assert ("parkgraph_http_requests_total", "GET", "/v1/model", "200") not in figures(other)


# -- compression -------------------------------------------------------------------------------


def test_what_is_long_is_compressed_for_who_takes_it(embedded: TestClient) -> None:
    plain = embedded.get("/v1/model", headers={"Accept-Encoding": "identity"})
    packed = embedded.get("/v1/model", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert packed.json() == plain.json()
    assert "Accept-Encoding" in packed.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in embedded.get("/health").headers
    tables = embedded.get("/v1/subgraph", params={"selection": "all", "format": "csv"})
    assert tables.headers["content-type"] == "application/zip"
    assert "content-encoding" not in tables.headers
    with embedded.stream("GET", "/v1/model", headers={"Accept-Encoding": "gzip"}) as raw:
        assert gzip.decompress(b"".join(raw.iter_raw())) == plain.content


# -- answers that need not be made again -------------------------------------------------------


def test_an_answer_is_not_made_again_until_the_graph_has_changed(bundled_copy: str) -> None:
    with pg.open(bundled_copy, readonly=True) as graph:
        client = client_of(graph)
        for address in ("/v1/sources", "/v1/entities?kind=Company", "/v1/queries/funds", "/v1/model"):
            answer = client.get(address)
            tag = answer.headers["etag"]
            assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)
            assert answer.headers["cache-control"] == "no-cache"
            for asked in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*", f'W/"x",{tag},"y"'):
                again = client.get(address, headers={"If-None-Match": asked})
                assert (again.status_code, again.content) == (304, b""), asked
                assert again.headers["etag"] == tag
                assert again.headers["cache-control"] == "no-cache"
                assert "Accept-Language" in again.headers["vary"]
                assert client.head(address, headers={"If-None-Match": asked}).status_code == 304
            assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
        tags = {a: client.get(a).headers["etag"] for a in ("/v1/sources", "/v1/model", "/v1/queries")}
        in_another_process(bundled_copy, TSPP)
        fresh = client.get("/v1/sources", headers={"If-None-Match": tags["/v1/sources"]})
        assert fresh.status_code == 200
        assert TSPP not in fresh.text
        for unmoved in ("/v1/model", "/v1/queries"):
            assert client.get(unmoved, headers={"If-None-Match": tags[unmoved]}).status_code == 304


def test_a_tag_is_of_one_address_and_of_what_the_caller_chose(embedded: TestClient) -> None:
    def tag(address: str, **headers: str) -> str:
        return str(embedded.get(address, headers=headers).headers["etag"])

    tags = [
        tag("/v1/entities?limit=2"),
        tag("/v1/entities?limit=3"),
        tag("/v1/entities?limit=2", **{"Accept-Language": "zh"}),
        tag("/v1/entities?limit=2", Accept="application/json"),
    ]
    assert len(set(tags)) == 4
    assert tag("/v1/entities?limit=2") == tags[0]


def test_a_graph_that_was_made_anew_is_not_taken_for_the_one_before(tmp_path: Path, model: Model) -> None:
    """Both count from 0, and may come to the same version by other data."""
    editions = []
    for name in ("before", "anew"):
        store = open_store(f"embedded:{tmp_path / name}.kgl")
        store.ensure_schema(model)
        editions.append(store.edition())
        assert store.edition() == editions[-1]
        store.close()
    assert editions[0] != editions[1]
    assert [str(edition).split(".")[0] for edition in editions] == ["0", "0"]


def test_what_was_no_answer_has_no_tag_and_a_star_does_not_hide_it(embedded: TestClient) -> None:
    for address, status in (("/v1/entities/nobody", 404), ("/v1/search", 400), ("/v1/sources?x=1", 400)):
        answer = embedded.get(address, headers={"If-None-Match": "*"})
        assert answer.status_code == status
        assert "etag" not in answer.headers


def test_with_keys_an_answer_is_for_who_asked_only(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, api_key=KEY)
    answer = client.get("/v1/sources", headers={"X-API-Key": KEY})
    assert answer.headers["cache-control"] == "private, no-cache"
    assert client.get("/v1/sources", headers={"If-None-Match": answer.headers["etag"]}).status_code == 401


def test_loads_and_pages_have_no_tag_of_the_graph(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        client = client_of(graph, editable=True)
        assert "etag" not in client.get("/v1/loads").headers
        assert "etag" not in client.get("/view/entity:BP%26C").headers


def test_settings_of_the_log_are_checked() -> None:
    with pytest.raises(ValueError, match="log_format"):
        Settings(log_format="xml")  # type: ignore[arg-type]


def test_vary_names_each_header_once(embedded: TestClient) -> None:
    for address in ("/v1/entities?limit=1", "/v1/model", "/v1/measures/density"):
        told = embedded.get(address).headers["vary"].split(", ")
        assert len(told) == len(set(told)) >= 2, told


# -- what is answered from memory --------------------------------------------------------------


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that pages of entities are read on, in turn."""
    names: list[str] = []
    read = pg.Graph.entities

    def entities(self: pg.Graph, **asked: object) -> object:
        names.append(threading.current_thread().name)
        return read(self, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(pg.Graph, "entities", entities)
    return names


def test_what_is_in_memory_is_answered_without_a_thread_and_anything_else_on_one(
    bundled_file: Path, tmp_path: Path, model: Model, threads: list[str]
) -> None:
    address = f"embedded:{shutil.copy(bundled_file, tmp_path / 'graph.kgl')}"
    with pg.Graph(open_store(address, readonly=True), model) as graph, client_of(graph) as client:
        assert not graph.is_at_hand
        first = client.get("/v1/entities?limit=3")
        assert graph.is_at_hand
        assert client.get("/v1/entities?limit=3").json() == first.json()
        in_another_process(address, TSPP)
        assert not graph.is_at_hand
        assert client.get("/v1/entities?limit=3").headers["etag"] != first.headers["etag"]
        assert graph.is_at_hand
        assert client.get("/v1/entities?limit=3").status_code == 200
        on_a_day = graph.at(as_of="2017")
        assert client.get("/v1/entities?limit=3&as_of=2017").json()["total"] == on_a_day.number_of()
    assert ["worker" in name for name in threads] == [True, False, True, False, True], threads


def test_a_graph_on_a_server_is_never_at_hand(bundled_neo4j: Store, model: Model, threads: list[str]) -> None:
    graph = pg.Graph(bundled_neo4j, model)
    for _ in range(2):
        assert client_of(graph).get("/v1/entities?limit=3").status_code == 200
        assert graph.snapshot is not None
        assert not graph.is_at_hand
    assert all("worker" in name for name in threads)

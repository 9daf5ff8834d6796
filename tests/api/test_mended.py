"""What was found by trying to break the interface, and must not come back."""

from __future__ import annotations

import os
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

import parkgraph as pg
from parkgraph.api.keys import KeyFile
from parkgraph.api.paging import Paging
from parkgraph.cli import main
from tests.api.answers import client_of, problem_in


def test_a_line_break_in_an_address_is_no_way_round_the_roles(
    tmp_path: Path, embedded_graph: pg.Graph
) -> None:
    file = KeyFile(tmp_path / "keys.json")
    key = {"X-API-Key": file.create("reader", "reader")}
    with client_of(embedded_graph, keys=file.path) as client:
        for address in ("/metrics", "/metrics%0a", "/v1/loads%0a", "/metrics%7f", "/v1/cypher%0D"):
            assert client.get(address, headers=key).status_code in (403, 404), address


@pytest.mark.parametrize(
    "key", [1, -1, [1], ["a", 1], [-1, "a"], [2**60, "a"], {"a": 1}, True, None, "z", [[]]]
)
def test_a_cursor_that_somebody_made_up_is_a_page_or_a_sentence(embedded: TestClient, key: object) -> None:
    for path, query in (
        ("/v1/entities", ""),
        ("/v1/facts", ""),
        ("/v1/sources", ""),
        ("/v1/search", "q=成都"),
        ("/v1/identity/candidates", ""),
        ("/v1/queries/partners", "entity=park%3Achengdu-hi-tech-zone"),
        ("/v1/neighbours/park:chengdu-hi-tech-zone", ""),
    ):
        asked = Request({"type": "http", "path": path, "query_string": query.encode(), "headers": []})
        cursor = Paging(asked, None, None).cursor(key)
        assert orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[9:]) == key
        answer = embedded.get(f"{path}?{query}&cursor={cursor}")
        if answer.status_code != 200:
            assert problem_in(answer)["code"] in ("bad-request", "conflict"), (path, answer.text)


def _small(folder: Path, name: str) -> Path:
    """A store with one park."""
    folder.mkdir()
    (folder / "sources.csv").write_text("id,name,kind\nsource:register,Register,table\n")
    (folder / "parks.csv").write_text(f"id,name_en,source\npark:{name},{name} Park,source:register\n")
    with pg.open(f"embedded:{folder}/graph.kgl") as graph:
        graph.load(folder / "sources.csv", folder / "parks.csv")
    return folder / "graph.kgl"


def test_another_graph_of_the_same_version_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    served, other = _small(tmp_path / "a", "alpha"), _small(tmp_path / "b", "beta")
    with pg.open(f"embedded:{served}", readonly=True) as graph, client_of(graph) as client:
        version = graph.version
        first = client.get("/v1/search?q=park")
        assert [item["id"] for item in first.json()["items"]] == ["park:alpha"]
        assert client.get("/v1/entities?as_of=2030").json()["items"][0]["id"] == "park:alpha"
        os.replace(other, served)
        again = client.get("/v1/search?q=park", headers={"If-None-Match": first.headers["etag"]})
        assert [item["id"] for item in again.json()["items"]] == ["park:beta"]
        assert client.get("/v1/entities?as_of=2030").json()["items"][0]["id"] == "park:beta"
        assert graph.version == version


def test_lines_of_neighbours_and_of_a_question_heed_their_limit_and_are_whole_without(
    embedded: TestClient,
) -> None:
    def lines(address: str) -> list[dict[str, object]]:
        return [orjson.loads(line) for line in embedded.get(address).text.splitlines()]

    two = lines("/v1/neighbours/成都高新区?limit=2&format=ndjson")
    assert sum("node" in line for line in two) == 2
    assert two[-1]["end"]["next"]  # type: ignore[index]
    every = lines("/v1/queries/inventory?format=ndjson")
    counted = embedded.get("/v1/entities?limit=1").json()["total"]
    assert (len(every) - 2, every[-1]["end"]) == (counted, {"items": counted, "next": None})


def test_a_language_leaves_out_what_is_said_in_the_other(embedded: TestClient) -> None:
    for address in ("/v1/measures/degree", "/v1/measures", "/v1/queries"):
        for lang, other in (("zh", "definition"), ("en", "definition_zh")):
            answer = embedded.get(address, params={"lang": lang})
            shown = answer.json()["items"][0] if "items" in answer.json() else answer.json()
            assert other not in shown
            assert ("summary_zh" in shown) <= (lang == "zh")


@pytest.mark.parametrize(
    ("body", "media_type", "words"),
    [
        (b'{"query": "RETURN 1"}', "application/x-www-form-urlencoded", "Content-Type: application/json"),
        (b"{bad", "application/json", "the body is not JSON"),
    ],
)
def test_a_body_that_is_no_json_is_told_how_to_be(
    embedded: TestClient, body: bytes, media_type: str, words: str
) -> None:
    answer = embedded.post("/v1/cypher", content=body, headers={"Content-Type": media_type})
    assert words in problem_in(answer)["detail"]


def test_a_name_that_is_nearly_one_is_suggested(embedded: TestClient) -> None:
    problem = problem_in(embedded.get("/v1/entities/zhangjaing"))
    assert (problem["status"], problem["candidates"][0]["kind"]) == (404, "Park")
    assert "did you mean 上海张江国家自主创新示范区 (park:" in problem["detail"]


def test_a_kind_or_relation_that_no_graph_has_is_told(embedded: TestClient) -> None:
    def notes(query: str) -> list[str]:
        answer = embedded.post("/v1/cypher", json={"query": query}).json()
        told: list[str] = answer["notes"]
        return told

    assert "did you mean Park?" in notes("MATCH (p:Prak) RETURN p")[0]
    assert "did you mean SIGNED?" in notes("MATCH (a:Park)-[:PART_OF|SIGNS]->(b) RETURN {a: 1, b: a.id}")[0]
    assert notes("MATCH (p:Park)-[r:SIGNED]->(:Agreement) RETURN [x IN [1] | x], {k: p.id}") == []


def test_a_new_store_can_be_asked(tmp_path: Path) -> None:
    with pg.open(f"embedded:{tmp_path}/new.kgl") as graph:
        assert graph.cypher("RETURN 1 AS one").rows == [{"one": 1}]


def test_many_identifiers_in_one_query_are_refused(embedded: TestClient) -> None:
    query = {"q0": {"query": "x", "properties": [{"pid": "ror", "v": [f"{i}" for i in range(21)]}]}}
    answer = embedded.post("/v1/reconcile", data={"queries": orjson.dumps(query).decode()})
    assert "at most 20 are taken" in problem_in(answer)["detail"]


@pytest.mark.parametrize(("lang", "words"), [("en", "[not stated]"), ("zh", "[未说明]")])
def test_a_hop_whose_status_no_source_states_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    (tmp_path / "sources.csv").write_text("id,name,kind\nsource:register,Register,table\n")
    (tmp_path / "parks.csv").write_text(
        "id,name_en,source\npark:alpha,Alpha,source:register\npark:beta,Beta,source:register\n"
    )
    (tmp_path / "relations.csv").write_text(
        "subject,relation,object,source\npark:alpha,PARTNERS_WITH,park:beta,source:register\n"
    )
    store = f"embedded:{tmp_path}/graph.kgl"
    with pg.open(store) as graph:
        graph.load(tmp_path)
    asked = ["parkgraph", "--store", store, "--lang", lang, "path", "Alpha", "Beta"]
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0)
    assert words in capsys.readouterr().out

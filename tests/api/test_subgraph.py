"""GET /v1/subgraph: a part of the graph as a file, complete in every format."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import igraph
import networkx as nx
import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.export.formats import FORMATS
from tests.api.answers import timeless

CHENGDU = "neighbours:成都高新区?depth=1"
SERVED = {
    "gexf": ("application/gexf+xml", "parkgraph.gexf"),
    "graphml": ("application/graphml+xml", "parkgraph.graphml"),
    "json": ("application/json", "parkgraph.json"),
    "csv": ("application/zip", "parkgraph.csv.zip"),
    "claims": ("application/x-ndjson", "parkgraph.claims.jsonl"),
}


def take(client: TestClient, selection: str, name: str) -> httpx.Response:
    answer: httpx.Response = client.get("/v1/subgraph", params={"selection": selection, "format": name})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture
def whole(embedded: TestClient) -> dict[str, Any]:
    """What every format must hold: the JSON form, which loses nothing."""
    found: dict[str, Any] = take(embedded, CHENGDU, "json").json()
    assert len(found["nodes"]) > 30
    assert len(found["edges"]) > 40
    return found


def nodes_of(whole: dict[str, Any]) -> set[str]:
    return {node["id"] for node in whole["nodes"]}


def edges_of(whole: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(edge["source"], edge["target"], edge["id"]) for edge in whole["edges"]}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_its_kind_and_its_file(client: TestClient, name: str) -> None:
    answer = take(client, CHENGDU, name)
    media_type, file = SERVED[name]
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_json_is_the_default_and_networkx_reads_it_back(embedded: TestClient, whole: dict[str, Any]) -> None:
    assert embedded.get("/v1/subgraph", params={"selection": CHENGDU}).json() == whole
    graph = nx.node_link_graph(whole, edges="edges")
    assert set(graph.nodes) == nodes_of(whole)
    assert set(graph.edges) == edges_of(whole)
    assert graph.graph["selection"] == CHENGDU
    assert all(edge["claims"] for edge in whole["edges"])


def test_graphml_is_read_back_whole_by_networkx_and_igraph(
    embedded: TestClient, whole: dict[str, Any], tmp_path: Path
) -> None:
    content = take(embedded, CHENGDU, "graphml").content
    graph = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    assert set(graph.nodes) == nodes_of(whole)
    assert {(a, b, data["fact"]) for a, b, data in graph.edges(data=True)} == edges_of(whole)
    assert graph.nodes["park:chengdu-hi-tech-zone"]["name_zh"] == "成都高新技术产业开发区"
    file = tmp_path / "chengdu.graphml"
    file.write_bytes(content)
    other = igraph.Graph.Read_GraphML(str(file))
    assert (other.vcount(), other.ecount()) == (len(whole["nodes"]), len(whole["edges"]))
    assert set(other.es["fact"]) == {edge["id"] for edge in whole["edges"]}


def test_gexf_is_read_back_whole_by_networkx(embedded: TestClient, whole: dict[str, Any]) -> None:
    graph = nx.read_gexf(io.BytesIO(take(embedded, CHENGDU, "gexf").content), version="1.3")
    assert set(graph.nodes) == nodes_of(whole)
    assert {(a, b, data["fact"]) for a, b, data in graph.edges(data=True)} == edges_of(whole)


def test_csv_is_a_zip_of_two_tables_that_excel_opens(embedded: TestClient, whole: dict[str, Any]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(take(embedded, CHENGDU, "csv").content))
    assert archive.namelist() == ["parkgraph.nodes.csv", "parkgraph.edges.csv"]
    tables = []
    for name in archive.namelist():
        content = archive.read(name)
        assert content.startswith(b"\xef\xbb\xbf")
        tables.append(list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")))))
    nodes, edges = tables
    assert {row["id"] for row in nodes} == nodes_of(whole)
    assert {(row["source"], row["target"], row["fact"]) for row in edges} == edges_of(whole)
    assert all(row["source_ids"] for row in edges)


def test_claims_hold_every_claim_of_the_part_with_its_source(
    embedded: TestClient, whole: dict[str, Any]
) -> None:
    lines = take(embedded, CHENGDU, "claims").text.splitlines()
    records = [json.loads(line) for line in lines]
    claims = {record["id"]: record for record in records if record["record"] == "claim"}
    sources = {record["id"] for record in records if record["record"] == "source"}
    assert {claim["id"] for edge in whole["edges"] for claim in edge["claims"]} <= set(claims)
    assert {claim["source"] for claim in claims.values()} == sources
    assert len(lines) == len(claims) + len(sources)


def test_all_claims_loaded_elsewhere_give_the_same_content_hash(
    embedded_graph: pg.Graph, embedded: TestClient, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.claims.jsonl"
    backup.write_bytes(take(embedded, "all", "claims").content)
    with pg.open(f"embedded:{tmp_path / 'other.kgl'}") as other:
        other.load(backup)
        assert other.stats()["hash"] == embedded_graph.stats()["hash"]


@pytest.mark.parametrize("name", ["gexf", "graphml", "csv"])
@pytest.mark.parametrize("selection", [CHENGDU, "path:BP&C..布鲁内尔大学?k=2"])
def test_both_engines_give_the_same_bytes(
    both: tuple[TestClient, TestClient], selection: str, name: str
) -> None:
    one, other = (take(client, selection, name).content for client in both)
    assert one == other


@pytest.mark.parametrize(
    "selection",
    [
        "all",
        "entity:BP&C",
        "neighbours:成都高新区?depth=2&relations=SIGNED,LOCATED_IN&inferred=false",
        "path:BP&C..布鲁内尔大学?k=2&status=planned",
        "path:张江..武进",
        "query:partners?entity=成都高新区",
        "query:funds?status=planned",
    ],
)
def test_every_form_of_selection_gives_the_same_part_on_both_engines(
    both: tuple[TestClient, TestClient], selection: str
) -> None:
    one, other = (timeless(take(client, selection, "json").json()) for client in both)
    assert one == other
    assert one["graph"]["selection"] == selection
    assert one["nodes"]


def test_a_path_selection_holds_what_the_path_question_finds(embedded: TestClient) -> None:
    path = embedded.get("/v1/paths", params={"from": "BP&C", "to": "布鲁内尔大学", "k": 1}).json()
    part = take(embedded, "path:BP&C..布鲁内尔大学?k=1", "json").json()
    assert nodes_of(part) == set(path["paths"][0]["nodes"])
    assert {edge["id"] for edge in part["edges"]} == {
        fact["id"] for hop in path["paths"][0]["hops"] for fact in hop["facts"]
    }
    nothing = take(embedded, "path:张江..武进", "json").json()
    assert nothing["edges"] == []
    assert nothing["graph"]["none"]["connected"] is False


@pytest.mark.parametrize(
    "selection",
    [
        "path:成都高新区..布鲁内尔大学?avoid=BP%26C",
        "neighbours:BP&C?relations=SIGNED,ESTABLISHED",
        "entity:BP&C",
    ],
)
def test_the_selection_that_a_part_names_asks_for_the_same_part_again(
    embedded: TestClient, selection: str
) -> None:
    part = take(embedded, selection, "json")
    assert take(embedded, part.json()["graph"]["selection"], "json").content == part.content

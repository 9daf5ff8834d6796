"""Every fact that is shown, by whatever door, leads to its claims: by its claims themselves, or by an id
that gives them. And a claim of a text always shows where it is said.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx
import pytest

import parkgraph as pg
from parkgraph.graph.claims import Claim, parse_locator
from parkgraph.graph.model import Model
from parkgraph.queries.library import library
from parkgraph.viz.page import view_model
from tests.api.answers import client_of

CHENGDU = "park:chengdu-hi-tech-zone"
SELECTION = f"neighbours:{CHENGDU}?depth=1"
FACT = re.compile(r"fact:[0-9a-f]{24}")


@pytest.fixture
def sub(embedded_graph: pg.Graph) -> pg.Subgraph:
    return embedded_graph.subgraph(SELECTION)


def places(claims: tuple[Claim, ...]) -> str:
    """Where claims are said, as the flat formats write it."""
    return " | ".join(f"{c.source}#{c.locator}" if c.locator else c.source for c in claims)


def told(sub: pg.Subgraph) -> dict[str, tuple[Claim, ...]]:
    """The claims of every node and edge, by its id."""
    return {node.id: node.claims for node in sub.nodes} | {edge.id: edge.claims for edge in sub.edges}


def test_a_subgraph_has_the_claims_of_every_edge_and_of_every_property(graph: pg.Graph, model: Model) -> None:
    sub = graph.subgraph(SELECTION)
    for node in sub.nodes:
        facts = {str(fact["id"]) for fact in graph.entity(node.id).properties}
        assert {claim.fact_id(model) for claim in node.claims} == facts
    for edge in sub.edges:
        assert {claim.fact_id(model) for claim in edge.claims} == {edge.id}
    assert {claim.source for claims in told(sub).values() for claim in claims} == set(sub.sources)


def _read_gexf(path: Path) -> dict[str, Mapping[str, Any]]:
    graph = networkx.read_gexf(path)
    return dict(graph.nodes(data=True)) | {row["fact"]: row for _, _, row in graph.edges(data=True)}


def _read_graphml(path: Path) -> dict[str, Mapping[str, Any]]:
    graph = networkx.read_graphml(path, force_multigraph=True)
    return dict(graph.nodes(data=True)) | {row["fact"]: row for _, _, row in graph.edges(data=True)}


def _read_csv(path: Path) -> dict[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for part, key in (("nodes", "id"), ("edges", "fact")):
        with path.with_suffix(f".{part}.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows |= {row[key]: row for row in csv.DictReader(stream)}
    return rows


@pytest.mark.parametrize(
    ("ending", "read"), [(".gexf", _read_gexf), (".graphml", _read_graphml), (".csv", _read_csv)]
)
def test_a_flat_file_says_of_every_node_and_edge_which_claims_and_where(
    ending: str, read: Any, sub: pg.Subgraph, tmp_path: Path
) -> None:
    sub.save(tmp_path / f"graph{ending}")
    rows = read(tmp_path / f"graph{ending}")
    for identifier, claims in told(sub).items():
        assert rows[identifier]["claim_ids"] == " | ".join(claim.id for claim in claims)
        assert rows[identifier]["locators"] == places(claims)


def test_a_json_file_has_the_claims_of_every_node_and_edge_with_their_locators(
    sub: pg.Subgraph, tmp_path: Path
) -> None:
    sub.save(tmp_path / "graph.json")
    data = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    read = {item["id"]: item["claims"] for item in (*data["nodes"], *data["edges"])}
    for identifier, claims in told(sub).items():
        assert [c["id"] for c in read[identifier]] == [claim.id for claim in claims]
        assert [c.get("locator") for c in read[identifier]] == [claim.locator for claim in claims]
    assert {s["id"] for s in data["graph"]["sources"]} == set(sub.sources)


def test_a_claims_file_has_every_claim_with_its_locator(sub: pg.Subgraph, tmp_path: Path) -> None:
    (file,) = sub.save(tmp_path / "graph.claims.jsonl")
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    read = {record["id"]: record.get("locator") for record in records if record["record"] == "claim"}
    assert read == {claim.id: claim.locator for claims in told(sub).values() for claim in claims}


def test_every_locator_is_a_character_range_of_rfc_5147(embedded_graph: pg.Graph) -> None:
    located = 0
    for claims in told(embedded_graph.subgraph("all")).values():
        for claim in claims:
            if claim.locator is not None:
                start, end = parse_locator(claim.locator)
                assert f"char={start},{end}" == claim.locator
                located += 1
    assert located > 1_900


def test_the_view_page_shows_the_claims_of_every_line_and_of_every_node(
    sub: pg.Subgraph, model: Model
) -> None:
    view = view_model(sub, model, "zh")
    shown = {item["id"]: item["claims"] for item in (*view["nodes"], *view["facts"])}
    for identifier, claims in told(sub).items():
        assert [c["id"] for c in shown[identifier]] == [claim.id for claim in claims]
        assert [c.get("locator") for c in shown[identifier]] == [claim.locator for claim in claims]
        assert {c["source"] for c in shown[identifier]} <= set(view["sources"])
    named = next(c for c in shown[CHENGDU] if c["figures"][0]["value"] == "成都高新技术产业开发区")
    assert named["figures"][0]["label"] == {"zh": "中文名称", "en": "Chinese name"}


def test_every_fact_of_the_api_leads_to_its_claims(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph)
    entity = client.get(f"/v1/entities/{CHENGDU}").json()
    shown = [fact["id"] for fact in (*entity["facts"], *entity["properties"])]
    shown += [edge["id"] for edge in client.get(f"/v1/neighbours/{CHENGDU}").json()["edges"]]
    for identifier in {*shown[:40], *shown[-40:]}:
        claims = client.get(f"/v1/facts/{identifier}").json()["claims"]
        assert claims
        assert all("locator" in claim or claim["source"]["kind"] != "text" for claim in claims)
    stated = set(re.findall(FACT, client.get(f"/v1/entities/{CHENGDU}").text))
    assert stated == {fact["id"] for fact in (*entity["facts"], *entity["properties"])}
    paths = client.get("/v1/paths", params={"from": "BP&C", "to": "布鲁内尔大学"}).json()["paths"]
    assert all(fact["claims"] for path in paths for hop in path["hops"] for fact in hop["facts"])


def test_every_row_of_a_query_that_is_a_fact_names_it(embedded_graph: pg.Graph) -> None:
    for query in library().values():
        columns = [name for name, column in query.columns.items() if column.type == "fact"]
        if columns and query.example:
            for row in embedded_graph.query(query.name, **query.example)[:3]:
                assert embedded_graph.fact(row[columns[0]])["claims"]

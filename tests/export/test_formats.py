"""Files that other tools read back complete, and claims that make the same graph anywhere."""

from __future__ import annotations

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import igraph
import networkx
import pytest

import parkgraph as pg
from parkgraph.export.formats import FORMATS, format_named, format_of, save
from parkgraph.export.tabular import edge_row, node_row
from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import BadRequest, ParkGraphError, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.recording import retract
from parkgraph.graph.store import Store, open_store
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.ingest.load import load
from tests.conftest import Neo4jDatabase

SELECTIONS = ("all", "neighbours:park:chengdu-hi-tech-zone", "entity:park:chengdu-hi-tech-zone")
Row = Mapping[str, Any]
Read = tuple[Mapping[str, Row], Mapping[str, Row]]
"""Nodes by id, and edges by the fact's id with `source` and `target`."""


@pytest.fixture(params=SELECTIONS)
def sub(request: pytest.FixtureRequest, embedded_graph: pg.Graph) -> pg.Subgraph:
    """The whole bundled dataset, a neighbourhood, and one entity without edges."""
    return embedded_graph.subgraph(request.param)


def _networkx(graph: Any) -> Read:
    nodes = {identifier: dict(data) for identifier, data in graph.nodes(data=True)}
    edges = {key: data | {"source": a, "target": b} for a, b, key, data in graph.edges(keys=True, data=True)}
    return nodes, edges


def _read_gexf(folder: Path) -> Read:
    graph = networkx.read_gexf(folder / "graph.gexf")
    nodes = {identifier: dict(data) for identifier, data in graph.nodes(data=True)}
    edges = {data["fact"]: data | {"source": a, "target": b} for a, b, data in graph.edges(data=True)}
    return nodes, edges


def _read_graphml(folder: Path) -> Read:
    return _networkx(networkx.read_graphml(folder / "graph.graphml", force_multigraph=True))


def _read_igraph(folder: Path) -> Read:
    graph = igraph.Graph.Read_GraphML(str(folder / "graph.graphml"))
    edges = {
        edge["fact"]: edge.attributes()
        | {"source": graph.vs[edge.source]["id"], "target": graph.vs[edge.target]["id"]}
        for edge in graph.es
    }
    return {vertex["id"]: vertex.attributes() for vertex in graph.vs}, edges


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def _read_csv(folder: Path) -> Read:
    nodes = {row["id"]: row for row in _rows(folder / "graph.nodes.csv")}
    return nodes, {row["fact"]: row for row in _rows(folder / "graph.edges.csv")}


def _same(value: Any, expected: Any, *, typed: bool) -> bool:
    if isinstance(expected, bool):
        return bool(value is expected if typed else value == str(expected).lower())
    if isinstance(expected, (int, float)):
        return math.isclose(float(value), expected, rel_tol=0, abs_tol=0)
    return bool(value == expected)


@pytest.mark.parametrize(
    ("format", "read", "typed"),
    [
        ("gexf", _read_gexf, True),
        ("graphml", _read_graphml, True),
        ("graphml", _read_igraph, True),
        ("csv", _read_csv, False),
    ],
    ids=["gexf-networkx", "graphml-networkx", "graphml-igraph", "csv"],
)
def test_a_flat_file_is_read_back_complete(
    format: str, read: Callable[[Path], Read], typed: bool, sub: pg.Subgraph, tmp_path: Path
) -> None:
    sub.save(tmp_path / "graph", format) if format == "csv" else sub.save(tmp_path / f"graph.{format}")
    nodes, edges = read(tmp_path)
    assert nodes.keys() == {node.id for node in sub.nodes}
    assert edges.keys() == {edge.id for edge in sub.edges}
    for node in sub.nodes:
        for name, expected in node_row(node).items():
            if name != "id":
                assert _same(nodes[node.id][name], expected, typed=typed), (node.id, name)
    for edge in sub.edges:
        assert (edges[edge.id]["source"], edges[edge.id]["target"]) == (edge.subject, edge.object)
        for name, expected in edge_row(edge).items():
            assert _same(edges[edge.id][name], expected, typed=typed), (edge.id, name)


def test_flat_rows_leave_out_no_property(sub: pg.Subgraph) -> None:
    for node in sub.nodes:
        assert node_row(node).keys() == {"label", *node.properties, "claim_ids", "locators"}
    for edge in sub.edges:
        assert edge_row(edge).keys() > set(edge.properties) - {"id"}
        assert edge_row(edge)["claim_ids"] == " | ".join(claim.id for claim in edge.claims)


def test_csv_tables_make_an_igraph_graph(sub: pg.Subgraph, tmp_path: Path) -> None:
    sub.save(tmp_path / "graph.csv")
    edges = _rows(tmp_path / "graph.edges.csv")
    graph = igraph.Graph.DictList(
        _rows(tmp_path / "graph.nodes.csv"), edges, directed=True, vertex_name_attr="id"
    )
    assert (graph.vcount(), graph.ecount()) == (len(sub.nodes), len(sub.edges))
    assert graph.vs.find(id="park:chengdu-hi-tech-zone")["label"].startswith("成都高新")


def test_node_link_json_holds_everything_and_networkx_reads_it(sub: pg.Subgraph, tmp_path: Path) -> None:
    (path,) = sub.save(tmp_path / "graph.json")
    data = json.loads(path.read_bytes())
    whole = json.loads(json.dumps(sub.to_dict()))
    assert data["nodes"] == whole["nodes"]
    assert data["graph"] == whole["meta"] | {"sources": whole["sources"]}
    assert [{k: v for k, v in e.items() if k not in ("source", "target", "key")} for e in data["edges"]] == (
        whole["edges"]
    )
    nodes, edges = _networkx(networkx.node_link_graph(data, edges="edges"))
    assert nodes.keys() == {node.id for node in sub.nodes}
    assert {key: (e["source"], e["target"]) for key, e in edges.items()} == {
        edge.id: (edge.subject, edge.object) for edge in sub.edges
    }


def test_hanzi_stand_in_the_files_as_they_are(embedded_graph: pg.Graph, tmp_path: Path) -> None:
    sub = embedded_graph.subgraph("neighbours:成都高新区")
    for name in ("a.gexf", "a.graphml", "a.json", "a.csv", "a.claims.jsonl"):
        assert any("成都高新区" in path.read_text(encoding="utf-8") for path in sub.save(tmp_path / name))


def test_figures_and_dates_keep_their_values(embedded_graph: pg.Graph, tmp_path: Path) -> None:
    embedded_graph.subgraph("all").save(tmp_path / "graph.gexf")
    nodes, _ = _read_gexf(tmp_path)
    fund = nodes["fund:chengyu-science-mother-fund"]
    assert (fund["total_size"], fund["total_size_currency"]) == (5_000_000_000, "CNY")
    assert nodes["policy:chengyu-plan-outline-2021"]["issued"] == "2021-10-20"


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_subgraph_gives_the_same_bytes(format: str, sub: pg.Subgraph) -> None:
    assert sub.graph is not None
    again = sub.graph.subgraph(str(sub.meta["selection"]))
    store = sub.graph.store
    assert FORMATS[format].files(sub, store, "x") == FORMATS[format].files(again, store, "x")
    assert FORMATS[format].body(sub, store) == FORMATS[format].body(again, store)


@pytest.mark.parametrize("format", ["gexf", "graphml", "csv"])
def test_both_engines_give_the_same_bytes(format: str, graph: pg.Graph, embedded_graph: pg.Graph) -> None:
    for selection in SELECTIONS:
        here, there = graph.subgraph(selection), embedded_graph.subgraph(selection)
        assert FORMATS[format].body(here, graph.store) == FORMATS[format].body(there, embedded_graph.store)


# -- hostile content ---------------------------------------------------------------------------


def _by_hand(*names: str) -> Subgraph:
    """Parks with these names, each a partner of the first by two facts, one of them with an amount."""
    nodes = tuple(
        Node(f"park:{n}", "Park", {"id": f"park:{n}", "kind": "Park", "name": name, "alias": [name, "园"]})
        for n, name in enumerate(names)
    )
    edges = tuple(
        Edge(f"fact:{n}{way}", "park:0", "PARTNERS_WITH", f"park:{n}", {"purpose": name} | amount)
        for n, name in enumerate(names)
        if n
        for way, amount in (("a", {"amount": 5}), ("b", {"amount": 9.5}))
    )
    return Subgraph(nodes, edges, meta={"selection": "entity:by-hand", "version": 1})


HOSTILE = (
    "成都高新区",
    "</data><script>alert(1)</script> & \"quoted\" 'single' ]]>",
    "line\nbreak\ttab",
    "𠮷林🏞️ é",
    'comma, "quote"; semicolon',
    "&amp; &#0;",
)
FORBIDDEN = ("bell\x07", "nul\x00", "escape\x1b[31m", "half \ud83d pair", "noncharacter \ufffe")


@pytest.fixture
def store(embedded_graph: pg.Graph) -> Store:
    return embedded_graph.store


@pytest.mark.parametrize(
    ("format", "read"),
    [("gexf", _read_gexf), ("graphml", _read_graphml), ("graphml", _read_igraph), ("csv", _read_csv)],
    ids=["gexf", "graphml", "igraph", "csv"],
)
def test_parallel_edges_and_hostile_names_come_back_as_they_were(
    format: str, read: Callable[[Path], Read], store: Store, tmp_path: Path
) -> None:
    sub = _by_hand(*HOSTILE)
    save(sub, store, tmp_path / f"graph.{format}")
    nodes, edges = read(tmp_path)
    assert [nodes[node.id]["label"] for node in sub.nodes] == list(HOSTILE)
    assert len(edges) == 2 * (len(HOSTILE) - 1)
    assert [edges[edge.id]["purpose"] for edge in sub.edges] == [e.properties["purpose"] for e in sub.edges]
    assert [float(edges[edge.id]["amount"]) for edge in sub.edges] == [5, 9.5] * (len(HOSTILE) - 1)


@pytest.mark.parametrize("format", ["gexf", "graphml"])
def test_what_xml_forbids_becomes_the_replacement_character(
    format: str, store: Store, tmp_path: Path
) -> None:
    (path,) = save(_by_hand("成都高新区", *FORBIDDEN), store, tmp_path / f"graph.{format}")
    ET.parse(path)  # noqa: S314 (our own file)
    nodes, edges = _read_gexf(tmp_path) if format == "gexf" else _read_graphml(tmp_path)
    expected = ["bell\ufffd", "nul\ufffd", "escape\ufffd[31m", "half \ufffd pair", "noncharacter \ufffd"]
    assert [nodes[f"park:{n}"]["label"] for n in range(1, 6)] == expected
    assert [nodes[f"park:{n}"]["alias"] for n in range(1, 6)] == [f"{name} | 园" for name in expected]
    assert {edge["purpose"] for edge in edges.values()} == set(expected)


def test_csv_replaces_what_xml_forbids_too(store: Store, tmp_path: Path) -> None:
    save(_by_hand(*FORBIDDEN), store, tmp_path / "graph.csv")
    nodes, _ = _read_csv(tmp_path)
    assert nodes["park:1"]["name"] == "nul\ufffd"
    assert nodes["park:3"]["name"] == "half \ufffd pair"


def test_json_refuses_half_a_pair_with_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ParkGraphError, match="cannot be written as JSON"):
        save(_by_hand("half \ud83d pair"), store, tmp_path / "graph.json")
    assert not (tmp_path / "graph.json").exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(
    start: str, store: Store, tmp_path: Path
) -> None:
    formula = f'{start}HYPERLINK("http://example.org","成都")'
    save(_by_hand(formula, "a-b=c+d@e"), store, tmp_path / "graph.csv")
    nodes, _ = _read_csv(tmp_path)
    assert nodes["park:0"]["name"] == f"'{formula}"
    assert nodes["park:1"]["name"] == "a-b=c+d@e"


def test_a_negative_figure_in_csv_stays_a_number(store: Store, tmp_path: Path) -> None:
    node = Node("observation:a", "Observation", {"name": "出口下降", "growth": -3.5, "value": -12})
    save(Subgraph((node,), ()), store, tmp_path / "graph.csv")
    nodes, _ = _read_csv(tmp_path)
    assert (nodes["observation:a"]["growth"], nodes["observation:a"]["value"]) == ("-3.5", "-12")


def test_an_empty_subgraph_is_a_file_too(store: Store, tmp_path: Path) -> None:
    for format in FORMATS:
        for path in save(Subgraph((), ()), store, tmp_path / "empty", format):
            assert path.exists()
    assert networkx.read_gexf(save(Subgraph((), ()), store, tmp_path / "e.gexf")[0]).number_of_nodes() == 0


# -- claims ------------------------------------------------------------------------------------


@pytest.fixture
def neighbourhood(embedded_graph: pg.Graph, tmp_path: Path) -> Path:
    """The claims of a neighbourhood, as a file."""
    return embedded_graph.subgraph("neighbours:成都高新区").save(tmp_path / "part.claims.jsonl")[0]


def test_the_claims_of_all_make_the_same_graph_on_either_engine(
    graph: pg.Graph, tmp_path: Path, neo4j: Neo4jDatabase
) -> None:
    before = content_hash(graph.store)
    (file,) = graph.subgraph("all").save(tmp_path / "all.claims.jsonl")
    for url in (f"embedded:{tmp_path / 'new.kgl'}", _emptied(neo4j)):
        with pg.open(url) as new:
            report = new.load(file)
            assert report.findings == ()
            assert content_hash(new.store) == before


def _emptied(database: Neo4jDatabase) -> str:
    database.hold("dirty")
    return database.address.store


def test_a_retraction_survives_the_way_across(bundled_copy: str, store_url: str, tmp_path: Path) -> None:
    with pg.open(bundled_copy) as graph:
        gone = graph.retract("source:stdaily-2018-chengdu").retracted
        before = content_hash(graph.store)
        (file,) = graph.subgraph("all").save(tmp_path / "all.claims.jsonl")
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sum("retracted" in record for record in records) == gone > 0
    with pg.open(store_url) as new:
        new.load(file)
        assert content_hash(new.store) == before
        assert new.load(file).to_dict()["added"] == 0


def test_a_selection_s_claims_make_that_part_again(
    neighbourhood: Path, store_url: str, embedded_graph: pg.Graph, tmp_path: Path
) -> None:
    part = embedded_graph.subgraph("neighbours:成都高新区")
    with pg.open(store_url) as new:
        assert new.load(neighbourhood).findings == ()
        again = new.subgraph("all")
        assert [node.to_dict() for node in again.nodes] == [node.to_dict() for node in part.nodes]
        assert [edge.id for edge in again.edges] == [edge.id for edge in part.edges]
        (copy,) = again.save(tmp_path / "again.claims.jsonl")
        here = content_hash(new.store)
    assert _without_times(copy) == _without_times(neighbourhood)
    with pg.open(f"embedded:{tmp_path / 'other.kgl'}") as other:
        other.load(copy)
        assert content_hash(other.store) == here


def _without_times(file: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [{k: v for k, v in record.items() if k != "recorded"} for record in records]


def test_claims_lines_are_sorted_sources_first(neighbourhood: Path) -> None:
    records = [json.loads(line) for line in neighbourhood.read_text(encoding="utf-8").splitlines()]
    assert [(r["record"] != "source", r["id"]) for r in records] == sorted(
        (r["record"] != "source", r["id"]) for r in records
    )
    assert {r["source"] for r in records if r["record"] == "claim"} == {
        r["id"] for r in records if r["record"] == "source"
    }


def test_a_hand_edited_claim_is_refused(neighbourhood: Path, store: Store, model: Model) -> None:
    text = neighbourhood.read_text(encoding="utf-8")
    neighbourhood.write_text(text.replace('"成都高新区"', '"天府高新区"'), encoding="utf-8")
    with pytest.raises(ParkGraphError, match=r"part\.claims\.jsonl row \d+: its id is not the hash"):
        load(store, [neighbourhood], model)


def test_retracting_every_source_leaves_an_export_that_loads_to_nothing(
    bundled_copy: str, tmp_path: Path, model: Model
) -> None:
    with pg.open(bundled_copy) as graph:
        for source in graph.all_sources():
            retract(graph.store, model, source.id)
        (file,) = graph.subgraph("all").save(tmp_path / "all.claims.jsonl")
        before = content_hash(graph.store)
    new = open_store(f"embedded:{tmp_path / 'new.kgl'}")
    load(new, [file], model)
    assert content_hash(new) == before
    new.close()


# -- objects of other libraries ----------------------------------------------------------------


def test_to_networkx_keeps_everything(sub: pg.Subgraph) -> None:
    graph = sub.to_networkx()
    assert graph.graph == sub.meta
    assert {i: {"id": i, **data} for i, data in graph.nodes(data=True)} == {
        node.id: node.to_dict() | {"claims": node.claims} for node in sub.nodes
    }
    assert {key: {"id": key, **data} for _, _, key, data in graph.edges(keys=True, data=True)} == {
        edge.id: edge.to_dict() | {"claims": edge.claims} for edge in sub.edges
    }


def test_to_igraph_keeps_everything(sub: pg.Subgraph) -> None:
    graph = sub.to_igraph()
    assert graph.is_directed()
    assert graph.vs["name"] == [node.id for node in sub.nodes]
    assert graph.vs["label"] == [node.properties["name"] for node in sub.nodes]
    for vertex, node in zip(graph.vs, sub.nodes, strict=True):
        expected = {**node.properties, "name": node.id, "label": node.properties["name"]}
        given = {k: v for k, v in vertex.attributes().items() if v is not None}
        assert given == {k: v for k, v in expected.items() if k != "id"} | {"claims": node.claims}
    found = [(graph.vs[e.source]["name"], e["relation"], graph.vs[e.target]["name"]) for e in graph.es]
    assert found == [(edge.subject, edge.relation, edge.object) for edge in sub.edges]
    assert [edge["fact"] for edge in graph.es] == [edge.id for edge in sub.edges]
    assert [edge["claims"] for edge in graph.es] == [edge.claims for edge in sub.edges]
    assert graph["selection"] == sub.meta["selection"]


@pytest.mark.parametrize("way", ["merge", "create"])
def test_py2neo_writes_every_fact_into_a_real_server(
    way: str, embedded_graph: pg.Graph, neo4j: Neo4jDatabase
) -> None:
    py2neo = pytest.importorskip("py2neo")
    neo4j.hold("dirty")
    target = py2neo.Graph(neo4j.address.uri, auth=(neo4j.address.user, neo4j.address.password))
    sub = embedded_graph.subgraph("all")
    first = sub.edges[0]
    # A second fact of the same relation between the same two, as a discriminator makes it.
    twin = Edge(
        "fact:twin", first.subject, first.relation, first.object, {**first.properties, "id": "fact:twin"}
    )
    whole = Subgraph(sub.nodes, (*sub.edges, twin), sub.sources, sub.meta)
    from parkgraph.export.py2neo_graph import to_py2neo

    for _ in range(2 if way == "merge" else 1):
        part = to_py2neo(whole)
        target.merge(part, "Entity", "id") if way == "merge" else target.create(part)
    counts = target.run(
        "MATCH (n:Entity) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n) AS n, count(r) AS r"
    ).data()
    assert counts == [{"n": len(sub.nodes), "r": len(sub.edges) + 1}]
    facts = {row["r"]["id"]: row for row in target.run("MATCH (a)-[r]->(b) RETURN a.id, r, b.id").data()}
    assert facts.keys() == {edge.id for edge in whole.edges}
    assert dict(facts[first.id]["r"]) == dict(first.properties)
    assert (facts[first.id]["a.id"], facts[first.id]["b.id"]) == (first.subject, first.object)
    (park,) = target.run("MATCH (p:Park {id: 'park:chengdu-hi-tech-zone'}) RETURN properties(p) AS p").data()
    assert park["p"] == dict(sub.node("park:chengdu-hi-tech-zone").properties)


# -- names, endings, places --------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_found_by_its_name_and_by_its_ending(format: str) -> None:
    assert format_named(format).name == format
    assert format_of(Path(f"成都.v1{FORMATS[format].suffix}")).name == format
    for ending in FORMATS[format].parts:
        assert format_of(Path(f"成都{ending}")).name == format


@pytest.mark.parametrize(
    ("file", "format", "written"),
    [
        ("chengdu.csv", None, ["chengdu.nodes.csv", "chengdu.edges.csv"]),
        ("chengdu.nodes.csv", None, ["chengdu.nodes.csv", "chengdu.edges.csv"]),
        ("chengdu", "csv", ["chengdu.nodes.csv", "chengdu.edges.csv"]),
        ("chengdu.txt", "gexf", ["chengdu.txt"]),
        ("chengdu.jsonl", None, ["chengdu.jsonl"]),
    ],
)
def test_the_files_written_are_named_after_the_one_asked_for(
    file: str, format: str | None, written: list[str], store: Store, tmp_path: Path
) -> None:
    paths = save(_by_hand("成都高新区"), store, tmp_path / file, format)
    assert [path.name for path in paths] == written
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)


def test_an_unknown_format_or_ending_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="unknown format 'graphm'; did you mean graphml"):
        save(_by_hand("成都高新区"), store, tmp_path / "a.gexf", "graphm")
    with pytest.raises(BadRequest, match=r"a\.xlsx: no format ends so; expected \.gexf, \.graphml"):
        save(_by_hand("成都高新区"), store, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ParkGraphError, match=r"nowhere/a\.gexf: cannot be written: No such file"):
        save(_by_hand("成都高新区"), store, tmp_path / "nowhere" / "a.gexf")
    (tmp_path / "b.gexf").mkdir()
    with pytest.raises(ParkGraphError, match=r"b\.gexf: cannot be written: Is a directory"):
        save(_by_hand("成都高新区"), store, tmp_path / "b.gexf")


def test_a_format_of_two_files_is_one_zip_as_a_body(store: Store) -> None:
    content, media_type, ending = FORMATS["csv"].body(_by_hand("成都高新区"), store)
    assert (media_type, ending) == ("application/zip", ".csv.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["parkgraph.nodes.csv", "parkgraph.edges.csv"]


def test_every_format_says_what_it_loses() -> None:
    assert all(found.loses for found in FORMATS.values())
    assert "apostrophe" in FORMATS["csv"].loses
    assert FORMATS["json"].loses == "nothing"

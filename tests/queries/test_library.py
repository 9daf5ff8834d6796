"""Query files: what they declare is what they use and give, on both engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parkgraph as pg
from parkgraph.graph.arrays import arrays_from
from parkgraph.graph.errors import BadRequest, ModelError, UnknownName
from parkgraph.graph.model import default_model
from parkgraph.queries.library import Query, library, read_folder, read_query, resolve
from parkgraph.queries.walk import PathFilter, walk_of

QUERIES = list(library().values())
_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "date": str,
    "node": str,
    "fact": str,
    "claim": str,
    "source": str,
    "list": list,
    "nodes": list,
    "any": object,
}


def example(query: Query) -> dict[str, object]:
    return dict(query.example)


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")


def test_there_are_at_least_thirty() -> None:
    assert len(QUERIES) >= 30


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_the_page_shows_the_example_and_its_first_rows(embedded_graph: pg.Graph, query: Query) -> None:
    section = PAGE.split(f"\n## {query.name}\n")[1].split("\n## ")[0]
    assert f"parkgraph query {query.name}" in section
    rows = embedded_graph.query(query.name, **example(query))
    ids = {name for name, column in query.columns.items() if column.type in ("node", "fact", "str", "source")}
    for row in rows[:3]:
        for value in (str(row[name]) for name in ids if row[name] is not None):
            assert value.replace("|", "\\|").replace("\n", " ")[:59] in section


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_parameters_used_and_declared_agree(query: Query) -> None:
    used = set(re.findall(r"\$([a-z_]+)", query.text))
    declared = {
        f"{name}{suffix}"
        for name, parameter in query.parameters.items()
        for suffix in (("_min", "_max") if parameter.type == "date" else ("",))
    }
    assert used <= declared
    for name, parameter in query.parameters.items():
        assert used & ({f"{name}_min", f"{name}_max"} if parameter.type == "date" else {name})


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_labels_and_relations_are_those_of_the_model(query: Query) -> None:
    model = default_model()
    known = {*model.kinds, *model.relations, "Entity", "Fact", "Claim", "Source", "Meta", "STATED_IN", "REL"}
    named = {
        name for group in re.findall(r"[(\[][a-z0-9]*:([A-Za-z_|]+)", query.text) for name in group.split("|")
    }
    assert named
    assert named <= known


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_every_answer_has_the_declared_columns_with_their_types(
    embedded_graph: pg.Graph, query: Query
) -> None:
    # Below both engines are asked for the same.
    rows = embedded_graph.query(query.name, **example(query))
    assert rows, f"{query.name} finds nothing in the bundled dataset"
    for row in rows:
        assert set(row) == set(query.columns)
        for name, column in query.columns.items():
            value = row[name]
            assert value is not None or column.nullable, (name, row)
            if value is not None:
                assert isinstance(value, _TYPES[column.type]), (name, value)
            if column.type == "node" and value is not None:
                assert value in embedded_graph.snapshot.nodes
            if column.type == "nodes":
                assert set(value) <= set(embedded_graph.snapshot.nodes)
            if column.type == "fact":
                assert value.startswith("fact:")


def test_both_engines_answer_alike(graph: pg.Graph, embedded_graph: pg.Graph) -> None:
    for query in QUERIES:
        assert graph.query(query.name, **example(query)) == embedded_graph.query(query.name, **example(query))


def test_a_query_is_a_method_with_a_signature_and_a_docstring(embedded_graph: pg.Graph) -> None:
    import inspect

    assert "status" in inspect.signature(embedded_graph.funds).parameters
    assert "Funds" in (embedded_graph.funds.__doc__ or "")
    assert "funds" in dir(embedded_graph)
    planned = embedded_graph.funds(status="planned")
    assert "中以科技创新创业投资发展基金" in {row["name"] for row in planned}
    assert {row["status"] for row in planned} == {"planned"}
    with pytest.raises(AttributeError, match="fonds"):
        embedded_graph.fonds()


def test_planned_money_is_never_added_to_done(graph: pg.Graph) -> None:
    totals = {(r["figure"], r["status"], r["currency"]): r["total"] for r in graph.query("fund_totals")}
    assert totals[("total_size", "operating", "CNY")] == 10_600_000_000
    assert totals[("planned_size", "planned", "CNY")] == 500_000_000
    assert len(totals) == 2


def test_a_limit_is_written_as_a_literal_and_marks_the_cut(embedded_graph: pg.Graph) -> None:
    rows = embedded_graph.query("partners", entity="成都高新区", limit=3)
    assert len(rows) == 3
    assert rows.truncated
    assert "LIMIT 3" in resolve("RETURN 1 LIMIT $limit", embedded_graph.model, 3)


@pytest.mark.parametrize(
    ("name", "given", "error", "sentence"),
    [
        ("fonds", {}, UnknownName, "funds"),
        ("funds", {"stauts": "planned"}, UnknownName, "status"),
        ("funds", {"status": "soon"}, UnknownName, "status"),
        ("funds", {"limit": "many"}, BadRequest, "limit"),
        ("funds", {"limit": 0}, BadRequest, "at least 1"),
        ("funds", {"limit": 10**9}, BadRequest, "at most 1000"),
        ("partners", {}, BadRequest, "entity is missing"),
        ("partners", {"entity": "成都高新区", "relation": "LIKES"}, UnknownName, "LIKES"),
        ("agreements", {"since": "2020-13"}, BadRequest, "since"),
        ("observations", {"year": "2014年"}, BadRequest, "year"),
        ("partners", {"entity": "成都高新区", "least": "soon"}, UnknownName, "status"),
        ("properties", {"entity": "成都高新区", "property": "colour"}, UnknownName, "property"),
    ],
)
def test_bad_parameters_are_a_sentence(
    embedded_graph: pg.Graph, name: str, given: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as caught:
        embedded_graph.query(name, **given)
    assert "\n" not in str(caught.value)


def test_what_a_user_types_is_never_cypher(graph: pg.Graph) -> None:
    hostile = "x'}) DETACH DELETE n //"
    before = graph.store.version
    assert graph.query("agreements", words=hostile) == []
    assert graph.query("partners", entity="BP&C", role=hostile) == []
    with pytest.raises(UnknownName):
        graph.query("agreements", form=hostile)
    with pytest.raises(BadRequest):
        graph.query("funds", limit="1; MATCH (n) DETACH DELETE n")
    assert graph.store.version == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("MATCH (n) RETURN n", "head between two lines"),
        ("// ---\n// summary: [\n// ---\nRETURN 1", "not YAML"),
        ("// ---\n// summary: x\n// summary_zh: y\n// ---\nRETURN 1", "returns"),
        (
            "// ---\n// summary: x\n// summary_zh: y\n// params: {a: {type: colour, description: z}}\n"
            "// returns: {b: {type: int}}\n// ---\nRETURN 1 AS b",
            r"params\.a\.type",
        ),
    ],
)
def test_a_broken_query_file_names_itself_and_its_fault(content: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as caught:
        read_query("mine", content)
    assert caught.value.message.startswith("mine.cypher")


def test_what_a_question_calls_passable_is_what_a_path_walks(graph: pg.Graph) -> None:
    model, snapshot = graph.model, graph.snapshot
    asked = "MATCH (:Entity)-[r:REL]->(:Entity) WHERE passable(r) AND rank(r.status) >= 1 RETURN r.id AS id"
    passable = {row["id"] for row in graph.store.read(resolve(asked, model, None))}
    arrays = arrays_from(snapshot, model)
    walk = walk_of(arrays, model, PathFilter())
    assert passable == {fact for fact, usable in zip(arrays.facts, walk.usable, strict=True) if usable}
    asked = "MATCH (n:Entity) WHERE through(n) RETURN n.id AS id"
    through = {row["id"] for row in graph.store.read(resolve(asked, model, None))}
    assert through == {node for node, may in zip(arrays.ids, walk.may_pass, strict=True) if may}


def test_a_status_has_the_rank_of_its_ladder_and_what_has_ended_is_below_it() -> None:
    text = resolve("RETURN rank(r.status)", default_model(), None)
    assert "WHEN 'signed' THEN 4" in text
    assert "WHEN 'ended' THEN -1" in text
    assert "coalesce(r.status, 'planned')" in text


def test_a_tenant_of_a_park_in_a_city_is_inside_the_province(graph: pg.Graph) -> None:
    inside = {row["entity"] for row in graph.query("inventory", place="甘肃", kind="Company")}
    assert "company:xuanzong-network-gansu-branch" in inside
    assert "company:xuanzong-network" not in inside


def test_the_names_of_all_entities_in_an_answer_come_with_it(graph: pg.Graph) -> None:
    rows = graph.query("agreements", party="BP&C集团")
    names = graph.labels("agreements", rows)
    assert set(names) == {rows[0]["agreement"], *rows[0]["parties"]}
    assert names["company:bpc-group"] == {"zh": "BP&C集团", "en": "BP&C Group"}


def test_an_engines_own_text_stands_beside_the_common_one(tmp_path: Path, graph: pg.Graph) -> None:
    head = "// ---\n// summary: x\n// summary_zh: y\n// returns: {engine: {type: str}}\n// ---\n"
    (tmp_path / "which.cypher").write_text(f"{head}RETURN 'embedded' AS engine", encoding="utf-8")
    (tmp_path / "which.neo4j.cypher").write_text("RETURN 'neo4j' AS engine", encoding="utf-8")
    query = read_folder(tmp_path)["which"]
    expected = "embedded" if graph.store.url.startswith("embedded") else "neo4j"
    assert query.run(graph.store, graph.model) == [{"engine": expected}]


def test_an_agreement_between_two_places_has_a_party_in_each(graph: pg.Graph) -> None:
    (row,) = graph.query("agreements_between", place="成都", other="以色列")
    assert (row["date"], row["status"]) == ("2018-01-29", "signed")
    assert (row["parties"], row["others"]) == (["park:chengdu-hi-tech-zone"], ["company:bpc-group"])
    both = graph.query("agreements_between", place="重庆", other="四川")
    other_way = graph.query("agreements_between", place="四川", other="重庆")
    assert [r["agreement"] for r in both] == [r["agreement"] for r in other_way]
    assert len(both) == 3
    anybody = {r["agreement"] for r in graph.query("agreements_between", place="重庆")}
    assert {r["agreement"] for r in both} <= anybody
    assert not graph.query("agreements_between", place="重庆", other="以色列")


def test_foreign_partners_come_with_their_country_and_what_lies_between(graph: pg.Graph) -> None:
    rows = {row["partner"]: row for row in graph.query("foreign_partners", entity="成都高新区")}
    brunel = rows["institution:brunel-university-london"]
    assert (brunel["country"], brunel["direct"]) == ("GB", False)
    assert brunel["tables"] == ["institution:sino-british-smart-quality-institute"]
    assert rows["company:globalfoundries"]["direct"]
    assert "CN" not in {row["country"] for row in rows.values()}
    israeli = graph.query("foreign_partners", entity="成都高新区", country="IL")
    assert {row["partner"] for row in israeli} == {i for i, row in rows.items() if row["country"] == "IL"}
    firm = {row["partner"] for row in graph.query("foreign_partners", entity="成都高新区", least="signed")}
    assert firm < set(rows)


@pytest.mark.parametrize(
    ("name", "given", "labelled"),
    [
        ("foreign_partners", {"entity": "成都高新区", "country": "IL"}, {"country": "以色列"}),
        ("foreign_partners", {"entity": "成都高新区", "country": "IL"}, {"country": "israel"}),
        ("agreements", {"form": "memorandum"}, {"form": "备忘录"}),
        ("funds", {"fund_kind": "mother"}, {"fund_kind": "母基金"}),
        ("amounts", {"amount_kind": "loan"}, {"amount_kind": "贷款"}),
        ("partners", {"entity": "成都高新区", "role": "tenant"}, {"role": "入驻"}),
        ("inventory", {"kind": "Institution", "type": "university"}, {"type": "大学"}),
        ("inventory", {"country": "GB"}, {"country": "英国"}),
    ],
)
def test_codes_and_countries_go_by_their_names_too(
    graph: pg.Graph, name: str, given: dict[str, str], labelled: dict[str, str]
) -> None:
    rows = graph.query(name, **given)
    assert rows
    assert rows == graph.query(name, **{**given, **labelled})


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        (
            "agreements",
            {"form": "memorandun"},
            "parameter form: unknown value 'memorandun'; did you mean memorandum",
        ),
        ("inventory", {"type": "实验室"}, "did you mean laboratory or lab"),
        ("inventory", {"country": "Israle"}, "'Israle' is no country; .* did you mean IL"),
    ],
)
def test_a_code_or_country_that_is_none_is_never_just_no_result(
    embedded_graph: pg.Graph, name: str, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence):
        embedded_graph.query(name, **given)


def test_what_may_be_any_word_is_taken_as_it_is(embedded_graph: pg.Graph) -> None:
    assert embedded_graph.query("partners", entity="成都高新区", role="chairman") == []


def test_those_who_sit_at_one_table_are_its_other_members(graph: pg.Graph) -> None:
    rows = graph.query("co_members", entity="荷兰阿姆斯特丹科技园", table="Programme")
    initiators = graph.query("actors_of", entity="全球顶级科技园区合伙人计划", relation="INITIATED")
    assert {row["member"] for row in rows} == {r["subject"] for r in initiators} - {
        "park:amsterdam-science-park"
    }
    taking_part = graph.query("programmes", programme="全球顶级科技园区合伙人计划", relation="INITIATED")
    assert {row["member"] for row in taking_part} == {row["subject"] for row in initiators}


def test_only_what_is_past_its_date_is_overdue(graph: pg.Graph) -> None:
    assert graph.query("overdue", day="2018-12-31") == []
    late = graph.query("overdue", day="2019")
    assert {row["due"] for row in late} == {"2018"}
    assert {row["what"] for row in late} == {"target", "ESTABLISHED"}
    assert {row["due"] for row in graph.query("overdue", day="2030")} >= {"2018", "2021", "2025"}


def test_nothing_has_changed_since_today_and_everything_since_the_beginning(graph: pg.Graph) -> None:
    rows = graph.query("changed_since", version=graph.version)
    assert rows == []
    assert rows.explanation is not None
    assert graph.query("changed_since", version=0, limit=5).truncated


def test_what_one_source_alone_says_is_told_apart(graph: pg.Graph) -> None:
    source = "source:stdaily-2018-chengdu"
    everything = graph.query("facts_of_source", source=source)
    alone = graph.query("facts_of_source", source=source, alone=True)
    assert [row["fact"] for row in alone] == [row["fact"] for row in everything if row["only_here"]]
    assert 0 < len(alone) < len(everything)

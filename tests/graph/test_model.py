"""The domain as data: complete, checked, extensible, and the only place that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

import parkgraph as pg
from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings
from parkgraph.graph import statements
from parkgraph.graph.errors import ModelError, Refused, UnknownName
from parkgraph.graph.json_schema import json_schema
from parkgraph.graph.model import Model, load_model, read_value
from parkgraph.graph.store import Store
from parkgraph.ingest.load import table_columns as columns
from parkgraph.ingest.templates import table_names
from parkgraph.reference import reference
from parkgraph.viz.page import view_model

# model.md sections 2 and 3.
KINDS = (
    "Park Government Institution Company Fund Agreement Policy Treaty Alliance Programme Platform Project "
    "Event Person Place Indicator Observation Target"
)
RELATIONS = (
    "SIGNED PARTNERS_WITH MEMBER_OF INITIATED ESTABLISHED PARTICIPATES_IN SUPPORTS FUNDS OPERATES HOSTS "
    "LOCATED_IN PART_OF LEADS PUBLISHED APPROVED ADMINISTERS ORIGIN POSSIBLY_SAME_AS"
)

OWN = """
extends: parkgraph
kinds:
  Laboratory:
    table: laboratories
    zh: 实验室
    en: Laboratory
    shape: star
    colour: "#112233"
    groups: [actor]
    properties:
      benches: {type: quantity, zh: 工位, en: benches}
relations:
  EQUIPS:
    {domain: [Company], range: [Laboratory], passable: true, zh: 装备, en: equips, properties: {}}
"""


@pytest.fixture
def own_model(tmp_path: Path) -> Model:
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return load_model(path)


def test_the_model_has_every_kind_relation_and_state_of_the_domain(model: Model) -> None:
    assert set(KINDS.split()) <= set(model.kinds)
    assert set(RELATIONS.split()) <= set(model.relations)
    ladder = ["proposed", "planned", "negotiating", "approved", "signed", "operating"]
    assert [model.status_rank(status) for status in ladder] == [0, 1, 2, 3, 4, 5]
    assert model.statuses["ended"].terminal
    assert set(model.layers) == {"technology", "industry", "capital", "governance"}


def test_everything_in_the_model_has_a_label_in_both_languages(model: Model) -> None:
    named = [
        *model.kinds.values(),
        *model.relations.values(),
        *model.statuses.values(),
        *model.entity_properties.values(),
        *(p for r in model.relations for p in model.relation_properties(r).values()),
    ]
    for entry in named:
        assert re.search(r"[一-鿿A-Z]", entry.label("zh")), entry
        assert re.search(r"[A-Za-z]", entry.label("en")), entry


def test_no_two_kinds_look_alike(model: Model) -> None:
    looks = [(kind.colour, kind.shape) for kind in model.kinds.values()]
    assert len(set(looks)) == len(looks)


def test_constraints_and_indexes_are_derived_from_the_model(model: Model, own_model: Model) -> None:
    schema = set(statements.schema(model))
    for relation in model.ties:
        assert any(f"[r:{relation}]" in text and "UNIQUE" in text for text in schema)
    for name, prop in model.entity_properties.items():
        if prop.type == "identifier":
            assert f"CREATE INDEX entity_{name} IF NOT EXISTS FOR (n:Entity) ON (n.{name})" in schema
    added = set(statements.schema(own_model)) - schema
    assert added == {"CREATE CONSTRAINT equips_id IF NOT EXISTS FOR ()-[r:EQUIPS]-() REQUIRE r.id IS UNIQUE"}


def test_both_engines_hold_the_constraints_of_the_model(store: Store, model: Model) -> None:
    store.ensure_schema(model)
    store.ensure_schema(model)
    names = {row["name"] for row in store.read("SHOW CONSTRAINTS")}
    names |= {row["name"] for row in store.read("SHOW INDEXES")}
    derived = {text.split()[3 if "RANGE" in text else 2] for text in statements.schema(model)}
    if store.url.startswith("embedded:"):
        # The engine shows constraints on relationships under no name of their own.
        derived = {name for name in derived if name.removesuffix("_id").upper() not in model.relations}
    assert derived <= names


def test_templates_are_derived_from_the_model(model: Model, own_model: Model) -> None:
    assert set(table_names(model)) == {"sources", "relations", *(k.table for k in model.kinds.values())}
    for kind in model.kinds.values():
        assert set(model.properties_of(kind.name)) <= set(columns(kind.table, model))
    assert "laboratories" in table_names(own_model)
    assert "benches" in columns("laboratories", own_model)


def test_the_json_schema_is_derived_and_holds_the_graph(embedded_graph: pg.Graph, own_model: Model) -> None:
    schema = json_schema(embedded_graph.model)
    for kind in embedded_graph.model.kinds:
        assert kind in schema["$defs"]
    for relation in embedded_graph.model.relations:
        assert relation in schema["$defs"]
    sub = embedded_graph.subgraph("all")
    # Each schema is checked once: checking it again for every record is most of the time.
    validators = {}
    for name in {node.kind for node in sub.nodes} | {edge.relation for edge in sub.edges}:
        Draft202012Validator.check_schema(schema["$defs"][name])
        validators[name] = Draft202012Validator(schema["$defs"][name])
    for node in sub.nodes:
        validators[node.kind].validate(node.to_dict())
    for edge in sub.edges:
        validators[edge.relation].validate(edge.to_dict())
    assert "benches" in json_schema(own_model)["$defs"]["Laboratory"]["properties"]


def test_the_document_and_the_api_are_derived_from_the_model(tmp_path: Path, own_model: Model) -> None:
    text = reference(own_model)["model.md"]
    assert "### Laboratory" in text
    assert "`EQUIPS`" in text
    assert "`benches`" in text
    app = create_app(pg.open(f"embedded:{tmp_path / 'g.kgl'}", model=own_model), Settings())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        told = client.get("/v1/model").json()
    assert told["kinds"]["Laboratory"]["colour"] == "#112233"
    assert told["relations"]["EQUIPS"]["range"] == ["Laboratory"]
    assert set(told["kinds"]) == set(own_model.kinds)


def test_a_kind_added_in_yaml_alone_is_loaded_queried_and_drawn(
    store_url: str, own_model: Model, tmp_path: Path
) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "sources.csv").write_text("id,name,kind\nsource:table,自有表格,table\n", encoding="utf-8")
    (tables / "laboratories.csv").write_text(
        "id,name_zh,name_en,benches,source\n"
        "laboratory:haihe,海河实验室,Haihe Laboratory,about 40 bench,source:table\n",
        encoding="utf-8",
    )
    (tables / "companies.csv").write_text(
        "id,name_zh,source\ncompany:vacuum,兰州真空设备有限公司,source:table\n", encoding="utf-8"
    )
    (tables / "relations.csv").write_text(
        "subject,relation,object,status,source\n"
        "company:vacuum,EQUIPS,laboratory:haihe,operating,source:table\n",
        encoding="utf-8",
    )
    with pg.open(store_url, model=own_model) as graph:
        graph.load(tables)
        found = graph.search("海河", kinds=["实验室"])
        assert [match.node.id for match in found] == ["laboratory:haihe"]
        assert found[0].node.properties["benches"] == 40
        assert found[0].node.properties["benches_qualifier"] == "about"
        (path,) = graph.paths("兰州真空设备有限公司", "海河实验室").paths
        assert path[0].fact.relation == "EQUIPS"
        assert graph.query("partners", entity="海河实验室")[0]["relation"] == "EQUIPS"
        drawn = view_model(graph.subgraph("all"), own_model, "zh")
        assert "#112233" in str(drawn)
        assert "实验室" in str(drawn)
    with pytest.raises(Refused, match="laboratories"), pg.open(f"embedded:{tmp_path / 'other.kgl'}") as plain:
        plain.load(tables)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kinds: [", r"line \d+"),
        ("- 1", "expected a mapping"),
        ("extends: nothing", "expected parkgraph"),
        ("kinds: {}", "Field required"),
        (OWN.replace("shape: star", "shape: blob"), r"kinds\.Laboratory\.shape"),
        (OWN.replace("#112233", "red"), r"kinds\.Laboratory\.colour"),
        (OWN.replace("range: [Laboratory]", "range: [Labs]"), r"EQUIPS\.range: 'Labs'"),
        (OWN.replace("EQUIPS:", "equips now:"), "capital letters"),
        (OWN.replace("Laboratory:\n", "laboratory:\n"), "capital letter"),
        (OWN.replace("benches:", "name:"), "used by the store itself"),
        (OWN.replace("benches:", "'a b':"), "small letter"),
        (OWN.replace("type: quantity", "type: colour"), r"benches\.type"),
        (OWN.replace("type: quantity", "type: vocabulary"), "needs its values"),
        (OWN.replace("table: laboratories", "table: parks"), "already the table of Park"),
        (OWN.replace("passable: true", "passable: {to: [Nobody]}"), "no kind"),
        (OWN.replace("    en: Laboratory\n", ""), r"kinds\.Laboratory\.en"),
    ],
)
def test_a_broken_model_is_one_sentence_with_file_and_place(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=sentence) as caught:
        load_model(path)
    assert caught.value.message.startswith(str(path))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kinds: {Park: {properties: {sector: {type: money, zh: 业, en: s}}}}", "sector"),
        ("kinds: {Park: {properties: {field: {type: string, zh: 域, en: f}}}}", "field"),
        ("relations: {SIGNED: {properties: {target: {type: string, zh: 的, en: t}}}}", "target"),
        ("relations: {PARTNERS_WITH: {passable: {to: [Park]}}}", "no direction"),
    ],
)
def test_a_model_that_would_mix_things_up_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"extends: parkgraph\n{text}", encoding="utf-8")
    with pytest.raises(ModelError, match=sentence):
        load_model(path)


def test_a_property_added_to_a_kind_leaves_the_others_there(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "extends: parkgraph\nkinds: {Park: {properties: {postcode: {type: string, zh: 邮编, en: postcode}}}}",
        encoding="utf-8",
    )
    own = load_model(path)
    assert set(own.kinds["Park"].properties) == {*model.kinds["Park"].properties, "postcode"}
    assert own.kinds["Park"].zh == "园区"


def test_a_store_of_another_model_says_which_one_it_needs(tmp_path: Path, own_model: Model) -> None:
    url = f"embedded:{tmp_path / 'g.kgl'}"
    (tmp_path / "sources.csv").write_text("id,name,kind\nsource:t,表,table\n", encoding="utf-8")
    (tmp_path / "laboratories.csv").write_text(
        "id,name_zh,source\nlaboratory:a,甲实验室,source:t\n", encoding="utf-8"
    )
    with pg.open(url, model=own_model) as graph:
        graph.load(tmp_path / "sources.csv", tmp_path / "laboratories.csv")
    with pg.open(url) as graph:
        for ask in (graph.stats, lambda: graph.search("甲"), lambda: graph.subgraph("all")):
            with pytest.raises(ModelError, match=r"Laboratory.*--model"):
                ask()


def test_a_model_file_that_is_not_there_or_not_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="UTF-8"):
        load_model(tmp_path / "bytes.yaml")


def test_an_unknown_name_suggests_what_was_meant(model: Model) -> None:
    with pytest.raises(UnknownName, match="SIGNED"):
        model.relation("SINGED")
    with pytest.raises(UnknownName, match="Company"):
        model.kind("Compnay")
    assert model.kind("基金").name == model.kind("funds").name == model.kind("FUND").name == "Fund"


@pytest.fixture
def wider_model(tmp_path: Path) -> Model:
    """A model with two more kinds, of which people say the same word."""
    (tmp_path / "own.yaml").write_text(
        "extends: parkgraph\nkinds:\n"
        "  Agency: {table: bureaus, zh: 署, en: Agency, words: [office]}\n"
        "  Branch: {table: offshoots, zh: 分支, en: Branch, words: [office]}\n",
        encoding="utf-8",
    )
    return load_model(tmp_path / "own.yaml")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("parks", "Park"),
        (" Science Parks ", "Park"),
        ("园区", "Park"),
        ("公司", "Company"),
        ("enterprises", "Company"),
        ("people", "Person"),
        ("agencies", "Agency"),
        ("BRANCHES", "Branch"),
    ],
)
def test_a_kind_is_meant_by_any_word_for_it_one_or_many(wider_model: Model, word: str, kind: str) -> None:
    assert wider_model.kind(word).name == kind


@pytest.mark.parametrize(
    ("asked", "text", "name"),
    [
        ("status_name", "已签", "signed"),
        ("status_name", " Signed ", "signed"),
        ("layer_name", "资本", "capital"),
        ("layer_name", "CAPITAL", "capital"),
    ],
)
def test_a_status_or_layer_is_meant_by_its_name_or_label(
    model: Model, asked: str, text: str, name: str
) -> None:
    assert getattr(model, asked)(text) == name


@pytest.mark.parametrize("text", ["MEMBER_OF", "member_of", "成员", "Member of"])
def test_a_relation_is_meant_by_its_name_or_label(model: Model, text: str) -> None:
    assert model.relation(text).name == "MEMBER_OF"


def test_a_label_that_several_relations_share_suggests_them(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "extends: parkgraph\nrelations:\n  JOINED: {zh: 成员, en: joined, domain: [any], range: [any]}\n",
        encoding="utf-8",
    )
    with pytest.raises(UnknownName, match="did you mean MEMBER_OF or JOINED"):
        load_model(own).relation("成员")
    with pytest.raises(UnknownName, match="unknown status '已签定'; did you mean signed"):
        load_model(own).status_name("已签定")


def test_a_word_that_several_kinds_share_or_that_is_narrower_suggests_them(wider_model: Model) -> None:
    with pytest.raises(UnknownName, match="did you mean Institution"):
        wider_model.kind("高校")
    with pytest.raises(UnknownName, match="'parc'; did you mean Park"):
        wider_model.kind("parc")
    with pytest.raises(UnknownName, match="did you mean Agency or Branch"):
        wider_model.kind("Offices")
    assert wider_model.kind("offshoots").name == "Branch"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("status", "planned", "soon"),
        ("country", "IL", "Israel"),
        ("wikidata", "Q42", "42"),
        ("uscc", "91110000802100433B", "9111"),
        ("collective", "true", "yes"),
        ("year", "2014", "2014年"),
        ("also_kind", "Project", "Thing"),
        ("total_size", "about 5600000000 CNY", "almost 5600000000 CNY"),
    ],
)
def test_a_value_is_read_by_its_type_or_refused(model: Model, name: str, good: str, bad: str) -> None:
    prop = model.entity_properties[name]
    read_value(prop, good, model)
    with pytest.raises(ValueError, match=r"\S+ \S+"):
        read_value(prop, bad, model)


def test_the_yaml_names_nothing_twice() -> None:
    text = (Path(__file__).parents[2] / "graph" / "model.yaml").read_text(encoding="utf-8")

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
            keys = [self.construct_object(key) for key, _ in node.value]
            assert len(keys) == len(set(keys)), keys
            return super().construct_mapping(node, deep)

    yaml.load(text, Strict)  # noqa: S506

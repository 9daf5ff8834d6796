"""From a name to the entity that is meant: by its names and identifiers, never by similarity, and never a
guess between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import Refused
from parkgraph.graph.identity import Identity
from parkgraph.graph.model import Model
from parkgraph.graph.recording import retract
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest import tables
from parkgraph.ingest.load import Options, Report, check, load
from parkgraph.ingest.mapping import parse_mapping
from parkgraph.ingest.resolving import slug

KNOWN = """
source: {id: "source:known", name: 已知}
tables:
- entities:
    it:
      kind: Company
      id: "{编号}"
      properties:
        name_zh: 名
        alias: {column: 简称, split: 、}
        uscc: 信用代码
        former_name: {column: 原名, split: 、}
"""
COMPANIES = (
    "编号,名,简称,信用代码,原名\n"
    "tencent,深圳市腾讯计算机系统有限公司,腾讯、Tencent,,\n"
    "sany,三一重工股份有限公司,三一,,\n"
    "boe-bj,京东方科技集团股份有限公司,京东方,911100001011016602,北京东方电子集团\n"
    "boe-cd,成都京东方光电科技有限公司,京东方,,\n"
)
TIES = """
source: {id: "source:ties", name: 合作表}
tables:
- entities:
    park: {kind: Park, properties: {name_zh: 园区}}
    partner: {kind: Company, properties: {name_zh: {column: 合作方, split: 、}}}
  relations: [{subject: park, relation: PARTNERS_WITH, object: partner}]
"""
Add = Callable[..., Report]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    yield opened
    opened.close()


def _add(
    store: Store, model: Model, folder: Path, mapping: str, content: str, *, queue: bool = False
) -> Report:
    path = folder / "list.csv"
    path.write_text(content, encoding="utf-8")
    return load(store, [path], model, options=Options(mapping=parse_mapping(mapping, model), queue=queue))


@pytest.fixture
def add(held: Store, model: Model, tmp_path: Path) -> Add:
    """Load a table into a store that knows four companies."""
    _add(held, model, tmp_path, KNOWN, COMPANIES)

    def more(content: str, mapping: str = TIES, *, queue: bool = False) -> Report:
        return _add(held, model, tmp_path, mapping, content, queue=queue)

    return more


def _partners(store: Store) -> list[tuple[str, str]]:
    rows = store.read("MATCH (a:Park)-[:PARTNERS_WITH]-(b) RETURN a.id AS a, b.id AS b ORDER BY a, b")
    return [(row["a"], row["b"]) for row in rows]


def _identity(store: Store, model: Model) -> Identity:
    return Identity(store, model, lambda text: text)


# ---------------------------------------------------------------------- who is meant


@pytest.mark.parametrize(
    "name",
    [
        "深圳市腾讯计算机系统有限公司",
        "腾讯",
        "Tencent",
        "ＴＥＮＣＥＮＴ",
        "騰訊",
        "北京东方电子集团",
    ],
)
def test_a_name_an_alias_and_a_former_name_mean_the_entity_that_bears_them(
    name: str, add: Add, held: Store
) -> None:
    report = add(f"园区,合作方\n武进高新区,{name}\n")
    meant = "company:boe-bj" if name.startswith("北京") else "company:tencent"
    assert _partners(held) == [("park:武进高新区", meant)]
    assert report.errors == ()


def test_an_entity_that_is_known_under_another_name_is_told(add: Add) -> None:
    report = add("园区,合作方\n武进高新区,腾讯\n")
    assert (
        "list.csv row 2, column 合作方: '腾讯' is read as 深圳市腾讯计算机系统有限公司 (company:tencent)"
    ) in [str(finding) for finding in report.findings]


def test_an_identifier_comes_before_a_name(add: Add, held: Store) -> None:
    mapping = TIES.replace("{column: 合作方, split: 、}}", "合作方, uscc: 信用代码}")
    add("园区,合作方,信用代码\n武进高新区,京东方,911100001011016602\n", mapping)
    assert _partners(held) == [("park:武进高新区", "company:boe-bj")]


def test_an_identifier_alone_means_an_entity_that_is_there(add: Add, held: Store) -> None:
    mapping = TIES.replace(
        "{kind: Company, properties: {name_zh: {column: 合作方, split: 、}}}",
        "{kind: Company, create: false, properties: {uscc: 信用代码}}",
    )
    add("园区,信用代码\n武进高新区,911100001011016602\n", mapping)
    assert _partners(held) == [("park:武进高新区", "company:boe-bj")]


def test_a_name_of_no_entity_makes_one_or_is_refused_where_none_may_be_made(add: Add, held: Store) -> None:
    add("园区,合作方\n武进高新区,比亚迪\n")
    assert _partners(held) == [("park:武进高新区", "company:比亚迪")]
    expected = TIES.replace("kind: Company,", "kind: Company, create: false,").replace(
        "source:ties", "source:more"
    )
    before = content_hash(held)
    with pytest.raises(Refused, match="there is no Company '华为' here or in the store"):
        add("园区,合作方\n武进高新区,华为\n", expected)
    assert content_hash(held) == before


@pytest.mark.parametrize("name", ["腾讯计算机", "三一重工", "深圳市腾讯计算机系统公司", "Tencnet"])
def test_a_name_that_is_only_like_another_is_another_entity(name: str, add: Add, held: Store) -> None:
    add(f"园区,合作方\n武进高新区,{name}\n")
    ((_, partner),) = _partners(held)
    assert partner == f"company:{name.casefold()}"


def test_a_name_of_another_kind_means_nobody(add: Add, held: Store) -> None:
    add("园区,合作方\n腾讯,比亚迪\n")
    assert _partners(held) == [("park:腾讯", "company:比亚迪")]


def test_the_entities_of_the_same_load_are_known_in_whatever_order_their_tables_come(
    held: Store, model: Model, tmp_path: Path
) -> None:
    (tmp_path / "a_ties.csv").write_text("园区,合作方\n武进高新区,三一\n", encoding="utf-8")
    (tmp_path / "b_companies.csv").write_text(COMPANIES, encoding="utf-8")
    tables = TIES.split("tables:\n")[1].replace("- entities", "- file: a_*\n  entities")
    more = KNOWN.split("tables:\n")[1].replace("- entities", "- file: b_*\n  entities")
    mapping = parse_mapping('source: {id: "source:both", name: 两表}\ntables:\n' + tables + more, model)
    paths = [tmp_path / "a_ties.csv", tmp_path / "b_companies.csv"]
    load(held, paths, model, options=Options(mapping=mapping))
    assert _partners(held) == [("park:武进高新区", "company:sany")]


# ---------------------------------------------------------------------- several may be meant


def test_a_name_that_two_entities_bear_is_refused_with_both(add: Add, held: Store) -> None:
    before = content_hash(held)
    with pytest.raises(Refused) as refused:
        add("园区,合作方\n武进高新区,三一、京东方\n")
    (finding,) = refused.value.findings
    assert (finding.rule, finding.value, finding.expected) == (
        "ambiguous-name",
        "京东方",
        "company:boe-bj, company:boe-cd",
    )
    assert str(finding) == (
        "list.csv row 2, column 合作方: '京东方' may mean 2 entities: 京东方科技集团股份有限公司 "
        "(company:boe-bj); 成都京东方光电科技有限公司 (company:boe-cd); give the id, or have it queued for "
        "judgement"
    )
    assert content_hash(held) == before


@pytest.fixture
def judged_on_both(store: Store, model: Model, tmp_path: Path) -> Store:
    """A store on either engine that knows the companies, and of one name not which."""
    _add(store, model, tmp_path, KNOWN, COMPANIES)
    _add(store, model, tmp_path, TIES, "园区,合作方\n武进高新区,京东方\n", queue=True)
    return store


def test_on_request_it_is_kept_apart_and_queued_for_judgement(
    judged_on_both: Store, model: Model, tmp_path: Path
) -> None:
    store = judged_on_both
    assert _partners(store) == [("park:武进高新区", "company:京东方")]
    said = {(j.verdict, j.subject, j.object) for j in _identity(store, model).log() if j.live}
    assert said == {
        ("unsure", "company:京东方", "company:boe-bj"),
        ("unsure", "company:京东方", "company:boe-cd"),
    }
    rows = store.read(
        "MATCH (:Company {id: 'company:京东方'})-[r:POSSIBLY_SAME_AS]-(b) RETURN b.id AS b ORDER BY b"
    )
    assert [row["b"] for row in rows] == ["company:boe-bj", "company:boe-cd"]
    before, version = content_hash(store), store.version
    again = _add(store, model, tmp_path, TIES, "园区,合作方\n武进高新区,京东方\n", queue=True)
    assert again.outcome is not None
    assert (again.outcome.added, store.version) == (0, version)
    assert content_hash(store) == before


def test_what_was_queued_is_told_as_a_warning(add: Add) -> None:
    report = add("园区,合作方\n武进高新区,京东方\n", queue=True)
    (finding,) = (f for f in report.findings if f.severity == "warning")
    assert (finding.rule, finding.place.row) == ("queued", 2)
    assert "it is kept apart as company:京东方 until judged" in finding.message


def test_after_a_merge_the_same_table_changes_nothing_and_an_undone_merge_leaves_no_trace(
    judged_on_both: Store, model: Model, tmp_path: Path
) -> None:
    store = judged_on_both
    identity, apart = _identity(store, model), content_hash(store)
    merged = identity.merge("company:京东方", "company:boe-cd", by="Li Wei", why="the plant in Chengdu")
    assert _partners(store) == [("park:武进高新区", "company:boe-cd")]
    joined, version = content_hash(store), store.version
    for queue in (True, False):
        again = _add(store, model, tmp_path, TIES, "园区,合作方\n武进高新区,京东方\n", queue=queue)
        assert again.outcome is not None
        assert (again.outcome.added, store.version) == (0, version)
    assert content_hash(store) == joined
    identity.undo(merged.id, by="Li Wei")
    assert _partners(store) == [("park:武进高新区", "company:京东方")]
    assert content_hash(store) == apart


def test_a_merged_entity_is_meant_by_the_names_of_both(add: Add, held: Store, model: Model) -> None:
    add("园区,合作方\n武进高新区,比亚迪\n")
    _identity(held, model).merge("company:比亚迪", "company:sany", by="Li Wei")
    other = TIES.replace("source:ties", "source:others")
    add("园区,合作方\n成都高新区,比亚迪\n绵阳高新区,三一\n", other)
    assert _partners(held) == [
        ("park:成都高新区", "company:sany"),
        ("park:武进高新区", "company:sany"),
        ("park:绵阳高新区", "company:sany"),
    ]


def test_taking_a_table_back_takes_back_what_it_queued(add: Add, held: Store, model: Model) -> None:
    before = content_hash(held)
    add("园区,合作方\n武进高新区,京东方\n", queue=True)
    retract(held, model, "source:ties")
    assert content_hash(held) == before
    assert _identity(held, model).log() == [] or not any(j.live for j in _identity(held, model).log())


@pytest.mark.usefixtures("add")
def test_a_check_alone_queues_nothing(held: Store, model: Model, tmp_path: Path) -> None:
    before = content_hash(held)
    path = tmp_path / "more.csv"
    path.write_text("园区,合作方\n武进高新区,京东方\n", encoding="utf-8")
    report = check([path], model, held, Options(mapping=parse_mapping(TIES, model), queue=True))
    assert [f.rule for f in report.findings if f.severity == "warning"] == ["queued"]
    assert content_hash(held) == before


# ---------------------------------------------------------------------- ids from names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("University of Nebraska Lincoln", "University of Nebraska-Lincoln"),
        ("成都高新区", "成都高新区 "),
        ("ABC", "ＡＢＣ"),
    ],
)
def test_width_spacing_and_a_hyphen_for_a_space_make_no_other_id(one: str, other: str) -> None:
    assert slug(one) == slug(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BP&C", "BPC"),
        ("BP&C", "BP-C"),
        ("A/B", "A-B"),
        ("A.B", "A B"),
        ("什么?", "什么"),
        ("C#", "C"),
        ("成都（高新）区", "成都高新区"),
        ("St. John's", "St John's"),
        ("x" * 200, "x" * 201),
        ("Lagoa, Azores", "Lagoa Azores"),
    ],
)
def test_names_that_differ_in_a_mark_have_ids_of_their_own(one: str, other: str) -> None:
    assert slug(one) != slug(other)
    assert slug(one, fold=True) != slug(other, fold=True) or one.startswith(("成都", "Lagoa"))


@pytest.mark.parametrize("text", ["...", "?", "/", " # ", "&&", "\u200b"])
def test_a_name_without_a_letter_has_an_id_too(text: str) -> None:
    assert slug(text)
    assert not set(slug(text)) & set(" /?#&.")


def test_names_of_one_form_in_one_table_are_one_entity(add: Add, held: Store) -> None:
    add("园区,合作方\n武进高新区,比亚迪（深圳）\n常州高新区,比亚迪(深圳)\n成都高新区,比亚迪 深圳\n")
    assert len({partner for _, partner in _partners(held)}) == 1


def test_codes_keep_their_case_and_leading_zeros() -> None:
    assert slug("0006S4z66") == "0006S4z66"
    assert slug("0006S4z66", fold=True) == "0006s4z66"


@pytest.mark.parametrize("kept_rows", [0, tables._KEPT_ROWS])
@pytest.mark.parametrize("create", [False, True])
def test_a_name_means_the_same_however_many_rows_a_table_has(
    kept_rows: int, create: bool, held: Store, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of park:y is refused, and then a row that names it either is too or means what it meant."""
    monkeypatch.setattr(tables, "_KEPT_ROWS", kept_rows)
    (tmp_path / "sources.csv").write_text("id,name,kind\nsource:a,甲,table\n", encoding="utf-8")
    parks = "id,name_zh,country,source\npark:x,某园,CN,source:a\npark:y,乙园,Nowhereland,source:a\n"
    (tmp_path / "parks.csv").write_text(parks, encoding="utf-8")
    (tmp_path / "visits.csv").write_text("园区,合作方\n某园,一公司\n乙园,二公司\n", encoding="utf-8")
    mapping = TIES.replace("{kind: Park,", f"{{kind: Park, create: {str(create).lower()},")
    options = Options(parse_mapping(mapping.replace("- entities", "- file: visits.csv\n  entities"), model))
    paths = [tmp_path / name for name in ("sources.csv", "parks.csv", "visits.csv")]
    report = load(held, paths, model, options=replace(options, skip_refused=True))
    first = ("company:一公司", "park:x")
    if create:
        assert (_partners(held), report.refused) == ([first[::-1], ("park:y", "company:二公司")], 1)
    else:
        assert (_partners(held), report.refused) == ([first[::-1]], 2)
        assert [f.place.row for f in report.findings if f.rule == "unknown-entity"] == [3]

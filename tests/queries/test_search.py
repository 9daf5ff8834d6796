"""Search by name, the same on both engines, however the name is written."""

from __future__ import annotations

import pytest

import parkgraph as pg
from parkgraph.graph.errors import Ambiguous, NotFound, UnknownName
from parkgraph.graph.naming import normalise

ZHANGJIANG = "park:zhangjiang-innovation-demonstration-zone"


@pytest.mark.parametrize(
    "text", ["张江", "zhangjiang", "Zhang Jiang", "ZHANG-JIANG", "ｚｈａｎｇ　ｊｉａｎｇ", "上海张江"]
)
def test_zhangjiang_is_found_however_it_is_written(graph: pg.Graph, text: str) -> None:
    assert ZHANGJIANG in [match.node.id for match in graph.search(text, limit=2)]


def test_a_class_of_parks_is_found_by_its_word(graph: pg.Graph) -> None:
    matches = graph.search("高新区", limit=50)
    found = {match.node.properties["name_zh"] for match in matches}
    assert {"成都高新技术产业开发区", "西安高新区", "兰州高新区", "常州武进国家高新区"} <= found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BP&C", "BP&C集团"),
        ("bp&c 集团", "BP&C集团"),
        ("布鲁内尔大学", "英国布鲁内尔大学"),
        ("Brunel University London", "英国布鲁内尔大学"),
        ("武进", "常州武进国家高新区"),
        ("成都市科技局", "成都市科学技术局"),
        ("成都高新区", "成都高新技术产业开发区"),
        ("成都（伦敦）创新中心", "成都(伦敦)创新中心"),
        ("成都-以色列科技创新中心", "成都—以色列科技创新中心"),
        ("Technion", "以色列理工学院"),
        ("TSPPP", "全球顶级科技园区合伙人计划"),
        ("qinghuadaxue", "清华大学"),
        ("park:haifa-science-park", "以色列海法科技园"),
    ],
)
def test_a_name_means_one_entity(embedded_graph: pg.Graph, text: str, name: str) -> None:
    assert embedded_graph.resolve(text).label("zh") == name


def test_a_committee_is_not_its_park(embedded_graph: pg.Graph) -> None:
    park, committee = (embedded_graph.resolve(t).id for t in ("成都高新区", "成都高新区管理委员会"))
    assert park.startswith("park:")
    assert committee.startswith("government:")


def test_an_ambiguous_name_lists_its_candidates(embedded_graph: pg.Graph) -> None:
    with pytest.raises(Ambiguous, match="give the id") as caught:
        embedded_graph.resolve("高新区")
    assert len(caught.value.details["candidates"]) > 3


def test_a_name_that_nobody_bears_is_said(embedded_graph: pg.Graph) -> None:
    for text in ("火星科技园", "", "   ", "'; DROP", "*"):
        with pytest.raises(NotFound):
            embedded_graph.resolve(text)


def test_kinds_narrow_the_search(graph: pg.Graph) -> None:
    assert {m.node.kind for m in graph.search("成都", kinds=["Fund", "机构"], limit=50)} == {
        "Fund",
        "Institution",
    } & {m.node.kind for m in graph.search("成都", limit=100)}


def test_a_second_kind_is_searched_too(embedded_graph: pg.Graph) -> None:
    found = embedded_graph.search("Healthwatch", kinds=["Project"])
    assert [match.node.kind for match in found][:1] == ["Company"]


@pytest.mark.parametrize("text", ["科技园", "海法", "科技", "or", "00"])
def test_a_fragment_never_means_one_of_several(embedded_graph: pg.Graph, text: str) -> None:
    with pytest.raises((Ambiguous, NotFound)):
        embedded_graph.resolve(text)


def test_a_whole_name_comes_before_its_beginning_and_its_middle(embedded_graph: pg.Graph) -> None:
    scores = [match.score for match in embedded_graph.search("中关村", limit=20)]
    assert scores == sorted(scores, reverse=True)
    assert embedded_graph.search("中关村")[0].node.label("zh") == "中关村"


def test_width_case_spacing_and_brackets_do_not_matter() -> None:
    assert normalise("２２＠Barcelona （西班牙）") == normalise("22@barcelona(西班牙)") == "22barcelona西班牙"


# -- words, typos ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["london brunel", "University, Brunel", "daxue 布鲁内尔", "大学 布鲁内尔"])
def test_words_are_met_in_any_order_and_in_both_scripts(graph: pg.Graph, text: str) -> None:
    first = graph.search(text)[0]
    assert first.node.id == "institution:brunel-university-london"
    assert (first.fuzzy, first.exact) == (False, False)


TYPOS = [
    ("zhangjaing", ZHANGJIANG),
    ("zhangjang", ZHANGJIANG),
    ("章江", ZHANGJIANG),
    ("Brunell", "institution:brunel-university-london"),
    ("Brunel Univercity Lodnon", "institution:brunel-university-london"),
    ("布鲁内耳大学", "institution:brunel-university-london"),
    ("布鲁内大学", "institution:brunel-university-london"),
    ("布鲁尔内大学", "institution:brunel-university-london"),
    ("Healthwtach", "company:healthwatch"),
    ("BP&C集圈", "company:bpc-group"),
    ("特拉维芙", "place:tel-aviv"),
    ("tsingua", "institution:tsinghua-university"),
]


@pytest.mark.parametrize(("text", "meant"), TYPOS)
def test_a_typo_is_forgiven_and_said(graph: pg.Graph, text: str, meant: str) -> None:
    found = graph.find(text)
    assert found.fuzzy
    assert meant in [match.node.id for match in found.items[:2]]
    assert all(match.fuzzy and match.score < 0.2 for match in found.items)


def test_a_true_match_is_better_than_any_typo(embedded_graph: pg.Graph) -> None:
    for text in ("张江", "zhangjiang", "高新区", "of", "london brunel", "cdgxq"):
        matches = embedded_graph.search(text, limit=1000)
        assert matches
        assert all(match.score >= 0.2 and not match.fuzzy for match in matches), text


@pytest.mark.parametrize(("text", "meant"), TYPOS)
def test_a_typo_means_nobody(embedded_graph: pg.Graph, text: str, meant: str) -> None:
    """Strings only propose: what is asked by name is never guessed."""
    assert meant in embedded_graph.snapshot.nodes
    with pytest.raises(NotFound):
        embedded_graph.resolve(text)


def test_an_identifier_is_met_whole_or_not_at_all(embedded_graph: pg.Graph) -> None:
    brunel = embedded_graph.snapshot.nodes["institution:brunel-university-london"]
    ror = brunel.properties["ror"]
    (found,) = embedded_graph.search(ror)
    assert (found.node.id, found.exact, found.text, found.highlight) == (brunel.id, True, ror, [(0, 9)])
    wrong = ror[:-1] + ("1" if ror[-1] != "1" else "2")
    assert embedded_graph.search(wrong) == embedded_graph.search(ror[:-1]) == []


# -- facets and places -------------------------------------------------------------------------


def test_a_count_is_what_its_filter_leaves(graph: pg.Graph) -> None:
    found = graph.find("成都", limit=3)
    assert len(found.items) == 3 < found.total == len(graph.search("成都", limit=1000))
    assert {facet.value for facet in found.kinds} > {"Park", "Place", "Platform"}
    for facet in found.kinds:
        assert graph.find("成都", kinds=[facet.value]).total == facet.count
    for facet in found.places:
        assert graph.find("成都", place=facet.value).total == facet.count


def test_a_facet_heeds_the_other_filter_and_not_its_own(embedded_graph: pg.Graph) -> None:
    plain, parks = embedded_graph.find("科技"), embedded_graph.find("科技", kinds=["Park"])
    assert parks.kinds == plain.kinds
    assert 0 < sum(f.count for f in parks.places) < sum(f.count for f in plain.places)
    there = embedded_graph.find("科技", place="四川")
    assert there.places == plain.places
    assert 0 < sum(f.count for f in there.kinds) < sum(f.count for f in plain.kinds)


def test_a_place_holds_what_lies_in_what_lies_in_it(embedded_graph: pg.Graph) -> None:
    for place in ("place:china", "中国", "China", "四川", "成都"):
        found = {match.node.id for match in embedded_graph.search("高新区", place=place, limit=100)}
        assert "park:chengdu-hi-tech-zone" in found, place
        assert ("park:xian-hi-tech-zone" in found) == (place not in ("四川", "成都"))
    assert embedded_graph.search("高新区", place="以色列") == []
    # An organisation holds its tenants too.
    park = "park:lanzhou-hi-tech-zone"
    assert "company:xuanzong-network-gansu-branch" in {
        match.node.id for match in embedded_graph.search("网络", place=park, limit=100)
    }


def test_a_name_that_a_place_shares_with_a_park_means_the_place_where_one_is_asked_for(
    embedded_graph: pg.Graph,
) -> None:
    assert embedded_graph.resolve("张江").id == ZHANGJIANG
    assert {m.node.id for m in embedded_graph.search("张江", place="张江")} == {"place:zhangjiang"}


def test_what_the_filters_leave_out_is_no_reason_to_guess(embedded_graph: pg.Graph) -> None:
    found = embedded_graph.find("张江", kinds=["Fund"])
    assert (found.items, found.total, found.fuzzy) == ([], 0, False)
    assert "Park" in {facet.value for facet in found.kinds}


def test_an_unknown_place_or_kind_is_said(embedded_graph: pg.Graph) -> None:
    with pytest.raises(NotFound, match="亚特兰蒂斯"):
        embedded_graph.find("张江", place="亚特兰蒂斯")
    with pytest.raises(UnknownName, match="did you mean Park"):
        embedded_graph.find("张江", kinds=["Prak"])


def test_pages_follow_one_another(embedded_graph: pg.Graph) -> None:
    whole = [match.node.id for match in embedded_graph.search("科技", limit=1000)]
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = embedded_graph.find("科技", limit=7, offset=offset)
        seen += [match.node.id for match in page.items]
        offset = page.next
    assert seen == whole
